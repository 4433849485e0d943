# SPDX-License-Identifier: GPL-2.0-only
"""One function in one entry context: from its tree to a CFG that can be verified."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from refcheck.base.diagnostics import InputError, error
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Came, Edge, Promise, exit_cells
from refcheck.lower.builder import Builder
from refcheck.lower.entry import EntryBuilder
from refcheck.lower.finish import add_kills, contract_joins, renumber, unreachable_code
from refcheck.lower.statements import Statements
from refcheck.lower.tables import build_tables, called_by_bodies, reachable
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations
from refcheck.unit.nodes import nodes_of

_MOST_FRAMES = 10_000


def entry_contexts(decl: Declarations, name: str) -> tuple[str | None, ...]:
    """The entry contexts in which a function is verified; None stands for any caller that keeps its contract.

    A function whose contract callers can apply is verified for them too, whatever named contexts it lists; a static one
    without a contract, which is called, is verified where it is called only: there its body stands.
    """
    function = decl.functions[name]
    entries = function.sig.entries
    contract = decl.contracts.get(name)
    if contract is None and function.static and not entries and name in called_by_bodies(decl):
        return ()
    if contract is None:
        return entries or (None,)
    entries = entries or contract.sig.entries
    apart = contract.sig is not function.sig
    called = apart or name in called_by_bodies(decl)
    return (*entries, None) if called or not entries else entries


def lower(decl: Declarations, name: str, entry: str | None, keep: bool = False) -> CFG:
    """The CFG of a function in an entry context.

    With `keep` the arguments as they came in are known to the exit, also where no promise asks for them.  Raises
    InputError where the function is not well formed.
    """
    try:
        with _many_frames():
            return _lower(decl, decl.functions[name], entry, keep)
    except RecursionError:
        text = f"`{name}` nests calls without contracts too deep"
        where = decl.functions[name].sig.span
        help_text = "give a contract to one of those in the middle, or cut a long expression into parts"
        raise InputError([error("too-deep", text, where, help_text)]) from None


@contextmanager
def _many_frames() -> Iterator[None]:
    """Room for bodies inside of each other: each takes some frames of Python, and little or nothing of the stack of C."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _MOST_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _naps(contract: ast.ContractDef | None) -> bool:
    """Every call shows that the callee may sleep: an outcome that is always possible does, or all of them do."""
    outcomes = contract.outcomes if contract is not None else ()
    naps = [o for o in outcomes if any(e.verb == "sleep" for e in o.effects)]
    return any(o.when is None for o in naps) or (bool(naps) and len(naps) == len(outcomes))


def _freed_and_shared(cfg: CFG, edges: list[Edge]) -> set[int]:
    """Shared resources of which something is freed: what came in of them may be that."""
    kinds = {cfg.cells[op.cell].resource for e in edges for op in ops.flat(e.ops) if isinstance(op, ops.Free)}
    return {k for k in kinds if cfg.resources[k].shared}


def _lower(decl: Declarations, function: ast.FunctionDef, entry: str | None, keep: bool) -> CFG:
    name = function.sig.name
    tables = build_tables(decl, function, entry)
    b = Builder(tables)
    b.stack = (name,)
    for tree in reachable(decl, function):
        for node in nodes_of(decl, tree)[code.Config]:
            b.config(node.name)
    start = EntryBuilder(b, function, entry)
    sig = start.sig
    statements = Statements(b, sig.may_sleep or _naps(start.contract) or entry is not None)
    with b.keeping():
        start.build()
    result = b.cell("the result", sig.result.name, "result") if sig.result.name != "void" else -1
    promises, came = tuple[Promise, ...](), Came((), (), (), (), (), False)
    with b.keeping():
        promises = start.promises(result)
        came = start.came(promises)
    try:
        statements.body(function, dict(start.scope), -1, result)
    except (AssertionError, IndexError, KeyError, StopIteration):
        if not b.diagnostics:  # else the graph lacks what was wrong
            raise
    if b.diagnostics:
        raise InputError(b.diagnostics)
    edges = contract_joins(b)
    unreachable = tuple(unreachable_code(b, edges))
    edges, locations = renumber(edges, b.exit)
    cfg = CFG(
        name, entry or "", tuple(b.cells), tables.resources, tables.contexts, tables.facts, (), 0, 1,
        locations, tuple(start.levels), promises, came, tables.points,
        sig.span, unreachable,
    )  # fmt: skip
    pinned, freed = exit_cells(cfg), _freed_and_shared(cfg, edges)
    given = [o.cell for o in start.terms.bind.values() if o.cell >= 0]
    pinned |= {c for c in given if keep or cfg.cells[c].resource in freed}
    return cfg._replace(edges=tuple(add_kills(edges, locations, pinned)))

