# SPDX-License-Identifier: GPL-2.0-only
"""Conditions as expressions: when they are true, and when they read what was never written."""

from collections.abc import Callable

from refcheck.export.plain import both, either, negate
from refcheck.export.scene import Key, Scene
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT


def evaluate(s: Scene, cond: ops.Cond) -> tuple[str, str]:
    """(true, unwritten): when the condition holds, and when C's order of evaluation reads an unwritten cell."""
    match cond:
        case ops.And(args):
            return _in_turn(s, args, True)
        case ops.Or(args):
            true, none = _in_turn(s, args, False)
            return both(negate(true), negate(none)), none
        case ops.Not(arg):
            true, none = evaluate(s, arg)
            return both(negate(true), negate(none)), none
        case ops.Truth(cell) | ops.IsErr(cell) | ops.Cmp(cell):
            key = ("cell", cell)
            none = s.eq(key, UNINIT)
            if none == "1":
                return "0", none
            return both(negate(none), _one(s, key, cond)), none
        case ops.CmpCells(left, _, right) | ops.MayBeSame(left, right) | ops.Differ(left, right):
            a: Key = ("cell", left)
            b: Key = ("cell", right)
            none = either(s.eq(a, UNINIT), s.eq(b, UNINIT))
            return ("0", none) if none == "1" else (both(negate(none), _two(s, cond, a, b)), none)
        case ops.SlotIs(cell, slot, modes):
            return _slot_is(s, cell, slot, modes)


def _in_turn(s: Scene, args: tuple[ops.Cond, ...], goes_on: bool) -> tuple[str, str]:
    """(all of the args are `goes_on`, some arg before that is unwritten)."""
    reached, none = "1", "0"
    for arg in args:
        t, n = evaluate(s, arg)
        none = either(none, both(reached, n))
        reached = both(reached, t if goes_on else both(negate(t), negate(n)))
    return reached, none


def _predicate(cond: ops.Truth | ops.IsErr | ops.Cmp) -> Callable[[int], bool]:
    match cond:
        case ops.Truth():
            return bool
        case ops.IsErr():
            return lambda v: v < 0
        case ops.Cmp(_, op, value):
            return lambda v: ops.compare(op, v, value)


def _one(s: Scene, key: Key, cond: ops.Truth | ops.IsErr | ops.Cmp) -> str:
    """The condition of a written cell."""
    match cond:
        case ops.Truth():
            return f"{s.var(key)} != 0"
        case ops.IsErr():
            return f"{s.var(key)} < 0"
        case ops.Cmp(_, op, value):
            return f"{s.var(key)} {op} {value}"


def _two(s: Scene, cond: ops.CmpCells | ops.MayBeSame | ops.Differ, a: Key, b: Key) -> str:
    x, y = s.var(a), s.var(b)
    if isinstance(cond, ops.Differ):
        return negate(s.same(a, b))
    if isinstance(cond, ops.MayBeSame):
        kind = s.cfg.cells[cond.left].resource
        positive = both(f"{x} > 0", f"{y} > 0") if s.cfg.resources[kind].shared else "0"
        return either(s.same(a, b), positive)
    unknown = "0"
    if cond.op in ("!=", "<", ">") and s.cfg.cells[cond.left].kind == "int":
        unknown = both(f"{x} == {y}", *(f"{x} != {p}" for p in s.cfg.points))
    return either(f"{x} {cond.op} {y}", unknown)


def _slot_is(s: Scene, cell: int, slot: int, modes: tuple[int, ...]) -> tuple[str, str]:
    """The condition is unwritten where the pointer names no object."""
    key, kind = ("cell", cell), s.cfg.cells[cell].resource
    objects = sorted(v for v in s.get(key) if 0 < v < UNINIT)
    true = either(*(both(s.eq(key, m), s.among(("mode", kind, m, slot), modes)) for m in objects))
    return true, negate(s.among(key, objects)) if objects else "1"


def unwritten(s: Scene, none: str) -> None:
    """Report a condition that reads what was never written; the path ends with the edge."""
    s.claim("bad-pointer", negate(none), "a condition reads what has no value", ends=True)


def when_true(s: Scene, cond: ops.Cond, do: Callable[[], None]) -> None:
    """`do` where the condition holds."""
    true, none = evaluate(s, cond)
    unwritten(s, none)

    def known() -> None:
        refine(s, cond, True)
        do()

    def other() -> None:
        refine(s, cond, False)

    s.branch(true, known, other)


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
        key: Key = ("cell", cond.cell)
        s.valid[key] = s.get(key) - {UNINIT}
