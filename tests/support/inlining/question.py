# SPDX-License-Identifier: GPL-2.0-only
"""One question of a unit: is what is proved apart proved together?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oracles.oracle import walk

from refcheck.base.diagnostics import InputError
from refcheck.lower.function import entry_contexts, lower
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.nodes import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refcheck.unit.load import Unit

STATES = 4000


class Answer(NamedTuple):
    """A callee and a caller: what became of the question, and what is broken together that is not apart.

    `what` is `together` (both proved, and together), `body` or `caller` (not proved apart), `cut off`, `refused` (the
    body cannot be lowered in the caller's place), or `found`.
    """

    callee: str
    caller: str
    what: str
    broken: tuple[str, ...] = ()


def broken(decl: Declarations, name: str) -> set[str] | None:
    """The properties but sanity that a function breaks in any entry context; None where there are too many states."""
    found: set[str] = set()
    for entry in entry_contexts(decl, name):
        seen = walk(lower(decl, name, entry), STATES)
        found |= {v.property for _, _, v in seen.broken}
        if not seen.complete:
            return None
    return found - {"sanity"}


def without_contract(unit: Unit, name: str) -> Unit:
    """The unit in which a function has no contract, so that its body stands where it is called."""
    modules = tuple(m._replace(items=tuple(_items(m, name))) for m in unit.modules)
    return unit._replace(modules=modules, model=modules[-1])


def _items(module: ast.Module, name: str) -> Iterator[ast.ModuleItem]:
    for item in module.items:
        if isinstance(item, ast.FunctionDef) and item.sig.name == name:
            yield item._replace(contract=None)
        elif not (isinstance(item, ast.ContractDef) and item.sig.name == name):
            yield item


def calls(decl: Declarations) -> dict[str, list[str]]:
    """The functions with a contract and a body, and who calls each."""
    found: dict[str, list[str]] = {}
    for f in decl.functions.values():
        for node in nodes_of(decl, f)[code.Call]:
            callee = node.name if isinstance(node, code.Call) else ""
            if callee in decl.functions and callee in decl.contracts and callee != f.sig.name:
                users = found.setdefault(callee, [])
                users += [f.sig.name] if f.sig.name not in users else []
    return found


def apart(decl: Declarations, name: str) -> str:
    """`proved`, `refuted` or `cut off`."""
    what = broken(decl, name)
    return "cut off" if what is None else "refuted" if what else "proved"


def joined(unit: Unit) -> Iterator[Answer]:
    """The answer for each callee with a contract and a body, and each of its callers."""
    decl = declare(unit)
    known: dict[str, str] = {}

    def verdict(name: str) -> str:
        if name not in known:
            known[name] = apart(decl, name)
        return known[name]

    for callee, users in calls(decl).items():
        body = verdict(callee)
        together = declare(without_contract(unit, callee)) if body == "proved" else None
        for user in users:
            if together is None:
                yield Answer(callee, user, "body" if body == "refuted" else body)
            elif verdict(user) != "proved":
                yield Answer(callee, user, "caller" if known[user] == "refuted" else "cut off")
            else:
                yield _together(together, callee, user)


def _together(decl: Declarations, callee: str, user: str) -> Answer:
    try:
        what = broken(decl, user)
    except InputError as e:
        return Answer(callee, user, "refused", (e.diagnostics[0].message,))
    if what is None:
        return Answer(callee, user, "cut off")
    return Answer(callee, user, "found" if what else "together", tuple(sorted(what)))
