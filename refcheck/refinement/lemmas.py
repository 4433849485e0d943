# SPDX-License-Identifier: GPL-2.0-only
"""What has to hold for a refined graph to stand for the graph without: a lemma for each edge that goes several ways.

Whatever integers there are in front of an edge, and whatever is chosen on it: if it can be taken, it goes one of its ways.
So a run over the integers themselves, of which a path of the graph without has the classes, is followed by a path of the
refined graph, edge by edge: the flag of each predicate is its truth.  A lemma holds where its script is unsatisfiable.
"""

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.refinement.data import Refinement, Way
from refcheck.refinement.reals import Integers, both


class Lemma(NamedTuple):
    """The edge that a lemma is about, and its script as SMT-LIB 2."""

    edge: Edge
    script: str


def lemmas(cfg: CFG, r: Refinement) -> tuple[Lemma, ...]:
    """The lemmas of a refinement that fits a graph."""
    pairs = zip(cfg.edges, r.rows, strict=True)
    return tuple(Lemma(edge, lemma(cfg, r, edge, rows)) for edge, rows in pairs if rows is not None)


def lemma(cfg: CFG, r: Refinement, edge: Edge, rows: tuple[Way, ...]) -> str:
    """That an edge goes one of these ways, as a script that is unsatisfiable where it does."""
    world = Integers(cfg, "x")
    fronts = [_literals(world, r, row.before) for row in rows]
    chosen = world.edge(edge)
    cells = [op.cell for op in ops.choices(edge.ops)]
    for row, front in zip(rows, fronts, strict=True):
        picked = [
            world.one_of(symbol, cell, values)
            for symbol, cell, values in zip(chosen, cells, row.picks, strict=True)
            if cfg.cells[cell].kind != "ptr"
        ]
        world.suppose(f"(not {both(*front, *picked, *_literals(world, r, row.after))})")
    return "\n".join(world.lines)


def _literals(world: Integers, r: Refinement, literals: tuple[tuple[int, bool], ...]) -> list[str]:
    truths = [(world.predicate(r.predicates[p]), truth) for p, truth in literals]
    return [text if truth else f"(not {text})" for text, truth in truths]
