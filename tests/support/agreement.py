# SPDX-License-Identifier: GPL-2.0-only
"""Do the prover, the oracle and the certificate checker say the same about a function?"""

import json
from typing import NamedTuple

from oracles.oracle import Walk, judge, walk

from refcheck.base.diagnostics import InternalError
from refcheck.base.verdicts import Verdict
from refcheck.certificate.document import Document, confirm, from_data, to_data
from refcheck.graph.obligations import obligations
from refcheck.lower.task import Task
from refcheck.meaning.state import State
from refcheck.prove.prove import Limits, verify
from refcheck.prove.solver import unsat
from refcheck.refinement.graph import refined
from refcheck.verdict.check import Refusal
from refcheck.verdict.verdict import Result

LIMITS = Limits(timeout=0, states=3000)


class Agreement(NamedTuple):
    """What was found about one function: a verdict per property, and every disagreement in words."""

    verdicts: dict[str, str]
    disagreements: tuple[str, ...]
    cut_off: bool


def compare(task: Task, limits: Limits = LIMITS) -> Agreement:
    """Verify a function and ask the oracle and the certificate checker about it."""
    name = task.cfg.function
    try:
        result = verify(task.cfg, limits)
    except InternalError as e:
        return Agreement({}, (f"{name}: internal error: {e}",), False)
    ours = {v.property: v.verdict for v in result.verdicts}
    if result.certificate is not None and result.certificate.refinement is not None:
        return Agreement(ours, (*_refined(result, limits, ours), *_certificate(result, ours)), False)
    seen = walk(task.cfg, 4 * limits.states)
    theirs = judge(task.cfg, seen)
    cut_off = not seen.complete or any("limit" in v.reason for v in result.verdicts)
    found = [
        f"{name}: {p} is {v} for the prover and {theirs[p]} for the oracle"
        for p, v in ours.items()
        if v != theirs[p] and not (cut_off and Verdict.UNKNOWN in (v, theirs[p]))
    ]
    if not cut_off:
        found += _traces(name, result, {c: n for c, (_, _, n) in seen.broken.items()})
        found += _certificate(result, ours)
        found += _invariant(result, seen)
    found += _owed(task, seen)
    return Agreement(ours, tuple(found), cut_off)


def _refined(result: Result, limits: Limits, ours: dict[str, str]) -> list[str]:
    """The oracle reaches the same states of the refined graph, and breaks the same there."""
    assert result.certificate is not None
    assert result.certificate.refinement is not None
    graph, _ = refined(result.cfg, result.certificate.refinement)
    seen = walk(graph, 4 * limits.states)
    broken = {v.property for _, _, v in seen.broken}
    differ = broken ^ {p for p, v in ours.items() if v == Verdict.REFUTED}
    found = [f"{graph.function}: {p} is broken for one of prover and oracle" for p in sorted(differ)]
    return found + _invariant(result._replace(cfg=graph), seen)


def _traces(name: str, result: Result, wanted: dict) -> list[str]:
    """Each cause once, by a path as short as the oracle's."""
    got = {(t.steps[-1].edge.span, t.steps[-1].edge.stack, t.violation): len(t.steps) for t in result.traces}
    if got == wanted:
        return []
    differ = {k for k in got.keys() | wanted.keys() if got.get(k) != wanted.get(k)}
    return [f"{name}: {k[2]} at {k[0]}: {got.get(k)} steps, {wanted.get(k)} for the oracle" for k in differ]


def _invariant(result: Result, seen: Walk) -> list[str]:
    """The invariant has the states that the oracle reached, each at its location, and no others."""
    if result.certificate is None:
        return []
    reached: dict[int, set[State]] = {}
    for location, state in seen.came:
        reached.setdefault(location, set()).add(state)
    here = {i: set(s) for i, s in enumerate(result.certificate.states) if s}
    places = sorted(i for i in here.keys() | reached.keys() if here.get(i) != reached.get(i))
    return [f"{result.cfg.function}: the invariant at location {i} is not what the oracle reached" for i in places]


def _owed(task: Task, seen: Walk) -> list[str]:
    """What an edge breaks it owes: otherwise a property would be NOTHING where it can be broken.

    The last name of an object can go on any edge, a container can go with a stale slot or be handed on with one that has
    expired, and any exit can return what is gone: these are not counted for each edge.
    """
    owed = obligations(task.cfg)
    kinds = {e.number: e.kind for e in task.cfg.edges}
    anywhere = ("last-name-lost", "returned", "returned-as-owned", "slot-expired")
    pairs = {
        (e.number, v.property)
        for (_, _, v), (e, _, _) in seen.broken.items()
        if v.reason not in anywhere and not (v.reason == "stale-slot" and v.cell < 0)
    }
    lost = [(n, p) for n, p in sorted(pairs) if n not in owed[p] and kinds[n] != "entry"]
    return [f"{task.cfg.function}: edge {n} breaks {p} and does not owe it" for n, p in lost]


def _certificate(result: Result, verdicts: dict[str, str]) -> list[str]:
    """The certificate, after it went through JSON, is about the graph and proves what is claimed."""
    name = result.cfg.function
    if result.certificate is None:
        claimed = any(v in (Verdict.PROVED, Verdict.VACUOUS, Verdict.NOTHING) for v in verdicts.values())
        return [f"{name}: no certificate"] if claimed else []
    read = from_data(json.loads(json.dumps(to_data(result.cfg, result.certificate, verdicts))))
    if not isinstance(read, Document):
        return [f"{name}: the certificate cannot be read back: {read}"]
    answer = confirm(result.cfg, read, unsat)
    return [f"{name}: the certificate is refused: {answer.text}"] if isinstance(answer, Refusal) else []
