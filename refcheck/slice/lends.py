# SPDX-License-Identifier: GPL-2.0-only
"""Callees whose bodies only look at what they are given: a closure over the bodies that the tree has.

Such a body calls nothing with effects of its own, nothing through a pointer, counts nothing by hand, and stores no object.
"""

from collections.abc import Mapping

from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.effects import does_something
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import CKinds, TreeIndex
from refcheck.slice.macros import Macros
from refcheck.syntax import ast

_QUIET = frozenset({
    "likely", "unlikely", "sizeof", "offsetof", "typeof", "if", "while", "for", "switch", "return", "min", "max", "clamp",
    "do", "BUILD_BUG_ON", "static_assert", "lockdep_assert_held",
})  # fmt: skip
_STORES = words.STORE | words.SWAP | words.KEEPS | words.UNLINKS | words.COPIES


class Lends:
    """Asks bodies, each once; circles of functions that call each other lend if nothing in the circle does more."""

    def __init__(self, kinds: CKinds, contracts: Mapping[str, ast.ContractDef], macros: Macros) -> None:
        self.kinds, self.macros = kinds, macros
        self.contracts = contracts
        self.known: dict[str, bool] = {}
        self.slots = frozenset(field for _, field in kinds.bindings.slots)

    def __call__(self, name: str) -> bool:
        """The body of a callee is there, and shows that it only looks."""
        if name not in self.known:
            seen: set[str] = set()
            if self._only_looks(name, seen):
                self.known |= dict.fromkeys(seen, True)
            self.known.setdefault(name, False)
        return self.known[name]

    def _only_looks(self, name: str, seen: set[str]) -> bool:
        todo = [name]
        while todo:
            here = todo.pop()
            if here in seen or self.known.get(here) or here in words.PASS | words.ERRORS | words.WARN | _QUIET:
                continue
            if self.known.get(here) is False or words.MAY_COUNT.fullmatch(here):
                return False
            contract = self.contracts.get(here)
            if contract is not None:
                if does_something(contract):
                    return False
                continue
            seen.add(here)
            body = self.kinds.index.body(here)
            called = self._calls(body) if body is not None else self._called_by_macro(here)
            if called is None:
                self.known[here] = False
                return False
            todo += called
        return True

    def _called_by_macro(self, name: str) -> set[str] | None:
        """What a macro calls, in any definition; None where there is none, or it may do what only a contract can say."""
        if not self.macros.macros(name):
            return None
        does = self.macros.does(name)
        if does.through or does.pasted or does.calls & _STORES:
            return None
        return {n for n in does.calls | does.aliases if "\x00" not in n}

    def _changed(self, name: str, args: tuple[c.CExpr | c.CType, ...], objects: set[str]) -> bool:
        """A macro assigns or fills an object, or may keep one in what it assigns."""
        if not self.macros.macros(name):
            return False
        does, named = self.macros.does(name), {n.name for n in nodes(args) if isinstance(n, c.Id)}
        fields = any(isinstance(n, c.Member) and self._fills(n) for i in does.changes for n in nodes(args[i : i + 1]))
        return bool(does.names & objects or (does.changes and named & objects)) or fields

    def _calls(self, f: c.CFunction) -> set[str] | None:
        """What a body calls; None where it does what only a contract can say."""
        found: set[str] = set()
        objects = {p.name for p in f.params if self._counts(p.type)}
        own = {p.name for p in f.params} | {n.name for n in nodes(f.body) if isinstance(n, c.Variable)}
        for n in nodes(f.body):
            match n:
                case c.Variable(type, name) if self._counts(type):
                    objects.add(name)
                case c.Broken() | c.Asm():
                    return None
                case c.MacroGuard():
                    return None
                case _:
                    pass
        for n in nodes(f.body):
            match n:
                case c.CallExpr(c.Id(name), (arg, *_)) if name in words.STORE | words.SWAP and self._fills(arg):
                    return None
                case c.CallExpr(c.Id(name), (c.Id(to), *_)) if name in words.COPIES | {"memset"} and to in objects:
                    return None
                case c.AssignExpr(_, c.Unary("*", c.Id(to)) | c.Subscript(c.Id(to))) if to in objects:
                    return None
                case c.CallExpr(c.Id(name), args) if name in own or self._changed(name, args, objects):
                    return None
                case c.CallExpr(c.Id(name)):
                    found.add(name)
                case c.CallExpr():
                    return None
                case c.AssignExpr(_, target) if self._fills(target):
                    return None
                case c.AssignExpr(_, c.Member() | c.Unary() | c.Subscript(), c.Id(name)) if name in objects:
                    return None
                case _:
                    pass
        return found

    def _counts(self, t: c.CType) -> bool:
        """A pointer to an object, or to such a pointer."""
        kind = self.kinds.of(t)
        return kind.how in ("resource", "out") and kind.name not in self.kinds.containers

    def _fills(self, e: object) -> bool:
        """A field that has the name of one that owns, of a struct of this file or of a resource."""
        e = e.arg if isinstance(e, c.Unary) else e
        return isinstance(e, c.Member) and (e.field in self.kinds.owning or e.field in self.slots)


def keeps_address(tree: TreeIndex, name: str, i: int) -> bool:
    """A function may keep an argument: it does more with it than to look behind it, or its body is not at hand."""
    seen, todo = set[tuple[str, int]](), [(name, i)]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        body = tree.body(here[0])
        if body is None or here[1] >= len(body.params):
            return tree.signature(here[0]) is not None or tree.macro(here[0]) is None
        param, every = body.params[here[1]].name, list(nodes(body.body))
        behind = sum(_looks_behind(n, param) for n in every)
        calls = [n for n in every if isinstance(n, c.CallExpr)]
        given = [
            (n.callee.name if isinstance(n.callee, c.Id) else "", at)
            for n in calls for at, a in enumerate(n.args) if isinstance(a, c.Id) and a.name == param
        ]  # fmt: skip
        if sum(isinstance(n, c.Id) and n.name == param for n in every) > behind + len(given):
            return True
        todo += given
    return False


def _looks_behind(n: object, name: str) -> bool:
    match n:
        case c.Unary("*", c.Id(found)) | c.Subscript(c.Id(found)) | c.Member(c.Id(found)):
            return found == name
        case c.Unary("!", c.Id(found)) | c.CIf(c.Id(found)) | c.Binary("&&" | "||" | "==" | "!=", c.Id(found)):
            return found == name
        case _:
            return False


def frees(tree: TreeIndex, name: str) -> bool:
    """The body of a function frees memory, or calls one that does: that may be what it is given as a `void *`."""
    seen, todo = set[str](), [name]
    while todo:
        here = todo.pop()
        if here in words.FREES:
            return True
        if here not in seen:
            seen.add(here)
            body = tree.body(here)
            calls = (n.callee for n in nodes(body.body if body is not None else None) if isinstance(n, c.CallExpr))
            todo += [callee.name for callee in calls if isinstance(callee, c.Id)]
    return False
