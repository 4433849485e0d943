# SPDX-License-Identifier: GPL-2.0-only
"""What is done with pointers, and with the references that this path has on the objects that they name."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNINIT
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import (
    CONSUMED,
    ENDED,
    EXPIRED,
    FREED,
    HANDED,
    IMMORTAL,
    LENDINGS,
    LENT,
    NOBODY,
    NONE,
    NOT_LENT,
    RELEASED,
    REPORTED,
    UNSAID,
    VACANT,
    Content,
    Object,
    Where,
    replaced,
)


def object_of(heap: Heap, cell: int, nullable: bool = False, err_ok: bool = False) -> Where | None:
    """The object that a pointer names; None after a report, and for NULL or ERR_PTR where they are accepted."""
    value = heap.cells[cell]
    if value == UNINIT:
        heap.report("bad-pointer", "uninitialised", cell)
    elif value < 0:
        if not err_ok:
            heap.report("bad-pointer", "err-ptr", cell)
    elif value == 0:
        if not nullable:
            heap.report("bad-pointer", "null", cell)
    else:
        at = heap.named(cell)
        if heap.get(at) is not None:
            return at
        heap.report("bad-pointer", "no-object", cell)
    return None


def living(heap: Heap, cell: int, nullable: bool = False, err_ok: bool = False) -> Where | None:
    """The object that a pointer names, after checking that something protects it."""
    at = object_of(heap, cell, nullable, err_ok)
    if at is not None:
        touch(heap, at, "touched", cell)
    return at


def touch(heap: Heap, at: Where, reason: str, cell: int, slot: str = "") -> None:
    """Report an object that nothing protects, by what took its last protection, and this once."""
    obj = heap[at]
    if obj.why != REPORTED and not heap.alive(at):
        heap.report(ENDED.get(obj.why, "noref-escape"), reason, cell, slot)
        heap.mark_reported(at)


def bump(heap: Heap, at: Where) -> None:
    """One more reference of this path; there is no need to count those on what is immortal."""
    obj = heap[at]
    heap[at] = obj._replace(refs=obj.refs + int(obj.lending != IMMORTAL), why=NONE)


def apply(heap: Heap, op: ops.ReferenceOp) -> None:
    """One operation on what a pointer names."""
    match op:
        case ops.New():
            _new(heap, op)
        case ops.Use(cell, nullable, err_ok):
            living(heap, cell, nullable, err_ok)
        case ops.Valid(cell, nullable):
            object_of(heap, cell, nullable)
        case ops.NeedCount(cell):
            at = living(heap, cell)
            if at is not None:
                _need_count(heap, at, "count-needed", cell)
        case ops.NeedFirm() | ops.NeedOwn() | ops.Grant():
            _assumed(heap, op)
        case ops.Hold(cell):
            at = living(heap, cell)
            if at is not None:
                _need_count(heap, at, "plain-hold", cell)
                bump(heap, at)
        case ops.TryHold(cell):
            at = living(heap, cell)
            if at is not None:
                bump(heap, at)
        case ops.Release(cell, nullable):
            _give_back(heap, cell, nullable, RELEASED)
        case ops.Free():
            _free(heap, op)
        case ops.Consume(cell, nullable, queued):
            at = object_of(heap, cell, nullable)
            if at is not None:
                _lends_too_long(heap, at, cell, queued)
            _give_back(heap, cell, nullable, CONSUMED)
        case ops.Merge(left, right):
            _merge(heap, left, right)
        case ops.Kill(cell):
            obj = heap.get(heap.named(cell)) if heap.cfg.cells[cell].kind == "ptr" else None
            if obj is None or (obj.refs == 0 and all(slot.mode != OWNED for slot in obj.slots)):
                heap.cells[cell] = UNINIT
        case _:
            assert_never(op)


def _new(heap: Heap, op: ops.New) -> None:
    """A new object in the lowest free place.  A borrow outside of its section is born dead."""
    owner = living(heap, op.owner) if op.owner >= 0 else None
    kind = heap.cfg.cells[op.cell].resource
    resource, pool = heap.cfg.resources[kind], heap.pools[kind]
    rests = [op.how == "borrow" and f in op.facts and heap.fact(f) for f in resource.facts]
    made = Object(
        refs=int(op.how in ("hold", "handed")), lending=LENDINGS.get(op.how, NOT_LENT), why=NONE, owner=owner or NOBODY,
        protections=tuple([int(bit) for bit in rests]), slots=(VACANT,) * len(resource.slots),
    )  # fmt: skip
    n = pool.index(None) + 1 if None in pool else len(pool) + 1
    if n > len(pool):
        pool.append(None)
    heap[kind, n] = made
    if not heap.alive((kind, n)):
        heap[kind, n] = made._replace(why=UNSAID if op.how == "dead" else EXPIRED)
    elif resource.freed_after is not None and heap.fact(resource.freed_after):
        protections = replaced(made.protections, resource.facts.index(resource.freed_after), 1)
        heap[kind, n] = made._replace(protections=protections)
    heap.cells[op.cell] = n


def _assumed(heap: Heap, op: ops.NeedFirm | ops.NeedOwn | ops.Grant) -> None:
    """What a callee assumes of an argument; nothing where there is no object."""
    at = heap.named(op.cell)
    obj = heap.get(at)
    if obj is None:
        return
    match op:
        case ops.NeedFirm(cell):
            if obj.why != REPORTED and not heap.firm(at):
                heap.report("noref-escape", "not-firm", cell)
        case ops.NeedOwn(cell):
            if obj.refs == 0 and heap.owning_slot(at) is not None:
                heap.report("release-of-borrowed", "slots-own", cell)
        case ops.Grant():
            heap[at] = obj._replace(refs=obj.refs + 1, lending=HANDED, why=NONE)
        case _:
            assert_never(op)


def _need_count(heap: Heap, at: Where, reason: str, cell: int) -> None:
    """A plain hold is right only where the count is known to be positive."""
    if heap[at].why != REPORTED and not heap.counted(at):
        heap.report("hold-of-borrowed", reason, cell)


def _give_back(heap: Heap, cell: int, nullable: bool, why: int) -> None:
    """Release or Consume: one reference of this path goes.

    Where it has none, a release takes the reference of a slot that owns the object: the slot is stale from then on.
    What waits for a section to be freed is only borrowed once it is handed over.
    """
    at = object_of(heap, cell, nullable)
    if at is None:
        return
    obj = heap[at]
    if obj.lending == IMMORTAL:
        return
    if obj.refs > 0:
        heap[at] = obj._replace(refs=obj.refs - 1, why=why if obj.refs == 1 else obj.why)
        heap.settle(why)
        return
    owning = heap.owning_slot(at)
    if owning is not None and why == RELEASED:
        if heap.cfg.resources[owning[0][0]].slots[owning[1]].published:
            heap.report("use-after-release", "published", cell)
        heap.put_slot(*owning, Content(STALE, at[1]))
        heap.settle(why)
    elif obj.why == RELEASED:
        heap.report("double-release" if why == RELEASED else "use-after-release", "given-back-again", cell)
    elif obj.why == CONSUMED and heap.cfg.resources[at[0]].freed_after is None:
        heap.report("use-after-consume", "given-back-again", cell)
    else:
        heap.report("release-of-borrowed", "given-back" if why == RELEASED else "handed-over", cell)


def _free(heap: Heap, op: ops.Free) -> None:
    """The memory goes: nothing keeps it, slots that own it are stale, and what its slots own has no owner any more."""
    cell, at = op.cell, object_of(heap, op.cell, op.nullable)
    if at is None:
        return
    obj = heap[at]
    if obj.lending == IMMORTAL or (obj.refs == 0 and heap.owning_slot(at) is None):
        _give_back(heap, cell, op.nullable, RELEASED)
        return
    if op.unseen and obj.lending == NOT_LENT:
        heap.report("broken-contract", "freed-unseen", cell)
    for slot, content in zip(heap.cfg.resources[at[0]].slots, obj.slots, strict=True):
        there = slot.target, content.target
        if content.mode == OWNED and heap.get(there) is not None and heap[there].why != REPORTED:
            heap.report("leaked-ref", "lost-with-memory", cell, slot.name)
            heap.mark_reported(there)
    for holder, s in tuple(heap.all_owning(at)):
        if heap.cfg.resources[holder[0]].slots[s].published:
            heap.report("use-after-release", "published", cell)
        heap.put_slot(holder, s, Content(STALE, at[1]))
    if heap.cfg.resources[at[0]].shared:
        _found_twice(heap, at, cell)
    _memory_goes(heap, at)
    heap.settle(RELEASED)


def _memory_goes(heap: Heap, at: Where) -> None:
    obj = heap[at]
    left = NOT_LENT if obj.lending == NOT_LENT else FREED
    heap[at] = Object(0, left, RELEASED, NOBODY, (0,) * len(obj.protections), (VACANT,) * len(obj.slots))


def _found_twice(heap: Heap, freed: Where, cell: int) -> None:
    """What else was found of a shared resource may be the object that is freed, so that nothing is known to keep it.

    A reference on it must be given back if it is another object, and must not if it is the same: that is reported, as
    is what a caller lends, who would not know.
    """
    found = heap[freed].lending == NOT_LENT
    for at in heap.objects():
        obj = heap[at]
        other = at[0] == freed[0] and at != freed and obj.lending != IMMORTAL and obj.why != REPORTED
        if not other or not heap.alive(at):
            continue
        if obj.refs or any(heap.all_owning(at)) or (found and obj.lending >= LENT):
            heap.report("use-after-release", "freed-beside", cell)
            heap.mark_reported(at)
        else:
            _memory_goes(heap, at)


def _lends_too_long(heap: Heap, at: Where, cell: int, queued: bool) -> None:
    """Report each slot of what is handed over that holds a borrow whose section has ended, or ends before it is `queued`."""
    for slot, content in zip(heap.cfg.resources[at[0]].slots, heap[at].slots, strict=True):
        if content.mode != NOREF:
            continue
        if queued:
            heap.report("noref-escape", "queued", cell, slot.name)
        there = slot.target, content.target
        target = heap.get(there)
        if target is not None and target.why not in (REPORTED, UNSAID) and not heap.alive(there):
            heap.report("noref-escape", "slot-expired", cell, slot.name)


def _merge(heap: Heap, left: int, right: int) -> None:
    """Two pointers turned out equal: fold the right object into the left one."""
    one, other = heap.named(left), heap.named(right)
    keep, gone = heap.get(one), heap.get(other)
    if one == other or keep is None or gone is None:
        return
    assert not keep.slots, "containers are not taken for one another"
    heap[one] = Object(
        refs=0 if IMMORTAL in (keep.lending, gone.lending) else keep.refs + gone.refs,
        lending=FREED if FREED in (keep.lending, gone.lending) else max(keep.lending, gone.lending),
        why=NONE if NONE in (keep.why, gone.why) else keep.why,
        owner=keep.owner if keep.owner != NOBODY else gone.owner,
        protections=tuple([max(bits) for bits in zip(keep.protections, gone.protections, strict=True)]),
        slots=(),
    )
    heap[other] = None
    for i, cell in enumerate(heap.cfg.cells):
        if cell.kind == "ptr" and heap.named(i) == other:
            heap.cells[i] = one[1]
    for at in heap.objects():
        obj = heap[at]
        if obj.owner == other:
            heap[at] = obj = obj._replace(owner=one)
        for s, slot in enumerate(heap.cfg.resources[at[0]].slots):
            if slot.target == other[0] and obj.slots[s].mode != EMPTY and obj.slots[s].target == other[1]:
                heap.put_slot(at, s, obj.slots[s]._replace(target=one[1]))
    heap.settle(EXPIRED)
