"""The reachable finite states of every location: the proposal for an invariant, and shortest paths to violations.

Breadth first, so that the first violation found at a place is reached by as few edges as any.  The result is only a
proposal: Z3 proves it inductive (prove.py), and the certificate checker proves it again (certify.py).
"""

import math
import time
from typing import NamedTuple

from refcheck.diagnostics import InternalError
from refcheck.heap import State, Violation, initial_state
from refcheck.local import Steps
from refcheck.program import CFG, Edge

Node = tuple[int, State]


class Found(NamedTuple):
    """A violation on an edge from a state, first met there; `occurrences` states break the same thing at the same place."""

    edge: Edge
    state: State
    violation: Violation
    occurrences: int


class Exploration(NamedTuple):
    """States per location, how each was first reached, and the violations by root cause; `complete` or cut off.

    For each state stands where it was first reached from: the state in front and the edge (None at the start).
    `crowded`: cut off because more states met at one place than the caller wanted.
    `taken` has the numbers of the edges that some state passes, `broken` the (edge, property) pairs that are violated.
    """

    states: tuple[dict[State, tuple[State, Edge] | None], ...]
    violations: tuple[Found, ...]
    taken: frozenset[int]
    broken: frozenset[tuple[int, str]]
    complete: bool
    steps: int
    crowded: bool = False


def root_cause(edge: Edge, violation: Violation) -> tuple[object, ...]:
    """Violations with the same root cause are one finding: same place, same property, same reason."""
    return (edge.span, edge.stack, violation.property, violation.reason, violation.cell, violation.detail)


def explore(
    cfg: CFG, max_states: int, steps: Steps | None = None, until: float = math.inf, at_one_place: int = 0
) -> Exploration:
    """All reachable states, breadth first, at most some `max_states` of them, until `until` by time.perf_counter().

    It ends where more than `at_one_place` states meet at a location (0: any number).
    """
    steps = steps or Steps(cfg)
    states: tuple[dict[State, tuple[State, Edge] | None], ...] = tuple({} for _ in range(cfg.locations))
    states[cfg.start][initial_state(cfg)] = None
    causes: dict[tuple[object, ...], Found] = {}
    taken: set[int] = set()
    broken_at: set[tuple[int, str]] = set()
    layer: list[Node] = [(cfg.start, initial_state(cfg))]
    out, number, done = cfg.out_edges(), 1, 0
    complete, crowded = True, False
    while layer and complete:
        following: list[Node] = []
        for location, state in layer:
            if number + len(following) > max_states or time.perf_counter() > until:
                complete = False
                break
            moved = location == cfg.exit
            for edge in out[location]:
                moved = moved or edge.kind == "entry"
                found = steps.step(state, edge)
                if not found:
                    continue
                moved = True
                done += len(found)
                taken.add(edge.number)
                there = states[edge.dst]
                for after, broken in found:
                    for violation in broken:
                        broken_at.add((edge.number, violation.property))
                        cause = root_cause(edge, violation)
                        old = causes.get(cause)
                        seen = old.occurrences if old else 0
                        causes[cause] = (old or Found(edge, state, violation, 0))._replace(occurrences=seen + 1)
                    if after is not None and after not in there:
                        there[after] = (state, edge)
                        following.append((edge.dst, after))
            if not moved:
                raise InternalError(f"{cfg.function}: no edge leads on from location {location}")
        number += len(following)
        crowded = at_one_place > 0 and any(len(states[location]) > at_one_place for location, _ in following)
        complete = complete and not crowded
        layer = following
    findings = tuple(causes.values())
    return Exploration(states, findings, frozenset(taken), frozenset(broken_at), complete, done, crowded)


def path_to(exploration: Exploration, found: Found) -> list[tuple[State, Edge]]:
    """A shortest path that ends with the violating edge: each edge with the state in front of it."""
    path = [(found.state, found.edge)]
    while (parent := exploration.states[path[-1][1].src][path[-1][0]]) is not None:
        path.append(parent)
    return path[::-1]
