# SPDX-License-Identifier: GPL-2.0-only
"""Macros that do what contracts speak of, replaced by what they stand for, with the places of their calls."""

import re
from collections.abc import Mapping
from typing import Any, cast

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.c.parse import read_expression
from refcheck.slice.effects import does_something
from refcheck.slice.facts import rebuilt
from refcheck.slice.kinds import TreeIndex
from refcheck.syntax import ast

_WORD = re.compile(r"[A-Za-z_]\w*(?=\s*\()")
_DEEPEST = 6


def expand(tree: TreeIndex, contracts: Mapping[str, ast.ContractDef], f: c.CFunction) -> c.CFunction:
    """The function with such macros expanded; what is no expression, or jumps, stays as it is."""
    if f.body is None:
        return f
    return f._replace(body=cast("c.CBlock", _Expander(tree, contracts).walk(f.body, 0)))


class _Expander:
    def __init__(self, tree: TreeIndex, contracts: Mapping[str, ast.ContractDef]) -> None:
        self.tree, self.contracts = tree, contracts
        self.known: dict[str, bool] = {}

    def walk(self, n: Any, depth: int) -> Any:
        if not isinstance(n, tuple) or isinstance(n, Span):
            return n
        n = rebuilt(n, lambda x: self.walk(x, depth))
        if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id) and depth < _DEEPEST and self._matters(n.callee.name, 0):
            return self._expanded(n, n.callee.name, depth)
        return n

    def _matters(self, name: str, depth: int) -> bool:
        """A macro without a contract that leads to a call with one."""
        if name not in self.known:
            self.known[name] = False
            macro = self.tree.macro(name) if name not in self.contracts and self.tree.signature(name) is None else None
            if macro is not None and macro.params is not None and depth < _DEEPEST:
                called = _WORD.findall(macro.text)
                self.known[name] = any(self._does(x) or self._matters(x, depth + 1) for x in called)
        return self.known[name]

    def _does(self, name: str) -> bool:
        return name in self.contracts and does_something(self.contracts[name])

    def _expanded(self, call: c.CallExpr, name: str, depth: int) -> c.CExpr:
        macro = self.tree.macro(name)
        assert macro is not None
        text = macro.text.strip()
        made = read_expression(text, macro.span) or read_expression(f"({{ {text}; }})", macro.span)
        if made is None or len(macro.params or ()) != len(call.args) or _odd(made):
            return call
        given = dict(zip(macro.params or (), call.args, strict=True))
        return cast("c.CExpr", self.walk(substituted(made, given, call.span), depth + 1))


def _odd(n: object) -> bool:
    """Something that is no expression once it stands in a function."""
    match n:
        case c.Broken() | c.CReturn() | c.CGoto() | c.Asm():
            return True
        case Span():
            return False
        case tuple():
            return any(_odd(x) for x in n)
        case _:
            return False


def substituted(n: Any, given: Mapping[str, c.CExpr | c.CType], span: Span) -> Any:
    """A tree with names replaced, all of it at one place."""
    match n:
        case Span():
            return span
        case c.Id(name) if name in given:
            return given[name]
        case tuple():
            return rebuilt(n, lambda x: substituted(x, given, span))
        case _:
            return n
