# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts of one function: propose an invariant, let Z3 prove it, and have both proof and refutation checked."""

import math
import time
from typing import TYPE_CHECKING

from refcheck.base.diagnostics import InternalError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.graph import ops
from refcheck.graph.cfg import CFG
from refcheck.graph.obligations import NAMES, obligations
from refcheck.lens.steps import Steps, steps_of
from refcheck.prove import solver
from refcheck.prove.acquired import each_acquisition
from refcheck.prove.encode import shapes
from refcheck.prove.propose import Exploration, explore
from refcheck.prove.refute import refute
from refcheck.verdict.check import AskUnsat, Confirmed, Refusal, confirm
from refcheck.verdict.verdict import Certificate, PropertyVerdict, Result, Trace, Unreached, root_cause, settled

if TYPE_CHECKING:
    from refcheck.prove.refine import Refined

__all__ = ["Limits", "verify"]


class Proof(NamedTuple):
    """What Z3 said of the obligations: the properties that are not proved, each with the reason, and the queries."""

    open: dict[str, str]
    queries: int


def verify(cfg: CFG, limits: Limits) -> Result:
    """Verdicts for every property of a function in its entry context; each is checked before it is returned.

    Where the memory does not suffice all of them are UNKNOWN.
    """
    began = time.perf_counter()
    try:
        return _verify(cfg, limits, began)
    except MemoryError:
        pass  # what was built is given up on the way out, so that there is room again
    owed = obligations(cfg)
    reason = "the memory of the process did not suffice (--max-states lowers what is kept)"
    verdicts = tuple(PropertyVerdict(n, Verdict.UNKNOWN, len(owed[n]), 0, reason) for n in NAMES)
    return Result(cfg, verdicts, (), None, (), cfg.locations, 0, 0, time.perf_counter() - began, frozenset())


class _Explored(NamedTuple):
    """The states of a graph and what was found in them; `refined` where predicates on integers had a part in it."""

    graph: CFG
    exploration: Exploration
    steps: Steps
    traces: tuple[Trace, ...]
    given_up: dict[str, str]
    refined: "Refined | None" = None


def _explored(cfg: CFG, limits: Limits, began: float) -> _Explored:
    until = began + limits.timeout if limits.timeout else math.inf
    if compares_integers(cfg):
        from refcheck.prove.refine import refine  # noqa: PLC0415  few graphs do

        r = refine(cfg, limits, until)
        return _Explored(r.graph, r.exploration, r.steps, r.traces, r.open, r)
    steps = steps_of(cfg, limits.lens)
    exploration = explore(cfg, limits.states, steps, until)
    return _Explored(cfg, exploration, steps, *_traces(cfg, exploration, steps, limits, began))


def compares_integers(cfg: CFG) -> bool:
    """Whether a graph has anything to refine: a calculation, or a comparison of two integers."""
    return any(any(isinstance(op, ops.Suppose) for op in e.ops) or _compares(e.guard) for e in cfg.edges)


def _compares(cond: ops.Cond) -> bool:
    match cond:
        case ops.CmpCells():
            return True
        case ops.Not(arg):
            return _compares(arg)
        case ops.And(args) | ops.Or(args):
            return any(map(_compares, args))
        case _:
            return False


def _verify(cfg: CFG, limits: Limits, began: float) -> Result:
    graph, exploration, steps, traces, given_up, refined = _explored(cfg, limits, began)
    if exploration.complete:
        proof = _prove(graph, exploration, steps, limits, began)
    else:
        reason = f"more than {limits.states} states: the limit of the proposal was hit (--max-states)"
        if limits.timeout and time.perf_counter() > began + limits.timeout:
            reason = f"the states were not all found within {limits.timeout:g} s (--timeout)"
        proof = Proof(dict.fromkeys(NAMES, reason), 0)
    taken = exploration.taken
    if refined is not None:
        taken = frozenset(refined.origin.edges[n] for n in taken)
    broken = {t.violation.property for t in traces}
    still_open = {n: why for n in NAMES if n not in broken and (why := given_up.get(n) or proof.open.get(n))}
    owed, certificate, idle = obligations(cfg), None, tuple[Unreached, ...]()
    verdicts = _opened(tuple([settled(n, owed[n], taken, broken, False) for n in NAMES]), still_open)
    if exploration.complete:
        certificate = Certificate(exploration.states, refined.refinement if refined is not None else None)
        try:
            confirmed = _confirmed(cfg, certificate, broken | set(still_open), exploration, taken, _asker(limits, began))
            verdicts, idle = _opened(confirmed.properties, still_open), confirmed.unreached
        except _LateError:
            late = f"the lemmas were not all confirmed within {limits.timeout:g} s (--timeout)"
            verdicts, certificate, traces = _opened(verdicts, dict.fromkeys(NAMES, late)), None, ()
    steps.close()
    seconds = time.perf_counter() - began
    number = sum(map(len, exploration.states))
    queries = proof.queries + len(traces) + (refined.lemmas if refined is not None else 0)
    return Result(cfg, verdicts, traces, certificate, idle, cfg.locations, number, queries, seconds, taken)


class _LateError(Exception):
    """The time is over, and a lemma is open: nothing is known."""


def _asker(limits: Limits, began: float) -> AskUnsat:
    """Whether a lemma is unsatisfiable, in the time that is left; _LateError where there is none."""

    def unsat(script: str) -> bool:
        answer = solver.check_each([script], _remaining_ms(limits, began))[0]
        if answer.status == "unknown" and limits.timeout and _remaining_ms(limits, began) <= 1:
            raise _LateError
        return answer.status == "unsat"

    return unsat


def _confirmed(
    cfg: CFG, certificate: Certificate, not_claimed: set[str], x: Exploration, taken: frozenset[int], unsat: AskUnsat
) -> Confirmed:  # fmt: skip
    """What the checker makes of a proof; InternalError where it refuses it, or not all that was proposed is reached."""
    answer = confirm(cfg, certificate, frozenset(NAMES) - not_claimed, unsat)
    if isinstance(answer, Refusal):
        raise InternalError(f"certificate of {cfg.function}: {answer.text}")
    if answer.reached != answer.states or answer.taken != taken:
        raise InternalError(f"certificate of {cfg.function}: it has states or steps that nothing reaches")
    if answer.causes != {root_cause(f.edge, f.violation) for f in x.violations}:
        raise InternalError(f"certificate of {cfg.function}: the findings are not all that is broken")
    return answer


def _opened(verdicts: tuple[PropertyVerdict, ...], still_open: dict[str, str]) -> tuple[PropertyVerdict, ...]:
    """The verdicts, with UNKNOWN for what is open, and why."""
    return tuple(
        v._replace(verdict=Verdict.UNKNOWN, reason=still_open[v.property]) if v.property in still_open else v
        for v in verdicts
    )


def _remaining_ms(limits: Limits, began: float) -> int:
    """Milliseconds left, at least 1; 0 where there is no limit."""
    if not limits.timeout:
        return 0
    return max(1, int(1000 * (limits.timeout - (time.perf_counter() - began))))


def _traces(
    cfg: CFG, x: Exploration, steps: Steps, limits: Limits, began: float
) -> tuple[tuple[Trace, ...], dict[str, str]]:
    traces, given_up = list[Trace](), dict[str, str]()
    for found in each_acquisition(cfg, x):
        trace = refute(cfg, x, found, _remaining_ms(limits, began), limits.rlimit, steps)
        if isinstance(trace, str):
            given_up[found.violation.property] = f"a counterexample was proposed, but Z3 gave up: {trace}"
        elif trace is not None:
            traces.append(trace)
    return tuple(traces), given_up


def _prove(cfg: CFG, x: Exploration, steps: Steps, limits: Limits, began: float) -> Proof:
    """One query per distinct obligation; a text that Z3 has proved in this process is not asked again."""
    asked = [o for o in shapes(cfg, x.states, steps, excused=True) if o.failures]
    answers = solver.check_each([o.script for o in asked], _remaining_ms(limits, began), limits.rlimit)
    still_open: dict[str, str] = {}
    for o, answer in zip(asked, answers, strict=True):
        edge = cfg.edges[o.edges[0]]
        properties = tuple(p for p, _ in o.failures)
        if answer.status == "sat":
            text = f"Z3 refutes {' or '.join(properties)} of `{edge.text}` at {edge.span}, the reference does not"
            raise InternalError(f"{cfg.function}: {text}")
        if answer.status == "unknown":
            hit = NAMES if "consecution" in properties else properties
            still_open |= {p: f"Z3: {answer.reason} at {edge.span}" for p in hit if p not in still_open}
    return Proof(still_open, len(asked))
