"""What a function owes at its exit: the part of the reference semantics that holds a body to its contract.

The promises are tried together and narrowed step by step (result, contexts, references, slots, out-parameters), so
that what is reported is the first thing that no outcome allows.
"""

from refcheck.graph import ops
from refcheck.graph.cfg import (
    BITS,
    EMPTY,
    NOREF,
    REFS,
    REPORTED,
    UNINIT,
    WHY,
    OutValue,
    Promise,
    RefChange,
    SlotChange,
    ValueIs,
    slot_index,
)
from refcheck.meaning.heap import Heap


def ghost(heap: Heap, cond: ops.Cond) -> bool:
    """A condition over ghost cells of the entry; those are always written."""
    match cond:
        case ops.And(args):
            return all(ghost(heap, a) for a in args)
        case ops.Or(args):
            return any(ghost(heap, a) for a in args)
        case ops.Not(arg):
            return not ghost(heap, arg)
        case ops.Truth(cell):
            return heap.cells[cell] != 0
        case ops.IsErr(cell):
            return heap.cells[cell] < 0
        case ops.Cmp(cell, op, value):
            return ops.compare(op, heap.cells[cell], value)
        case ops.SlotIs():
            raise AssertionError("slot conditions are turned into ghost cells")
        case _:
            raise AssertionError(f"not a ghost condition: {cond!r}")


def check_exit(heap: Heap, result: int) -> None:
    """Report what no promise of the contract allows, then end the path."""
    cfg = heap.cfg
    live = [p for p in cfg.promises if ghost(heap, p.cond)]
    if result >= 0 and heap.cells[result] == UNINIT:
        heap.report("bad-pointer", "uninitialised-result", result)
    else:
        _narrow(heap, live, result)
    heap.cells = [UNINIT] * len(heap.cells)
    heap.contexts = [0] * len(heap.contexts)
    heap.pools = [[] for _ in heap.pools]


def _narrow(heap: Heap, live: list[Promise], result: int) -> None:
    fits = [p for p in live if _value_fits(heap, p.result, result)]
    if not fits:
        heap.report("broken-contract", "result", result)
        return
    level = [p for p in fits if _contexts_fit(heap, p)]
    if not level:
        heap.report("unbalanced-context", "at-exit", -1, _open_context(heap, fits[0]))
        return
    level = _references_fit(heap, level, result)
    if not level:
        return
    kept = [p for p in level if all(_slot_fits(heap, s) for s in p.slots if ghost(heap, s.cond))]
    if not kept:
        heap.report("broken-contract", "slot", -1)
    elif not any(all(_out_fits(heap, o) for o in p.outs if ghost(heap, o.cond)) for p in kept):
        heap.report("broken-contract", "out-parameter", -1)


def _objects(heap: Heap) -> list[tuple[int, int]]:
    return [(k, n) for k, pool in enumerate(heap.pools) for n, o in enumerate(pool, 1) if o is not None]


def _value_fits(heap: Heap, want: ValueIs, cell: int) -> bool:
    if want.kind == "optional":
        return True
    if want.kind == "void":
        return cell < 0
    if cell < 0:
        return False
    value = heap.cells[cell]
    if want.kind == "values":
        return value in want.values
    if want.kind == "alias":
        return value == heap.cells[want.cell]
    if want.kind == "unwritten":
        return value == UNINIT
    if want.kind == "slot":
        return value == _slot_target(heap, want)
    if want.kind == "whatever":
        return value != UNINIT
    return 0 < value < UNINIT


def _slot_target(heap: Heap, want: ValueIs) -> int | None:
    """What the slot of an argument names; None where the argument is no object, which no value equals."""
    resource = heap.cfg.cells[want.cell].resource
    obj = heap.get(resource, heap.cells[want.cell])
    return None if obj is None else obj[slot_index(heap.cfg.resources[resource], want.slot) + 1]


def _contexts_fit(heap: Heap, promise: Promise) -> bool:
    cfg, deltas = heap.cfg, dict(promise.contexts)
    for c, level in enumerate(heap.contexts):
        floor = cfg.floor[c] if cfg.floor_cells[c] < 0 else heap.cells[cfg.floor_cells[c]]
        if level != floor + deltas.get(c, 0):
            return False
        if cfg.dip_cells[c] >= 0 and heap.cells[cfg.dip_cells[c]] == 1 and c not in promise.leaves:
            return False
    return True


def _open_context(heap: Heap, promise: Promise) -> str:
    cfg, deltas = heap.cfg, dict(promise.contexts)
    for c, level in enumerate(heap.contexts):
        floor = cfg.floor[c] if cfg.floor_cells[c] < 0 else heap.cells[cfg.floor_cells[c]]
        if level != floor + deltas.get(c, 0):
            return cfg.contexts[c]
        if cfg.dip_cells[c] >= 0 and heap.cells[cfg.dip_cells[c]] == 1 and c not in promise.leaves:
            return cfg.contexts[c]
    return ""


def _count(heap: Heap, promise: Promise, result: int, where: tuple[int, int]) -> int:
    """References held on an object less those that the promise leaves there."""
    kind, n = where
    obj = heap.get(kind, n)
    assert obj is not None
    expected = sum(r.held for r in promise.refs if _names(heap, r, where) and ghost(heap, r.cond))
    for cell, want in _results(heap, promise, result):
        if cell < 0 or heap.cfg.cells[cell].kind != "ptr" or heap.cfg.cells[cell].resource != kind:
            continue
        if heap.cells[cell] == n:
            expected = obj[REFS] if want.kind in ("whatever", "optional") else expected + int(want.kind == "hold")
    return obj[REFS] - expected


def _results(heap: Heap, promise: Promise, result: int) -> list[tuple[int, ValueIs]]:
    """The cells that go back to the caller, each with what it must be."""
    return [(result, promise.result), *((o.cell, o.value) for o in promise.outs if ghost(heap, o.cond))]


def _names(heap: Heap, change: RefChange, where: tuple[int, int]) -> bool:
    cell = heap.cfg.cells[change.cell]
    return cell.resource == where[0] and heap.cells[change.cell] == where[1]


def _references_fit(heap: Heap, promises: list[Promise], result: int) -> list[Promise]:
    """The promises that account for every reference and whose returned borrows are protected; reports if none is."""
    objects = _objects(heap)
    exact = [p for p in promises if all(_count(heap, p, result, o) == 0 for o in objects)]
    if exact:
        bad = [_bad_borrow(heap, p, result) for p in exact]
        if all(bad):
            heap.report(bad[0], "returned", result)
        return [p for p, prop in zip(exact, bad, strict=True) if not prop]
    over = [next((o for o in objects if _count(heap, p, result, o) > 0), None) for p in promises]
    first = next((o for o in over if o), None)
    if all(over) and first:
        heap.report("leaked-ref", "at-exit", _cell_naming(heap, first), heap.cfg.resources[first[0]].name)
    elif result >= 0 and any(p.result.kind == "hold" for p in promises) and _held(heap, result) == 0:
        heap.report("noref-escape", "returned-as-owned", result)
    else:
        under = next(o for p in promises for o in objects if _count(heap, p, result, o) < 0)
        heap.report("broken-contract", "given-away", _cell_naming(heap, under), heap.cfg.resources[under[0]].name)
    return []


def _held(heap: Heap, cell: int) -> int:
    obj = heap.get(heap.cfg.cells[cell].resource, heap.cells[cell])
    return 0 if obj is None else obj[REFS]


def _cell_naming(heap: Heap, where: tuple[int, int]) -> int:
    """A variable that names the object, the user's own before temporaries; -1 if there is none."""
    found = [
        i for i, c in enumerate(heap.cfg.cells)
        if c.kind == "ptr" and c.resource == where[0] and heap.cells[i] == where[1]
    ]  # fmt: skip
    order = {"local": 0, "param": 1, "ghost": 2, "temp": 3}
    return min(found, key=lambda i: order.get(heap.cfg.cells[i].role, 4), default=-1)


def _bad_borrow(heap: Heap, promise: Promise, result: int) -> str:
    """The property that a returned or stored borrow breaks, or an empty string."""
    for cell, want in _results(heap, promise, result):
        if cell < 0 or heap.cfg.cells[cell].kind != "ptr" or want.kind not in ("borrow", "whatever", "alias", "slot"):
            continue
        kind = heap.cfg.cells[cell].resource
        obj = heap.get(kind, heap.cells[cell])
        if obj is None or obj[WHY] == REPORTED or want.kind == "alias":
            continue
        if not heap.alive(kind, heap.cells[cell]):
            return {1: "use-after-release", 2: "use-after-consume"}.get(obj[WHY], "noref-escape")
        resource = heap.cfg.resources[kind]
        for fact in want.facts:
            if heap.fact(fact) and fact != resource.freed_after and not obj[BITS + resource.facts.index(fact)]:
                return "noref-escape"
    return ""


def _slot_fits(heap: Heap, change: SlotChange) -> bool:
    kind = heap.cfg.cells[change.cell].resource
    obj = heap.get(kind, heap.cells[change.cell])
    if obj is None or not heap.alive(kind, heap.cells[change.cell]):
        return True
    at = slot_index(heap.cfg.resources[kind], change.slot)
    if obj[at] != change.mode:
        return False
    content = heap.cfg.resources[kind].slots[change.slot].target
    if change.mode == NOREF and not heap.alive(content, obj[at + 1]):
        return False
    return change.mode == EMPTY or change.target < 0 or obj[at + 1] == heap.cells[change.target]


def _out_fits(heap: Heap, out: OutValue) -> bool:
    return _value_fits(heap, out.value, out.cell)


def fitting_promises(heap: Heap, result: int) -> set[str]:
    """The names of the promises that the state at an exit keeps."""
    live = [p for p in heap.cfg.promises if ghost(heap, p.cond)]
    fits = [p for p in live if _value_fits(heap, p.result, result) and _contexts_fit(heap, p)]
    exact = [p for p in fits if all(_count(heap, p, result, o) == 0 for o in _objects(heap))]
    exact = [p for p in exact if not _bad_borrow(heap, p, result)]
    kept = [p for p in exact if all(_slot_fits(heap, s) for s in p.slots if ghost(heap, s.cond))]
    return {p.name for p in kept if all(_out_fits(heap, o) for o in p.outs if ghost(heap, o.cond))}
