# SPDX-License-Identifier: GPL-2.0-only
"""Callees without a contract whose bodies, at hand in the tree, sleep, ask for a section, or leave one open or closed.

A contract is inferred of functions of the file only: of those of a header nothing is known but that, and callers rest on it.
"""

from collections import Counter
from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice.emit import Setting
from refcheck.slice.facts import nodes
from refcheck.syntax import ast


class Moves(NamedTuple):
    """What a body does to sections, counted over its text: `levels` has by context how often more it enters than leaves."""

    sleeps: bool
    asks: bool
    levels: tuple[tuple[str, int], ...]


NOTHING = Moves(False, False, ())


def moves_sections(setting: Setting, name: str) -> bool:
    """A function without a contract has to do with the sections of its callers."""
    return _found_out(setting, name, frozenset()) != NOTHING


def _found_out(setting: Setting, name: str, around: frozenset[str]) -> Moves:
    """What a function does, each found out once; one that stands around itself does no more."""
    if name in around:
        return NOTHING
    if (name, bool(around)) not in setting.sections:
        found = _moves(setting, name, around)
        setting.sections[name, bool(around)] = (found.sleeps, found.asks, found.levels)
    return Moves(*setting.sections[name, bool(around)])


def _moves(setting: Setting, name: str, around: frozenset[str]) -> Moves:
    """What a function or macro does; of functions of other files that is what their contracts say, and no more."""
    contract = setting.contracts.get(name)
    if contract is not None and around:
        return _said(contract)
    head = setting.tree.signature(name)
    if around and head is not None and not head.static:
        return NOTHING  # of another file: whoever calls it from a header is not asked for more than its contract
    bodies = setting.tree.bodies(name) if head is not None else ()
    each = [_summed(setting, list(_called(b)), around | {name}) for b in bodies]
    if not bodies:
        each = [_summed(setting, sorted(setting.macros.does(name).calls), around | {name})]
    return next((m for m in each if m != NOTHING), NOTHING)


def _called(f: c.CFunction) -> Iterator[str]:
    """The functions that a body calls by name, each as often as it stands there."""
    return (n.callee.name for n in nodes(f.body) if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id))


def _summed(setting: Setting, called: list[str], around: frozenset[str]) -> Moves:
    parts = [_found_out(setting, name, around) for name in called]
    levels, enters = Counter[str](), False
    for m in parts:
        for context, n in m.levels:
            levels[context] += n
            enters = enters or n > 0
    left = tuple(sorted((context, n) for context, n in levels.items() if n))
    return Moves(any(m.sleeps for m in parts), not enters and any(m.asks for m in parts), left)


def _said(contract: ast.ContractDef) -> Moves:
    sig, levels = contract.sig, Counter[str]()
    for e in contract.outcomes[0].effects if contract.outcomes else ():
        levels[e.context] += {"enter": 1, "leave": -1}.get(e.verb, 0)
    sleeps = sig.may_sleep or any(e.verb == "sleep" for o in contract.outcomes for e in o.effects)
    return Moves(sleeps, bool(sig.must_hold), tuple(sorted((x, n) for x, n in levels.items() if n)))
