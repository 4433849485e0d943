"""Conditions, operations and promises with their cells and contexts numbered in the order in which they are met.

Two edges that differ in these numbers only come out equal.  Named tuples of different classes can be equal, so that keys
have the classes in them.
"""

from typing import Any

from refcheck.graph.cfg import (
    CFG,
    And,
    CheckInit,
    ClearSlot,
    Cmp,
    CmpCells,
    Cond,
    Consume,
    Copy,
    CopySlot,
    Differ,
    DropSlot,
    Enter,
    Exit,
    Forget,
    Havoc,
    Hold,
    HoldSlot,
    IsErr,
    Kill,
    Leave,
    MayBeSame,
    Merge,
    Need,
    NeedCount,
    NeedNone,
    New,
    Not,
    Op,
    Or,
    OutValue,
    Promise,
    PutSlot,
    ReadSlot,
    RefChange,
    Release,
    Require,
    Set,
    SlotChange,
    SlotIs,
    Snapshot,
    Stuck,
    TakeSlot,
    Truth,
    TryHold,
    Unreachable,
    Use,
    UseSlots,
    Valid,
    ValueIs,
    When,
)

Key = tuple[Any, ...]

# For each class the fields that are cells; a negative one means that there is none.
CELLS: dict[type, tuple[int, ...]] = {
    Truth: (0,), IsErr: (0,), Cmp: (0,), CmpCells: (0, 2), SlotIs: (0,), MayBeSame: (0, 1), Differ: (0, 1),
    Set: (0,), Copy: (0, 1), Havoc: (0,), New: (0, 3), ReadSlot: (0, 1), TakeSlot: (0, 1), Use: (0,), Valid: (0,),
    UseSlots: (0,), NeedCount: (0,), Hold: (0,),
    TryHold: (0,), Release: (0,), Consume: (0,), PutSlot: (0, 3), DropSlot: (0,),
    ClearSlot: (0,), HoldSlot: (0,), CopySlot: (0, 2), Enter: (), Leave: (), Need: (), NeedNone: (), Stuck: (),
    Snapshot: (0,), CheckInit: (0,), Merge: (0, 1), Kill: (0,), Forget: (0,), Unreachable: (), Exit: (0,),
}  # fmt: skip
CONTEXTS = {Enter, Leave, Snapshot, NeedNone, Need, New}
CONDITIONS = {Truth, IsErr, Cmp, CmpCells, SlotIs, MayBeSame, Differ}
WRITES = {Set, Copy, Havoc, New, Forget, Snapshot, ReadSlot, TakeSlot, Kill}


class Renamer:
    """The numbers given so far: `cells` and `contexts` map the old number to the new one.

    `classes` are those of all conditions and operations met, `written` the cells (old numbers) that these may change.
    """

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.cells: dict[int, int] = {}
        self.contexts: dict[int, int] = {}
        self.classes: set[type] = set()
        self.written: list[int] = []

    def cell(self, old: int) -> int:
        """The new number of a cell."""
        return self.cells.setdefault(old, len(self.cells)) if old >= 0 else old

    def context(self, old: int) -> int:
        """The new number of a context."""
        return self.contexts.setdefault(old, len(self.contexts))

    def fact(self, fact: int) -> None:
        """Whether the fact holds is asked: its contexts are met."""
        for context in self.cfg.facts[fact].contexts:
            self.context(context)

    def cond(self, cond: Cond) -> Key:
        """The key of a condition; `cond_of` gives the condition with the new numbers."""
        kind = type(cond)
        if kind is And or kind is Or:
            return (kind, *[self.cond(a) for a in cond.args])  # type: ignore[union-attr]
        if kind is Not:
            return (kind, self.cond(cond.arg))  # type: ignore[union-attr]
        return self._leaf(kind, cond)

    def op(self, op: Op) -> Key:
        """The key of an operation; `op_of` gives the operation with the new numbers."""
        kind = type(op)
        if kind is When:
            return (kind, self.cond(op.cond), *[self.op(o) for o in op.ops])  # type: ignore[union-attr]
        if kind is Require:
            return (kind, self.cond(op.cond), *op[1:])  # type: ignore[union-attr]
        return self._leaf(kind, op)

    def _leaf(self, kind: type, value: Cond | Op) -> Key:
        """The class, and the fields with the new numbers."""
        values: list[Any] = [kind, *value]
        self.classes.add(kind)
        if kind in WRITES:
            self.written.append(values[1])
        cells = self.cells
        for i in CELLS[kind]:
            old = values[i + 1]
            if old >= 0:
                values[i + 1] = cells.setdefault(old, len(cells))
        if kind in CONTEXTS:
            self._contexts(value, values)  # type: ignore[arg-type]
        return tuple(values)

    def _contexts(self, op: Op, values: list[Any]) -> None:
        """The contexts that an operation reads or changes, and those of the facts that it asks for; `values` is its key."""
        match op:
            case Enter(context) | Leave(context):
                values[1] = self.context(context)
                for f, fact in enumerate(self.cfg.facts):
                    if context in fact.contexts:
                        self.fact(f)
            case Snapshot(_, context):
                values[2] = self.context(context)
            case NeedNone(_, _, contexts):
                values[3] = tuple(self.context(c) for c in contexts)
            case Need(facts):
                for f in facts:
                    self.fact(f)
            case New(cell, how, facts):
                resource = self.cfg.resources[self.cfg.cells[cell].resource]
                asked = [f for f in facts if how == "borrow" and f in resource.facts]
                for f in asked if resource.freed_after is None else [*asked, resource.freed_after]:
                    self.fact(f)
            case _:
                pass

    def promise(self, p: Promise) -> Promise:
        """A promise; compare promises by `key()`."""
        return Promise(
            p.name,
            cond_of(self.cond(p.cond)),
            self._value(p.result),
            tuple(RefChange(self.cell(r.cell), cond_of(self.cond(r.cond)), r.held) for r in p.refs),
            tuple(
                SlotChange(self.cell(s.cell), s.slot, cond_of(self.cond(s.cond)), s.mode, self.cell(s.target))
                for s in p.slots
            ),
            tuple(OutValue(self.cell(o.cell), cond_of(self.cond(o.cond)), self._value(o.value)) for o in p.outs),
            tuple((self.context(c), delta) for c, delta in p.contexts),
            tuple(self.context(c) for c in p.leaves),
        )

    def _value(self, v: ValueIs) -> ValueIs:
        return v._replace(cell=self.cell(v.cell))


def cond_of(key: Key) -> Cond:
    """The condition that has a key."""
    kind = key[0]
    if kind is And or kind is Or:
        return kind(tuple([cond_of(k) for k in key[1:]]))
    return Not(cond_of(key[1])) if kind is Not else kind._make(key[1:])


def op_of(key: Key) -> Op:
    """The operation that has a key."""
    kind = key[0]
    if kind is When:
        return When(cond_of(key[1]), tuple([op_of(k) for k in key[2:]]))
    return Require(cond_of(key[1]), *key[2:]) if kind is Require else kind._make(key[1:])
