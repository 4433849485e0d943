# SPDX-License-Identifier: GPL-2.0-only
"""What is done with pointers and references, as terms: the counterpart of meaning/references.py."""

from itertools import permutations
from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNINIT
from refcheck.meaning.state import (
    CONSUMED,
    EXPIRED,
    FREED,
    HANDED,
    IMMORTAL,
    LENDINGS,
    LENT,
    NONE,
    NOT_LENT,
    RELEASED,
    REPORTED,
    UNSAID,
    Where,
)
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import Term, among, compare, conj, disj, eq, ite, neg, plus, positive

Chosen = list[tuple[Where, Term]]


def select(sym: SymHeap, cell: int, pc: Term) -> Chosen:
    """(object, condition) for each object that the pointer may name."""
    v, resource = sym.cells[cell], sym.cfg.cells[cell].resource
    pool = sym.pools[resource]
    if isinstance(v, int):
        pairs = [(v, conj(pc, pool[v - 1].exists))] if 0 < v <= len(pool) else []
    else:
        pairs = [(n, conj(pc, obj.exists, eq(v, n))) for n, obj in enumerate(pool, 1)]
    return [((resource, n), sym.name(s)) for n, s in pairs if s is not False]


def pointer(sym: SymHeap, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> None:
    """Report NULL, ERR_PTR and unwritten pointers where they are not accepted."""
    v = sym.cells[cell]
    wrong = [eq(v, UNINIT)]
    if not err_ok:
        wrong.append(compare("<", v, 0))
    if not nullable:
        wrong.append(eq(v, 0))
    if True not in wrong:
        wrong.append(conj(positive(v), neg(disj(*(s for _, s in select(sym, cell, True))))))
    sym.report("bad-pointer", conj(pc, disj(*wrong)))


def living(sym: SymHeap, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> Chosen:
    """The objects named, after reporting those that nothing protects."""
    pointer(sym, cell, pc, nullable, err_ok)
    chosen = select(sym, cell, pc)
    for at, s in chosen:
        touch(sym, at, s)
    return chosen


def touch(sym: SymHeap, at: Where, when: Term) -> None:
    """Report an object that nothing protects, by what took its last protection, and this once."""
    obj = sym[at]
    dead = sym.name(conj(when, neg(sym.alive(at)), neg(eq(obj.why, REPORTED))))
    if dead is not False:
        sym.report("use-after-release", conj(dead, eq(obj.why, RELEASED)))
        sym.report("use-after-consume", conj(dead, eq(obj.why, CONSUMED)))
        sym.report("noref-escape", conj(dead, neg(eq(obj.why, RELEASED)), neg(eq(obj.why, CONSUMED))))
        obj.why = sym.now(dead, REPORTED, obj.why)


def bump(sym: SymHeap, at: Where, when: Term) -> None:
    """One more reference of this path, where `when` holds; none is counted on what is immortal."""
    obj = sym[at]
    obj.refs = sym.now(conj(when, neg(eq(obj.lending, IMMORTAL))), plus(obj.refs, 1), obj.refs)
    obj.why = sym.now(when, NONE, obj.why)


def apply(sym: SymHeap, op: ops.ReferenceOp, pc: Term) -> None:
    """One operation on what a pointer names, where `pc` holds."""
    match op:
        case ops.New():
            _new(sym, op, pc)
        case ops.Use(cell, nullable, err_ok):
            living(sym, cell, pc, nullable, err_ok)
        case ops.Valid(cell, nullable):
            pointer(sym, cell, pc, nullable)
        case ops.NeedCount(cell):
            for at, s in living(sym, cell, pc):
                _need_count(sym, at, s)
        case ops.NeedFirm() | ops.NeedOwn() | ops.Grant():
            _assumed(sym, op, pc)
        case ops.Hold(cell):
            for at, s in living(sym, cell, pc):
                _need_count(sym, at, s)
                bump(sym, at, s)
        case ops.TryHold(cell):
            for at, s in living(sym, cell, pc):
                bump(sym, at, s)
        case ops.Release(cell, nullable):
            _give_back(sym, cell, pc, nullable, RELEASED)
        case ops.Free():
            _free(sym, op, pc)
        case ops.Consume(cell, nullable, queued):
            for at, s in select(sym, cell, pc) if queued else ():
                for slot in sym[at].slots:
                    sym.report("noref-escape", conj(s, eq(slot.mode, NOREF)))
            for at, s in select(sym, cell, pc):
                sym.report("noref-escape", conj(s, _lends_what_ended(sym, at)))
            _give_back(sym, cell, pc, nullable, CONSUMED)
        case ops.Merge(left, right):
            _merge(sym, left, right, pc)
        case ops.Kill(cell):
            pointed = select(sym, cell, pc) if sym.cfg.cells[cell].kind == "ptr" else ()
            keep = disj(*(conj(s, disj(positive(sym[at].refs), *_owns(sym, at))) for at, s in pointed))
            sym.write(cell, conj(pc, neg(keep)), UNINIT)
        case _:
            assert_never(op)


def _owns(sym: SymHeap, at: Where) -> list[Term]:
    """For each slot of an object whether it owns what it names."""
    return [eq(slot.mode, OWNED) for slot in sym[at].slots]


def _new(sym: SymHeap, op: ops.New, pc: Term) -> None:
    """A new object in the lowest free place; the property `overflow` is broken where there is none."""
    owner: list[Term] = [0, 0]
    if op.owner >= 0:
        named = disj(*(s for _, s in living(sym, op.owner, pc)))
        link = ite(named, sym.cells[op.owner], 0)
        owner = [ite(eq(link, 0), 0, sym.cfg.cells[op.owner].resource), link]
    r = sym.cfg.cells[op.cell].resource
    resource = sym.cfg.resources[r]
    placed: Term = False
    number: Term = 0
    for at in sym.places(r):
        here = sym.name(conj(pc, neg(placed), neg(sym[at].exists)))
        if here is False:
            continue
        placed = sym.name(disj(placed, here))
        number = ite(here, at[1], number)
        sym[at].exists = sym.name(disj(sym[at].exists, here))
        rests = [ite(sym.fact(f), 1, 0) if op.how == "borrow" and f in op.facts else 0 for f in resource.facts]
        vacant: list[Term] = [EMPTY, 0]
        refs, lending = int(op.how in ("hold", "handed")), LENDINGS.get(op.how, NOT_LENT)
        sym.become(at, here, [refs, lending, NONE, *owner, *rests, *vacant * len(resource.slots)])
        obj, alive = sym[at], sym.name(conj(here, sym.alive(at)))
        obj.why = sym.now(conj(here, neg(alive)), UNSAID if op.how == "dead" else EXPIRED, obj.why)
        if resource.freed_after is not None:
            b = resource.facts.index(resource.freed_after)
            obj.protections[b] = sym.now(conj(alive, sym.fact(resource.freed_after)), 1, obj.protections[b])
    sym.report("overflow", conj(pc, neg(placed)))
    sym.write(op.cell, pc, number)


def _assumed(sym: SymHeap, op: ops.NeedFirm | ops.NeedOwn | ops.Grant, pc: Term) -> None:
    """What a callee assumes of an argument; nothing where there is no object."""
    for at, s in select(sym, op.cell, pc):
        obj = sym[at]
        match op:
            case ops.NeedFirm():
                sym.report("noref-escape", conj(s, neg(eq(obj.why, REPORTED)), neg(sym.firm(at))))
            case ops.NeedOwn():
                slots = disj(*(conj(owns, sym.firm(holder)) for holder, _, owns in sym.owning_slots(at)))
                sym.report("release-of-borrowed", conj(s, eq(obj.refs, 0), slots))
            case ops.Grant():
                bump(sym, at, s)
                obj.lending = sym.now(s, HANDED, obj.lending)
            case _:
                assert_never(op)


def _need_count(sym: SymHeap, at: Where, when: Term) -> None:
    """A plain hold is right only where the count is known to be positive."""
    sym.report("hold-of-borrowed", conj(when, neg(eq(sym[at].why, REPORTED)), neg(sym.counted(at))))


def _give_back(sym: SymHeap, cell: int, pc: Term, nullable: bool, why: int) -> None:
    """Release or Consume: one reference of this path goes, or that of a slot."""
    pointer(sym, cell, pc, nullable)
    _give(sym, [(at, sym.name(conj(s, neg(eq(sym[at].lending, IMMORTAL))))) for at, s in select(sym, cell, pc)], why)


def _give(sym: SymHeap, chosen: Chosen, why: int) -> None:
    """One reference of each object goes, where its condition holds."""
    done: list[Term] = []
    for at, s in chosen:
        obj = sym[at]
        held = sym.name(conj(s, positive(obj.refs)))
        rest = sym.name(conj(s, neg(held)))
        obj.why = sym.now(conj(held, eq(obj.refs, 1)), why, obj.why)
        obj.refs = sym.now(held, plus(obj.refs, -1), obj.refs)
        done.append(held)
        for holder, slot, owns in sym.owning_slots(at) if why == RELEASED and rest is not False else ():
            through = sym.name(conj(rest, owns, sym.firm(holder)))
            if sym.cfg.resources[holder[0]].slots[slot].published:
                sym.report("use-after-release", through)
            sym.put_slot(holder, slot, through, STALE, at[1])
            rest = sym.name(conj(rest, neg(through)))
            done.append(through)
        if rest is False:
            continue
        sym.report("double-release" if why == RELEASED else "use-after-release", conj(rest, eq(obj.why, RELEASED)))
        gone = eq(obj.why, CONSUMED) if sym.cfg.resources[at[0]].freed_after is None else False
        sym.report("use-after-consume", conj(rest, gone))
        sym.report("release-of-borrowed", conj(rest, neg(eq(obj.why, RELEASED)), neg(gone)))
    sym.settle(why, sym.name(disj(*done)))


def _free(sym: SymHeap, op: ops.Free, pc: Term) -> None:
    """The memory goes: nothing keeps it, slots that own it are stale, and what its slots own has no owner any more."""
    pointer(sym, op.cell, pc, op.nullable)
    chosen = [(at, s, sym.name(conj(s, positive(sym[at].refs)))) for at, s in select(sym, op.cell, pc)]
    nothing: Chosen = []
    gives: Chosen = []
    for at, s, held in chosen:
        rest = sym.name(conj(s, neg(held), neg(eq(sym[at].lending, IMMORTAL))))
        owned = sym.name(disj(*(conj(rest, owns, sym.firm(h)) for h, _, owns in sym.owning_slots(at))))
        nothing.append((at, sym.name(conj(rest, neg(owned)))))
        gives.append((at, sym.name(disj(held, owned))))
    _give(sym, nothing, RELEASED)
    for at, held in gives:
        if op.unseen:
            sym.report("broken-contract", conj(held, eq(sym[at].lending, NOT_LENT)))
        for slot, content in zip(sym.cfg.resources[at[0]].slots, sym[at].slots, strict=True):
            for target in sym.places(slot.target):
                named = conj(held, eq(content.mode, OWNED), eq(content.target, target[1]), sym[target].exists)
                lost = sym.name(conj(named, neg(eq(sym[target].why, REPORTED))))
                sym.report("leaked-ref", lost)
                sym[target].why = sym.now(lost, REPORTED, sym[target].why)
        for holder, s, owns in sym.owning_slots(at):
            named = sym.name(conj(held, owns))
            if sym.cfg.resources[holder[0]].slots[s].published:
                sym.report("use-after-release", named)
            sym.put_slot(holder, s, named, STALE, at[1])
        for other in sym.places(at[0]) if sym.cfg.resources[at[0]].shared else ():
            if other != at:
                _may_be_freed(sym, at, other, held)
        _memory_goes(sym, at, held)
    sym.settle(RELEASED, sym.name(disj(*(held for _, held in gives))))


def _memory_goes(sym: SymHeap, at: Where, when: Term) -> None:
    resource, lending = sym.cfg.resources[at[0]], sym[at].lending
    left = ite(eq(lending, NOT_LENT), NOT_LENT, FREED)
    gone: list[Term] = [0, left, RELEASED, 0, 0, *[0] * len(resource.facts), *[EMPTY, 0] * len(resource.slots)]
    sym.become(at, when, gone)


def _may_be_freed(sym: SymHeap, freed: Where, at: Where, when: Term) -> None:
    """Another object of a shared resource may be the one that is freed.

    That is wrong where this path has a reference on it, or a caller lends it who cannot know.
    """
    obj = sym[at]
    mortal = neg(among(obj.lending, (IMMORTAL,)))
    live = sym.name(conj(when, obj.exists, mortal, neg(eq(obj.why, REPORTED)), sym.alive(at)))
    lent = conj(eq(sym[freed].lending, NOT_LENT), compare(">=", obj.lending, LENT))
    kept = sym.name(conj(live, disj(positive(obj.refs), lent, *(owns for _, _, owns in sym.owning_slots(at)))))
    sym.report("use-after-release", kept)
    obj.why = sym.now(kept, REPORTED, obj.why)
    _memory_goes(sym, at, sym.name(conj(live, neg(kept))))


def _lends_what_ended(sym: SymHeap, at: Where) -> Term:
    """A slot of the object holds a borrow whose section has ended."""
    parts: list[Term] = []
    for slot, content in zip(sym.cfg.resources[at[0]].slots, sym[at].slots, strict=True):
        for target in sym.places(slot.target):
            here = conj(eq(content.mode, NOREF), eq(content.target, target[1]))
            if here is not False:
                calm = neg(among(sym[target].why, (REPORTED, UNSAID)))
                parts.append(conj(here, sym[target].exists, calm, neg(sym.alive(target))))
    return sym.name(disj(*parts))


def _merge(sym: SymHeap, left: int, right: int, pc: Term) -> None:
    """Two pointers turned out equal: fold the right object into the left one."""
    r = sym.cfg.cells[left].resource
    a, b, merged = sym.cells[left], sym.cells[right], list[Term]()
    for one, other in permutations(sym.places(r), 2):
        s = sym.name(conj(pc, eq(a, one[1]), eq(b, other[1]), sym[one].exists, sym[other].exists))
        if s is not False:
            merged.append(s)
            _fold(sym, one, other, s)
    sym.settle(EXPIRED, sym.name(disj(*merged)))


def _fold(sym: SymHeap, one: Where, other: Where, when: Term) -> None:
    """Where `when` holds, an object has also what another one has, which exists no more; a shared one has no slots."""
    keep, gone = sym[one], sym[other]
    owned = neg(eq(keep.owner[1], 0))
    immortal = disj(eq(keep.lending, IMMORTAL), eq(gone.lending, IMMORTAL))
    keep.refs = sym.now(when, ite(immortal, 0, plus(keep.refs, gone.refs)), keep.refs)
    freed = disj(eq(keep.lending, FREED), eq(gone.lending, FREED))
    keep.lending = sym.now(when, ite(freed, FREED, _greater(keep.lending, gone.lending)), keep.lending)
    why = ite(disj(eq(keep.why, NONE), eq(gone.why, NONE)), NONE, keep.why)
    keep.why = sym.now(when, why, keep.why)
    kind, number = ite(owned, keep.owner[0], gone.owner[0]), ite(owned, keep.owner[1], gone.owner[1])
    keep.owner = sym.now(when, kind, keep.owner[0]), sym.now(when, number, keep.owner[1])
    bits = zip(keep.protections, gone.protections, strict=True)
    keep.protections = [sym.now(when, _greater(bit, more), bit) for bit, more in bits]
    sym.drop(other, when)
    for c, cell in enumerate(sym.cfg.cells):
        if cell.kind == "ptr" and cell.resource == one[0]:
            sym.write(c, conj(when, eq(sym.cells[c], other[1])), one[1])
    for at in sym.objects:
        obj, resource = sym[at], sym.cfg.resources[at[0]]
        if one[0] in resource.owners:
            lent = conj(when, obj.exists, eq(obj.owner[0], one[0]), eq(obj.owner[1], other[1]))
            obj.owner = obj.owner[0], sym.now(lent, one[1], obj.owner[1])
        for s, slot in enumerate(resource.slots):
            if slot.target == one[0]:
                it = obj.slots[s]
                named = conj(when, obj.exists, neg(eq(it.mode, EMPTY)), eq(it.target, other[1]))
                sym.put_slot(at, s, named, it.mode, one[1])


def _greater(a: Term, b: Term) -> Term:
    return ite(compare(">", b, a), b, a)
