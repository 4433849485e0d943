# SPDX-License-Identifier: GPL-2.0-only
"""All functions of a C file to a model."""

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.binding import positions
from refcheck.slice.containers import locals_of
from refcheck.slice.emit import Setting
from refcheck.slice.facts import Known, gather, gives_away, holds
from refcheck.slice.kinds import CKinds, Container, TreeIndex
from refcheck.slice.left import Left
from refcheck.slice.macros import Macros
from refcheck.slice.sections import Sections
from refcheck.slice.unread import UnreadError
from refcheck.syntax import ast
from refcheck.unit.bind import Bindings, bindings
from refcheck.unit.declare import Declarations


class BesideFile(NamedTuple):
    """What is known beside a file: its index, what specs declare, and what is found out as it goes.

    That is inferred contracts, who only lends, whose contract is in doubt, contracts from before a change, what is known of
    functions that were summarised, for who does so more than once, and which structs are containers of the file.
    """

    tree: TreeIndex
    decl: Declarations
    inferred: MutableMapping[str, ast.ContractDef]
    lends: Callable[[str], bool]
    doubts: Mapping[str, tuple[str, str]] = {}
    former: Mapping[str, ast.ContractDef] = {}
    summaries: Any = None
    containers: Mapping[str, Container] = {}


def setting_of(source: SourceFile, side: BesideFile) -> Setting:
    """What the slices of a file share."""
    bound: Bindings = bindings(side.decl.resources, side.decl.roles, side.decl.contracts)
    kinds = CKinds(side.tree, bound, {**locals_of(side.decl), **side.containers})
    contracts: Mapping[str, ast.ContractDef] = ChainMap(dict(side.decl.contracts), side.inferred)
    known = Known(
        lambda call: _arguments(kinds, contracts, call, gives_away),
        lambda call: _arguments(kinds, contracts, call, holds),
        frozenset(bound.aliases),
        kinds.owning,
    )
    guards = frozenset(side.decl.guards)
    shared = frozenset(r.name for r in side.decl.resources.values() if r.shared)
    facts = gather([], known)
    macros = Macros(side.tree, words.READ.union(side.decl.contracts))
    asked = (macros, Left(kinds, known, side.tree), Sections(side.tree, contracts, macros))
    return Setting(kinds, side.tree, source, contracts, guards, side.lends, facts, known, {}, side.doubts, shared, *asked)


def _arguments(
    kinds: CKinds,
    contracts: Mapping[str, ast.ContractDef],
    call: c.CallExpr,
    which: Callable[[ast.ContractDef], frozenset[str]],
) -> frozenset[int]:
    """The positions of the arguments for `which` parameters of the callee's contract."""
    if not isinstance(call.callee, c.Id) or call.callee.name not in contracts:
        return frozenset()
    contract = contracts[call.callee.name]
    given = which(contract)
    if not given:
        return frozenset()
    try:
        at = positions(kinds, contract, kinds.index.signature(call.callee.name), tuple(None for _ in call.args), call)
    except UnreadError:
        return frozenset(range(len(call.args)))
    return frozenset(at[p] for p in given)


def functions_of(file: c.CFile) -> list[c.CFunction]:
    """The functions of a file that have a body."""
    return [i for i in file.items if isinstance(i, c.CFunction) and i.body is not None]
