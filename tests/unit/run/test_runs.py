# SPDX-License-Identifier: GPL-2.0-only
"""Runs over many files: worker processes, the store behind the command line, shards and their joined report."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import ROOT, run

from refcheck.base.diagnostics import InputError, InternalError
from refcheck.cli import progress
from refcheck.run import proof as batch
from refcheck.run.one_file import Options
from refcheck.run.pool import outcomes
from refcheck.run.shards import Part, parse_part

GOOD = """use "route.spec";

int NAME()
{
	dst rt = ip_route_output_key();

	if (!IS_ERR(rt))
		dst_release(rt);
	return 0;
}
"""
BAD = GOOD.replace("if (!IS_ERR(rt))", 'if (!IS_ERR(rt) && nondet("kept"))')
TWO = GOOD.replace("NAME", "first") + GOOD.replace("NAME", "second").split("\n", 1)[1]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some models in the working folder, one of them refuted, and a store."""
    for i in range(5):
        text = (BAD if i == 2 else GOOD).replace("NAME", f"f{i}")
        (tmp_path / f"m{i}.rc").write_text(text + "// longer\n" * (i % 3), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFCHECK_NO_STORE")
    monkeypatch.setenv("REFCHECK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def program(place: Path, *args: object, **more: object) -> subprocess.Popen:
    """The command as a process of its own, in a session of its own, that may be interrupted also below `command &`."""
    return subprocess.Popen([sys.executable, "-m", "refcheck", *map(str, args)], cwd=place, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads here
                            env={**os.environ, "PYTHONPATH": str(ROOT)}, **more)  # fmt: skip


def processes_of(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


# ------------------------------------------------------------------------------------------------ processes


@pytest.mark.usefixtures("place")
def test_any_number_of_processes_gives_the_same_output():
    one, two, five = (run("verify", ".", "--no-store", "--jobs", n) for n in (1, 2, 5))
    assert one.status == two.status == five.status == 1
    assert one.out == two.out == five.out
    assert [line.split(":")[0] for line in one.out.splitlines() if "PROVED " in line] == ["f0", "f1", "f3", "f4"]


def test_the_store_answers_with_the_same_output_whatever_the_processes(place: Path):
    first = run("verify", ".", "--jobs", 2, "--stats")
    second = run("verify", ".", "--jobs", 2, "--stats")
    assert first.out == second.out
    assert "work: 0 files unchanged, " in first.err
    assert second.err == "work: 5 files unchanged, 0 functions recalled by certificate, 0 proved, 0 Z3 queries\n"
    (place / "m4.rc").write_text("// new\n" + (place / "m4.rc").read_text(encoding="utf-8"), encoding="utf-8")
    assert run("verify", ".", "--stats").err.startswith("work: 4 files unchanged, 1 functions recalled")
    assert run("verify", ".", "--recheck", "--stats").err.startswith("work: 0 files unchanged, 5 functions recalled")


def test_an_input_error_in_one_file_is_shown_once_and_nothing_else_is_lost(place: Path):
    (place / "m1.rc").write_text("int f(\n", encoding="utf-8")
    one, two = run("verify", ".", "--jobs", 1), run("verify", ".", "--jobs", 2)
    assert one.status == two.status == 2
    assert (one.out, one.err) == (two.out, two.err)
    assert one.err.count("error[syntax-error]") == 1


@pytest.mark.usefixtures("place")
def test_a_worker_that_dies_is_a_fault_that_names_the_file(monkeypatch: pytest.MonkeyPatch):
    whole = batch.proved

    def dies(path: Path, options: Options, store: object) -> object:
        if path.name == "m3.rc":
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(path, options, store)

    monkeypatch.setattr(batch, "proved", dies)
    ran = run("verify", ".", "--jobs", 2, "--no-store")
    assert ran.status == 70
    assert "m3.rc ended by signal 9" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("place")
def test_a_fault_in_a_worker_is_a_fault_of_the_run(monkeypatch: pytest.MonkeyPatch):
    def faulty(*_: object) -> object:
        raise InternalError("a contradiction")

    monkeypatch.setattr(batch, "proved", faulty)
    ran = run("verify", ".", "--jobs", 2, "--no-store")
    assert ran.status == 70
    assert "InternalError: a contradiction" in ran.err


def test_nothing_is_left_when_a_consumer_stops(place: Path):
    files = sorted(place.glob("*.rc"))
    found = outcomes(files, Options(), None, 2, lambda *_: None)
    assert next(found).path == str(files[0])
    found.close()
    import multiprocessing

    assert multiprocessing.active_children() == []


def slow_models(place: Path) -> None:
    """Models that take a while: each of many objects may be there or not, in any combination."""
    none = "".join(f"\tdst d{i} = NULL;\n" for i in range(16))
    look = "ip_route_output_key();"
    found = "".join(f'\tif (nondet("{i}"))\n\t\td{i} = {look}\n\tif (IS_ERR(d{i}))\n\t\td{i} = NULL;\n' for i in range(16))
    given = "".join(f"\tif (d{i})\n\t\tdst_release(d{i});\n" for i in range(16))
    for i in range(6):
        text = f'use "route.spec";\n\nvoid slow{i}()\n{{\n{none}{found}{given}}}\n'
        (place / f"slow{i}.rc").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_is_shown_on_a_terminal_only_and_taken_away(jobs: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    quiet = run("verify", ".", "--no-store", "--jobs", jobs)
    shown = run("verify", ".", "--no-store", "--jobs", jobs, err_tty=True)
    assert quiet.err == ""
    assert shown.out == quiet.out
    drawn = re.findall(r"(\d)/5 +(?:\d+ s left +)?m\d", re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", shown.err))
    assert list(dict.fromkeys(drawn)) == [str(i + (jobs > 1)) for i in range(5)]
    assert shown.err.endswith("\x1b[2K")
    assert run("verify", "m0.rc", "--no-store", err_tty=True).err == ""


def test_what_is_left_is_estimated_by_the_sizes_of_the_files(place: Path):
    for i in range(4):
        (place / f"m{i}.rc").write_text(GOOD.replace("NAME", "f") + "//" + "x" * 2000 * i + "\n", encoding="utf-8")
    parts: list[float] = []
    found = outcomes([place / f"m{i}.rc" for i in range(4)], Options(), None, 1, lambda *at: parts.append(at[2]))
    assert len(list(found)) == 4
    assert parts[0] == 0
    assert [round(p, 1) for p in parts[1:]] == [0.0, 0.2, 0.5]
    assert [progress.remaining(*a) for a in ((5, 0.0), (30, 0.5), (600, 0.25), (7200, 0.5))] == [
        "", "30 s left", "30 min left", "2.0 h left",
    ]  # fmt: skip


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_and_a_usable_store(place: Path, sent: signal.Signals):
    run("verify", "m0.rc", "m1.rc")
    slow_models(place)
    with program(place, "verify", ".", "--jobs", 2, "--max-states", 10**6) as started:
        deadline = time.monotonic() + 60
        while len(processes_of(started.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(processes_of(started.pid)) == 3
        time.sleep(1.5)  # all three are at work, on a loaded machine too
        if sent == signal.SIGINT:
            os.killpg(started.pid, sent)
        else:
            started.send_signal(sent)
        out, err = started.communicate(timeout=60)
        assert started.returncode == (130 if sent == signal.SIGINT else -sent)
        assert "Traceback" not in out + err
        deadline = time.monotonic() + 30
        while processes_of(started.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert processes_of(started.pid) == []
    assert run("verify", "m0.rc", "m1.rc", "--stats").err.startswith("work: 2 files unchanged")


@pytest.mark.parametrize("jobs", ["-1", "100000", "x"])
@pytest.mark.usefixtures("place")
def test_processes_that_make_no_sense(jobs: str):
    ran = run("verify", ".", "--jobs", jobs)
    assert ran.status == 2
    assert "Traceback" not in ran.err


# ------------------------------------------------------------------------------------------------ the store's options


def test_an_unchanged_run_imports_neither_parser_nor_prover(place: Path):
    assert run("verify", ".").status == 1
    code = (
        "import sys; from refcheck.cli import main; sys.argv = ['refcheck', 'verify', '.', '-q']\n"
        "try: main()\nexcept SystemExit as e: print(e.code)\n"
        "print(sorted({'z3', 'lark', 'networkx', 'refcheck.lower.function', 'refcheck.meaning.step', 'refcheck.prove.prove',"
        " 'refcheck.syntax.parser'} & set(sys.modules)))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=place,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as started:  # fmt: skip
        out = started.communicate(timeout=60)[0]
    assert out.splitlines()[-2:] == ["1", "[]"]


def test_the_store_can_be_shown_and_cleared(place: Path):
    assert run("store", "show").out == f"{place}/store: 0 entries, 0.0 MB\n"
    run("verify", ".")
    assert run("store", "show").out.startswith(f"{place}/store: 7 entries, ")
    assert run("store", "clear").out.startswith(f"{place}/store: 7 entries deleted, ")
    assert run("store", "show").out == f"{place}/store: 0 entries, 0.0 MB\n"


def test_a_store_that_cannot_be_written_is_said_once(place: Path):
    (place / "store").mkdir()
    (place / "store" / "v1").write_text("in the way", encoding="utf-8")
    for jobs in (1, 2):
        ran = run("verify", ".", "--jobs", jobs)
        assert ran.status == 1
        assert ran.err.count("cannot be written") == 1


@pytest.mark.usefixtures("place")
def test_a_store_that_is_a_file_is_bad_usage():
    ran = run("verify", ".", "--store", "m0.rc")
    assert ran.status == 2
    assert "`m0.rc` is no folder" in ran.err


# ------------------------------------------------------------------------------------------------ shards


def shard(number: int, total: int, *args: object) -> Path:
    """The report of a part of a run over all."""
    path = Path(f"{number}of{total}.json")
    ran = run("verify", ".", "--shard", f"{number}/{total}", "--output", f"json={path}", *args)
    assert ran.status in (0, 1), ran.err
    return path


@pytest.mark.parametrize("total", [1, 2, 3, 7])
def test_joined_parts_are_the_run(place: Path, total: int):
    (place / "m5.rc").write_text(TWO, encoding="utf-8")
    whole = run("verify", ".", "--format", "json")
    parts = [shard(i, total) for i in range(total, 0, -1)]
    joined = run("merge", *parts, "--format", "json")
    assert joined.status == whole.status == 1
    assert json.loads(joined.out) == json.loads(whole.out)
    assert run("merge", *parts).out == run("verify", ".").out


def test_every_function_is_in_one_part():
    for total in (1, 2, 5, 16):
        for n in range(100):
            parts = [i for i in range(1, total + 1) if Part(i, total).has("models/a.rc", f"f{n}")]
            assert len(parts) == 1
    assert 30 < sum(Part(1, 2).has("models/a.rc", f"f{n}") for n in range(100)) < 70


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/", "²/3", "1/" + "9" * 40])
def test_what_is_no_part(text: str):
    with pytest.raises(InputError, match="no part of a run"):
        parse_part(text)


def joined(*paths: object) -> str:
    """What is said of reports that cannot be joined."""
    ran = run("merge", *paths)
    assert ran.status == 2
    assert ran.out == ""
    assert "error[bad-report]" in ran.err
    return " ".join(ran.err.split())


@pytest.mark.usefixtures("place")
def test_parts_that_are_missing_or_given_twice():
    one, two, three = (shard(i, 3) for i in (1, 2, 3))
    assert "parts 1, 3 of 3 are missing" in joined(two)
    assert "part 2 of 3 is missing" in joined(one, three)
    assert "are both part 1 of 3" in joined(one, two, three, one)


def test_parts_of_different_runs(place: Path):
    one, two = shard(1, 2), shard(2, 2)
    three = shard(3, 3)
    assert "`3of3.json` is one of 3 parts" in joined(one, three)
    again = shard(2, 2, "--max-states", 1000)
    assert "different models, contracts or options" in joined(one, again)
    two = shard(2, 2)
    assert run("merge", one, two).status == 1
    (place / "m0.rc").write_text((place / "m0.rc").read_text(encoding="utf-8") + "// later\n", encoding="utf-8")
    assert "different models, contracts or options" in joined(one, shard(2, 2))


@pytest.mark.usefixtures("place")
def test_reports_that_are_none():
    run("verify", ".", "--output", "json=whole.json")
    one = shard(1, 2)
    assert "the report of a whole run" in joined(one, "whole.json")
    assert "cannot be read" in joined(one, "nowhere.json")
    assert "is no JSON" in joined(one, "m0.rc")
    Path("other.json").write_text('{"schema": 2}', encoding="utf-8")
    assert "is no report of this refcheck" in joined("other.json")


@pytest.mark.usefixtures("place")
def test_a_report_from_which_a_verdict_was_taken_or_doubled():
    one, two = shard(1, 2), shard(2, 2)
    data = json.loads(one.read_text(encoding="utf-8"))
    assert data["results"]
    taken = data["results"].pop()
    one.write_text(json.dumps(data), encoding="utf-8")
    assert f"no report has the verdict for {taken['model']}:{taken['function']}" in joined(one, two)
    data["results"] += [taken, taken]
    one.write_text(json.dumps(data), encoding="utf-8")
    assert "both have a verdict for" in joined(one, two)
    data["results"][-1] = {**taken, "function": "another"}
    one.write_text(json.dumps(data), encoding="utf-8")
    assert "which the run does not have" in joined(one, two)


def test_an_input_error_is_one_in_the_joined_report(place: Path):
    (place / "m1.rc").write_text("int f(\n", encoding="utf-8")
    for i in (1, 2):
        assert run("verify", ".", "--shard", f"{i}/2", "--output", f"json={i}.json").status == 2
    ran = run("merge", "1.json", "2.json")
    assert ran.status == 2
    assert ran.err.count("error[syntax-error]") == 1
