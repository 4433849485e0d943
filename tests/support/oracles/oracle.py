# SPDX-License-Identifier: GPL-2.0-only
"""The explicit-state oracle: every reachable state of a function, and what follows for each property.

A plain breadth-first walk over `semantics.step`, written apart from the prover and using nothing of it, so that the two can
be compared.  It knows no invariants, no solver and no certificates: what is reached is reached, and what is broken on
the way is broken.  Limits: all states are kept in memory, and a program without a finite set of them is not decided.
"""

from collections import deque

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.base.verdicts import Verdict
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.graph.obligations import NAMES, obligations
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.meaning.step import promises_at, step

Where = tuple[int, State]
Cause = tuple[Span, tuple[str, ...], Violation]


class Walk(NamedTuple):
    """What a walk saw.

    `came` has every reached (location, state) with the step that first led there (None for the start) and the number
    of steps; `broken` has, for every cause, the violating edge, where it starts, and the length of a shortest path
    with that edge; `taken` has the edges that were passed.  `complete` says that nothing is left to visit.
    """

    came: dict[Where, tuple[Where | None, Edge | None, int]]
    broken: dict[Cause, tuple[Edge, Where, int]]
    taken: frozenset[int]
    complete: bool

    def shortest(self, prop: str) -> int:
        """The length of a shortest path that breaks a property; 0 where none does."""
        return min((n for (_, _, v), (_, _, n) in self.broken.items() if v.property == prop), default=0)

    def path(self, cause: Cause) -> tuple[Edge, ...]:
        """The edges of a shortest path to a cause, the violating edge last."""
        last, where, _ = self.broken[cause]
        edges, at = [last], where
        while True:
            before, edge, _ = self.came[at]
            if before is None or edge is None:
                return tuple(reversed(edges))
            edges.append(edge)
            at = before


def walk(cfg: CFG, most: int = 100_000) -> Walk:
    """Visit the reachable states, nearest first, but no more than `most`."""
    first: Where = (cfg.start, initial_state(cfg))
    came: dict[Where, tuple[Where | None, Edge | None, int]] = {first: (None, None, 0)}
    broken: dict[Cause, tuple[Edge, Where, int]] = {}
    taken: set[int] = set()
    queue = deque([first])
    leaving: dict[int, list[Edge]] = {}
    for edge in cfg.edges:
        leaving.setdefault(edge.src, []).append(edge)
    while queue and len(came) <= most:
        here = queue.popleft()
        steps = came[here][2] + 1
        for edge in leaving.get(here[0], ()):
            for after, violations in step(cfg, here[1], edge):
                taken.add(edge.number)
                for v in violations:
                    broken.setdefault((edge.span, edge.stack, v), (edge, here, steps))
                there = None if after is None else (edge.dst, after)
                if there is not None and there not in came:
                    came[there] = (here, edge, steps)
                    queue.append(there)
    return Walk(came, broken, frozenset(taken), not queue)


def judge(cfg: CFG, seen: Walk) -> dict[str, str]:
    """The verdict on each property as the walk decides it; UNKNOWN where it was cut off and found nothing."""
    broken = {v.property for _, _, v in seen.broken}
    verdicts = {}
    for name, edges in obligations(cfg).items():
        if name in broken:
            verdicts[name] = Verdict.REFUTED
        elif not seen.complete:
            verdicts[name] = Verdict.UNKNOWN
        elif name == "sanity":
            verdicts[name] = Verdict.VACUOUS if idle(cfg, seen) else Verdict.PROVED
        elif not edges:
            verdicts[name] = Verdict.NOTHING
        else:
            verdicts[name] = Verdict.PROVED if seen.taken.intersection(edges) else Verdict.VACUOUS
    assert tuple(verdicts) == NAMES
    return verdicts


def idle(cfg: CFG, seen: Walk) -> bool:
    """Some code, branch, outcome or promise of the function itself is reached by no path, or some path by no exit."""
    if cfg.unreachable or _lost(cfg, seen):
        return True
    visited = {location for location, _ in seen.came}
    leaving: dict[int, list[Edge]] = {}
    for edge in cfg.edges:
        leaving.setdefault(edge.src, []).append(edge)
    for edge in cfg.edges:
        own = edge.kind != "entry" and len(edge.stack) <= 1
        if not own or edge.number in seen.taken or edge.src not in visited:
            continue
        behind = leaving.get(edge.dst, [])
        claimed = bool(behind) and all(any(isinstance(o, ops.Unreachable) for o in e.ops) for e in behind)
        if edge.kind == "branch" and not claimed:
            return True
        if edge.kind == "outcome" and ops.key(edge.guard) == ops.key(ops.TRUE):
            return True
    body = [e.number for e in cfg.edges if e.kind != "entry"]
    return (bool(body) and seen.taken.isdisjoint(body)) or bool(_unkept(cfg, seen))


def _lost(cfg: CFG, seen: Walk) -> set[int]:
    """Locations from which paths go on for ever: none of them comes to the exit, or stops with a violation."""
    visited = {location for location, _ in seen.came}
    steps = {(e.src, e.dst) for e in cfg.edges if e.number in seen.taken}
    lost = visited - {cfg.exit}
    while found := {src for src, dst in steps if src in lost and dst not in lost}:
        lost -= found
    return lost


def _unkept(cfg: CFG, seen: Walk) -> set[str]:
    """Outcomes of the function's own contract that no exit has."""
    names = {p.name for p in cfg.promises}
    if names == {"returns"}:
        return set()
    exits = [e for e in cfg.edges if any(isinstance(op, ops.Exit) for op in e.ops)]
    for location, state in seen.came:
        for edge in exits:
            if edge.src == location and names:
                names -= promises_at(cfg, state, edge)
    return names
