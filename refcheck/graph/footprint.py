"""Which cells conditions, operations and promises read and write."""

from refcheck.graph.cfg import (
    CheckInit,
    ClearSlot,
    Consume,
    Copy,
    CopySlot,
    DropSlot,
    Exit,
    Forget,
    Havoc,
    Hold,
    HoldSlot,
    Merge,
    NeedCount,
    New,
    Op,
    OutValue,
    Promise,
    PutSlot,
    ReadSlot,
    RefChange,
    Release,
    Require,
    Set,
    SlotChange,
    Snapshot,
    TakeSlot,
    TryHold,
    Use,
    UseSlots,
    Valid,
    ValueIs,
    When,
)


def cond_cells(cond: object) -> set[int]:
    """The cells that a condition reads."""
    found: set[int] = set()
    todo = [cond]
    while todo:
        c = todo.pop()
        if hasattr(c, "cell"):
            found.add(c.cell)
        elif hasattr(c, "left"):
            found |= {c.left, c.right}  # type: ignore[attr-defined]
        elif hasattr(c, "args"):
            todo.extend(c.args)
        elif hasattr(c, "arg"):
            todo.append(c.arg)
    return found


def reads(op: Op) -> set[int]:
    """The cells that an operation reads."""
    match op:
        case Copy(_, src):
            return {src}
        case New(_, _, _, owner):
            return {owner} - {-1}
        case ReadSlot(_, ptr, _) | TakeSlot(_, ptr, _):
            return {ptr}
        case Use(cell) | Valid(cell) | NeedCount(cell) | Hold(cell) | TryHold(cell) | Release(cell) | Consume(cell):
            return {cell}
        case CheckInit(cell) | UseSlots(cell):
            return {cell}
        case PutSlot(ptr, _, _, src) | CopySlot(ptr, _, src):
            return {ptr, src}
        case DropSlot(ptr) | ClearSlot(ptr) | HoldSlot(ptr):
            return {ptr}
        case Merge(left, right):
            return {left, right}
        case Require(cond):
            return cond_cells(cond)
        case When(cond, ops):
            return cond_cells(cond).union(*(reads(o) for o in ops))
        case Exit(result):
            return {result} - {-1}
        case _:
            return set()


def writes(op: Op) -> set[int]:
    """The cells that an operation certainly writes."""
    match op:
        case Set(cell) | Copy(cell) | Havoc(cell) | New(cell) | Forget(cell) | Snapshot(cell):
            return {cell}
        case ReadSlot(cell) | TakeSlot(cell):
            return {cell}
        case _:
            return set()


def touched(op: Op) -> set[int]:
    """The cells that an operation may write."""
    if isinstance(op, When):
        return set[int]().union(*(touched(o) for o in op.ops))
    return writes(op)


def promise_cells(promises: tuple[Promise, ...]) -> set[int]:
    """The cells that the exit check reads."""
    found: set[int] = set()
    for p in promises:
        found |= cond_cells(p.cond)
        parts: list[RefChange | SlotChange | OutValue] = [*p.refs, *p.slots, *p.outs]
        for part in parts:
            found |= {part.cell} | cond_cells(part.cond)
            if isinstance(part, SlotChange):
                found.add(part.target)
        values: list[ValueIs] = [p.result, *(o.value for o in p.outs)]
        found |= {v.cell for v in values}
    return found - {-1}
