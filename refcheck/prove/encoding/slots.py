# SPDX-License-Identifier: GPL-2.0-only
"""What is done with the slots of an object, as terms: the counterpart of meaning/slots.py."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNINIT, UNSPOKEN
from refcheck.meaning.state import CONSUMED, EXPIRED, NONE, RELEASED, REPORTED, Where
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.references import Chosen, bump, living, pointer, select
from refcheck.prove.encoding.smt import Term, conj, disj, eq, ite, neg, plus, positive


def apply(sym: SymHeap, op: ops.SlotOp, pc: Term) -> None:
    """One operation on a slot of the object that a pointer names, where `pc` holds."""
    if isinstance(op, ops.UseSlots):
        _use_slots(sym, op, pc)
        return
    containers = living(sym, op.ptr, pc)
    if isinstance(op, ops.Unspoken):
        for at, s in containers:
            sym.put_slot(at, op.slot, s, UNSPOKEN, 0)
        return
    containers, unspoken = _spoken(sym, op.slot, containers)
    match op:
        case ops.ReadSlot(cell):
            sym.write(cell, pc, _read(sym, containers, op.slot, unspoken))
        case ops.TakeSlot(cell):
            sym.write(cell, pc, _read(sym, containers, op.slot, unspoken))
            _empty(sym, containers, op.slot)
        case ops.ClearSlot():
            _empty(sym, containers, op.slot)
        case ops.DropSlot():
            _drop(sym, op, containers)
        case ops.HoldSlot():
            _hold(sym, op, containers)
        case ops.PutSlot():
            _put(sym, op, containers)
        case _:
            assert_never(op)


def _use_slots(sym: SymHeap, op: ops.UseSlots, pc: Term) -> None:
    """A callee takes what the slots name for alive, and an owned content for owned."""
    for s in op.slots:
        for at, here in select(sym, op.cell, pc):
            slot = sym[at].slots[s]
            sym.report("broken-contract", conj(here, eq(slot.mode, UNSPOKEN)))
            for target in sym.places(sym.cfg.resources[at[0]].slots[s].target):
                obj = sym[target]
                named = conj(here, eq(slot.target, target[1]), obj.exists, neg(eq(obj.why, REPORTED)))
                ended = conj(eq(slot.mode, NOREF), neg(sym.alive(target)))
                bad = sym.name(conj(named, disj(eq(slot.mode, STALE), ended)))
                released = disj(eq(slot.mode, STALE), eq(obj.why, RELEASED))
                sym.report("use-after-release", conj(bad, released))
                sym.report("use-after-consume", conj(bad, neg(released), eq(obj.why, CONSUMED)))
                sym.report("noref-escape", conj(bad, neg(released), neg(eq(obj.why, CONSUMED))))
                obj.why = sym.now(bad, REPORTED, obj.why)


def _targets(sym: SymHeap, at: Where, slot: int, when: Term) -> Chosen:
    """(object, condition) for each object that the slot of an object may name, where `when` holds."""
    it = sym[at].slots[slot]
    found: Chosen = []
    for target in sym.places(sym.cfg.resources[at[0]].slots[slot].target):
        named = sym.name(conj(when, neg(eq(it.mode, EMPTY)), eq(it.target, target[1]), sym[target].exists))
        if named is not False:
            found.append((target, named))
    return found


def _spoken(sym: SymHeap, slot: int, containers: Chosen) -> tuple[Chosen, Term]:
    """The containers without those of whose slot the contract does not speak; where there are such, which is reported."""
    missing = [sym.name(conj(s, eq(sym[at].slots[slot].mode, UNSPOKEN))) for at, s in containers]
    sym.report("broken-contract", disj(*missing))
    spoken = [(at, sym.name(conj(s, neg(m)))) for (at, s), m in zip(containers, missing, strict=True)]
    return [(at, s) for at, s in spoken if s is not False], sym.name(disj(*missing))


def _read(sym: SymHeap, containers: Chosen, slot: int, unspoken: Term) -> Term:
    """What the slot names; nothing was written where there is no container."""
    value: Term = ite(unspoken, 0, UNINIT)
    for at, s in containers:
        value = ite(s, sym[at].slots[slot].target, value)
    return sym.script.name(value, "Int")


def _empty(sym: SymHeap, containers: Chosen, slot: int) -> None:
    """The slot is overwritten; a reference that it owned is this path's."""
    for at, s in containers:
        owned = eq(sym[at].slots[slot].mode, OWNED)
        for target, named in _targets(sym, at, slot, s):
            bump(sym, target, conj(named, owned))
        sym.put_slot(at, slot, s, EMPTY, 0)


def _drop(sym: SymHeap, op: ops.DropSlot, containers: Chosen) -> None:
    for at, s in containers:
        mode = sym[at].slots[op.slot].mode
        sym.report("double-release", conj(s, eq(mode, STALE)))
        for target, named in _targets(sym, at, op.slot, s):
            obj = sym[target]
            obj.why = sym.now(conj(named, eq(mode, OWNED), eq(obj.refs, 0)), RELEASED, obj.why)
        sym.put_slot(at, op.slot, s, EMPTY, 0)
    sym.settle(RELEASED, disj(*(s for _, s in containers)))


def _hold(sym: SymHeap, op: ops.HoldSlot, containers: Chosen) -> None:
    for at, s in containers:
        slot = sym[at].slots[op.slot]
        for target, named in _targets(sym, at, op.slot, s):
            obj, borrowed = sym[target], sym.name(conj(named, eq(slot.mode, NOREF)))
            sym.report("noref-escape", conj(borrowed, neg(sym.alive(target)), neg(eq(obj.why, REPORTED))))
            obj.why = sym.now(borrowed, NONE, obj.why)
        sym.put_slot(at, op.slot, conj(s, eq(slot.mode, NOREF)), OWNED, slot.target)
    sym.settle(EXPIRED, disj(*(s for _, s in containers)))


def _put(sym: SymHeap, op: ops.PutSlot, containers: Chosen) -> None:
    """The slot takes `src`; what it owned before must have been dropped, or becomes this path's when `replace`."""
    for at, s in containers:
        owned = eq(sym[at].slots[op.slot].mode, OWNED)
        for old, named in _targets(sym, at, op.slot, s):
            if op.replace:
                bump(sym, old, conj(named, owned))
            else:
                sym.report("leaked-ref", conj(named, owned))
        sym.put_slot(at, op.slot, s, EMPTY, 0)
    some = sym.name(disj(*(s for _, s in containers)))
    as_it_is = op.replace and not op.owned
    if as_it_is:
        pointer(sym, op.src, some)
    for source, t in select(sym, op.src, some) if as_it_is else living(sym, op.src, some):
        obj = sym[source]
        if op.owned:
            held = sym.name(conj(t, positive(obj.refs)))
            lost = sym.name(conj(t, neg(held), neg(eq(obj.why, REPORTED))))
            obj.refs = sym.now(held, plus(obj.refs, -1), obj.refs)
            sym.report("noref-escape", lost)
            obj.why = sym.now(lost, REPORTED, obj.why)
        for at, s in containers:
            sym.put_slot(at, op.slot, conj(s, t), OWNED if op.owned else NOREF, source[1])
        sym.settle(RELEASED, t)
