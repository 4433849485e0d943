# SPDX-License-Identifier: GPL-2.0-only
"""What is kept of one function, and how it becomes a result again without Z3.

The key is the meaning of the graph (certificate.cfg_digest), not its texts: a comment, a new name or another place
changes nothing, a contract changes the functions that apply it and no others.  What is kept is the certificate and the
choices of each trace; on the way back both are checked as those of a fresh proof are (verdict/check.py), for the graph
of today.  Everything in words is made anew from that graph.

That each trace is a shortest one, and how many states share its cause, is taken from an entry of this user's refcheck at
its word.  A foreign one is compared with a new exploration.
"""

import time

from refcheck.base.diagnostics import InternalError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.certificate.digest import cfg_digest
from refcheck.certificate.document import confirm, from_data, to_data
from refcheck.graph.cfg import CFG
from refcheck.lens.steps import steps_of
from refcheck.meaning.state import initial_state
from refcheck.meaning.step import run
from refcheck.prove.acquired import each_acquisition
from refcheck.prove.propose import Exploration, explore, path_to
from refcheck.store.keys import digest, versions
from refcheck.store.place import Entry, Store
from refcheck.verdict.check import Refusal, walked
from refcheck.verdict.verdict import Result, Trace, root_cause

KIND = "function"


class _UnfitError(Exception):
    """An entry that is not what it should be."""


class KeptTrace(NamedTuple):
    """A trace as it is kept: its edges with their choices, which of the violations at its end it shows, and how many."""

    path: tuple[tuple[int, tuple[int, ...]], ...]
    violation: int
    occurrences: int


def key(cfg: CFG, limits: Limits) -> str:
    """The key of a function: what its graph means, whether it lacks statements, the limits, and all versions."""
    return digest(versions(), cfg_digest(cfg), repr(bool(cfg.unreachable)), repr(tuple(limits)))


def keep(store: Store, name: str, result: Result) -> None:
    """Store a result under its key; what is unknown is not kept, so that more time can find it out."""
    if any(v.verdict == Verdict.UNKNOWN for v in result.verdicts) or result.certificate is None:
        return
    if result.certificate.refinement is not None:
        return  # what is recalled is checked without a solver
    verdicts = {v.property: v.verdict for v in result.verdicts}
    traces = [_told(result.cfg, t) for t in result.traces]
    store.put(KIND, name, {
        "certificate": to_data(result.cfg, result.certificate, verdicts),
        "traces": [[[[e, list(p)] for e, p in t.path], t.violation, t.occurrences] for t in traces],
        "queries": result.queries,
    })  # fmt: skip


def _told(cfg: CFG, trace: Trace) -> KeptTrace:
    path = tuple((s.edge, s.picks) for s in trace.steps)
    before = trace.steps[-2].state if len(path) > 1 else initial_state(cfg)
    last = run(cfg, before, *path[-1]) if before is not None else None
    assert last is not None, "a trace was replayed before it is kept"
    return KeptTrace(tuple((e.number, p) for e, p in path), last[1].index(trace.violation), trace.occurrences)


def recall(cfg: CFG, limits: Limits, entry: Entry, recheck: bool = False) -> Result | None:
    """The result that an entry stands for, its certificate checked and its traces replayed; None if anything is amiss.

    An entry that is not this user's own, and every one with `recheck`, is also compared with a new exploration.
    """
    began = time.perf_counter()
    try:
        return _recall(cfg, limits, entry, recheck or not entry.own, began)
    except (_UnfitError, InternalError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


def _recall(cfg: CFG, limits: Limits, entry: Entry, whole: bool, began: float) -> Result:
    document = from_data(entry.data["certificate"])
    if isinstance(document, str):
        raise _UnfitError
    answer = confirm(cfg, document)
    if isinstance(answer, Refusal) or answer.reached != answer.states:
        raise _UnfitError
    traces = tuple(_trace(cfg, _read_trace(cfg, t)) for t in _list(entry.data["traces"]))
    if answer.causes != {root_cause(t.steps[-1].edge, t.violation) for t in traces}:
        raise _UnfitError
    if whole:
        _compare(cfg, explore(cfg, limits.states, steps_of(cfg)), traces)
    queries, seconds = _number(entry.data["queries"]), time.perf_counter() - began
    return Result(
        cfg, answer.properties, traces, answer.certificate, answer.unreached, cfg.locations, answer.states, queries,
        seconds, answer.taken,
    )  # fmt: skip


def _compare(cfg: CFG, x: Exploration, traces: tuple[Trace, ...]) -> None:
    """The traces are all findings in order, each a shortest one of its kind."""
    found = [(f.edge.number, f.violation, len(path_to(x, f)), f.occurrences) for f in each_acquisition(cfg, x)]
    if not x.complete or found != [(t.steps[-1].edge.number, t.violation, len(t.steps), t.occurrences) for t in traces]:
        raise _UnfitError


def _trace(cfg: CFG, told: KeptTrace) -> Trace:
    """Walk what is kept of a trace; InternalError where the path cannot be taken."""
    steps, broken = walked(cfg, tuple((cfg.edges[e], picks) for e, picks in told.path))
    if not 0 <= told.violation < len(broken):
        raise _UnfitError
    return Trace(steps, broken[told.violation], told.occurrences)


def _read_trace(cfg: CFG, data: object) -> KeptTrace:
    path, violation, occurrences = _list(data)
    steps = []
    for step in _list(path):
        edge, picks = _list(step)
        steps.append((_number(edge), tuple(_numbers(picks))))
    if not steps or any(not 0 <= e < len(cfg.edges) for e, _ in steps):
        raise _UnfitError
    return KeptTrace(tuple(steps), _number(violation), _number(occurrences))


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
