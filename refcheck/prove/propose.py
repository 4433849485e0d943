# SPDX-License-Identifier: GPL-2.0-only
"""The reachable finite states of every location: the proposal for an invariant, and shortest paths to violations.

Breadth first, so that the first violation found at a place is reached by as few edges as any.  The result is only a
proposal: Z3 proves it inductive (prove.py), and the checker proves it again on whole states (verdict/check.py).
"""

import math
import time
from collections.abc import Callable

from refcheck.base.diagnostics import InternalError
from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, Edge
from refcheck.lens.steps import Lens, Row, Steps, steps_of
from refcheck.meaning.state import State, Violation
from refcheck.verdict.verdict import root_cause

_ROWS = 64  # for each look at the clock
RowAt = tuple[int, Row]
First = dict[Row, tuple[Row, Edge] | None]
StepPath = list[tuple[State, Edge]]  # each edge with the state in front of it


class Found(NamedTuple):
    """A violation on an edge from a state, first met there; `occurrences` states break the same thing at the same place.

    `path` leads there where it is another than the first one.
    """

    edge: Edge
    state: State
    violation: Violation
    occurrences: int
    path: StepPath | None = None


class Exploration(NamedTuple):
    """States per location, and the violations by root cause; `complete` or cut off.

    `first` has for each state (as a row of `walked`) where it was first reached from: the row in front and the edge (None
    at the start).
    `taken` has the numbers of the edges that some state passes, `broken` the (edge, property) pairs that are violated.
    """

    states: tuple[tuple[State, ...], ...]
    violations: tuple[Found, ...]
    taken: frozenset[int]
    broken: frozenset[tuple[int, str]]
    complete: bool
    steps: int
    first: tuple[First, ...] = ()
    walked: Steps | None = None


def explore(
    cfg: CFG, max_states: int, steps: Steps | None = None, until: float = math.inf, gaps: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> Exploration:  # fmt: skip
    """All reachable states, breadth first, at most some `max_states` of them, until `until` by a clock.

    The `steps` that are given can be asked further, others are closed.  InternalError where no edge leads on from a state,
    unless there may be `gaps`: predicates that no integers have.
    """
    given, steps = steps, steps or steps_of(cfg)
    rows: tuple[First, ...] = tuple({} for _ in range(cfg.locations))
    rows[cfg.start][steps.start] = None
    causes: dict[tuple[object, ...], Found] = {}
    taken: set[int] = set()
    broken_at: set[tuple[int, str]] = set()
    layer: list[RowAt] = [(cfg.start, steps.start)]
    out, number, done = cfg.out_edges(), 1, 0
    lenses: list[list[tuple[Edge, Lens]]] = [[] for _ in out]
    complete = True
    looked = 0
    while layer and complete:
        following: list[RowAt] = []
        for location, row in layer:
            if number + len(following) > max_states or (looked % _ROWS == 0 and clock() > until):
                complete = False
                break
            looked += 1
            moved = location == cfg.exit
            if not lenses[location]:
                lenses[location] = [(edge, steps.lens(edge)) for edge in out[location]]
            for edge, lens in lenses[location]:
                moved = moved or edge.kind == "entry"
                found = lens.moves(row)
                if not found:
                    continue
                moved = True
                done += len(found)
                taken.add(edge.number)
                there = rows[edge.dst]
                for after, broken in found:
                    for violation in broken:
                        broken_at.add((edge.number, violation.property))
                        cause = root_cause(edge, violation)
                        old = causes.get(cause) or Found(edge, steps.state(row), violation, 0)
                        causes[cause] = old._replace(occurrences=old.occurrences + 1)
                    if after is not None and after not in there:
                        there[after] = (row, edge)
                        following.append((edge.dst, after))
            if not moved and not gaps:
                raise InternalError(f"{cfg.function}: no edge leads on from location {location}")
        number += len(following)
        layer = following
    states = tuple([tuple(map(steps.state, here)) for here in rows])
    if given is None:
        steps.close()
    findings = tuple(causes.values())
    return Exploration(states, findings, frozenset(taken), frozenset(broken_at), complete, done, rows, steps)


def path_to(exploration: Exploration, found: Found) -> StepPath:
    """The path that ends with the violating edge: a shortest one, unless the finding has its own."""
    return found.path if found.path is not None else shortest(exploration, found.state, found.edge)


def shortest(exploration: Exploration, state: State, edge: Edge) -> StepPath:
    """A shortest path that ends with an edge from a state."""
    steps = exploration.walked
    assert steps is not None, "only what was explored has paths"
    row, path = steps.row(state), [(state, edge)]
    while (parent := exploration.first[edge.src][row]) is not None:
        row, edge = parent
        path.append((steps.state(row), edge))
    return path[::-1]
