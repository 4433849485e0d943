# SPDX-License-Identifier: GPL-2.0-only
"""What conditions mean, as terms: the counterpart of meaning/conditions.py."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT, UNSPOKEN
from refcheck.meaning.state import NOT_LENT
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.references import pointer, select
from refcheck.prove.encoding.smt import Term, compare, conj, disj, eq, neg


def unset(sym: SymHeap, cell: int, pc: Term) -> Term:
    """The cell was never written; reported where `pc` holds."""
    undefined = eq(sym.cells[cell], UNINIT)
    sym.report("bad-pointer", conj(pc, undefined))
    return undefined


def condition(sym: SymHeap, cond: ops.Cond, pc: Term) -> tuple[Term, Term]:
    """(value, undefined): C's short circuit; where undefined, bad-pointer is reported and the value is open."""
    match cond:
        case ops.And(args) | ops.Or(args):
            return _in_turn(sym, args, isinstance(cond, ops.And), pc)
        case ops.Not(arg):
            value, undefined = condition(sym, arg, pc)
            return neg(value), undefined
        case ops.Truth(cell):
            return neg(eq(sym.cells[cell], 0)), unset(sym, cell, pc)
        case ops.IsErr(cell):
            return compare("<", sym.cells[cell], 0), unset(sym, cell, pc)
        case ops.Cmp(cell, op, constant):
            return compare(op, sym.cells[cell], constant), unset(sym, cell, pc)
        case ops.CmpCells(left, op, right):
            return _compared(sym, op, left, right), _unset2(sym, left, right, pc)
        case ops.Differ(left, right):
            return neg(eq(sym.cells[left], sym.cells[right])), _unset2(sym, left, right, pc)
        case ops.MayBeSame(left, right):
            a, b = sym.cells[left], sym.cells[right]
            both = conj(compare(">", a, 0), compare(">", b, 0))
            return disj(eq(a, b), conj(both, _may_be_one(sym, left, right))), _unset2(sym, left, right, pc)
        case ops.SlotIs(cell, slot, modes):
            pointer(sym, cell, pc)
            chosen = select(sym, cell, True)
            for at, s in chosen if UNSPOKEN not in modes else ():
                sym.report("broken-contract", conj(pc, s, eq(sym[at].slots[slot].mode, UNSPOKEN)))
            value = disj(*(conj(s, disj(*(eq(sym[at].slots[slot].mode, m) for m in modes))) for at, s in chosen))
            return sym.name(value), neg(disj(*(s for _, s in chosen)))
        case _:
            assert_never(cond)


def _in_turn(sym: SymHeap, args: tuple[ops.Cond, ...], conjunctive: bool, pc: Term) -> tuple[Term, Term]:
    """And or Or: an argument is looked at where those before it leave the value open."""
    value: Term = conjunctive
    undefined: Term = False
    if not args:
        return value, undefined
    going = pc
    for arg in args:
        v, u = condition(sym, arg, going)
        on = value if conjunctive else neg(value)
        undefined = disj(undefined, conj(on, u))
        value = conj(value, v) if conjunctive else disj(value, v)
        going = conj(pc, neg(undefined), value if conjunctive else neg(value))
    return sym.name(value), sym.name(undefined)


def _may_be_one(sym: SymHeap, left: int, right: int) -> Term:
    """Two acquisitions of a shared resource can be one object; so can two objects that came in, containers apart."""
    resource = sym.cfg.resources[sym.cfg.cells[left].resource]
    if resource.shared or resource.slots:
        return resource.shared
    came = [
        disj(*(conj(s, neg(eq(sym[at].lending, NOT_LENT))) for at, s in select(sym, cell, True))) for cell in (left, right)
    ]
    return sym.name(conj(*came))


def _compared(sym: SymHeap, op: str, left: int, right: int) -> Term:
    """May `left op right` hold?  Of two members of one class nothing is known."""
    a, b = sym.cells[left], sym.cells[right]
    if sym.cfg.cells[left].kind != "int":
        return compare(op, a, b)
    return disj(compare(op, a, b), conj(eq(a, b), *(neg(eq(a, p)) for p in sym.cfg.points)))


def _unset2(sym: SymHeap, left: int, right: int, pc: Term) -> Term:
    """One of two cells was never written."""
    return disj(unset(sym, left, pc), unset(sym, right, pc))
