# SPDX-License-Identifier: GPL-2.0-only
"""Many flags alive at once: families of states agree with enumeration, prove what it cannot, and are checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import ROOT, run
from conftest import REPO_SPECS

from refcheck.base.diagnostics import InternalError
from refcheck.lens.families import Family, covers, member
from refcheck.lens.lift import Lifted, lift
from refcheck.lens.local import Steps
from refcheck.meaning.obligations import NAMES
from refcheck.prove import prove
from refcheck.prove.propose import explore, path_to
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare
from refcheck.verdict.certify import check_certificate
from refcheck.verdict.check import Confirmed, Refusal, confirm
from refcheck.verdict.document import Document, from_data, misfit, to_data
from refcheck.verdict.verdict import PROVED, REFUTED, UNKNOWN, Certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from refcheck.graph.cfg import CFG

HEAD = 'use "dst.spec";\n\n'


def flags(n: int, last: str = "", between: str = "", also: str = "") -> str:
    """n flags, each guards a hold and later a release; `last` replaces the last release."""
    body = [f'\tbool f{i} = nondet("flag {i}");\n' for i in range(n)]
    body += [f"\tif (f{i})\n\t\tdst_hold(d);\n" for i in range(n)]
    body.append(between)
    body += [f"\tif (f{i})\n\t\tdst_release(d);\n" for i in range(n - 1)]
    body.append(last or f"\tif (f{n - 1})\n\t\tdst_release(d);\n")
    return f"{HEAD}void flags(dst d __counted)\n{{\n{''.join(body)}{also}}}\n"


LAST = {
    "unguarded": "\tdst_release(d);\n",
    "forgotten": "\t;\n",
    "inverted": "\tif (!f{k})\n\t\tdst_release(d);\n",
    "another": "\tif (f0)\n\t\tdst_release(d);\n",
    "twice": "\tif (f{k}) {{\n\t\tdst_release(d);\n\t\tdst_release(d);\n\t}}\n",
    "right": "",
}
LOOP = '\twhile (nondet("again")) {\n\t\tuse(d);\n\t}\n'


@pytest.fixture
def graph(tmp_path: Path) -> Callable[[str], CFG]:
    """The graph of the only function of a model text."""

    def lowered(text: str) -> CFG:
        path = tmp_path / "graph.rc"
        path.write_text(text, encoding="utf-8")
        return prepare(path, REPO_SPECS, ())[0][0].cfg

    return lowered


@pytest.mark.parametrize("between", ["", LOOP], ids=["straight", "loop"])
@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_families_agree_with_enumeration(graph, n: int, last: str, between: str):
    cfg = graph(flags(n, LAST[last].format(k=n - 1), between))
    plain, steps = explore(cfg, 100_000), Steps(cfg)
    lifted = lift(cfg, steps, 100_000)
    # Then families hold every reachable state, and what is found is the same, by paths of the same length
    assert isinstance(lifted, Lifted)
    # (where a family was widened, `another` leaves a doubt: was it released, or never held?)
    assert set(lifted.doubt) <= ({"release-of-borrowed"} if last == "another" else set())
    for families, states in zip(lifted.families, plain.states, strict=True):
        for state in states:
            assert any(covers(f, Family(state, (), ())) for f in families), state
    assert lifted.exploration.taken == plain.taken
    shortest: dict[tuple[int, str], int] = {}
    for f in plain.violations:
        shortest[f.edge.number, f.violation.property] = len(path_to(plain, f))
    found = {
        (f.edge.number, f.violation.property): len(path)
        for f, path in zip(lifted.exploration.violations, lifted.paths, strict=True)
    }
    assert found.keys() | {(e, p) for e, p in shortest if p in lifted.doubt} == shortest.keys()
    if last == "another":
        # one flag is asked for twice: the ways to a family differ in length by flags that it does not have any more
        assert all(length >= shortest[cause] for cause, length in found.items())
    else:
        assert found == shortest
    # And the certificate checker accepts them for what is not violated
    claimed = frozenset(NAMES) - {p for _, p in found} - set(lifted.doubt)
    assert check_certificate(cfg, Certificate((), lifted.families), claimed) > 0
    for prop in {p for _, p in found}:
        with pytest.raises(InternalError, match="breaks a claimed property"):
            check_certificate(cfg, Certificate((), lifted.families), frozenset({prop}))


def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let families be used from the third state at a place on."""
    monkeypatch.setattr(prove, "CROWD", 2)


@pytest.mark.parametrize("last", [name for name in LAST if name != "another"])
def test_verdicts_are_those_of_enumeration(check, monkeypatch: pytest.MonkeyPatch, last: str):
    text = flags(4, LAST[last].format(k=3))
    plain = check(text).checked[0].result
    crowd(monkeypatch)
    lifted = check(text).checked[0].result
    assert [(v.property, v.verdict) for v in lifted.verdicts] == [(v.property, v.verdict) for v in plain.verdicts]
    assert lifted.certificate is not None
    assert lifted.certificate.families
    lengths = [{t.violation: len(t.steps) for t in r.traces} for r in (plain, lifted)]
    assert lengths[0] == lengths[1]


LITMUS = sorted((ROOT / "tests" / "litmus").glob("*.rc"))


@pytest.mark.parametrize("path", [*LITMUS, ROOT / "models" / "dst_cache.rc"], ids=lambda p: p.stem)
def test_families_change_no_verdict(monkeypatch: pytest.MonkeyPatch, path: Path):
    # Given any model, when families are tried from the second state at a place on
    for task in prepare(path, None, ())[0]:
        plain = verify(task.cfg, task.dead, Limits(states=3000))
        with monkeypatch.context() as m:
            m.setattr(prove, "CROWD", 1)
            other = verify(task.cfg, task.dead, Limits(states=3000))
        assert [(v.property, v.verdict) for v in other.verdicts] == [(v.property, v.verdict) for v in plain.verdicts]


def test_a_doubt_of_families_is_left_to_enumeration(check, monkeypatch: pytest.MonkeyPatch):
    text = flags(4, LAST["another"])
    plain = check(text).checked[0].result
    crowd(monkeypatch)
    assert check(text).checked[0].result._replace(seconds=0.0) == plain._replace(seconds=0.0)


def test_a_doubt_that_enumeration_cannot_settle_is_unknown(graph):
    result = verify(graph(flags(12, LAST["another"])), [], Limits(states=5000))
    verdicts = {v.property: v.verdict for v in result.verdicts}
    assert verdicts["release-of-borrowed"] == UNKNOWN
    assert verdicts["leaked-ref"] == verdicts["double-release"] == REFUTED


def test_a_hundred_flags_are_proved_in_few_families(check):
    r = check(flags(100)).checked[0].result
    assert r.verdict == PROVED
    # Two families at a place, not 2^100 states
    assert r.states <= 2 * r.locations
    assert r.certificate is not None
    assert r.certificate.families


def test_one_bug_behind_a_hundred_flags_is_refuted_by_a_shortest_trace(check):
    r = check(flags(100, LAST["unguarded"])).checked[0].result
    assert r.verdict == REFUTED
    # Each flag costs an edge that sets it and two that ask for it; with none set nothing else stands on the way
    small = check(flags(3, LAST["unguarded"])).checked[0].result
    per_flag = 3
    lengths = [min(len(t.steps) for t in x.traces if t.violation.property == "release-of-borrowed") for x in (small, r)]
    assert lengths[1] - lengths[0] == per_flag * 97


def test_families_grow_with_the_flags_and_not_with_their_powers(check):
    found = [check(flags(n)).checked[0].result.states for n in (12, 24, 48)]
    assert found[2] - found[1] == 2 * (found[1] - found[0])


def test_what_families_cannot_say_is_unknown(graph):
    # Given flags that guard objects of their own: a count is no sum of them
    body = "".join(f'\tbool f{i} = nondet("{i}");\n\tdst d{i} = NULL;\n\tif (f{i})\n\t\td{i} = take();\n' for i in range(10))
    body += "".join(f"\tif (f{i})\n\t\tdst_release(d{i});\n" for i in range(10))
    cfg = graph(f"{HEAD}dst take() contract {{ ok: return hold; }};\nvoid f()\n{{\n{body}}}\n")
    result = verify(cfg, [], Limits(states=3000))
    assert result.verdict == UNKNOWN
    assert result.certificate is None
    assert isinstance(lift(cfg, Steps(cfg), 3000), str)


@pytest.fixture
def lifted_certificate(graph) -> tuple[CFG, tuple[tuple[Family, ...], ...]]:
    cfg = graph(flags(3))
    found = lift(cfg, Steps(cfg), 1000)
    assert isinstance(found, Lifted)
    return cfg, found.families


def test_a_certificate_that_lost_a_family_is_refused(lifted_certificate):
    cfg, families = lifted_certificate
    for location, here in enumerate(families):
        for i in range(len(here)):
            less = (*families[:location], (*here[:i], *here[i + 1 :]), *families[location + 1 :])
            with pytest.raises(InternalError, match=r"leaves the invariant|initial state"):
                check_certificate(cfg, Certificate((), less), frozenset())


def test_a_certificate_with_a_wrong_sum_is_refused(lifted_certificate):
    # Given families in which one flag no longer adds its reference
    cfg, families = lifted_certificate
    tried = 0
    for location, here in enumerate(families):
        for i, f in enumerate(here):
            for k, where in enumerate(f.adds):
                if where is None:
                    continue
                tried += 1
                wrong = f._replace(adds=(*f.adds[:k], None, *f.adds[k + 1 :]))
                other = (*families[:location], (*here[:i], wrong, *here[i + 1 :]), *families[location + 1 :])
                with pytest.raises(InternalError, match=r"leaves the invariant|breaks a claimed property"):
                    check_certificate(cfg, Certificate((), other), frozenset(NAMES))
    assert tried > 5


def test_open_cells_that_are_no_flags_are_refused(lifted_certificate):
    cfg, families = lifted_certificate
    pointer = next(i for i, c in enumerate(cfg.cells) if c.kind == "ptr")
    base = families[-1][0].base
    for open_cells, adds in (((pointer,), (None,)), ((len(cfg.cells),), (None,)), ((0,), ()), ((0, 0), (None, None))):
        wrong = (*families[:-1], (Family(base, open_cells, adds),))
        with pytest.raises(InternalError, match=r"certificate of flags: (a family|an open flag)"):
            check_certificate(cfg, Certificate((), wrong), frozenset())


def test_certificates_of_families_are_data_and_are_checked_anew(graph):
    # Given a certificate of families, written and read back
    cfg = graph(flags(12))
    result = verify(cfg, [], Limits())
    assert result.certificate is not None
    assert result.certificate.families
    data = json.loads(json.dumps(to_data(cfg, result.certificate, {v.property: v.verdict for v in result.verdicts})))
    document = from_data(data)
    assert isinstance(document, Document)
    assert document.certificate == result.certificate
    # Then the checker that knows nothing of the prover confirms it
    confirmed = confirm(cfg, [], document)
    assert isinstance(confirmed, Confirmed)
    assert confirmed.verdict == PROVED
    # And refuses it with a family less, with a claim more, and with a row that is none
    less = Certificate((), tuple(here[1:] for here in result.certificate.families))
    assert isinstance(confirm(cfg, [], document._replace(certificate=less)), Refusal)
    boast = document._replace(verdicts=document.verdicts | {"leaked-ref": "VACUOUS"})
    assert isinstance(confirm(cfg, [], boast), Refusal)
    for row in ([], [0, 1], [10**6], [0, -1, -1, 0], ["x"], [0, 4, 9, 9]):
        invariant = data["invariant"] | {"locations": [[row], *data["invariant"]["locations"][1:]]}
        read = from_data(data | {"invariant": invariant})
        assert isinstance(read, str) or misfit(cfg, read.certificate) != ""


def test_members_of_a_family_are_its_sums(lifted_certificate):
    _, families = lifted_certificate
    widest = max((f for here in families for f in here), key=lambda f: sum(w is not None for w in f.adds))
    (r, n), *_ = [w for w in widest.adds if w is not None]
    obj, none = (member(widest, dict.fromkeys(widest.open, v)).pools[r][n - 1] for v in (1, 0))
    assert obj is not None
    assert none is not None
    assert obj[0] - none[0] == 3


def test_the_command_says_that_families_stand_behind_the_proof(tmp_path: Path):
    path = tmp_path / "m.rc"
    path.write_text(flags(12), encoding="utf-8")
    ran = run("verify", path)
    assert ran.status == 0
    assert "families of states" in ran.out
