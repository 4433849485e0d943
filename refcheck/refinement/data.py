# SPDX-License-Identifier: GPL-2.0-only
"""A refinement: which predicates on integers are followed where, and what each edge does to their truth.

That is data from whoever proposes it; graph.py makes a graph of it, lemmas.py says what has to hold for that to be right.
Predicate abstraction: Graf and Saidi 1997, doi 10.1007/3-540-63166-6_10.
"""

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.graph.footprint import reads, touched

Literals = tuple[tuple[int, bool], ...]  # predicates by number, each with its truth


class Predicate(NamedTuple):
    """`left op right` on 32 bits, signed; op is `==` or `<`."""

    left: ops.IntTerm
    op: str
    right: ops.IntTerm


class Way(NamedTuple):
    """One way in which an edge can go: where the predicates `before` it are so, those `after` it are so.

    `picks` has for each Havoc of the edge, in order, the values that it gives on this way.
    """

    before: Literals
    picks: tuple[tuple[int, ...], ...]
    after: Literals


Ways = tuple[Way, ...] | None


class Refinement(NamedTuple):
    """Predicates, for each location the numbers of those that are followed there, and for each edge its ways.

    None in place of rows: the edge goes as it did, and changes no predicate that is followed at both ends.
    """

    predicates: tuple[Predicate, ...]
    at: tuple[tuple[int, ...], ...]
    rows: tuple[Ways, ...]


def cells_of(p: Predicate) -> frozenset[int]:
    """The cells that a predicate speaks of."""
    return frozenset(reads(p.left) | reads(p.right))


def is_seen(cfg: CFG, p: Predicate) -> bool:
    """The state has the truth of the predicate as it is: it compares a cell with a number that is a class of its own."""
    match p:
        case Predicate(ops.ValueOf(cell), _, ops.Constant(value)) | Predicate(ops.Constant(value), _, ops.ValueOf(cell)):
            return value in cfg.points or cfg.cells[cell].kind == "bool"
        case _:
            return False


def seen_as(p: Predicate) -> ops.Cond:
    """A predicate that a state has, as a condition."""
    if isinstance(p.left, ops.ValueOf) and isinstance(p.right, ops.Constant):
        return ops.Cmp(p.left.cell, p.op, p.right.value)
    assert isinstance(p.right, ops.ValueOf)
    assert isinstance(p.left, ops.Constant)
    return ops.Cmp(p.right.cell, {"==": "==", "<": ">"}[p.op], p.left.value)


def moved(edge: Edge) -> set[int]:
    """The cells whose integers an edge may change; what is forgotten only because nobody reads it keeps them."""
    return set[int]().union(*(touched(op) for op in edge.ops if not isinstance(op, ops.Kill)))


def begun(r: Refinement, edge: Edge) -> tuple[int, ...]:
    """The predicates whose truth behind an edge does not follow from that in front of it as it stands."""
    there, cells = set(r.at[edge.src]), moved(edge)
    return tuple(p for p in r.at[edge.dst] if p not in there or cells_of(r.predicates[p]) & cells)


def misfit(cfg: CFG, r: Refinement) -> str:
    """Why something is no refinement of a graph, in words; empty where it is one, if its lemmas hold."""
    numbers = range(len(r.predicates))
    if len(r.at) != cfg.locations or len(r.rows) != len(cfg.edges):
        return "the refinement is not one of this graph"
    for p in r.predicates:
        if any(not 0 <= c < len(cfg.cells) or cfg.cells[c].kind == "ptr" for c in cells_of(p)):
            return "a predicate speaks of what is no integer"
    if any(p not in numbers for here in r.at for p in here):
        return "a location follows a predicate that is not there"
    if r.at[cfg.start] or r.at[cfg.exit]:
        return "a predicate is followed where nothing is known yet, or any more"
    for edge, rows in zip(cfg.edges, r.rows, strict=True):
        if why := _strange(cfg, r, edge, rows):
            return f"edge {edge.number}: {why}"
    return ""


def _strange(cfg: CFG, r: Refinement, edge: Edge, rows: Ways) -> str:
    fresh = [p for p in begun(r, edge) if not is_seen(cfg, r.predicates[p])]
    if rows is None:
        return "it says nothing of a predicate that it may change" if fresh else ""
    free = ops.choices(edge.ops)
    asked = {c for op in (edge.guard, *edge.ops) for c in reads(op)}
    for row in rows:
        if [p for p, _ in row.after] != fresh:
            return "a way says nothing of a predicate that the edge may change"
        for p, _ in row.before:
            if not is_seen(cfg, r.predicates[p]) and p not in r.at[edge.src]:
                return "a way asks for a predicate that is not followed in front of it"
            if is_seen(cfg, r.predicates[p]) and not cells_of(r.predicates[p]) <= asked:
                return "a way asks for a variable that the edge does not read"
        if len(row.picks) != len(free) or not all(_offered(cfg, op, p) for p, op in zip(row.picks, free, strict=True)):
            return "a way gives what the edge does not offer"
    return ""


def _offered(cfg: CFG, op: ops.Havoc, picks: tuple[int, ...]) -> bool:
    """Values are some of those that a choice has; of pointers, of which no lemma speaks, all of them."""
    return {*picks} == {*op.values} if cfg.cells[op.cell].kind == "ptr" else bool(picks) and {*picks} <= {*op.values}
