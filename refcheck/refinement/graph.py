# SPDX-License-Identifier: GPL-2.0-only
"""The graph that a refinement stands for: the same with a flag for each predicate, and an edge for each way.

A state of it is one of the graph without, and the truth of the predicates that are followed where it is.  What its steps do
to the rest is what the edges without do, so that each of its paths is one of the graph without.
"""

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Cell, Edge
from refcheck.meaning.state import State
from refcheck.refinement.data import Refinement, Way, is_seen, seen_as


class RefinedFrom(NamedTuple):
    """What a graph was refined from: the graph without, and for each edge the number of the one that it is a way of."""

    cfg: CFG
    edges: tuple[int, ...]

    def state(self, state: State) -> State:
        """A state of the refined graph as one of the graph without."""
        return state._replace(cells=state.cells[: len(self.cfg.cells)])

    def edge(self, number: int) -> Edge:
        """The edge that an edge of the refined graph is a way of."""
        return self.cfg.edges[self.edges[number]]


def refined(cfg: CFG, r: Refinement) -> tuple[CFG, RefinedFrom]:
    """The graph with the predicates of a refinement that fits it, and where it comes from."""
    flags: dict[int, int] = {}
    cells = list(cfg.cells)
    for number, p in enumerate(r.predicates):
        if not is_seen(cfg, p):
            flags[number] = len(cells)
            cells.append(Cell(f"predicate {number}", "bool", -1, "ghost", cfg.function))
    edges, origin = list[Edge](), list[int]()
    for edge, rows in zip(cfg.edges, r.rows, strict=True):
        ended = [ops.Forget(flags[p]) for p in r.at[edge.src] if p in flags and p not in r.at[edge.dst]]
        if edge.dst == cfg.exit:
            ended = []  # behind an exit there is nothing
        for row in (None,) if rows is None else rows:
            guard, todo = (edge.guard, edge.ops) if row is None else _way(edge, r, row, flags)
            edges.append(edge._replace(number=len(edges), guard=guard, ops=(*todo, *ended)))
            origin.append(edge.number)
    return cfg._replace(cells=tuple(cells), edges=tuple(edges)), RefinedFrom(cfg, tuple(origin))


def _way(edge: Edge, r: Refinement, row: Way, flags: dict[int, int]) -> tuple[ops.Cond, tuple[ops.Op, ...]]:
    guard = [edge.guard]
    for p, truth in row.before:
        asked: ops.Cond = ops.Truth(flags[p]) if p in flags else seen_as(r.predicates[p])
        guard.append(asked if truth else ops.Not(asked))
    picks = iter(row.picks)
    todo: list[ops.Op] = [op._replace(values=next(picks)) if isinstance(op, ops.Havoc) else op for op in edge.ops]
    todo += [ops.Set(flags[p], int(truth)) for p, truth in row.after]
    return ops.And(tuple(guard)) if row.before else edge.guard, tuple(todo)
