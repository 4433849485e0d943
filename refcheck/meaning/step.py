# SPDX-License-Identifier: GPL-2.0-only
"""The reference semantics: what an edge does to a state, in plain Python, apart from the encoding for the solver.

`step` is total: an operation that breaks a property is reported and then treated as harmless, so that one finding
does not hide another; only the use of NULL, ERR_PTR or an unwritten value ends a path.  docs/semantics.md explains
each rule, and why "no reference held, and not inside the section of the borrow" is exactly when another CPU may
free the object.
"""

from itertools import product

from refcheck.graph import ops
from refcheck.graph.cfg import (
    CFG,
    CONSUMED,
    EMPTY,
    EXPIRED,
    HANDED,
    LENDING,
    NONE,
    NOREF,
    NOT_LENT,
    OWNED,
    OWNER,
    OWNER_KIND,
    REFS,
    RELEASED,
    REPORTED,
    STALE,
    UNINIT,
    UNSAID,
    WHY,
    Edge,
    slot_index,
)
from refcheck.meaning.exits import check_exit, fitting_promises
from refcheck.meaning.heap import Heap, State, Violation

Result = tuple[State | None, tuple[Violation, ...]]


def havocs(edge: Edge) -> list[tuple[int, ...]]:
    """The values open to each free choice on the edge, in order."""
    return [op.values for op in edge.ops if isinstance(op, ops.Havoc)]


def step(cfg: CFG, state: State, edge: Edge) -> list[Result]:
    """All successors of a state along an edge, each with what the edge broke; empty where the guard is false."""
    results = []
    for picks in product(*havocs(edge)):
        result = run(cfg, state, edge, picks)
        if result is None:
            return []
        results.append(result)
    return results


def run(cfg: CFG, state: State, edge: Edge, picks: tuple[int, ...]) -> Result | None:
    """The successor along an edge for one set of choices; None where the guard is false.

    The successor is None where the path ends with the edge because it uses a value that is none.
    """
    heap = Heap(cfg, state)
    if evaluate(heap, edge.guard) is False:
        return None
    left = iter(picks)
    for op in edge.ops:
        if isinstance(op, ops.Havoc):
            heap.cells[op.cell] = next(left)
        else:
            apply(heap, op)
    heap.collect()
    return None if heap.stopped else heap.freeze(), tuple(heap.violations)


def promises_at(cfg: CFG, state: State, edge: Edge) -> set[str]:
    """The promises that an exit edge keeps from a state; none where its guard is false or the path ends before."""
    heap = Heap(cfg, state)
    if evaluate(heap, edge.guard) is not True:
        return set()
    for op in edge.ops:
        if isinstance(op, ops.Exit):
            return fitting_promises(heap, op.result, apply, evaluate)
        apply(heap, op)
    return set()


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
        case ops.SlotIs(cell, slot, modes):
            obj = _object(heap, cell)
            if obj is None:
                return None
            return obj[slot_index(heap.cfg.resources[heap.cfg.cells[cell].resource], slot)] in modes
        case ops.CmpCells(left, _, right) | ops.MayBeSame(left, right) | ops.Differ(left, right):
            a, b = _read(heap, left), _read(heap, right)
            return None if a is None or b is None else _related(heap, cond, a, b)
        case ops.Truth(cell) | ops.IsErr(cell) | ops.Cmp(cell):
            value = _read(heap, cell)
            if value is None:
                return None
            return value != 0 if isinstance(cond, ops.Truth) else _holds(cond, value)


def _holds(cond: ops.IsErr | ops.Cmp, value: int) -> bool:
    return value < 0 if isinstance(cond, ops.IsErr) else ops.compare(cond.op, value, cond.value)


def _related(heap: Heap, cond: ops.CmpCells | ops.MayBeSame | ops.Differ, a: int, b: int) -> bool:
    if isinstance(cond, ops.CmpCells):
        unknown = a == b and a not in heap.cfg.points and heap.cfg.cells[cond.left].kind == "int"
        return unknown or ops.compare(cond.op, a, b)
    if isinstance(cond, ops.Differ):
        return a != b
    return a == b or _may_be_one(heap, heap.cfg.cells[cond.left].resource, a, b)


def _may_be_one(heap: Heap, kind: int, a: int, b: int) -> bool:
    """Two acquisitions of a shared resource can be one object; so can two objects that came in, containers apart."""
    if heap.cfg.resources[kind].shared:
        return a > 0 and b > 0
    objects = (heap.get(kind, a), heap.get(kind, b))
    return not heap.cfg.resources[kind].slots and all(o is not None and o[LENDING] != NOT_LENT for o in objects)


def _read(heap: Heap, cell: int) -> int | None:
    value = heap.cells[cell]
    if value == UNINIT:
        heap.report("bad-pointer", "uninitialised", cell)
        return None
    return value


def _object(heap: Heap, cell: int, nullable: bool = False, err_ok: bool = False) -> list[int] | None:
    """The object a pointer names; None after a report, and for NULL or ERR_PTR where they are accepted."""
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
        found = heap.get(heap.cfg.cells[cell].resource, value)
        if found is None:
            heap.report("bad-pointer", "no-object", cell)
        return found
    return None


def _living(heap: Heap, cell: int, nullable: bool = False, err_ok: bool = False) -> list[int] | None:
    """The object a pointer names, after checking that something protects it."""
    obj = _object(heap, cell, nullable, err_ok)
    if obj and not heap.alive(heap.cfg.cells[cell].resource, heap.cells[cell]) and obj[WHY] != REPORTED:
        heap.report(_ended(obj), "touched", cell)
        heap.mark_reported(obj)
    return obj


def _slot_of(heap: Heap, ptr: int, slot: int) -> tuple[list[int], int] | None:
    """The living container behind a pointer and where its slot stands."""
    obj = _living(heap, ptr)
    return None if obj is None else (obj, slot_index(heap.cfg.resources[heap.cfg.cells[ptr].resource], slot))


def _give_back(heap: Heap, cell: int, nullable: bool, why: int) -> None:
    """Release or Consume: one reference of this path goes."""
    obj = _object(heap, cell, nullable)
    if obj is None:
        return
    kind, n = heap.cfg.cells[cell].resource, heap.cells[cell]
    if obj[REFS] > 0:
        obj[REFS] -= 1
        if obj[REFS] == 0:
            obj[WHY] = why
        heap.settle(why)
        return
    owner = heap.held_by_slot(kind, n)
    if owner is not None and why == RELEASED:
        container = heap.get(owner[0], owner[1])
        assert container is not None
        container[slot_index(heap.cfg.resources[owner[0]], owner[2])] = STALE
        heap.settle(why)
    elif obj[WHY] == RELEASED:
        heap.report("double-release" if why == RELEASED else "use-after-release", "given-back-again", cell)
    elif obj[WHY] == CONSUMED and not heap.alive(kind, n):
        heap.report("use-after-consume", "given-back-again", cell)
    else:
        heap.report("release-of-borrowed", "given-back" if why == RELEASED else "handed-over", cell)


def apply(heap: Heap, op: ops.Op) -> None:
    """One operation; Havoc is dealt with by `step`."""
    cells = heap.cells
    match op:
        case ops.Set(cell, value):
            cells[cell] = value
        case ops.Copy(cell, src):
            read = _read(heap, src)
            cells[cell] = UNINIT if read is None else read
        case ops.Forget(cell):
            cells[cell] = UNINIT
        case ops.Kill(cell):
            obj = None
            if heap.cfg.cells[cell].kind == "ptr" and cells[cell] != UNINIT:
                obj = heap.get(heap.cfg.cells[cell].resource, cells[cell])
            if obj is None or obj[REFS] == 0:
                cells[cell] = UNINIT
        case ops.New(cell, how, facts, owner):
            link = (0, 0)
            if owner >= 0 and _living(heap, owner) is not None:
                link = (heap.cfg.cells[owner].resource, cells[owner])
            cells[cell] = heap.create(heap.cfg.cells[cell].resource, how, facts, link)
        case ops.CheckInit(cell):
            _read(heap, cell)
        case ops.Use(cell, nullable, err_ok):
            _living(heap, cell, nullable, err_ok)
        case ops.Valid(cell, nullable):
            _object(heap, cell, nullable)
        case ops.When(cond, todo):
            if evaluate(heap, cond):
                for inner in todo:
                    apply(heap, inner)
        case ops.Require(cond, by, text, prop):
            if evaluate(heap, cond) is False:
                heap.report(prop, "precondition", -1, f"{by}: {text}")
        case ops.Unreachable():
            heap.report("sanity", "reached")
        case ops.Exit(result):
            check_exit(heap, result, apply, evaluate)
        case ops.Stuck(by):
            heap.report("broken-contract", "no-outcome", -1, by)
            heap.stopped = True
        case ops.Snapshot(cell, context):
            cells[cell] = heap.contexts[context]
        case ops.Enter() | ops.Leave() | ops.Need() | ops.NeedNone():
            _context_op(heap, op)
        case (
            ops.ReadSlot()
            | ops.TakeSlot()
            | ops.PutSlot()
            | ops.DropSlot()
            | ops.ClearSlot()
            | ops.HoldSlot()

        ):
            _slot_op(heap, op)
        case ops.Havoc():
            raise AssertionError("Havoc stands at the top level of an edge")
        case _:
            _reference_op(heap, op)


def _reference_op(
    heap: Heap,
    op: ops.UseSlots | ops.NeedFirm | ops.NeedOwn | ops.Grant | ops.NeedCount | ops.Hold | ops.TryHold | ops.Release
    | ops.Consume | ops.Merge,
) -> None:  # fmt: skip
    match op:
        case ops.NeedFirm(cell) | ops.NeedOwn(cell) | ops.Grant(cell):
            _entry_op(heap, op, heap.cfg.cells[cell].resource, heap.cells[cell])
        case ops.UseSlots(cell, slots):
            _use_slots(heap, cell, slots)
        case ops.NeedCount(cell):
            obj = _living(heap, cell)
            if obj and obj[WHY] != REPORTED and not heap.counted(heap.cfg.cells[cell].resource, heap.cells[cell]):
                heap.report("hold-of-borrowed", "count-needed", cell)
        case ops.Hold(cell):
            obj = _living(heap, cell)
            if obj:
                if obj[WHY] != REPORTED and not heap.counted(heap.cfg.cells[cell].resource, heap.cells[cell]):
                    heap.report("hold-of-borrowed", "plain-hold", cell)
                obj[REFS], obj[WHY] = obj[REFS] + 1, NONE
        case ops.TryHold(cell):
            obj = _living(heap, cell)
            if obj:
                obj[REFS], obj[WHY] = obj[REFS] + 1, NONE
        case ops.Release(cell, nullable):
            _give_back(heap, cell, nullable, RELEASED)
        case ops.Consume(cell, nullable, queued):
            obj = _object(heap, cell, nullable)
            if obj and queued:
                resource = heap.cfg.resources[heap.cfg.cells[cell].resource]
                if any(obj[slot_index(resource, s)] == NOREF for s in range(len(resource.slots))):
                    heap.report("noref-escape", "queued", cell)
            if obj and _expired_slot(heap, cell, obj):
                heap.report("noref-escape", "slot-expired", cell)
            _give_back(heap, cell, nullable, CONSUMED)
        case ops.Merge(left, right):
            _merge(heap, left, right)


def _entry_op(heap: Heap, op: ops.NeedFirm | ops.NeedOwn | ops.Grant, kind: int, n: int) -> None:
    """What a callee assumes of an argument; nothing where there is no object."""
    obj = heap.get(kind, n)
    if obj is None:
        return
    match op:
        case ops.NeedFirm(cell):
            if obj[WHY] != REPORTED and not heap.firm(kind, n):
                heap.report("noref-escape", "not-firm", cell)
        case ops.NeedOwn(cell):
            if obj[REFS] == 0 and heap.held_by_slot(kind, n) is not None:
                heap.report("release-of-borrowed", "slots-own", cell)
        case ops.Grant():
            obj[REFS], obj[LENDING], obj[WHY] = obj[REFS] + 1, HANDED, NONE


def _expired_slot(heap: Heap, cell: int, obj: list[int]) -> bool:
    """A slot of the object holds a borrow whose section has ended."""
    resource = heap.cfg.resources[heap.cfg.cells[cell].resource]
    for s, slot in enumerate(resource.slots):
        at = slot_index(resource, s)
        target = heap.get(slot.target, obj[at + 1])
        calm = target is not None and target[WHY] not in (REPORTED, UNSAID)
        if obj[at] == NOREF and calm and not heap.alive(slot.target, obj[at + 1]):
            return True
    return False


def _use_slots(heap: Heap, cell: int, slots: tuple[int, ...]) -> None:
    """A callee takes what the slots name for alive, and an owned content for owned."""
    kind = heap.cfg.cells[cell].resource
    obj = heap.get(kind, heap.cells[cell])
    if obj is None:
        return
    for s in slots:
        at, content = slot_index(heap.cfg.resources[kind], s), heap.cfg.resources[kind].slots[s].target
        target = heap.get(content, obj[at + 1]) if obj[at] in (NOREF, STALE) else None
        if target is None or target[WHY] == REPORTED:
            continue
        if obj[at] == STALE:
            heap.report("use-after-release", "slot-stale", cell)
            heap.mark_reported(target)
        elif not heap.alive(content, obj[at + 1]):
            heap.report(_ended(target), "slot-expired", cell)
            heap.mark_reported(target)


def _ended(obj: list[int]) -> str:
    """The property that touching a dead object breaks, after what took its last protection."""
    return {RELEASED: "use-after-release", CONSUMED: "use-after-consume"}.get(obj[WHY], "noref-escape")


def _merge(heap: Heap, left: int, right: int) -> None:
    """Two pointers turned out equal: fold the right object into the left one."""
    kind, a, b = heap.cfg.cells[left].resource, heap.cells[left], heap.cells[right]
    keep, gone = heap.get(kind, a), heap.get(kind, b)
    if a == b or keep is None or gone is None:
        return
    why = NONE if NONE in (keep[WHY], gone[WHY]) else keep[WHY]
    owner = keep if keep[OWNER] else gone
    for i in range(len(keep)):
        keep[i] = keep[i] + gone[i] if i == REFS else owner[i] if i in (OWNER_KIND, OWNER) else max(keep[i], gone[i])
    keep[WHY] = why
    heap.pools[kind][b - 1] = None
    for i, cell in enumerate(heap.cfg.cells):
        if cell.kind == "ptr" and cell.resource == kind and heap.cells[i] == b:
            heap.cells[i] = a
    for pool in heap.pools:
        for other in pool:
            if other and other[OWNER_KIND] == kind and other[OWNER] == b:
                other[OWNER] = a
    for k, container in enumerate(heap.cfg.resources):
        for s, slot in enumerate(container.slots):
            at = slot_index(container, s)
            for other in heap.pools[k]:
                if slot.target == kind and other and other[at] != EMPTY and other[at + 1] == b:
                    other[at + 1] = a
    heap.settle(EXPIRED)


def _context_op(heap: Heap, op: ops.Enter | ops.Leave | ops.Need | ops.NeedNone) -> None:
    cfg = heap.cfg
    match op:
        case ops.Enter(context):
            before = [heap.fact(f) for f in range(len(cfg.facts))]
            heap.contexts[context] += 1
            for f, held in enumerate(before):
                if not held and heap.fact(f):
                    heap.protect(f)
        case ops.Leave(context):
            dip, floor, level = cfg.dip_cells[context], heap.floor(context), heap.contexts[context]
            if level == 0 or (level <= floor and dip < 0):
                heap.report("unbalanced-context", "closed-twice", -1, cfg.contexts[context])
                return
            if level <= floor:
                heap.cells[dip] = 1
            before = [heap.fact(f) for f in range(len(cfg.facts))]
            heap.contexts[context] -= 1
            ended = [f for f, held in enumerate(before) if held and not heap.fact(f)]
            if ended:
                heap.expire(ended, [f for f in ended if any(heap.floor(c) for c in cfg.facts[f].contexts)])
        case ops.Need(facts, by):
            if not any(heap.fact(f) for f in facts):
                heap.report("missing-context", "needed", -1, f"{by}: {' or '.join(cfg.facts[f].name for f in facts)}")
        case ops.NeedNone(by, allowed, contexts):
            if not allowed or any(heap.contexts[c] for c in contexts):
                heap.report("missing-context", "may-sleep", -1, f"{by}: ")


def _slot_op(
    heap: Heap, op: ops.ReadSlot | ops.TakeSlot | ops.PutSlot | ops.DropSlot | ops.ClearSlot | ops.HoldSlot
) -> None:
    found = _slot_of(heap, op.ptr, op.slot)
    if found is None:
        if isinstance(op, ops.ReadSlot | ops.TakeSlot):
            heap.cells[op.cell] = UNINIT
        return
    container, at = found
    target_kind = heap.cfg.resources[heap.cfg.cells[op.ptr].resource].slots[op.slot].target
    target = heap.get(target_kind, container[at + 1]) if container[at] != EMPTY else None
    match op:
        case ops.ReadSlot(cell):
            heap.cells[cell] = container[at + 1] if container[at] != EMPTY else 0
        case ops.TakeSlot(cell):
            heap.cells[cell] = container[at + 1] if container[at] != EMPTY else 0
            _unpublish(container, at, target)
        case ops.ClearSlot():
            _unpublish(container, at, target)
        case ops.DropSlot():
            if container[at] == STALE:
                heap.report("double-release", "stale-slot", op.ptr)
            owned = container[at] == OWNED
            container[at] = container[at + 1] = 0
            if target and owned:
                target[WHY] = RELEASED if target[REFS] == 0 else target[WHY]
            heap.settle(RELEASED)
        case ops.HoldSlot():
            if target and container[at] == NOREF:
                if not heap.alive(target_kind, container[at + 1]) and target[WHY] != REPORTED:
                    heap.report("noref-escape", "slot-expired", op.ptr)
                container[at] = OWNED
                target[WHY] = NONE
                heap.settle(EXPIRED)
        case ops.PutSlot():
            _put_slot(heap, op, container, at)


def _unpublish(container: list[int], at: int, target: list[int] | None) -> None:
    if target and container[at] == OWNED:
        target[REFS], target[WHY] = target[REFS] + 1, NONE
    container[at] = container[at + 1] = 0


def _put_slot(heap: Heap, op: ops.PutSlot, container: list[int], at: int) -> None:
    """The slot takes `src`; what it owned before must have been dropped, or becomes this path's when `replace`."""
    old = heap.get(heap.cfg.cells[op.src].resource, container[at + 1]) if container[at] != EMPTY else None
    if old and container[at] == OWNED:
        if op.replace:
            old[REFS], old[WHY] = old[REFS] + 1, NONE
        else:
            heap.report("leaked-ref", "owned-slot-overwritten", op.ptr)
    container[at] = container[at + 1] = EMPTY
    obj = _living(heap, op.src) if op.owned or not op.replace else _object(heap, op.src)
    if obj is None:
        return
    n = heap.cells[op.src]
    if op.owned:
        if obj[REFS] > 0:
            obj[REFS] -= 1
        elif obj[WHY] != REPORTED:
            heap.report("noref-escape", "stored", op.src)
            heap.mark_reported(obj)
    container[at], container[at + 1] = (OWNED if op.owned else NOREF), n
    heap.settle(RELEASED)
