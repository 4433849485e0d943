"""Conditions, operations and promises with their cells and contexts numbered in the order in which they are met.

Two edges that differ in these numbers only come out equal.  Named tuples of different classes can be equal, so that a
key with the classes stands beside each result.
"""

from typing import Any

from refcheck.program import (
    CFG,
    FALSE,
    TRUE,
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
)  # fmt: skip

Key = tuple[object, ...]
KEY_TRUE, KEY_FALSE = (And,), (Or,)

# For each class the fields that are cells; a negative one means that there is none.
CELLS: dict[type, tuple[int, ...]] = {
    Truth: (0,), IsErr: (0,), Cmp: (0,), CmpCells: (0, 2), SlotIs: (0,), MayBeSame: (0, 1), Differ: (0, 1),
    Set: (0,), Copy: (0, 1), Havoc: (0,), New: (0, 3), ReadSlot: (0, 1), TakeSlot: (0, 1), Use: (0,), Valid: (0,),
    UseSlots: (0,), NeedCount: (0,), Hold: (0,),
    TryHold: (0,), Release: (0,), Consume: (0,), PutSlot: (0, 3), DropSlot: (0,),
    ClearSlot: (0,), HoldSlot: (0,), CopySlot: (0, 2), Enter: (), Leave: (), Need: (), NeedNone: (), Stuck: (),
    Snapshot: (0,), CheckInit: (0,), Merge: (0, 1), Kill: (0,), Forget: (0,), Unreachable: (), Exit: (0,),
}  # fmt: skip


class Renamer:
    """The numbers given so far: `cells` and `contexts` map the old number to the new one."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.cells: dict[int, int] = {}
        self.contexts: dict[int, int] = {}

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

    def cond(self, cond: Cond) -> tuple[Cond, Key]:
        """A condition and its key."""
        match cond:
            case And(()):
                return TRUE, KEY_TRUE
            case Or(()):
                return FALSE, KEY_FALSE
            case And(args) | Or(args):
                parts = [self.cond(a) for a in args]
                return type(cond)(tuple(c for c, _ in parts)), (type(cond), *(k for _, k in parts))
            case Not(arg):
                inner, key = self.cond(arg)
                return Not(inner), (Not, key)
            case _:
                values: list[Any] = list(cond)
                for i in CELLS[type(cond)]:
                    values[i] = self.cell(values[i])
                return type(cond)._make(values), (type(cond), *values)

    def op(self, op: Op) -> tuple[Op, Key]:
        """An operation and its key."""
        match op:
            case When(cond, ops):
                test, key = self.cond(cond)
                parts = [self.op(o) for o in ops]
                return When(test, tuple(o for o, _ in parts)), (When, key, *(k for _, k in parts))
            case Require(cond, by, text, prop):
                test, key = self.cond(cond)
                return Require(test, by, text, prop), (Require, key, by, text, prop)
            case _:
                values: list[Any] = list(op)
                for i in CELLS[type(op)]:
                    values[i] = self.cell(values[i])
                self._contexts(op, values)
                return type(op)._make(values), (type(op), *values)

    def _contexts(self, op: Op, values: list[Any]) -> None:
        """The contexts that an operation reads or changes, and those of the facts that it asks for."""
        match op:
            case Enter(context) | Leave(context):
                values[0] = self.context(context)
                for f, fact in enumerate(self.cfg.facts):
                    if context in fact.contexts:
                        self.fact(f)
            case Snapshot(_, context):
                values[1] = self.context(context)
            case NeedNone(_, _, contexts):
                values[2] = tuple(self.context(c) for c in contexts)
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
            self.cond(p.cond)[0],
            self._value(p.result),
            tuple(RefChange(self.cell(r.cell), self.cond(r.cond)[0], r.held) for r in p.refs),
            tuple(
                SlotChange(self.cell(s.cell), s.slot, self.cond(s.cond)[0], s.mode, self.cell(s.target)) for s in p.slots
            ),
            tuple(OutValue(self.cell(o.cell), self.cond(o.cond)[0], self._value(o.value)) for o in p.outs),
            tuple((self.context(c), delta) for c, delta in p.contexts),
            tuple(self.context(c) for c in p.leaves),
        )

    def _value(self, v: ValueIs) -> ValueIs:
        return v._replace(cell=self.cell(v.cell))
