# SPDX-License-Identifier: GPL-2.0-only
"""What is kept of one function, and how it becomes a result again without Z3.

The key is the meaning of the graph (certificate.cfg_digest), not its texts: a comment, a new name or another place
changes nothing, a contract changes the functions that apply it and no others.  What is kept is the certificate and the
choices of each trace; on the way back the certificate is checked and the traces are replayed by the reference semantics
(certify.py), for the graph of today.  Everything in words is made anew from that graph.

A certificate that holds may still have more states than are reached; then what nothing reaches would look reached.  An
entry of this user's refcheck is taken at its word for that.  A foreign one is compared with all that is reached.
"""

import time

from refcheck.base.diagnostics import InternalError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph.cfg import CFG, Edge
from refcheck.lens.local import Steps
from refcheck.meaning.heap import State, Violation, initial_state
from refcheck.meaning.obligations import NAMES, obligations
from refcheck.meaning.step import havocs, run
from refcheck.prove.propose import Exploration, explore, path_to
from refcheck.store.keys import digest, versions
from refcheck.store.place import Entry, Store
from refcheck.verdict.certify import check_certificate, replay
from refcheck.verdict.document import cfg_digest, from_data, misfit, to_data
from refcheck.verdict.sanity import unreached
from refcheck.verdict.verdict import NOTHING, PROVED, UNKNOWN, VACUOUS, Certificate, Result, Trace, settled

KIND = "function"


class _UnfitError(Exception):
    """An entry that is not what it should be."""


class Told(NamedTuple):
    """A trace as it is kept: its edges with their choices, which of the violations at its end it shows, and how many."""

    path: tuple[tuple[int, tuple[int, ...]], ...]
    violation: int
    occurrences: int


def key(cfg: CFG, dead: list[Span], limits: Limits) -> str:
    """The key of a function: what its graph means, whether it has dead code, the limits, and all versions."""
    return digest(versions(), cfg_digest(cfg), repr(bool(dead)), repr(tuple(limits)))


def keep(store: Store, name: str, result: Result) -> None:
    """Store a result under its key; what is unknown is not kept, so that more time can find it out."""
    if any(v.verdict == UNKNOWN for v in result.verdicts) or result.certificate is None:
        return
    verdicts = {v.property: v.verdict for v in result.verdicts}
    traces = [_told(result.cfg, t) for t in result.traces]
    store.put(KIND, name, {
        "certificate": to_data(result.cfg, result.certificate, verdicts),
        "traces": [[[[e, list(p)] for e, p in t.path], t.violation, t.occurrences] for t in traces],
        "taken": sorted(result.taken),
        "queries": result.queries,
    })  # fmt: skip


def _told(cfg: CFG, trace: Trace) -> Told:
    path = tuple((s.edge, s.picks) for s in trace.steps)
    before = trace.steps[-2].state if len(path) > 1 else initial_state(cfg)
    seen = _violations(cfg, before, *path[-1]) if before is not None else []
    return Told(tuple((e.number, p) for e, p in path), seen.index(trace.violation), trace.occurrences)


def recall(cfg: CFG, dead: list[Span], limits: Limits, entry: Entry, recheck: bool = False) -> Result | None:
    """The result that an entry stands for, its certificate checked and its traces replayed; None if anything is amiss.

    An entry that is not this user's own, and every one with `recheck`, is also compared with all reachable states.
    """
    began = time.perf_counter()
    try:
        return _recall(cfg, dead, limits, entry, recheck or not entry.own, began)
    except (_UnfitError, InternalError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


def _recall(cfg: CFG, dead: list[Span], limits: Limits, entry: Entry, whole: bool, began: float) -> Result:
    document = from_data(entry.data["certificate"])
    if isinstance(document, str) or document.digest != cfg_digest(cfg) or misfit(cfg, document.certificate):
        raise _UnfitError
    certificate, taken, steps = document.certificate, frozenset(_numbers(entry.data["taken"])), Steps(cfg)
    told = [_read_trace(cfg, t) for t in _list(entry.data["traces"])]
    traces = tuple(_trace(cfg, t, steps) for t in told)
    broken = {t.violation.property for t in traces}
    idle = unreached(cfg, certificate.states, taken, dead)
    owed = obligations(cfg)
    verdicts = tuple(settled(n, owed[n], taken, broken, bool(idle)) for n in NAMES)
    if {v.property: v.verdict for v in verdicts} != document.verdicts:
        raise _UnfitError
    claimed = frozenset(v.property for v in verdicts if v.verdict in (PROVED, VACUOUS, NOTHING))
    check_certificate(cfg, certificate, claimed, steps)
    if whole:
        _compare(explore(cfg, limits.states), certificate, taken, traces)
    states, queries = sum(map(len, certificate.states)), _number(entry.data["queries"])
    seconds = time.perf_counter() - began
    return Result(cfg, verdicts, traces, certificate, idle, cfg.locations, states, queries, seconds, taken)


def _compare(x: Exploration, certificate: Certificate, taken: frozenset[int], traces: tuple[Trace, ...]) -> None:
    """The certificate has the reachable states and no others, and the traces are all findings, each a shortest one."""
    if not x.complete or x.taken != taken or [frozenset(s) for s in x.states] != [frozenset(s) for s in certificate.states]:
        raise _UnfitError
    found = [(f.edge.number, f.violation, len(path_to(x, f)), f.occurrences) for f in x.violations]
    if found != [(t.steps[-1].edge.number, t.violation, len(t.steps), t.occurrences) for t in traces]:
        raise _UnfitError


def _trace(cfg: CFG, told: Told, steps: Steps) -> Trace:
    """Replay what is kept of a trace; InternalError where the path cannot be taken."""
    path = tuple((cfg.edges[e], picks) for e, picks in told.path)
    for edge, picks in path:
        allowed = havocs(edge)
        if len(picks) != len(allowed) or any(p not in a for p, a in zip(picks, allowed, strict=True)):
            raise _UnfitError
    last, picks = path[-1]
    seen = _violations(cfg, _before(cfg, path, steps), last, picks)
    if not 0 <= told.violation < len(seen):
        raise _UnfitError
    violation = seen[told.violation]
    return Trace(replay(cfg, path, violation.property, last, steps), violation, told.occurrences)


def _before(cfg: CFG, path: tuple[tuple[Edge, tuple[int, ...]], ...], steps: Steps) -> State:
    """The state in front of the last edge."""
    state = initial_state(cfg)
    for edge, picks in path[:-1]:
        found = steps.run(state, edge, picks)
        if found is None or found[0] is None:
            raise _UnfitError
        state = found[0]
    return state


def _violations(cfg: CFG, state: State, edge: Edge, picks: tuple[int, ...]) -> list[Violation]:
    found = run(cfg, state, edge, picks)
    return list(found[1]) if found else []


def _read_trace(cfg: CFG, data: object) -> Told:
    path, violation, occurrences = _list(data)
    steps = []
    for step in _list(path):
        edge, picks = _list(step)
        steps.append((_number(edge), tuple(_numbers(picks))))
    if not steps or any(not 0 <= e < len(cfg.edges) for e, _ in steps):
        raise _UnfitError
    return Told(tuple(steps), _number(violation), _number(occurrences))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _UnfitError
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise _UnfitError
    return value


def _numbers(value: object) -> list[int]:
    return [_number(n) for n in _list(value)]
