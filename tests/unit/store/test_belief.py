# SPDX-License-Identifier: GPL-2.0-only
"""What the store believes: nothing that was changed, damaged, moved or written by somebody else."""

import json
import zlib
from pathlib import Path

import pytest
from stored import cost, entries, store, verify

from refcheck.base.limits import Limits
from refcheck.certificate.digest import cfg_digest
from refcheck.certificate.document import confirm, from_data
from refcheck.run.one_file import KIND as FILE
from refcheck.run.tasks import prepare
from refcheck.store.recall import KIND as FUNCTION
from refcheck.store.recall import key, recall
from refcheck.verdict.check import Confirmed


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


def _name_of(place: Path, function: str) -> tuple[object, str]:
    task = next(t for t in prepare(place / "m.rc", None, ())[0] if t.cfg.function == function)
    return task.cfg, key(task.cfg, Limits())


def test_no_lie_in_a_foreign_entry_is_believed(place: Path):
    verify(place)
    cfg, name = _name_of(place, "leaks")
    ours = store(place)
    honest = ours.get(FUNCTION, name)
    assert honest is not None
    assert honest.own
    assert recall(cfg, Limits(), honest._replace(own=False)) is not None
    found = lies(honest.data)
    assert len(found) > 15
    for what, change in found:
        data = json.loads(json.dumps(honest.data))
        change(data)
        assert data != honest.data, what
        assert recall(cfg, Limits(), honest._replace(data=data, own=False)) is None, what


def test_no_entry_hides_a_vacuous_proof(place: Path):
    # Given a branch that nothing takes
    text = 'use "route.spec";\n\nint f()\n{\n\tdst rt = NULL;\n\n\tif (rt)\n\t\tdst_release(rt);\n\treturn 0;\n}\n'
    (place / "m.rc").write_text(text, encoding="utf-8")
    assert verify(place).records[0].verdict == "VACUOUS"
    cfg, name = _name_of(place, "f")
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
        assert isinstance(confirm(cfg, document), Confirmed) == fine
        for own in (True, False):
            assert recall(cfg, Limits(), honest._replace(data=data, own=own)) is None


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


def test_the_digest_of_a_graph_is_what_the_key_rests_on(place: Path):
    cfg, name = _name_of(place, "holds")
    other, another = _name_of(place, "leaks")
    assert cfg_digest(cfg) != cfg_digest(other)
    assert name != another
    assert key(cfg._replace(unreachable=(cfg.span,)), Limits()) != name
