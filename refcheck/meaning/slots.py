# SPDX-License-Identifier: GPL-2.0-only
"""What is done with the slots of an object: fields that name other objects, with a reference or as a borrow."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import NOREF, OWNED, STALE, UNINIT, UNSPOKEN
from refcheck.meaning.heap import Heap
from refcheck.meaning.references import bump, living, object_of, touch
from refcheck.meaning.state import EXPIRED, NONE, RELEASED, REPORTED, VACANT, Content, Where


def apply(heap: Heap, op: ops.SlotOp) -> None:
    """One operation on a slot of the object that a pointer names."""
    if isinstance(op, ops.UseSlots):
        _use_slots(heap, op)
        return
    at = living(heap, op.ptr)
    if at is None:
        if isinstance(op, ops.ReadSlot | ops.TakeSlot):
            heap.cells[op.cell] = UNINIT
        return
    slot = heap[at].slots[op.slot]
    if isinstance(op, ops.Unspoken):
        heap.put_slot(at, op.slot, Content(UNSPOKEN, 0))
        return
    if slot.mode == UNSPOKEN:
        unspoken(heap, at, op.slot, op.ptr)
        if isinstance(op, ops.ReadSlot | ops.TakeSlot):
            heap.cells[op.cell] = 0
        return
    declared = heap.cfg.resources[at[0]].slots[op.slot]
    named = declared.target, slot.target
    target = named if heap.get(named) is not None else None
    match op:
        case ops.ReadSlot(cell):
            heap.cells[cell] = slot.target
        case ops.TakeSlot(cell):
            heap.cells[cell] = slot.target
            _empty(heap, at, op.slot, target)
        case ops.ClearSlot():
            _empty(heap, at, op.slot, target)
        case ops.DropSlot():
            if slot.mode == STALE:
                heap.report("double-release", "stale-slot", op.ptr, declared.name)
            heap.put_slot(at, op.slot, VACANT)
            if target is not None and slot.mode == OWNED and heap[target].refs == 0:
                heap[target] = heap[target]._replace(why=RELEASED)
            heap.settle(RELEASED)
        case ops.HoldSlot():
            if target is not None and slot.mode == NOREF:
                if not heap.alive(target) and heap[target].why != REPORTED:
                    heap.report("noref-escape", "slot-expired", op.ptr, declared.name)
                heap.put_slot(at, op.slot, Content(OWNED, slot.target))
                heap[target] = heap[target]._replace(why=NONE)
                heap.settle(EXPIRED)
        case ops.PutSlot():
            _put(heap, op, at, target)
        case _:
            assert_never(op)


def _use_slots(heap: Heap, op: ops.UseSlots) -> None:
    """A callee takes what the slots name for alive, and an owned content for owned."""
    at = heap.named(op.cell)
    obj = heap.get(at)
    for s in op.slots if obj is not None else ():
        slot = heap[at].slots[s]
        if slot.mode == UNSPOKEN:
            unspoken(heap, at, s, op.cell)
        declared = heap.cfg.resources[at[0]].slots[s]
        target = declared.target, slot.target
        if slot.mode not in (NOREF, STALE) or heap.get(target) is None or heap[target].why == REPORTED:
            continue
        if slot.mode == STALE:
            heap.report("use-after-release", "slot-stale", op.cell, declared.name)
            heap.mark_reported(target)
        else:
            touch(heap, target, "slot-expired", op.cell, declared.name)


def unspoken(heap: Heap, at: Where, slot: int, cell: int) -> None:
    """Report that a slot is touched of which the contract does not speak."""
    heap.report("broken-contract", "unspoken", cell, heap.cfg.resources[at[0]].slots[slot].name)


def _empty(heap: Heap, at: Where, slot: int, target: Where | None) -> None:
    """The slot is overwritten; a reference that it owned is this path's."""
    if target is not None and heap[at].slots[slot].mode == OWNED:
        bump(heap, target)
    heap.put_slot(at, slot, VACANT)


def _put(heap: Heap, op: ops.PutSlot, at: Where, old: Where | None) -> None:
    """The slot takes `src`; what it owned before must have been dropped, or becomes this path's when `replace`."""
    if old is not None and heap[at].slots[op.slot].mode == OWNED:
        if op.replace:
            bump(heap, old)
        else:
            heap.report("leaked-ref", "owned-slot-overwritten", op.ptr, heap.cfg.resources[at[0]].slots[op.slot].name)
    heap.put_slot(at, op.slot, VACANT)
    source = living(heap, op.src) if op.owned or not op.replace else object_of(heap, op.src)
    if source is None:
        return
    obj = heap[source]
    if op.owned and obj.refs > 0:
        heap[source] = obj._replace(refs=obj.refs - 1)
    elif op.owned and obj.why != REPORTED:
        heap.report("noref-escape", "stored", op.src)
        heap.mark_reported(source)
    heap.put_slot(at, op.slot, Content(OWNED if op.owned else NOREF, source[1]))
    heap.settle(RELEASED)
