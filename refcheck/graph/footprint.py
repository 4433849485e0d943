"""Which cells conditions, operations and promises read and write."""

from refcheck.graph import ops
from refcheck.graph.cfg import OutValue, Promise, RefChange, SlotChange, ValueIs


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


def reads(op: ops.Op) -> set[int]:
    """The cells that an operation reads."""
    match op:
        case ops.Copy(_, src):
            return {src}
        case ops.New(_, _, _, owner):
            return {owner} - {-1}
        case ops.ReadSlot(_, ptr, _) | ops.TakeSlot(_, ptr, _):
            return {ptr}
        case (
            ops.Use(cell)
            | ops.Valid(cell)
            | ops.NeedCount(cell)
            | ops.Hold(cell)
            | ops.TryHold(cell)
            | ops.Release(cell)
            | ops.Consume(cell)
        ):
            return {cell}
        case ops.CheckInit(cell) | ops.UseSlots(cell):
            return {cell}
        case ops.PutSlot(ptr, _, _, src) | ops.CopySlot(ptr, _, src):
            return {ptr, src}
        case ops.DropSlot(ptr) | ops.ClearSlot(ptr) | ops.HoldSlot(ptr):
            return {ptr}
        case ops.Merge(left, right):
            return {left, right}
        case ops.Require(cond):
            return cond_cells(cond)
        case ops.When(cond, todo):
            return cond_cells(cond).union(*(reads(o) for o in todo))
        case ops.Exit(result):
            return {result} - {-1}
        case _:
            return set()


def writes(op: ops.Op) -> set[int]:
    """The cells that an operation certainly writes."""
    match op:
        case ops.Set(cell) | ops.Copy(cell) | ops.Havoc(cell) | ops.New(cell) | ops.Forget(cell) | ops.Snapshot(cell):
            return {cell}
        case ops.ReadSlot(cell) | ops.TakeSlot(cell):
            return {cell}
        case _:
            return set()


def touched(op: ops.Op) -> set[int]:
    """The cells that an operation may write."""
    if isinstance(op, ops.When):
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
