"""The reachable finite states of every location: the proposal for an invariant, and shortest paths to violations.

Breadth first, so that the first violation found at a place is reached by as few edges as any.  The result is only a
proposal: Z3 proves it inductive (prove.py), and the certificate checker proves it again (certify.py).
"""

from typing import NamedTuple

from refcheck.diagnostics import InternalError
from refcheck.heap import State, Violation, initial_state
from refcheck.program import CFG, Edge
from refcheck.semantics import step

Node = tuple[int, State]


class Found(NamedTuple):
    """A violation on an edge from a state, first met there; `occurrences` states break the same thing at the same place."""

    edge: Edge
    state: State
    violation: Violation
    occurrences: int


class Exploration(NamedTuple):
    """States per location, how each was first reached, and the violations by root cause; `complete` or cut off.

    `taken` has the numbers of the edges that some state passes, `broken` the (edge, property) pairs that are violated.
    """

    states: tuple[dict[State, None], ...]
    parents: dict[Node, tuple[Node, Edge] | None]
    violations: tuple[Found, ...]
    taken: frozenset[int]
    broken: frozenset[tuple[int, str]]
    complete: bool
    steps: int


def root_cause(edge: Edge, violation: Violation) -> tuple[object, ...]:
    """Violations with the same root cause are one finding: same place, same property, same reason."""
    return (edge.span, edge.stack, violation.property, violation.reason, violation.cell, violation.detail)


def explore(cfg: CFG, max_states: int) -> Exploration:
    """All reachable states, breadth first, at most `max_states` of them."""
    start: Node = (cfg.start, initial_state(cfg))
    states: tuple[dict[State, None], ...] = tuple({} for _ in range(cfg.locations))
    states[cfg.start][start[1]] = None
    parents: dict[Node, tuple[Node, Edge] | None] = {start: None}
    causes: dict[tuple[object, ...], Found] = {}
    taken: set[int] = set()
    broken_at: set[tuple[int, str]] = set()
    out, layer, steps = cfg.out_edges(), [start], 0
    complete = True
    while layer and complete:
        following: list[Node] = []
        for node in layer:
            moved = node[0] == cfg.exit
            for edge in out[node[0]]:
                moved = moved or edge.kind == "entry"
                for after, broken in step(cfg, node[1], edge):
                    steps += 1
                    moved = True
                    taken.add(edge.number)
                    for violation in broken:
                        broken_at.add((edge.number, violation.property))
                        key = root_cause(edge, violation)
                        old = causes.get(key)
                        seen = old.occurrences if old else 0
                        causes[key] = (old or Found(edge, node[1], violation, 0))._replace(occurrences=seen + 1)
                    if after is not None and after not in states[edge.dst]:
                        states[edge.dst][after] = None
                        there = (edge.dst, after)
                        parents[there] = (node, edge)
                        following.append(there)
            if not moved:
                raise InternalError(f"{cfg.function}: no edge leads on from location {node[0]}")
        if len(parents) > max_states:
            complete = not following
        layer = following
    return Exploration(states, parents, tuple(causes.values()), frozenset(taken), frozenset(broken_at), complete, steps)


def path_to(exploration: Exploration, found: Found) -> tuple[Edge, ...]:
    """The edges of a shortest path that ends with the violating edge."""
    edges = [found.edge]
    node: Node = (found.edge.src, found.state)
    while (parent := exploration.parents[node]) is not None:
        node, edge = parent
        edges.append(edge)
    return tuple(reversed(edges))
