# SPDX-License-Identifier: GPL-2.0-only
"""The graph under construction: locations, cells and edges, and what the lowering of one function remembers."""

from collections.abc import Iterator
from contextlib import contextmanager

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import Cell, Edge
from refcheck.lower.tables import Tables
from refcheck.syntax import code


class Operand(NamedTuple):
    """A value during lowering: a cell, a constant (cell -1), or nothing (`none`, a NULL out-argument).

    `type` is int, bool, an enum, a resource, `null` or `err`; `present` is the cell that says whether an out-parameter is
    wanted, -1 where it always is.
    """

    cell: int
    value: int
    type: str
    none: bool = False
    present: int = -1


class NamedCell(NamedTuple):
    """A name in scope: its cell and type; `out` marks an out-parameter (the cell is what it points to).

    `present` is the cell that says whether the out-parameter is not NULL, -1 where it never is.
    """

    cell: int
    type: str
    out: bool
    present: int = -1


class Held(NamedTuple):
    """A guard that is open: the statement that opened it, and the function that closes it."""

    node: code.Guard
    unlock: str


class Scope:
    """A block that is open: its names, its guards in order, and the cells of variables that a jump could find again.

    These variables are known by the identity of their declarations, from the beginning of the block: a jump back may have
    come from behind a declaration that stands further on.
    """

    def __init__(self, node: code.Block | code.Switch, names: dict[str, NamedCell], again: dict[int, int]) -> None:
        self.node = node
        self.names = names
        self.guards: list[Held] = []
        self.again = again


class Builder:
    """Cells and edges of one control-flow graph; `at` is where the next statement starts, `entered` where edges lead.

    `diagnostics` has what is wrong, `undeclared` the variables whose declaration was.  `implied` has the numbers of edges
    that no statement of the text stands for: what ends with a block.  `revoked` has the ghost cells that tell, by the name
    of a fact, whether what is lent for it has ended; none where nobody is to be told.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.cells: list[Cell] = []
        self.edges: list[Edge] = []
        self.entered: set[int] = set()
        self.implied: set[int] = set()
        self.locations = 2
        self.at = 0
        self.exit = 1
        self.diagnostics: list[Diagnostic] = []
        self.undeclared: set[str] = set()
        self.configs: dict[str, int] = {}
        self.revoked: dict[str, int] = {}
        self.stack: tuple[str, ...] = ()

    def fail(self, code: str, message: str, span: Span, help_text: str = "") -> InputError:
        """An input error to raise."""
        return InputError([error(code, message, span, help_text)])

    def keep(self, e: InputError) -> None:
        """Keep what is wrong, each once."""
        self.diagnostics += [d for d in e.diagnostics if d not in self.diagnostics]

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What is wrong in here is kept, and it goes on behind it."""
        try:
            yield
        except InputError as e:
            self.keep(e)

    def location(self) -> int:
        """A new location."""
        self.locations += 1
        return self.locations - 1

    def cell(self, name: str, kind: str, role: str) -> int:
        """A new cell; kind is int, bool, an enum or a resource."""
        resource = -1
        if kind in self.tables.decl.resources:
            resource = self.tables.resource(kind)
        shape = "ptr" if resource >= 0 else "bool" if kind == "bool" else "int"
        enum = self.tables.decl.enums.get(kind)
        function = self.stack[-1] if self.stack else ""
        self.cells.append(Cell(name, shape, resource, role, function, enum.members if enum else ()))
        return len(self.cells) - 1

    def edge(
        self, dst: int, span: Span, text: str, kind: str, todo: tuple[ops.Op, ...] = (), guard: ops.Cond = ops.TRUE,
        outcome: str = "", line: int = 0, callee: str = "", src: int | None = None,
    ) -> None:  # fmt: skip
        """An edge from `src` (by default from `at`) to `dst`."""
        start = self.at if src is None else src
        self.entered.add(dst)
        self.edges.append(
            Edge(len(self.edges), start, dst, guard, todo, span, text, kind, outcome, line, callee, self.stack)
        )

    def then(
        self, span: Span, text: str, kind: str, todo: tuple[ops.Op, ...], line: int = 0, callee: str = "",
        guard: ops.Cond = ops.TRUE,
    ) -> None:  # fmt: skip
        """An edge to a new location, where the next statement starts."""
        dst = self.location()
        self.edge(dst, span, text, kind, todo, guard, line=line, callee=callee)
        self.at = dst

    def config(self, name: str) -> int:
        """The cell of a build option."""
        if name not in self.configs:
            self.configs[name] = self.cell(f"config({name})", "bool", "config")
        return self.configs[name]

    def values_of(self, kind: str) -> tuple[int, ...]:
        """All values that a scalar of a kind can have, one of each class."""
        if kind == "bool":
            return (0, 1)
        if kind in self.tables.decl.enums:
            return tuple(self.tables.decl.constants[m] for m in self.tables.decl.enums[kind].members)
        return self.tables.integers
