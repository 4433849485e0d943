"""The properties, and what every operation owes: the list of obligations lives here and nowhere else."""

from collections.abc import Iterator
from typing import NamedTuple

from refcheck.program import (
    CFG,
    CheckInit,
    ClearSlot,
    Cmp,
    CmpCells,
    Consume,
    Copy,
    CopySlot,
    Differ,
    DropSlot,
    Edge,
    Exit,
    Hold,
    HoldSlot,
    IsErr,
    Leave,
    MayBeSame,
    Merge,
    Need,
    NeedCount,
    NeedNone,
    New,
    PutSlot,
    ReadSlot,
    Release,
    Require,
    Set,
    SlotIs,
    Stuck,
    TakeSlot,
    Truth,
    TryHold,
    Unreachable,
    Use,
    UseSlots,
    Valid,
    When,
)  # fmt: skip


class Property(NamedTuple):
    """A property: its name, what it means when it holds, and what it means when it is broken."""

    name: str
    success: str
    failure: str


PROPERTIES = (
    Property("leaked-ref", "every held reference is released or handed on", "a held reference is lost"),
    Property("noref-escape", "no borrow outlives its section", "a borrow is used where its section may have ended"),
    Property("release-of-borrowed", "only held references are given back", "a borrowed reference is given back"),
    Property("double-release", "no reference is given back twice", "a reference is given back twice"),
    Property("use-after-release", "nothing is touched after its release", "an object is touched after its release"),
    Property("use-after-consume", "nothing is touched after it was handed over", "an object is touched after hand-over"),
    Property("hold-of-borrowed", "plain holds are taken on counted objects only", "a plain hold is taken on a borrow"),
    Property("bad-pointer", "no NULL, ERR_PTR or unwritten value is used", "a pointer or flag without value is used"),
    Property("missing-context", "every call has the context it needs", "a call lacks the context it needs"),
    Property("unbalanced-context", "every section is closed once, by its partner", "a section is left open or closed twice"),
    Property("broken-contract", "every exit keeps an outcome of the contract", "an exit that no outcome allows"),
    Property("sanity", "every outcome, branch and exit is reached", "something that nothing reaches"),
)  # fmt: skip
NAMES = tuple(p.name for p in PROPERTIES)
BY_NAME = {p.name: p for p in PROPERTIES}

_TOUCH = ("use-after-release", "use-after-consume", "noref-escape")


def owed(op: object) -> Iterator[str]:
    """The properties that an operation can break."""
    match op:
        case When(_, ops):
            for inner in ops:
                yield from owed(inner)
        case Use() | ReadSlot() | TakeSlot() | ClearSlot() | HoldSlot():
            yield "bad-pointer"
            yield from _TOUCH
        case DropSlot():
            yield from ("bad-pointer", "double-release")
            yield from _TOUCH
        case TryHold():
            yield "bad-pointer"
            yield from _TOUCH
        case UseSlots():
            yield from _TOUCH
        case Hold() | NeedCount():
            yield from ("bad-pointer", "hold-of-borrowed")
            yield from _TOUCH
        case Release():
            yield from ("bad-pointer", "release-of-borrowed", "double-release", "use-after-consume")
        case Consume(_, _, queued):
            yield from ("bad-pointer", "release-of-borrowed", "use-after-release", "use-after-consume")
            if queued:
                yield "noref-escape"
        case PutSlot() | CopySlot():
            yield from ("bad-pointer", "leaked-ref")
            yield from _TOUCH
        case New(_, "hold"):
            yield "leaked-ref"
        case New(_, "owner"):
            yield from _TOUCH
        case Valid() | CheckInit() | Copy():
            yield "bad-pointer"
        case Need() | NeedNone():
            yield "missing-context"
        case Stuck():
            yield "broken-contract"
        case Require(_, _, _, prop):
            yield prop
        case Leave():
            yield "unbalanced-context"
        case Exit():
            yield from ("leaked-ref", "unbalanced-context", "broken-contract")
        case Unreachable():
            yield "sanity"
        case Set() | Merge() | _:
            return


def guard_owes(edge: Edge) -> bool:
    """The guard reads a cell, which must have been written."""
    return isinstance(edge.guard, Truth | IsErr | Cmp | CmpCells | SlotIs | MayBeSame | Differ) or bool(
        getattr(edge.guard, "args", ()) or hasattr(edge.guard, "arg")
    )


def obligations(cfg: CFG) -> dict[str, list[int]]:
    """For each property the numbers of the edges that can break it; code behind `unreachable()` owes nothing."""
    found: dict[str, list[int]] = {name: [] for name in NAMES}
    reached, todo = {cfg.start}, [cfg.start]
    out = cfg.out_edges()
    while todo:
        for edge in out[todo.pop()]:
            claimed = any(isinstance(op, Unreachable) for op in edge.ops)
            if not claimed and edge.dst not in reached:
                reached.add(edge.dst)
                todo.append(edge.dst)
    for edge in cfg.edges:
        if edge.src not in reached:
            continue
        names = {p for op in edge.ops for p in owed(op)}
        if guard_owes(edge):
            names.add("bad-pointer")
        for name in names:
            if edge.kind != "entry" or name == "missing-context":
                found[name].append(edge.number)
    return found
