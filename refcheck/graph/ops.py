# SPDX-License-Identifier: GPL-2.0-only
"""Conditions and operations: what edges ask and do.

What each of them reads, writes and owes is said beside its class, and nowhere else (see footprint.py).
"""

import operator
from typing import get_args

from refcheck.base.named import NamedTuple
from refcheck.graph.footprint import FOOTPRINTS, does

# ---------------------------------------------------------------------------------------------- conditions


@does(inner="args", plain=True)
class And(NamedTuple):
    """All of the conditions, left to right with short circuit; And(()) is true."""

    args: tuple["Cond", ...]


@does(inner="args", plain=True)
class Or(NamedTuple):
    """One of the conditions, left to right with short circuit; Or(()) is false."""

    args: tuple["Cond", ...]


@does(inner="arg", plain=True)
class Not(NamedTuple):
    """Negation."""

    arg: "Cond"


@does(reads="cell", plain=True)
class Truth(NamedTuple):
    """The cell is not 0."""

    cell: int


@does(reads="cell", plain=True)
class IsErr(NamedTuple):
    """The pointer is an ERR_PTR."""

    cell: int


@does(reads="cell", plain=True)
class Cmp(NamedTuple):
    """The cell compared with a constant."""

    cell: int
    op: str
    value: int


@does(reads="left right", plain=True)
class CmpCells(NamedTuple):
    """Two integer cells compared; two members of one class may compare either way."""

    left: int
    op: str
    right: int


@does(reads="cell", owes=("broken-contract",))
class SlotIs(NamedTuple):
    """The slot of the object that the pointer names is in one of the modes."""

    cell: int
    slot: int
    modes: tuple[int, ...]


@does(reads="left right")
class MayBeSame(NamedTuple):
    """Two pointers can be equal: the same value, two acquisitions of a shared resource, or two objects that came in."""

    left: int
    right: int


@does(reads="left right", plain=True)
class Differ(NamedTuple):
    """Two pointers are not the same value."""

    left: int
    right: int


Cond = And | Or | Not | Truth | IsErr | Cmp | CmpCells | SlotIs | MayBeSame | Differ
TRUE, FALSE = And(()), Or(())

# ---------------------------------------------------------------------------------------------- terms


@does(reads="cell", plain=True)
class ValueOf(NamedTuple):
    """The number in a cell."""

    cell: int


@does(plain=True)
class Constant(NamedTuple):
    """A number."""

    value: int


@does(inner="left right", plain=True)
class Calculated(NamedTuple):
    """`+ - * & | ^ << >>` on 32 bits, signed: what overflows wraps around, a shift by no number of bits is any number."""

    op: str
    left: "IntTerm"
    right: "IntTerm"


IntTerm = ValueOf | Constant | Calculated

# ---------------------------------------------------------------------------------------------- operations

# What touching an object can break, once its pointer is valid; and what giving one of its references away can.
ENDED = ("use-after-release", "use-after-consume", "noref-escape")
TOUCHING = ("bad-pointer", *ENDED)
LOOKING = ("broken-contract", *TOUCHING)  # into a slot, of which the contract may not speak
_FREEING = ("leaked-ref", "bad-pointer", "release-of-borrowed", "double-release", "use-after-release", "use-after-consume")
_CONSUMING = ("bad-pointer", "release-of-borrowed", "use-after-release", "use-after-consume", "noref-escape")
_MAKING = {"hold": ("leaked-ref",), "owner": ENDED}


@does(writes="cell", plain=True)
class Set(NamedTuple):
    """cell := constant (UNINIT, NULL and ERR_PTR codes included)."""

    cell: int
    value: int


@does(reads="src", writes="cell", plain=True, owes=("bad-pointer",))
class Copy(NamedTuple):
    """cell := src, which must be initialised."""

    cell: int
    src: int


@does(writes="cell", plain=True)
class Havoc(NamedTuple):
    """cell := any of the representatives (each stands for a class of integers that the program cannot tell apart)."""

    cell: int
    values: tuple[int, ...]


@does(reads="owner", writes="cell", facts="facts", owes=lambda op: _MAKING.get(op.how, ()))
class New(NamedTuple):
    """cell := a new object.

    `how` is hold, borrow (until `facts`), owner (as long as `owner` lives), or how it came in: handed over, lent, firm,
    counted, kept (see cfg.py), or dead, where nothing is known of it;
    immortal, which lasts for ever.
    """

    cell: int
    how: str
    facts: tuple[int, ...] = ()
    owner: int = -1


@does(reads="ptr", writes="cell", owes=LOOKING)
class ReadSlot(NamedTuple):
    """cell := what the slot points to, NULL when it is empty."""

    cell: int
    ptr: int
    slot: int


@does(reads="ptr", writes="cell", owes=LOOKING)
class TakeSlot(NamedTuple):
    """cell := what the slot points to, with the slot's reference; the slot is empty afterwards."""

    cell: int
    ptr: int
    slot: int


@does(reads="cell", owes=TOUCHING)
class Use(NamedTuple):
    """The object is touched: the pointer is valid and something protects the object."""

    cell: int
    nullable: bool = False
    err_ok: bool = False


@does(reads="cell", owes=("bad-pointer",))
class Valid(NamedTuple):
    """The pointer names an object (or is NULL, where that is accepted); nothing is said of its protection."""

    cell: int
    nullable: bool = False


@does(reads="cell", owes=("broken-contract", *ENDED))
class UseSlots(NamedTuple):
    """What the slots of the object hold is good: no borrow that has ended, no content that was released through it."""

    cell: int
    slots: tuple[int, ...]


@does(reads="cell", owes=("hold-of-borrowed", *TOUCHING))
class NeedCount(NamedTuple):
    """The object is known to have a positive count: held, or lent by somebody who holds it."""

    cell: int


@does(reads="cell", owes=ENDED)
class NeedFirm(NamedTuple):
    """Not only a reader section keeps the object, if there is one: nobody else empties its slots meanwhile."""

    cell: int


@does(reads="cell", owes=("release-of-borrowed",))
class NeedOwn(NamedTuple):
    """A reference on the object, if there is one, is this path's own: not one that a slot owns."""

    cell: int


@does(reads="cell")
class Grant(NamedTuple):
    """What was lent with the entry is handed over: one reference of this path more, and no lender."""

    cell: int


@does(reads="cell", owes=("hold-of-borrowed", *TOUCHING))
class Hold(NamedTuple):
    """A plain increment: right only where the count is known to be positive."""

    cell: int


@does(reads="cell", owes=TOUCHING)
class TryHold(NamedTuple):
    """A successful try-conversion: right while the memory is valid."""

    cell: int


@does(reads="cell", owes=("bad-pointer", "release-of-borrowed", "double-release", "use-after-release", "use-after-consume"))
class Release(NamedTuple):
    """One reference of this path is given back."""

    cell: int
    nullable: bool = False


@does(reads="cell", owes=lambda op: (*_FREEING, "broken-contract") if op.unseen else _FREEING)
class Free(NamedTuple):
    """The memory goes with the reference of this path, whatever the count says; what its slots own is lost.

    Of a shared resource what others found may be the same object.  `unseen`: so may be what a caller has, who would not
    know; what did not come in is not freed.
    """

    cell: int
    nullable: bool = False
    unseen: bool = False


@does(reads="cell", owes=lambda op: _CONSUMING if op.queued else _CONSUMING[:-1])
class Consume(NamedTuple):
    """One reference of this path is handed over; queued objects outlive the section, so their slots must own."""

    cell: int
    nullable: bool = False
    queued: bool = False


@does(reads="ptr")
class Unspoken(NamedTuple):
    """The contract says nothing of the slot of an object that came in."""

    ptr: int
    slot: int


@does(reads="ptr src", owes=("leaked-ref", *LOOKING))
class PutSlot(NamedTuple):
    """The slot takes src: with a reference of this path (owned) or as a borrow.

    Where it is to `replace`, what the slot owned is this path's again, and a borrow is put in whether or not it has ended.
    """

    ptr: int
    slot: int
    owned: bool
    src: int
    replace: bool = False


@does(reads="ptr", owes=("double-release", *LOOKING))
class DropSlot(NamedTuple):
    """The slot's reference (if it owns one) is released; the slot is empty afterwards."""

    ptr: int
    slot: int


@does(reads="ptr", owes=LOOKING)
class ClearSlot(NamedTuple):
    """The slot is overwritten with NULL: a reference it owned becomes this path's own."""

    ptr: int
    slot: int


@does(reads="ptr", owes=LOOKING)
class HoldSlot(NamedTuple):
    """A borrow in the slot becomes a reference (the successful arm of a try-conversion)."""

    ptr: int
    slot: int


@does(contexts="context")
class Enter(NamedTuple):
    """One more level of the context."""

    context: int


@does(contexts="context", owes=("unbalanced-context",))
class Leave(NamedTuple):
    """One level less; going below what the caller entered is an error unless the contract says so."""

    context: int


@does(facts="facts")
class Revoke(NamedTuple):
    """What was lent for sections of the facts ends, though they go on: this path takes it out of where it was found."""

    facts: tuple[int, ...]


@does(words="by", plain=True, owes=("broken-contract",))
class Stuck(NamedTuple):
    """No outcome of the callee's contract fits: reported, and the path ends."""

    by: str


@does(writes="cell", contexts="context", plain=True)
class Snapshot(NamedTuple):
    """cell := the level of the context."""

    cell: int
    context: int


@does(facts="facts", words="by", plain=True, owes=("missing-context",))
class Need(NamedTuple):
    """One of the facts holds."""

    facts: tuple[int, ...]
    by: str


@does(contexts="contexts", words="by", plain=True, owes=("missing-context",))
class NeedNone(NamedTuple):
    """None of the contexts is entered, the callee may sleep; not `allowed` where callers of the function may be atomic."""

    by: str
    allowed: bool
    contexts: tuple[int, ...]


@does(inner="cond", words="by text", plain=True, owes=lambda op: (op.property,))
class Require(NamedTuple):
    """The callee's precondition holds; `text` is the condition as written, `property` what breaking it amounts to."""

    cond: "Cond"
    by: str
    text: str
    property: str


@does(reads="cell", plain=True, owes=("bad-pointer",))
class CheckInit(NamedTuple):
    """The cell has been written."""

    cell: int


@does(inner="left right", plain=True)
class Suppose(NamedTuple):
    """The path is taken only where two terms compare so; of which integers a class has, the meaning of steps knows nothing.

    It does nothing to a state: what follows from it is for the refinement to say (refinement/).
    """

    left: IntTerm
    op: str
    right: IntTerm


@does(reads="left right")
class Merge(NamedTuple):
    """The pointers were found equal: two acquisitions of one object become one object that is held by both."""

    left: int
    right: int


@does(forgets="cell", plain=True)
class Kill(NamedTuple):
    """The cell is not read again: it is forgotten, unless it names an object that this path still holds.

    A container whose slots own something is kept too: what they own may be alive by that alone.
    """

    cell: int


@does(writes="cell", plain=True)
class Forget(NamedTuple):
    """The variable ends with its scope: its name is gone, whatever it names."""

    cell: int


@does(words="text", plain=True, owes=("sanity",))
class Unreachable(NamedTuple):
    """The model claims that nothing comes here."""

    text: str


@does(inner="cond ops", plain=True)
class When(NamedTuple):
    """The operations, where the condition holds."""

    cond: Cond
    ops: tuple["Op", ...]


@does(reads="result", owes=("leaked-ref", "unbalanced-context", "broken-contract"))
class Exit(NamedTuple):
    """The function returns; `result` is the cell with its value, -1 for none."""

    result: int


ReferenceOp = (
    New | Use | Valid | NeedCount | NeedFirm | NeedOwn | Grant | Hold | TryHold | Release | Free | Consume | Merge | Kill
)  # fmt: skip
SlotOp = Unspoken | UseSlots | ReadSlot | TakeSlot | PutSlot | DropSlot | ClearSlot | HoldSlot
ContextOp = Enter | Leave | Revoke | Snapshot | Need | NeedNone
Op = (
    ReferenceOp | SlotOp | ContextOp
    | Set | Copy | Havoc | Forget | CheckInit | Require | Suppose | Unreachable | Stuck | When | Exit
)  # fmt: skip
_SILENT = [kind.__name__ for kind in (*get_args(Cond), *get_args(Op)) if kind not in FOOTPRINTS]
assert not _SILENT, f"what do these read, write and owe?  say it by `does`: {_SILENT}"


COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


CALCULATE = ("+", "-", "*", "&", "|", "^", "<<", ">>")


def compare(op: str, left: int, right: int) -> bool:
    """The integer comparison `left op right`."""
    return bool(COMPARE[op](left, right))


def flat(ops: tuple[Op, ...]) -> list[Op]:
    """All operations, those under conditions included."""
    return [x for op in ops for x in (flat(op.ops) if isinstance(op, When) else [op])]


def choices(todo: tuple[Op, ...]) -> list[Havoc]:
    """The free choices of an edge, in order."""
    return [op for op in todo if isinstance(op, Havoc)]


def key(value: object) -> str:
    """A text that is equal for equal conditions and operations only (their classes count)."""
    return repr(value)
