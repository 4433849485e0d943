# SPDX-License-Identifier: GPL-2.0-only
"""The intermediate representation: resources, cells, conditions, operations and control-flow graphs.

A CFG is a control-flow automaton: locations are numbers, edges carry a guard and operations.  A contract outcome is
an edge, so that a step of a trace names the outcome taken.  Every cell, condition and operation is an immutable
named tuple; because named tuples of different classes can be equal, use `key()` where operations are compared.

Values of cells are integers.  bool: 0 or 1.  int: itself.  Pointers, as in the kernel: 0 is NULL, a negative
number is ERR_PTR of that code, a positive number n is object n of the pool of its resource.  UNINIT is a value that
was never written.
"""

from typing import TYPE_CHECKING

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.footprint import reads, touched

if TYPE_CHECKING:
    import networkx as nx

UNINIT = 1 << 20
LEAST, MOST = -(1 << 16), 1 << 16

# Slot modes.  STALE: the slot's reference was released through the slot, which still points there.  UNSPOKEN: the contract
# says nothing of the slot, so that the body keeps its hands off.
EMPTY, NOREF, OWNED, STALE, UNSPOKEN = 0, 1, 2, 3, 4
MODES = {"empty": EMPTY, "noref": NOREF, "owned": OWNED, "stale": STALE}


class Slot(NamedTuple):
    """A field of a resource that can hold an object, owned or borrowed; readers find it there where it is published."""

    name: str
    target: int
    published: bool


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


class Fact(NamedTuple):
    """Holds while one of its contexts is entered.

    A reader section delays a free; anything else that a borrow can last for (a lock) keeps the lender's reference.
    """

    name: str
    contexts: tuple[int, ...]
    reader: bool


class Cell(NamedTuple):
    """A variable: kind is int, bool or ptr (then `resource` is an index); role is local, param, ghost, temp, config.

    `members` are the enumerators of an enum, by their values.
    """

    name: str
    kind: str
    resource: int
    role: str
    function: str
    members: tuple[str, ...] = ()


class EntryLevel(NamedTuple):
    """How often a context is entered on entry of the function: `level`, or what the ghost cell `cell` has (-1: none).

    Where the contract lets the body leave the context that far, the ghost cell `left` tells whether it did; otherwise -1.
    """

    level: int = 0
    cell: int = -1
    left: int = -1


# ---------------------------------------------------------------------------------------------- contracts at an exit


class Promise(NamedTuple):
    """One outcome of the contract as the body must keep it: what it does to the state in which the function was entered.

    `cond` is asked of that state; the operations are those of a call, in the cells of the entry.
    """

    name: str
    cond: ops.Cond
    ops: tuple[ops.Op, ...]


class Came(NamedTuple):
    """What an exit needs to know of the entry.

    `kept` are the cells that still have what came in (scalars, pointers, modes of slots); `built` makes the objects of the
    entry out of them, which `names` name then and now, and says that nothing was left or revoked.  `outs` are the
    out-parameters, `revoked` the ghost cells that tell of which facts the body ended what is lent for them.  Where `free`,
    there is no contract: what goes back in the result and the out-parameters is for the function to say.
    """

    kept: tuple[int, ...]
    built: tuple[ops.Op, ...]
    names: tuple[int, ...]
    outs: tuple[int, ...]
    revoked: tuple[int, ...]
    free: bool


def promise_cells(promises: tuple[Promise, ...]) -> set[int]:
    """The cells that promises read and write."""
    return set[int]().union(*(reads(x) | (set() if x is p.cond else touched(x)) for p in promises for x in (p.cond, *p.ops)))


def exit_cells(cfg: "CFG") -> set[int]:
    """The cells that the exit check of a graph looks at, its result aside."""
    came = cfg.came
    built = set[int]().union(*(reads(op) | touched(op) for op in came.built))
    return promise_cells(cfg.promises) | built | level_cells(cfg) | {*came.kept, *came.names, *came.outs, *came.revoked}


def level_cells(cfg: "CFG") -> set[int]:
    """The cells that have to do with the levels of contexts on entry."""
    return {cell for level in cfg.levels for cell in (level.cell, level.left) if cell >= 0}


# ---------------------------------------------------------------------------------------------- graphs


class Edge(NamedTuple):
    """src --guard / ops--> dst.  `text` says in the user's words what happens; `outcome` names a contract outcome.

    `kind` is entry, statement, call, outcome, branch, choice, exit or join; `line` is the kernel line of the model.
    """

    number: int
    src: int
    dst: int
    guard: ops.Cond
    ops: tuple[ops.Op, ...]
    span: Span
    text: str
    kind: str
    outcome: str = ""
    line: int = 0
    callee: str = ""
    stack: tuple[str, ...] = ()


class CFG(NamedTuple):
    """One function in one entry context, ready to be verified.

    `levels` has the level of each context on entry.  `points` are the integers that stand for themselves; others stand
    for a class.
    `unreachable` are edges of the user's statements that the graph lacks because no path comes to them, outermost first.
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
    levels: tuple[EntryLevel, ...]
    promises: tuple[Promise, ...]
    came: Came
    points: tuple[int, ...]
    span: Span
    unreachable: tuple[Edge, ...] = ()

    def resource_of(self, cell: int) -> str:
        """The resource of the objects that a cell names; empty where it names none, or is none (-1)."""
        kind = self.cells[cell].resource if cell >= 0 else -1
        return self.resources[kind].name if kind >= 0 else ""

    def out_edges(self) -> list[list[Edge]]:
        """For each location the edges that leave it, in order."""
        out: list[list[Edge]] = [[] for _ in range(self.locations)]
        for edge in self.edges:
            out[edge.src].append(edge)
        return out

    def graph(self) -> "nx.MultiDiGraph[int]":
        """The networkx view: nodes are locations, each edge carries its Edge as `edge`."""
        import networkx as nx  # noqa: PLC0415  100 ms

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(name=self.function)
        graph.add_nodes_from(range(self.locations))
        for e in self.edges:
            graph.add_edge(e.src, e.dst, key=e.number, edge=e)
        return graph

