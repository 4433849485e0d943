# SPDX-License-Identifier: GPL-2.0-only
"""Macros that do what contracts speak of, replaced by what they stand for, with the places of their calls.

A macro is expanded where it calls something with a contract, jumps, assigns a variable of the function, changes an object
that it is given, or is given what must happen once and no more.  Where that cannot be done, the function is not read.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, cast

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.c.directives import negated
from refcheck.c.parse import read_expression
from refcheck.slice import words
from refcheck.slice.effects import acts, does_something
from refcheck.slice.facts import nodes, rebuilt, uncast
from refcheck.slice.kinds import CKinds
from refcheck.slice.macros import Macros, filled, parameters, text_of
from refcheck.slice.scope import flat
from refcheck.slice.typing import type_of
from refcheck.slice.unread import UnreadError
from refcheck.syntax import ast

_DEEPEST = 6


def expand(kinds: CKinds, macros: Macros, contracts: Mapping[str, ast.ContractDef], f: c.CFunction) -> c.CFunction:
    """The function with such macros expanded; UnreadError where one cannot be."""
    if f.body is None:
        return f
    return f._replace(body=cast("c.CBlock", _Expander(kinds, macros, contracts, f).walk(f.body, 0)))


class _Expander:
    def __init__(self, kinds: CKinds, macros: Macros, contracts: Mapping[str, ast.ContractDef], f: c.CFunction) -> None:
        self.kinds, self.macros, self.contracts = kinds, macros, contracts
        self.scope = flat(kinds, f)

    def walk(self, n: Any, depth: int) -> Any:
        if not isinstance(n, tuple) or isinstance(n, Span):
            return n
        n = rebuilt(n, lambda x: self.walk(x, depth))
        match n:
            case c.CallExpr(c.Id(name), args, at):
                return self._replaced(n, name, args, at, depth)
            case c.Id(name, at):
                return self._replaced(n, name, None, at, depth)
            case c.MacroLoop(name, _, _, at):
                if called := next(filter(self._does, sorted(self.macros.does(name).calls)), ""):
                    raise UnreadError(f"the macro `{name}` calls `{called}`", at)
            case _:
                pass
        return n

    def _replaced(self, n: c.CExpr, name: str, args: tuple[c.CExpr | c.CType, ...] | None, at: Span, depth: int) -> c.CExpr:
        """A name, or a call of one, by what it stands for, where that makes a difference."""
        if self.scope.lookup(name) is not None:
            return n
        if name == "swap" and args is not None and len(args) == 2:
            return c.AssignExpr("=", cast("c.CExpr", args[1]), c.CallExpr(c.Id("rcu_replace_pointer", at), args, at), at)
        known, found = name in self.contracts or name in words.READ, self.macros.macros(name)
        if known and self.macros.mine(name):
            raise UnreadError(f"`{name}` is a macro of this file, and not what its contract speaks of", at)
        if known or (not found and self._is_function(name)):
            if name in words.NOT_EVALUATED and (acting := self._acting(args or ())):
                raise UnreadError(f"`{name}` may leave out `{acting}`", at)
            return n
        if not found and (acting := self._acting(args or ())):
            if name == "__builtin_constant_p":
                return c.Number(0, at)  # what does something is no constant
            return self._loosened(name, args or (), f"nothing declares `{name}`, which may leave out `{acting}`", at)
        if all((m.params is None) != (args is None) for m in found):
            return n
        why = self._why(name, args or ())
        if not why:
            return n
        if len({(m.params, m.text) for m in found}) == 1:
            found = found[:1]
        each = [self._text(m, args) for m in found] if depth < _DEEPEST else []
        if not each or None in each or not _exclude_each_other(found):
            return self._loosened(name, args or (), f"the macro `{name}` {why}", at)
        given = [dict(zip(parameters(m), args or (), strict=True)) for m in found]
        made = [cast("c.CExpr", self.walk(substituted(e, g, at), depth + 1)) for e, g in zip(each, given, strict=True)]
        return made[0] if len(made) == 1 else _chosen(found, made, at)

    def _loosened(self, name: str, args: tuple[c.CExpr | c.CType, ...], why: str, at: Span) -> c.CExpr:
        """The call with numbers that are counted in it as ones that it may change; UnreadError where there is more to it."""
        loose = tuple(map(self._changeable, args))
        if loose == args or self._why(name, loose):
            raise UnreadError(why, at)
        return c.CallExpr(c.Id(name, at), loose, at)

    def _changeable(self, arg: c.CExpr | c.CType) -> c.CExpr | c.CType:
        match uncast(arg) if not isinstance(arg, c.CType) else arg:
            case c.AssignExpr(_, c.Id() as place, c.Id() | c.Number()) | c.IncDec(_, c.Id() as place):
                return arg if self._is_object(place) else c.Unary("&", place, arg.span)
            case _:
                return arg

    def _is_function(self, name: str) -> bool:
        return self.kinds.index.signature(name) is not None

    def _why(self, name: str, args: tuple[c.CExpr | c.CType, ...]) -> str:
        """Why a macro cannot stay; empty where it can."""
        does, names = self.macros.does(name), [a.name if isinstance(a, c.Id) else "" for a in args]
        if does.jumps:
            return "jumps"
        if called := next((n for w in sorted(does.calls | does.pasted) if self._does(n := filled(w, names))), ""):
            return f"calls `{called}`"
        if mine := sorted(n for n in does.names if self.scope.lookup(n) is not None):
            return f"assigns `{mine[0]}`"
        if acting := self._acting(args):
            return f"may do `{acting}` any number of times"
        if any(i in does.changes and self._is_object(a) for i, a in enumerate(args)):
            return "may change what it is given"
        alias = next(filter(self._does, sorted(does.aliases)), "")
        return f"is `{alias}`" if alias else ""

    def _does(self, name: str) -> bool:
        return name in self.contracts and does_something(self.contracts[name])

    def _acting(self, args: tuple[c.CExpr | c.CType, ...]) -> str:
        """What is done in some arguments."""
        for n in (n for a in args for n in nodes(a)):
            match n:
                case c.CallExpr(c.Id(name)) if name in self.contracts and acts(self.contracts[name]):
                    return f"{name}()"
                case c.AssignExpr(_, c.Id(name)) | c.IncDec(_, c.Id(name)):
                    return f"{name} = ..."
                case _:
                    pass
        return ""

    def _is_object(self, e: c.CExpr | c.CType) -> bool:
        of = type_of(self.kinds, self.scope, e) if not isinstance(e, c.CType) else None
        kind = self.kinds.of(of) if of is not None else None
        return kind is not None and kind.how in ("resource", "out")

    def _text(self, macro: c.CMacro, args: tuple[c.CExpr | c.CType, ...] | None) -> Any:
        """The tree of a macro's text; None where it is none, or nothing that can stand in a function."""
        if len(macro.params or ()) != len(args or ()):
            return None
        text = text_of(macro, [a.name if isinstance(a, c.Id) else "" for a in args or ()])
        made = read_expression(text, macro.span) or read_expression(f"({{ {text}; }})", macro.span)
        return None if not text or made is None or any(_odd(made)) else made


def _exclude_each_other(found: tuple[c.CMacro, ...]) -> bool:
    """Of each two of some definitions one stands where the other does not."""
    return all(any(negated(x) in b.conds for x in a.conds) or any(negated(x) in a.conds for x in b.conds)
               for a, b in combinations(found, 2))  # fmt: skip


def _chosen(found: tuple[c.CMacro, ...], made: list[c.CExpr], at: Span) -> c.CExpr:
    """One of some expressions, by the conditions under which macros are defined."""
    rest: tuple[c.CStmt, ...] = (c.ExprStmt(made[-1], at),)
    head = at._replace(end_line=at.line, end_col=at.col)  # no text of the function asks
    for macro, e in reversed(list(zip(found[:-1], made[:-1], strict=True))):
        cond = " && ".join(f"({x})" for x in macro.conds)
        rest = (c.Conditioned(cond, (c.ExprStmt(e, at),), rest, head),)
    return c.StatementExpr(c.CBlock(rest, at), at)


def _odd(made: object) -> Iterator[bool]:
    """Whether each part is no expression once it stands in a function."""
    return (isinstance(n, c.Broken | c.CReturn | c.CGoto | c.Asm) for n in nodes(made))


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
