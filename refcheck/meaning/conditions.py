# SPDX-License-Identifier: GPL-2.0-only
"""What conditions mean: C's short circuit, and the reading of what was never written."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT, UNSPOKEN
from refcheck.meaning.heap import Heap
from refcheck.meaning.references import object_of
from refcheck.meaning.state import NOT_LENT


def read(heap: Heap, cell: int) -> int | None:
    """The value of a cell; None (and a report) where it was never written."""
    value = heap.cells[cell]
    if value == UNINIT:
        heap.report("bad-pointer", "uninitialised", cell)
        return None
    return value


def evaluate(heap: Heap, cond: ops.Cond) -> bool | None:
    """The condition, with C's short circuit; None (and a report) where it reads what was never written."""
    match cond:
        case ops.And(args):
            for arg in args:
                truth = evaluate(heap, arg)
                if truth is not True:
                    return truth
            return True
        case ops.Or(args):
            for arg in args:
                truth = evaluate(heap, arg)
                if truth is not False:
                    return truth
            return False
        case ops.Not(arg):
            truth = evaluate(heap, arg)
            return None if truth is None else not truth
        case ops.Truth(cell):
            value = read(heap, cell)
            return None if value is None else value != 0
        case ops.IsErr(cell):
            value = read(heap, cell)
            return None if value is None else value < 0
        case ops.Cmp(cell, op, constant):
            value = read(heap, cell)
            return None if value is None else ops.compare(op, value, constant)
        case ops.CmpCells(left, _, right) | ops.MayBeSame(left, right) | ops.Differ(left, right):
            a, b = read(heap, left), read(heap, right)
            return None if a is None or b is None else _related(heap, cond, a, b)
        case ops.SlotIs(cell, slot, modes):
            at = object_of(heap, cell)
            if at is not None and heap[at].slots[slot].mode == UNSPOKEN and UNSPOKEN not in modes:
                heap.report("broken-contract", "unspoken", cell, heap.cfg.resources[at[0]].slots[slot].name)
            return None if at is None else heap[at].slots[slot].mode in modes
        case _:
            assert_never(cond)


def _related(heap: Heap, cond: ops.CmpCells | ops.MayBeSame | ops.Differ, a: int, b: int) -> bool:
    match cond:
        case ops.CmpCells(left, op):
            # two members of one class of integers may compare either way
            unknown = a == b and a not in heap.cfg.points and heap.cfg.cells[left].kind == "int"
            return unknown or ops.compare(op, a, b)
        case ops.Differ():
            return a != b
        case ops.MayBeSame(left):
            return a == b or _may_be_one(heap, heap.cfg.cells[left].resource, a, b)
        case _:
            assert_never(cond)


def _may_be_one(heap: Heap, kind: int, a: int, b: int) -> bool:
    """Two acquisitions of a shared resource can be one object; so can two objects that came in, containers apart."""
    if heap.cfg.resources[kind].shared:
        return a > 0 and b > 0
    objects = heap.get((kind, a)), heap.get((kind, b))
    return not heap.cfg.resources[kind].slots and all(obj is not None and obj.lending != NOT_LENT for obj in objects)
