# SPDX-License-Identifier: GPL-2.0-only
"""Callees without a contract whose bodies, at hand in the tree, sleep, ask for a section, or leave one open or closed.

A contract is inferred of functions of the file only: of those of a header nothing is known but that, and callers rest on it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from refcheck.base.named import NamedTuple
from refcheck.slice.facts import calls_of
from refcheck.slice.kinds import TreeIndex
from refcheck.slice.macros import Macros
from refcheck.syntax import ast


class Moves(NamedTuple):
    """What a body does to sections, counted over its text: `levels` has by context how often more it enters than leaves."""

    sleeps: bool
    asks: bool
    levels: tuple[tuple[str, int], ...]


_NOTHING = Moves(False, False, ())


class Sections:
    """Asks bodies and macros, each once."""

    def __init__(self, tree: TreeIndex, contracts: Mapping[str, ast.ContractDef], macros: Macros) -> None:
        self.tree, self.contracts, self.macros = tree, contracts, macros
        self._found: dict[tuple[str, bool], Moves] = {}

    def moved_by(self, name: str) -> bool:
        """A function without a contract has to do with the sections of its callers."""
        return self._of(name, frozenset()) != _NOTHING

    def _of(self, name: str, around: frozenset[str]) -> Moves:
        """What a function does; one that stands around itself does no more."""
        if name in around:
            return _NOTHING
        key = (name, bool(around))
        if key not in self._found:
            self._found[key] = self._moves(name, around)
        return self._found[key]

    def _moves(self, name: str, around: frozenset[str]) -> Moves:
        """What a function or macro does; of functions of other files that is what their contracts say, and no more."""
        contract = self.contracts.get(name)
        if contract is not None and around:
            return _said(contract)
        head = self.tree.signature(name)
        if around and head is not None and not head.static:
            return _NOTHING  # of another file: whoever calls it from a header is not asked for more than its contract
        bodies = self.tree.bodies(name) if head is not None else ()
        each = [self._summed(calls_of(b.body), around | {name}) for b in bodies]
        if not bodies:
            each = [self._summed(sorted(self.macros.does(name).calls), around | {name})]
        return next((m for m in each if m != _NOTHING), _NOTHING)

    def _summed(self, called: Iterable[str], around: frozenset[str]) -> Moves:
        parts = [self._of(name, around) for name in called]
        levels, enters = Counter[str](), False
        for m in parts:
            for context, n in m.levels:
                levels[context] += n
                enters = enters or n > 0
        asks = not enters and any(m.asks for m in parts)
        return Moves(any(m.sleeps for m in parts), asks, _moved(levels))


def _said(contract: ast.ContractDef) -> Moves:
    sig, levels = contract.sig, Counter[str]()
    for e in contract.outcomes[0].effects if contract.outcomes else ():
        levels[e.context] += {"enter": 1, "leave": -1}.get(e.verb, 0)
    sleeps = sig.may_sleep or any(e.verb == "sleep" for o in contract.outcomes for e in o.effects)
    return Moves(sleeps, bool(sig.must_hold), _moved(levels))


def _moved(levels: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((context, n) for context, n in levels.items() if n))
