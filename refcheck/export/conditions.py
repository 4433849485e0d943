# SPDX-License-Identifier: GPL-2.0-only
"""Conditions as expressions: when they are true, and when they read what was never written."""

from collections.abc import Callable

from refcheck.base.named import NamedTuple
from refcheck.export.known import Question
from refcheck.export.plain import both, either, negate
from refcheck.export.scene import Scene
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT, UNSPOKEN
from refcheck.meaning.state import NOT_LENT


class Asked(NamedTuple):
    """When a condition is true, when C's order of evaluation reads an unwritten cell, or a slot that is not spoken of."""

    true: str
    unwritten: str = "0"
    unspoken: str = "0"

    def report(self, s: Scene) -> None:
        """Assert that it reads nothing of that; behind what was never written the path ends with the edge."""
        s.claim("bad-pointer", negate(self.unwritten), "a condition reads what has no value", ends=True)
        s.claim("broken-contract", negate(self.unspoken), "a condition asks a slot of which the contract does not speak")


def evaluate(s: Scene, cond: ops.Cond) -> Asked:
    """The condition as expressions."""
    match cond:
        case ops.And(args):
            return _in_turn(s, args, True)
        case ops.Or(args):
            false, none, dark = _in_turn(s, args, False)
            return Asked(both(negate(false), negate(none)), none, dark)
        case ops.Not(arg):
            true, none, dark = evaluate(s, arg)
            return Asked(both(negate(true), negate(none)), none, dark)
        case ops.Truth(cell) | ops.IsErr(cell) | ops.Cmp(cell):
            key = ("cell", cell)
            none = s.eq(key, UNINIT)
            return Asked("0", none) if none == "1" else Asked(both(negate(none), _one(s, key, cond)), none)
        case ops.CmpCells(left, _, right) | ops.MayBeSame(left, right) | ops.Differ(left, right):
            a: Question = ("cell", left)
            b: Question = ("cell", right)
            none = either(s.eq(a, UNINIT), s.eq(b, UNINIT))
            return Asked("0", none) if none == "1" else Asked(both(negate(none), _two(s, cond, a, b)), none)
        case ops.SlotIs(cell, slot, modes):
            return _slot_is(s, cell, slot, modes)


def _in_turn(s: Scene, args: tuple[ops.Cond, ...], goes_on: bool) -> Asked:
    """All of the args are `goes_on`; some arg before one that is not has read what it must not."""
    reached, none, dark = "1", "0", "0"
    for arg in args:
        t, n, d = evaluate(s, arg)
        none, dark = either(none, both(reached, n)), either(dark, both(reached, d))
        reached = both(reached, t if goes_on else both(negate(t), negate(n)))
    return Asked(reached, none, dark)


def _predicate(cond: ops.Truth | ops.IsErr | ops.Cmp) -> Callable[[int], bool]:
    match cond:
        case ops.Truth():
            return bool
        case ops.IsErr():
            return lambda v: v < 0
        case ops.Cmp(_, op, value):
            return lambda v: ops.compare(op, v, value)


def _one(s: Scene, key: Question, cond: ops.Truth | ops.IsErr | ops.Cmp) -> str:
    """The condition of a written cell."""
    outcomes = {_predicate(cond)(v) for v in s.get(key) - {UNINIT}}
    if len(outcomes) == 1 and s.decides(key):
        return str(int(outcomes.pop()))
    match cond:
        case ops.Truth():
            return f"{s.var(key)} != 0"
        case ops.IsErr():
            return f"{s.var(key)} < 0"
        case ops.Cmp(_, op, value):
            return f"{s.var(key)} {op} {value}"


def _two(s: Scene, cond: ops.CmpCells | ops.MayBeSame | ops.Differ, a: Question, b: Question) -> str:
    x, y = s.var(a), s.var(b)
    if isinstance(cond, ops.Differ):
        return negate(s.same(a, b))
    if isinstance(cond, ops.MayBeSame):
        return either(s.same(a, b), _may_be_one(s, s.cfg.cells[cond.left].resource, a, b))
    unknown = "0"
    if cond.op in ("!=", "<", ">") and s.cfg.cells[cond.left].kind == "int":
        unknown = both(f"{x} == {y}", *(f"{x} != {p}" for p in s.cfg.points))
    return either(f"{x} {cond.op} {y}", unknown)


def _may_be_one(s: Scene, kind: int, a: Question, b: Question) -> str:
    """Two acquisitions of a shared resource can be one object; so can two objects that came in, containers apart."""
    if s.cfg.resources[kind].shared:
        return both(f"{s.var(a)} > 0", f"{s.var(b)} > 0")
    return "0" if s.cfg.resources[kind].slots else both(_came_in(s, kind, a), _came_in(s, kind, b))


def _came_in(s: Scene, kind: int, key: Question) -> str:
    objects = sorted(v for v in s.get(key) if 0 < v < UNINIT)
    return either(*(both(s.eq(key, r), negate(s.eq(("lent", kind, r), NOT_LENT))) for r in objects))


def _slot_is(s: Scene, cell: int, slot: int, modes: tuple[int, ...]) -> Asked:
    """The condition is unwritten where the pointer names no object."""
    key, kind = ("cell", cell), s.cfg.cells[cell].resource
    objects = sorted(v for v in s.get(key) if 0 < v < UNINIT)
    true = either(*(both(s.eq(key, m), s.among(("mode", kind, m, slot), modes)) for m in objects))
    asked = objects if UNSPOKEN not in modes else []
    dark = either(*(both(s.eq(key, m), s.eq(("mode", kind, m, slot), UNSPOKEN)) for m in asked))
    return Asked(true, negate(s.among(key, objects)) if objects else "1", dark)


def when_true(s: Scene, cond: ops.Cond, do: Callable[[], None]) -> None:
    """`do` where the condition holds."""
    asked = evaluate(s, cond)
    asked.report(s)

    def known() -> None:
        refine(s, cond, True)
        do()

    def other() -> None:
        refine(s, cond, False)

    s.branch(asked.true, known, other)


def refine(s: Scene, cond: ops.Cond, truth: bool) -> bool:
    """Know that the condition holds, or that it does not; False where that cannot be."""
    match cond:
        case ops.And(args) if truth:
            return _refine_all(s, args, True)
        case ops.Or(args) if not truth:
            return _refine_all(s, args, False)
        case ops.Not(arg):
            return refine(s, arg, not truth)
        case ops.Truth(cell) | ops.IsErr(cell) | ops.Cmp(cell):
            key, holds = ("cell", cell), _predicate(cond)
            values = s.get(key)
            kept = frozenset(v for v in values if v == UNINIT or holds(v) == truth)
            if kept:
                s.known[key] = kept
            return bool(kept)
        case _:
            return True


def _refine_all(s: Scene, args: tuple[ops.Cond, ...], truth: bool) -> bool:
    possible = True
    for a in args:
        possible = refine(s, a, truth) and possible
    return possible


def guard_read(s: Scene, cond: ops.Cond) -> None:
    """Behind a guard of one cell that cell has been written."""
    if isinstance(cond, ops.Not):
        cond = cond.arg
    if isinstance(cond, ops.Truth | ops.IsErr | ops.Cmp):
        key: Question = ("cell", cond.cell)
        s.valid[key] = s.get(key) - {UNINIT}
