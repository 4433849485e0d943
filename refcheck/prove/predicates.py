# SPDX-License-Identifier: GPL-2.0-only
"""Which predicates rule out a path that no integers can take: what it supposes, carried back along it.

The path is written over the integers themselves; what of it contradicts itself is cut down as far as it goes, and each of
these conditions is carried back along the path by substitution, as a weakest precondition is (Dijkstra 1975, doi
10.1145/360933.360975).  Each of its forms is a predicate of the location where it stands, as in lazy abstraction
(Henzinger et al. 2002, doi 10.1145/503272.503279).  Nothing here has to be right for a proof to be.
"""

import operator
from collections.abc import Callable

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.graph.footprint import reads, touched
from refcheck.refinement.data import Predicate, cells_of
from refcheck.refinement.reals import Integers

ChosenPath = list[tuple[Edge, tuple[int, ...]]]  # edges with what was chosen on them
PathPlace = tuple[int, int]  # an edge of a path, and the place of an operation on it; -1 for the guard
BecomesTerm = dict[int, ops.IntTerm | None]  # what cells become; None for what is no term


class _PathConditions(Integers):
    """A path over the integers, with the place on which each of its conditions stands."""

    def __init__(self, cfg: CFG, path: ChosenPath) -> None:
        super().__init__(cfg, "q")
        self.here: PathPlace = (0, 0)
        self.conditions: list[tuple[PathPlace, str]] = []
        for i, (edge, picks) in enumerate(path):
            self.here = (i, -1)
            self.suppose(self.condition(edge.guard))
            chosen = iter(picks)
            for k, op in enumerate(edge.ops):
                self.here = (i, k)
                self._does(op._replace(values=(next(chosen),)) if isinstance(op, ops.Havoc) else op, [])

    def suppose(self, condition: str) -> None:
        """Noted, not asserted."""
        self.conditions.append((self.here, condition))


def core(cfg: CFG, path: ChosenPath, unsat: Callable[[str], bool]) -> set[PathPlace]:
    """Places on a path whose conditions contradict each other, none of which can be left out; none where they do not."""
    written = _PathConditions(cfg, path)

    def contradict(places: set[PathPlace]) -> bool:
        kept = [f"(assert {text})" for place, text in written.conditions if place in places]
        return unsat("\n".join([*written.lines, *kept]))

    found = {place for place, _ in written.conditions}
    if not contradict(found):
        return set()
    for place in sorted(found, reverse=True):  # what comes first stays: the path goes on from there in many ways
        if contradict(found - {place}):
            found.discard(place)
    return found


def predicates(cfg: CFG, path: ChosenPath, needed: set[PathPlace]) -> list[tuple[int, Predicate]]:
    """For the conditions at some places of a path their predicates, each with the location where it is to be followed."""
    live: set[Predicate] = set()
    found: list[tuple[int, Predicate]] = []
    first = len(path)
    behind: list[set[Predicate]] = []
    for i in reversed(range(len(path))):
        edge, picks = path[i]
        behind.append(live)
        before, matters = _carried(cfg, edge, picks, live, {k for at, k in needed if at == i})
        if matters:
            first = i
        live = before
    behind.reverse()
    for i in range(first, len(path) - 1):
        edge, picks = path[i]
        free = [(k, op) for k, op in enumerate(edge.ops) if isinstance(op, ops.Havoc)]
        chosen = (_class_of(cfg, op.cell, pick) for (k, op), pick in zip(free, picks, strict=True) if (i, k) in needed)
        found += [(edge.dst, p) for p in sorted(behind[i].union(*chosen), key=repr)]
    return found


def _carried(
    cfg: CFG, edge: Edge, picks: tuple[int, ...], live: set[Predicate], needed: set[int]
) -> tuple[set[Predicate], bool]:  # fmt: skip
    """Predicates behind an edge as they are in front of it, with those of its conditions; whether it says something."""
    matters, now = bool(needed), set(live)
    left = list(zip(ops.choices(edge.ops), picks, strict=True))
    for k in reversed(range(len(edge.ops))):
        op = edge.ops[k]
        if isinstance(op, ops.Havoc):
            pick = left.pop()[1]
            now |= _class_of(cfg, op.cell, pick) if k in needed else set[Predicate]()
        if isinstance(op, ops.Suppose) and k in needed:
            now |= _canonical(op.left, op.op, op.right)
        became = _given(cfg, edge, k)
        if became and any(cells_of(p) & became.keys() for p in now):
            matters = matters or any(became[c] is not None for p in now for c in cells_of(p) & became.keys())
            now = _substituted(now, became) | (now if isinstance(op, ops.When) else set())
    if -1 in needed:
        now |= _atoms(cfg, edge.guard)
    return now, matters


def _given(cfg: CFG, edge: Edge, k: int) -> BecomesTerm:
    """What an operation of an edge gives to the cells that it changes."""
    op = edge.ops[k]
    match op:
        case ops.Set(cell, value) if value != UNINIT and value in cfg.points:
            return {cell: ops.Constant(value)}
        case ops.Copy(cell, src) if cfg.cells[src].kind != "ptr":
            return {cell: ops.ValueOf(src)}
        case ops.Havoc(cell):
            for later in edge.ops[k + 1 :]:
                if isinstance(later, ops.Suppose) and _defines(later, cell):
                    return {cell: later.right}
            return {cell: None}
        case ops.When(_, todo):
            inner: BecomesTerm = {}
            for x in todo:
                inner |= {x.cell: ops.Constant(x.value)} if isinstance(x, ops.Set) else dict.fromkeys(touched(x))
            return inner
        case ops.Kill() | ops.Suppose():
            return {}
        case _:
            return dict.fromkeys(touched(op))


def _defines(op: ops.Suppose, cell: int) -> bool:
    """What is supposed is that the cell has the value of a term without it."""
    return op.op == "==" and ops.key(op.left) == ops.key(ops.ValueOf(cell)) and cell not in reads(op.right)


def _substituted(live: set[Predicate], became: BecomesTerm) -> set[Predicate]:
    found: set[Predicate] = set()
    for p in live:
        left, right = _replaced(p.left, became), _replaced(p.right, became)
        found |= set() if left is None or right is None else _canonical(left, p.op, right)
    return found


def _replaced(t: ops.IntTerm, became: BecomesTerm) -> ops.IntTerm | None:
    match t:
        case ops.ValueOf(cell):
            return became.get(cell, t)
        case ops.Constant():
            return t
        case ops.Calculated(op, left, right):
            a, b = _replaced(left, became), _replaced(right, became)
            return None if a is None or b is None else _calculated(op, a, b)


_FOLD = {"+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_, "|": operator.or_, "^": operator.xor}


def _calculated(op: str, a: ops.IntTerm, b: ops.IntTerm) -> ops.IntTerm:
    """A calculation, with constants folded: so that the terms of a loop do not grow in each round."""
    if isinstance(a, ops.Constant) and isinstance(b, ops.Constant) and op in _FOLD:
        return ops.Constant(_wrapped(_FOLD[op](a.value, b.value)))
    if op == "-" and isinstance(b, ops.Constant):
        op, b = "+", ops.Constant(_wrapped(-b.value))
    match a, b:
        case ops.Calculated("+", inner, ops.Constant(first)), ops.Constant(second) if op == "+":
            return ops.Calculated("+", inner, ops.Constant(_wrapped(first + second)))
        case _:
            return ops.Calculated(op, a, b)


def _wrapped(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def _canonical(left: ops.IntTerm, op: str, right: ops.IntTerm) -> set[Predicate]:
    """The predicate with which a comparison is true or false; none where that is the same for all integers."""
    if op in (">", "<="):
        left, right = right, left
    same = "==" if op in ("==", "!=") else "<"
    if same == "==" and isinstance(left, ops.Constant):
        left, right = right, left
    match left, right:
        case ops.Calculated("+", inner, ops.Constant(more)), ops.Constant(value) if same == "==":
            left, right = inner, ops.Constant(_wrapped(value - more))
        case _:
            pass
    if same == "==" and repr(left) > repr(right):
        left, right = right, left
    p = Predicate(left, same, right)
    return {p} if cells_of(p) and ops.key(left) != ops.key(right) else set()


def _class_of(cfg: CFG, cell: int, value: int) -> set[Predicate]:
    """The predicates by which the class of an integer is told from all others."""
    if cfg.cells[cell].kind == "ptr":
        return set()
    it = ops.ValueOf(cell)
    if value in cfg.points:
        return _canonical(it, "==", ops.Constant(value))
    below = [p for p in cfg.points if p < value][-1:]
    above = [p for p in cfg.points if p > value][:1]
    return set[Predicate]().union(
        *(_canonical(it, ">", ops.Constant(p)) for p in below), *(_canonical(it, "<", ops.Constant(p)) for p in above)
    )


def _atoms(cfg: CFG, cond: ops.Cond) -> set[Predicate]:
    match cond:
        case ops.And(args) | ops.Or(args):
            return set[Predicate]().union(*(_atoms(cfg, a) for a in args))
        case ops.Not(arg):
            return _atoms(cfg, arg)
        case ops.Truth(cell) if cfg.cells[cell].kind != "ptr":
            return _canonical(ops.ValueOf(cell), "==", ops.Constant(0))
        case ops.Cmp(cell, op, value) if cfg.cells[cell].kind != "ptr":
            return _canonical(ops.ValueOf(cell), op, ops.Constant(value))
        case ops.CmpCells(left, op, right):
            return _canonical(ops.ValueOf(left), op, ops.ValueOf(right))
        case _:
            return set()

