# SPDX-License-Identifier: GPL-2.0-only
"""A C function in which each variable has a name of its own, so that what is known of a name is known of one variable."""

from typing import Any, cast

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.facts import rebuilt


def names_apart(f: c.CFunction) -> c.CFunction:
    """The function with variables renamed that have the name of another one, in a block around them or beside them."""
    if f.body is None:
        return f
    names = _BlockNames({p.name for p in f.params})
    return f._replace(body=cast("c.CBlock", names.walk(f.body)))


class _BlockNames:
    """The names in scope, innermost block last, and all that were given."""

    def __init__(self, params: set[str]) -> None:
        self.blocks: list[dict[str, str]] = [{p: p for p in params}]
        self.given = set(params)

    def walk(self, n: Any) -> Any:
        """The node with its variables renamed; what is no node as it is."""
        match n:
            case c.Id(name, span):
                now = next((b[name] for b in reversed(self.blocks) if name in b), name)
                return n if now == name else c.Id(now, span)
            case c.CBlock() | c.CFor():
                self.blocks.append({})
                made = rebuilt(n, self.walk)
                self.blocks.pop()
                return made
            case c.Variable(_, name, init):
                self._declare(name)  # in scope in its own initialiser
                return n._replace(name=self.blocks[-1][name], init=self.walk(init))
            case Span() | c.CType():
                return n
            case tuple():
                return rebuilt(n, self.walk)
            case _:
                return n

    def _declare(self, name: str) -> None:
        if name in self.blocks[-1]:
            return  # the other branch of an #if
        now, n = name, 1
        while now in self.given:
            n += 1
            now = f"{name}__{n}"
        self.given.add(now)
        self.blocks[-1][name] = now
