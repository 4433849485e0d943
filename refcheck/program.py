"""The intermediate representation: resources, cells, conditions, operations and control-flow graphs.

A CFG is a control-flow automaton: locations are numbers, edges carry a guard and operations.  A contract outcome is
an edge, so that a step of a trace names the outcome taken.  Every cell, condition and operation is an immutable
named tuple; because named tuples of different classes can be equal, use `key()` where operations are compared.

Values of cells are integers.  bool: 0 or 1.  int: itself.  Pointers, as in the kernel: 0 is NULL, a negative
number is ERR_PTR of that code, a positive number n is object n of the pool of its resource.  UNINIT is a value that
was never written.
"""

import operator
from typing import TYPE_CHECKING, NamedTuple

from refcheck.source import Span

if TYPE_CHECKING:
    import networkx as nx

UNINIT = 1 << 20
LEAST, MOST = -(1 << 16), 1 << 16

# Slot modes.  STALE: the slot's reference was released through the slot, which still points there.
EMPTY, NOREF, OWNED, STALE = 0, 1, 2, 3
MODES = {"empty": EMPTY, "noref": NOREF, "owned": OWNED, "stale": STALE}

# How a caller lends an object: NOT_LENT, LENT (alive, but perhaps only borrowed by the caller), COUNTED (the caller
# holds a reference, so that a plain hold is right).
NOT_LENT, LENT, COUNTED = 0, 1, 2

# Why an object lost its last protection, to name the property; REPORTED silences what follows from a finding.
NONE, RELEASED, CONSUMED, EXPIRED, REPORTED = 0, 1, 2, 3, 4


class Slot(NamedTuple):
    """A field of a resource that can hold an object, owned or borrowed."""

    name: str
    target: int


class Resource(NamedTuple):
    """A counted object; `facts` are the protections a borrow of it can have, `freed_after` the one its free waits for.

    `owners` are the resources that can lend it for their own lifetime (`borrow(parameter)`).
    """

    name: str
    slots: tuple[Slot, ...]
    freed_after: int | None
    shared: bool
    embeds: tuple[str, ...]
    facts: tuple[int, ...]
    owners: tuple[int, ...]


# Object fields, as indices into the tuple that stands for an object; then one bit per fact of its resource, then
# (mode, target) per slot.
REFS, LENDING, WHY, OWNER_KIND, OWNER = 0, 1, 2, 3, 4
BITS = 5


def slot_index(resource: Resource, slot: int) -> int:
    """Where the mode of a slot stands in the tuple of an object; its target stands just behind."""
    return BITS + len(resource.facts) + 2 * slot


class Fact(NamedTuple):
    """Holds while one of its contexts is entered."""

    name: str
    contexts: tuple[int, ...]


class Cell(NamedTuple):
    """A variable: kind is int, bool or ptr (then `resource` is an index); role is local, param, ghost, temp, config."""

    name: str
    kind: str
    resource: int
    role: str
    function: str


# ---------------------------------------------------------------------------------------------- conditions


class And(NamedTuple):
    """All of the conditions, left to right with short circuit; And(()) is true."""

    args: tuple["Cond", ...]


class Or(NamedTuple):
    """One of the conditions, left to right with short circuit; Or(()) is false."""

    args: tuple["Cond", ...]


class Not(NamedTuple):
    """Negation."""

    arg: "Cond"


class Truth(NamedTuple):
    """The cell is not 0."""

    cell: int


class IsErr(NamedTuple):
    """The pointer is an ERR_PTR."""

    cell: int


class Cmp(NamedTuple):
    """The cell compared with a constant."""

    cell: int
    op: str
    value: int


class CmpCells(NamedTuple):
    """Two integer cells compared; two members of one class may compare either way."""

    left: int
    op: str
    right: int


class SlotIs(NamedTuple):
    """The slot of the object that the pointer names is in one of the modes."""

    cell: int
    slot: int
    modes: tuple[int, ...]


class MayBeSame(NamedTuple):
    """Two pointers can be equal: the same value, or two acquisitions of a shared resource."""

    left: int
    right: int


class Differ(NamedTuple):
    """Two pointers are not the same value."""

    left: int
    right: int


Cond = And | Or | Not | Truth | IsErr | Cmp | CmpCells | SlotIs | MayBeSame | Differ
TRUE, FALSE = And(()), Or(())

# ---------------------------------------------------------------------------------------------- operations


class Set(NamedTuple):
    """cell := constant (UNINIT, NULL and ERR_PTR codes included)."""

    cell: int
    value: int


class Copy(NamedTuple):
    """cell := src, which must be initialised."""

    cell: int
    src: int


class Havoc(NamedTuple):
    """cell := any of the representatives (each stands for a class of integers that the program cannot tell apart)."""

    cell: int
    values: tuple[int, ...]


class New(NamedTuple):
    """cell := a new object; how is hold, lent, counted, borrow (until `facts`) or owner (as long as `owner` lives)."""

    cell: int
    how: str
    facts: tuple[int, ...] = ()
    owner: int = -1


class ReadSlot(NamedTuple):
    """cell := what the slot points to, NULL when it is empty."""

    cell: int
    ptr: int
    slot: int


class TakeSlot(NamedTuple):
    """cell := what the slot points to, with the slot's reference; the slot is empty afterwards."""

    cell: int
    ptr: int
    slot: int


class Use(NamedTuple):
    """The object is touched: the pointer is valid and something protects the object."""

    cell: int
    nullable: bool = False
    err_ok: bool = False


class Valid(NamedTuple):
    """The pointer names an object (or is NULL, where that is accepted); nothing is said of its protection."""

    cell: int
    nullable: bool = False


class NeedCount(NamedTuple):
    """The object is known to have a positive count: held, or lent by somebody who holds it."""

    cell: int


class Hold(NamedTuple):
    """A plain increment: right only where the count is known to be positive."""

    cell: int


class TryHold(NamedTuple):
    """A successful try-conversion: right while the memory is valid."""

    cell: int


class Release(NamedTuple):
    """One reference of this path is given back."""

    cell: int
    nullable: bool = False


class Consume(NamedTuple):
    """One reference of this path is handed over; queued objects outlive the section, so their slots must own."""

    cell: int
    nullable: bool = False
    queued: bool = False


class PutSlot(NamedTuple):
    """The slot takes src: with a reference of this path (owned) or as a borrow."""

    ptr: int
    slot: int
    owned: bool
    src: int
    replace: bool = False


class DropSlot(NamedTuple):
    """The slot's reference (if it owns one) is released; the slot is empty afterwards."""

    ptr: int
    slot: int


class ClearSlot(NamedTuple):
    """The slot is overwritten with NULL: a reference it owned becomes this path's own."""

    ptr: int
    slot: int


class HoldSlot(NamedTuple):
    """A borrow in the slot becomes a reference (the successful arm of a try-conversion)."""

    ptr: int
    slot: int


class CopySlot(NamedTuple):
    """The slot becomes a duplicate of another: a borrow stays one, an owned content is held once more."""

    ptr: int
    slot: int
    src: int
    src_slot: int


class Enter(NamedTuple):
    """One more level of the context."""

    context: int


class Leave(NamedTuple):
    """One level less; going below what the caller entered is an error unless the contract says so."""

    context: int


class Snapshot(NamedTuple):
    """cell := the level of the context."""

    cell: int
    context: int


class Need(NamedTuple):
    """One of the facts holds."""

    facts: tuple[int, ...]
    by: str


class NeedNone(NamedTuple):
    """None of the contexts is entered, the callee may sleep; not `allowed` where callers of the function may be atomic."""

    by: str
    allowed: bool
    contexts: tuple[int, ...]


class Require(NamedTuple):
    """The callee's precondition holds; `text` is the condition as written, `property` what breaking it amounts to."""

    cond: "Cond"
    by: str
    text: str
    property: str


class CheckInit(NamedTuple):
    """The cell has been written."""

    cell: int


class Merge(NamedTuple):
    """The pointers were found equal: two acquisitions of one object become one object that is held by both."""

    left: int
    right: int


class Kill(NamedTuple):
    """The cell is not read again: it is forgotten, unless it names an object that this path still holds."""

    cell: int


class Forget(NamedTuple):
    """The variable ends with its scope: its name is gone, whatever it names."""

    cell: int


class Unreachable(NamedTuple):
    """The model claims that nothing comes here."""

    text: str


class When(NamedTuple):
    """The operations, where the condition holds."""

    cond: Cond
    ops: tuple["Op", ...]


class Exit(NamedTuple):
    """The function returns; `result` is the cell with its value, -1 for none."""

    result: int


Op = (
    Set | Copy | Havoc | New | ReadSlot | TakeSlot | Use | Valid | NeedCount | Hold | TryHold | Release | Consume
    | PutSlot | DropSlot | ClearSlot | HoldSlot | CopySlot | Enter | Leave | Need | NeedNone | CheckInit | Merge
    | Kill | Forget | Unreachable | Require | Snapshot | When | Exit
)  # fmt: skip


_COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def compare(op: str, left: int, right: int) -> bool:
    """The integer comparison `left op right`."""
    return bool(_COMPARE[op](left, right))


def flat(ops: tuple[Op, ...]) -> list[Op]:
    """All operations, those under conditions included."""
    return [x for op in ops for x in (flat(op.ops) if isinstance(op, When) else [op])]


def key(value: object) -> str:
    """A text that is equal for equal conditions and operations only (their classes count)."""
    return repr(value)


# ---------------------------------------------------------------------------------------------- contracts at an exit


class RefChange(NamedTuple):
    """On this exit the caller's object behind `cell` has `held` references, where the condition (on entry) holds."""

    cell: int
    cond: Cond
    held: int


class SlotChange(NamedTuple):
    """On this exit the slot of the object behind `cell` is in `mode`, naming what `target` names (-1: empty)."""

    cell: int
    slot: int
    cond: Cond
    mode: int
    target: int


class ValueIs(NamedTuple):
    """What a returned or stored value must be.

    kind: `void`, `values` (one of the representatives), `hold`, `borrow` (facts), `alias` (what cell named on
    entry), `slot` (what the slot of cell names), `unwritten`.
    """

    kind: str
    values: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()
    cell: int = -1
    slot: int = -1


class OutValue(NamedTuple):
    """What must stand in an out-parameter on this exit, where the condition (on entry) holds."""

    cell: int
    cond: Cond
    value: ValueIs


class Promise(NamedTuple):
    """One outcome of the contract as the body must keep it; conditions read ghost cells of the entry."""

    name: str
    cond: Cond
    result: ValueIs
    refs: tuple[RefChange, ...]
    slots: tuple[SlotChange, ...]
    outs: tuple[OutValue, ...]
    contexts: tuple[tuple[int, int], ...]
    leaves: tuple[int, ...]


# ---------------------------------------------------------------------------------------------- graphs


class Edge(NamedTuple):
    """src --guard / ops--> dst.  `text` says in the user's words what happens; `outcome` names a contract outcome.

    `kind` is entry, statement, call, outcome, branch, choice, exit or join; `line` is the kernel line of the model.
    """

    number: int
    src: int
    dst: int
    guard: Cond
    ops: tuple[Op, ...]
    span: Span
    text: str
    kind: str
    outcome: str = ""
    line: int = 0
    callee: str = ""
    stack: tuple[str, ...] = ()


class CFG(NamedTuple):
    """One function in one entry context, ready to be verified.

    `floor` is the level of each context on entry, unless `floor_cells` names a ghost cell that has it (-1: none).
    `dip_cells` has, for each context that the contract lets the body leave, the ghost cell that tells whether it
    did, and -1 for the others.  `points` are the integers that stand for themselves; others stand for a class.
    """

    function: str
    entry: str
    cells: tuple[Cell, ...]
    resources: tuple[Resource, ...]
    contexts: tuple[str, ...]
    facts: tuple[Fact, ...]
    edges: tuple[Edge, ...]
    start: int
    exit: int
    locations: int
    floor: tuple[int, ...]
    floor_cells: tuple[int, ...]
    dip_cells: tuple[int, ...]
    promises: tuple[Promise, ...]
    points: tuple[int, ...]
    span: Span

    def out_edges(self) -> list[list[Edge]]:
        """For each location the edges that leave it, in order."""
        out: list[list[Edge]] = [[] for _ in range(self.locations)]
        for edge in self.edges:
            out[edge.src].append(edge)
        return out

    def graph(self) -> "nx.MultiDiGraph[int]":
        """The networkx view: nodes are locations, each edge carries its Edge as `edge`."""
        import networkx as nx

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(name=self.function)
        graph.add_nodes_from(range(self.locations))
        for e in self.edges:
            graph.add_edge(e.src, e.dst, key=e.number, edge=e)
        return graph

