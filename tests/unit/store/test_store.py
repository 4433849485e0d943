# SPDX-License-Identifier: GPL-2.0-only
"""The store of verdicts: what it believes, what it proves again, and what it survives."""

import json
import multiprocessing
import os
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from command import ROOT

from refcheck.base.limits import Limits
from refcheck.prove import prove
from refcheck.run.one_file import KIND as FILE
from refcheck.run.one_file import Options, Outcome
from refcheck.run.pool import outcomes
from refcheck.run.tasks import prepare
from refcheck.store.place import Store, Usage
from refcheck.store.recall import KIND as FUNCTION
from refcheck.store.recall import key, recall
from refcheck.verdict.check import Confirmed, confirm
from refcheck.verdict.document import cfg_digest, from_data


def check(path: Path, options: Options, kept: Store | None) -> Outcome:
    """One file, as a run with one process answers it."""
    (found,) = outcomes([path], options, kept, 1, lambda *_: None)
    return found


MODEL = """use "route.spec";

int leaks()
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return -EINVAL;
	if (nondet("too long"))
		return -EMSGSIZE;
	dst_release(rt);
	return 0;
}

int holds()
{
	dst rt = ip_route_output_key();

	if (!IS_ERR(rt))
		dst_release(rt);
	return 0;
}
"""
ENDLESS = """use "route.spec";

void endless()
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return;
	while (nondet("more"))
		dst_hold(rt);
	dst_release(rt);
}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the contracts and one model."""
    (tmp_path / "specs").mkdir()
    for name in ("dst.spec", "route.spec", "contexts.spec"):
        (tmp_path / "specs" / name).write_bytes((ROOT / "specs" / name).read_bytes())
    (tmp_path / "m.rc").write_text(MODEL, encoding="utf-8")
    return tmp_path


def store(place: Path, secret: str = "key") -> Store:
    return Store(place / "store", place / secret)


def verify(place: Path, name: str = "m.rc", secret: str = "key", **options: object) -> Outcome:
    """Verify with the store of the place."""
    found = check(place / name, Options(**options), store(place, secret))
    assert found.errors == (), found.errors
    return found


def cost(found: Outcome) -> tuple[int, int, int]:
    """(files from the store, functions recalled, functions proved anew)."""
    return found.work[:3]


def edit(place: Path, name: str, old: str, new: str) -> None:
    text = (place / name).read_text(encoding="utf-8")
    assert old in text
    (place / name).write_text(text.replace(old, new), encoding="utf-8")


def entries(place: Path, kind: str) -> list[Path]:
    return sorted((place / "store" / "v1" / kind).glob("*/*"))


# ------------------------------------------------------------------------------------------------ what is proved again


def test_an_unchanged_file_is_answered_from_the_store_with_the_same_records(place: Path):
    first, second = verify(place), verify(place)
    assert cost(first) == (0, 0, 2)
    assert first.work.queries > 0
    assert cost(second) == (1, 0, 0)
    assert second.records == first.records
    assert [r.verdict for r in second.records] == ["REFUTED", "PROVED"]
    assert second.source == first.source


def test_a_comment_reproves_nothing_and_moves_every_line(place: Path):
    first = verify(place)
    edit(place, "m.rc", "int leaks()", "// a comment\n// of two lines\nint leaks()")
    second = verify(place)
    assert cost(second) == (0, 2, 0)
    assert second.work.queries == 0
    assert [r.verdict for r in second.records] == [r.verdict for r in first.records]
    lines = [s.place.line for s in first.records[0].findings[0].steps]
    assert [s.place.line for s in second.records[0].findings[0].steps] == [n + 2 for n in lines]


def test_a_rename_of_file_function_and_variable_reproves_nothing(place: Path):
    verify(place)
    (place / "m.rc").rename(place / "other.rc")
    assert cost(verify(place, "other.rc")) == (0, 2, 0)
    text = (place / "other.rc").read_text(encoding="utf-8")
    renamed = text.replace("rt ", "way ").replace("(rt)", "(way)").replace("leaks", "spills")
    (place / "other.rc").write_text(renamed, encoding="utf-8")
    found = verify(place, "other.rc")
    assert cost(found) == (0, 2, 0)
    assert found.records[0].function == "spills"
    assert "`way`" in found.records[0].findings[0].title


def test_traces_of_very_many_words_are_worded_anew(place: Path, monkeypatch: pytest.MonkeyPatch):
    # Given records that say more than is kept, then the verdicts are recalled and the words are the same
    monkeypatch.setattr("refcheck.run.one_file.MANY_WORDS", 1)
    proved = verify(place)
    recalled = verify(place)
    assert cost(recalled) == (0, 2, 0)
    assert recalled.records == proved.records


def test_a_recalled_record_is_the_one_that_is_proved(place: Path):
    verify(place)
    edit(place, "m.rc", "int leaks()", "\n\nint leaks()")
    recalled = verify(place)
    proved = check(place / "m.rc", Options(), None)
    assert cost(recalled) == (0, 2, 0)
    assert recalled.records == proved.records


def test_a_contract_reproves_just_its_dependants(place: Path):
    text = MODEL + "\nvoid flows()\n{\n\tdst rt = ip_route_output_flow();\n\n\tif (!IS_ERR(rt))\n\t\tdst_release(rt);\n}\n"
    (place / "m.rc").write_text(text, encoding="utf-8")
    assert cost(verify(place)) == (0, 0, 3)
    old = '"net/ipv4/route.c:ip_route_output_flow") {\n\tok:   return hold;\n\tfail: return ERR_PTR;'
    edit(place, "specs/route.spec", old, old.replace("ERR_PTR;", "ERR_PTR(-ENETUNREACH);"))
    found = verify(place)
    assert cost(found) == (0, 2, 1)


def test_a_spec_that_comes_to_stand_in_front_is_seen(place: Path):
    verify(place)
    assert cost(verify(place)) == (1, 0, 0)
    shadow = (place / "specs" / "route.spec").read_text(encoding="utf-8").replace("return hold;", "return borrow(gp);")
    (place / "route.spec").write_text(shadow, encoding="utf-8")
    found = verify(place)
    assert cost(found)[0] == 0
    assert found.records[1].verdict == "REFUTED"
    (place / "route.spec").unlink()
    assert verify(place).records[1].verdict == "PROVED"


def test_other_limits_and_selections_are_other_entries(place: Path):
    verify(place)
    assert cost(verify(place, only=("holds",))) == (0, 1, 0)
    assert cost(verify(place, limits=Limits(timeout=30))) == (0, 0, 2)


def test_other_versions_are_other_entries(place: Path, monkeypatch: pytest.MonkeyPatch):
    from refcheck.store import keys

    verify(place)
    before = keys.versions()
    keys.versions.cache_clear()
    monkeypatch.setattr(keys, "library", lambda name: (name, "another"))
    after = keys.versions()
    keys.versions.cache_clear()
    assert before != after


def test_the_version_of_z3_is_read_without_importing_it():
    code = "import sys; from refcheck.store import keys; keys.versions(); print(keys.z3_version(), 'z3' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    from importlib.metadata import version

    assert out.split() == [version("z3-solver"), "False"]


def test_what_is_unknown_is_asked_again(place: Path):
    (place / "m.rc").write_text(ENDLESS, encoding="utf-8")
    few = {"limits": Limits(states=200)}
    assert "UNKNOWN" in {p.verdict for p in verify(place, **few).records[0].properties}
    assert entries(place, FILE) == entries(place, FUNCTION) == []
    assert cost(verify(place, **few)) == (0, 0, 1)


def test_recheck_asks_every_certificate_and_no_solver(place: Path, monkeypatch: pytest.MonkeyPatch):
    first = verify(place)
    monkeypatch.setattr(prove, "verify", None)
    found = verify(place, recheck=True)
    assert cost(found) == (0, 2, 0)
    assert found.records == first.records


# ------------------------------------------------------------------------------------------------ what is not believed


def rewrite(path: Path, change: object) -> None:
    """Change what is in an entry, and leave its seal as it is."""
    head, _, body = path.read_bytes().partition(b"\n")
    data = json.loads(zlib.decompress(body))
    assert callable(change)
    change(data)
    path.write_bytes(head + b"\n" + zlib.compress(json.dumps(data).encode()))


def test_a_file_entry_that_was_changed_is_not_believed(place: Path):
    verify(place)
    [entry] = entries(place, FILE)

    def lie(data: dict) -> None:
        data["records"][0]["verdict"] = "PROVED"
        data["records"][0]["findings"] = []

    rewrite(entry, lie)
    found = verify(place)
    assert cost(found) == (0, 2, 0)
    assert found.records[0].verdict == "REFUTED"
    assert cost(verify(place)) == (1, 0, 0), "it was written anew"


def test_entries_of_another_user_are_checked_and_then_ones_own(place: Path):
    first = verify(place, secret="theirs")
    second = verify(place, secret="mine")
    assert cost(second) == (0, 2, 0)
    assert second.records == first.records
    assert cost(verify(place, secret="mine")) == (1, 0, 0)


def lies(data: dict) -> list[tuple[str, object]]:
    """Ways in which an entry for `leaks` can lie, each a change of its data."""
    certificate = data["certificate"]
    inner = certificate["invariant"]
    return [
        ("no trace", lambda d: d.update(traces=[])),
        ("another verdict", lambda d: d["certificate"]["verdicts"].update({"leaked-ref": "PROVED"})),
        ("proved, no trace", lambda d: (d.update(traces=[]), d["certificate"]["verdicts"].update({"leaked-ref": "PROVED"}))),
        ("a state less", lambda d: d["certificate"]["invariant"]["locations"].__setitem__(
            next(i for i, x in enumerate(inner["locations"]) if x), [])),
        ("another edge", lambda d: d["traces"][0][0].__setitem__(-1, [0, []])),
        ("an edge that is not there", lambda d: d["traces"][0][0].__setitem__(-1, [10**6, []])),
        ("a choice that is none", lambda d: d["traces"][0][0][-1].__setitem__(1, [77])),
        ("a violation that is none", lambda d: d["traces"][0].__setitem__(1, 99)),
        ("a negative violation", lambda d: d["traces"][0].__setitem__(1, -1)),
        ("more of a kind", lambda d: d["traces"][0].__setitem__(2, 5)),
        ("a trace twice", lambda d: d["traces"].append(d["traces"][0])),
        ("an edge that breaks nothing", lambda d: d["traces"].append([d["traces"][0][0][:-1], 0, 1])),
        ("another graph", lambda d: d["certificate"].update(digest="0" * 64)),
        ("no certificate", lambda d: d.pop("certificate")),
        ("another kind", lambda d: d["certificate"]["invariant"].update(kind="magic")),
        ("numbers as texts", lambda d: d.update(queries="1")),
        ("no number", lambda d: d.update(queries=None)),
        ("no list", lambda d: d.update(traces=7)),
    ]  # fmt: skip


def _name_of(place: Path, function: str) -> tuple[object, object, str]:
    task = next(t for t in prepare(place / "m.rc", None, ())[0] if t.cfg.function == function)
    return task.cfg, task.dead, key(task.cfg, task.dead, Limits())


def test_no_lie_in_a_foreign_entry_is_believed(place: Path):
    verify(place)
    cfg, dead, name = _name_of(place, "leaks")
    ours = store(place)
    honest = ours.get(FUNCTION, name)
    assert honest is not None
    assert honest.own
    assert recall(cfg, dead, Limits(), honest._replace(own=False)) is not None
    found = lies(honest.data)
    assert len(found) > 15
    for what, change in found:
        data = json.loads(json.dumps(honest.data))
        change(data)
        assert data != honest.data, what
        assert recall(cfg, dead, Limits(), honest._replace(data=data, own=False)) is None, what


def test_no_entry_hides_a_vacuous_proof(place: Path):
    # Given a branch that nothing takes
    text = 'use "route.spec";\n\nint f()\n{\n\tdst rt = NULL;\n\n\tif (rt)\n\t\tdst_release(rt);\n\treturn 0;\n}\n'
    (place / "m.rc").write_text(text, encoding="utf-8")
    assert verify(place).records[0].verdict == "VACUOUS"
    cfg, dead, name = _name_of(place, "f")
    honest = store(place).get(FUNCTION, name)
    assert honest is not None
    boast, more = json.loads(json.dumps(honest.data)), json.loads(json.dumps(honest.data))
    # When an entry claims that it is proved, or has states that nothing reaches, from which the proof would hold too
    verdicts = boast["certificate"]["verdicts"]
    boast["certificate"]["verdicts"] = {p: "PROVED" if v == "VACUOUS" else v for p, v in verdicts.items()}
    invariant = more["certificate"]["invariant"]
    invariant["states"].append([invariant["states"][invariant["locations"][cfg.exit][0]][0], 0, 0])
    invariant["locations"][cfg.exit].append(len(invariant["states"]) - 1)
    # Then nobody is believed, and the second is a proof all the same
    for data, fine in ((boast, False), (more, True)):
        document = from_data(data["certificate"])
        assert isinstance(confirm(cfg, dead, document), Confirmed) == fine
        for own in (True, False):
            assert recall(cfg, dead, Limits(), honest._replace(data=data, own=own)) is None


HEAD = b"refcheck-store 1 none\n"
DAMAGE = [b"", b"x", HEAD, HEAD + zlib.compress(b"[" * 5000), b"\xff" * 300, HEAD + zlib.compress(b"[]")]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", [FILE, FUNCTION])
def test_a_damaged_entry_is_made_anew(place: Path, kind: str, damage: bytes):
    first = verify(place)
    for path in entries(place, kind):
        path.write_bytes(damage)
    if kind == FUNCTION:
        for path in entries(place, FILE):
            path.unlink()
    found = verify(place)
    assert found.records == first.records
    assert cost(found) == ((0, 2, 0) if kind == FILE else (0, 0, 2))
    assert cost(verify(place)) == (1, 0, 0)


def test_every_torn_write_is_seen(place: Path):
    verify(place)
    [path] = entries(place, FILE)
    whole = path.read_bytes()
    ours = store(place)
    name = path.parent.name + path.name
    for n in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:n])
        found = ours.get(FILE, name)
        assert found is None or not found.own, n
    path.write_bytes(whole)
    assert ours.get(FILE, name).own


def test_an_entry_in_the_place_of_another_is_foreign(place: Path):
    verify(place)
    one, two = entries(place, FUNCTION)
    one.write_bytes(two.read_bytes())
    found = store(place).get(FUNCTION, one.parent.name + one.name)
    assert found is not None
    assert not found.own


# ------------------------------------------------------------------------------------------------ the folder


def test_the_secret_is_the_users_alone(place: Path):
    verify(place)
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600
    assert not list((place / "store").rglob("key"))
    (place / "key").chmod(0o644)
    assert cost(verify(place)) == (0, 2, 0), "what others can read seals nothing"
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600


def _secret(place: str, start: object, told: object) -> None:
    start.wait()
    ours = store(Path(place))
    ours.put("x", "0" * 40, {})
    told.put(ours._secret)


def test_processes_that_start_at_once_have_one_secret(place: Path):
    context = multiprocessing.get_context("fork")
    for _ in range(5):
        (place / "key").unlink(missing_ok=True)
        start, told = context.Event(), context.Queue()
        runs = [context.Process(target=_secret, args=(str(place), start, told)) for _ in range(4)]
        for run in runs:
            run.start()
        start.set()
        assert len({told.get(timeout=60) for _ in runs}) == 1
        for run in runs:
            run.join()
    assert [p.name for p in place.iterdir() if p.name.startswith(".")] == []


def test_a_secret_that_cannot_be_kept_seals_nothing(place: Path):
    (place / "none").write_text("a file", encoding="utf-8")
    assert cost(verify(place, secret="none/key")) == (0, 0, 2)
    assert cost(verify(place, secret="none/key")) == (0, 2, 0)


def test_a_folder_that_cannot_be_written_stops_nothing(place: Path):
    (place / "store").write_text("a file stands in its place", encoding="utf-8")
    found = verify(place)
    assert cost(found) == (0, 0, 2)
    assert found.trouble


def test_a_full_disk_stops_nothing_and_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (place / "key").write_bytes(b"k" * 32)
    (place / "key").chmod(0o600)
    found = verify(place)
    assert cost(found) == (0, 0, 2)
    assert found.trouble == "No space left on device"
    assert [p for p in (place / "store").rglob("*") if p.is_file()] == []


def _many(place: str, start: object) -> None:
    start.wait()
    for _ in range(3):
        assert [r.verdict for r in verify(Path(place)).records] == ["REFUTED", "PROVED"]


def test_runs_at_the_same_time_leave_a_store_that_the_next_accepts(place: Path):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    runs = [context.Process(target=_many, args=(str(place), start)) for _ in range(3)]
    for run in runs:
        run.start()
    start.set()
    for run in runs:
        run.join(120)
    assert [run.exitcode for run in runs] == [0, 0, 0]
    assert cost(verify(place)) == (1, 0, 0)


def test_the_oldest_entries_go_first_and_what_a_killed_run_left(place: Path):
    ours = Store(place / "store", place / "key", most_bytes=400)
    for n in range(8):
        ours.put("x", f"{n:040d}", {"n": "abcdefghij" * n})
        path = place / "store" / "v1" / "x" / "00" / f"{n:038d}"
        os.utime(path, (1000 + n, 1000 + n))
    torn = place / "store" / "v1" / "x" / "00" / ".half"
    torn.write_bytes(b"half")
    os.utime(torn, (900, 900))
    ours.tidy()
    left = [ours.get("x", f"{n:040d}") is not None for n in range(8)]
    assert left == sorted(left)
    assert True in left
    assert False in left
    assert not torn.exists()
    assert ours.usage().size <= 400
    assert ours.clear().entries == left.count(True)
    assert ours.usage() == Usage(0, 0)


def test_the_digest_of_a_graph_is_what_the_key_rests_on(place: Path):
    cfg, dead, name = _name_of(place, "holds")
    other, _, another = _name_of(place, "leaks")
    assert cfg_digest(cfg) != cfg_digest(other)
    assert name != another
    assert key(cfg, [*dead, cfg.span], Limits()) != name


def test_a_pipe_in_place_of_what_was_read_is_not_waited_for(place):
    # Given a verdict in the store, and a pipe where one of the contracts stood that it rests on
    command = [sys.executable, "-m", "refcheck", "verify", "-q", "--store", str(place / "kept"), str(place / "m.rc")]
    subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=120)
    (place / "specs" / "route.spec").unlink()
    os.mkfifo(place / "specs" / "route.spec")
    # When the model is verified again, then nothing is believed that rests on it: the contract of refcheck takes its place
    again = subprocess.run([*command, "--stats"], cwd=place, capture_output=True, text=True, check=False, timeout=120)
    assert again.returncode == 1
    assert "0 files unchanged" in again.stderr
