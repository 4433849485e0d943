# SPDX-License-Identifier: GPL-2.0-only
"""`x->f = v;` in front of the hold of v that it is for: the field owns from the hold on, and nobody looks in between."""

from typing import Any, cast

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.facts import Known, names_of, nodes, rebuilt
from refcheck.slice.kinds import CKinds
from refcheck.slice.owning import taken_as
from refcheck.slice.paths import written
from refcheck.slice.scope import CScope, flat
from refcheck.slice.typing import type_of


def held_first(kinds: CKinds, known: Known, f: c.CFunction) -> c.CFunction:
    """The function with such stores behind their holds."""
    if not kinds.containers or f.body is None:
        return f
    return f._replace(body=cast("c.CBlock", _Stores(kinds, known, flat(kinds, f)).walk(f.body)))


class _Stores:
    def __init__(self, kinds: CKinds, known: Known, scope: CScope) -> None:
        self.kinds, self.known, self.scope = kinds, known, scope

    def walk(self, n: Any) -> Any:
        """The tree with the stores of each block behind their holds."""
        match n:
            case Span() | c.CType():
                return n
            case c.CBlock():
                made = rebuilt(n, self.walk)
                return made._replace(body=self._ordered(made.body))
            case tuple():
                return rebuilt(n, self.walk)
            case _:
                return n

    def _ordered(self, body: tuple[c.CStmt, ...]) -> tuple[c.CStmt, ...]:
        for i, s in enumerate(body):
            match s:
                case c.ExprStmt(c.AssignExpr("=", c.Member() as target, value)) if self._is_slot(target):
                    stored = taken_as(value, self.known.passing)
                    if isinstance(stored, c.Id) and (at := self._held_at(body, i + 1, target, stored)):
                        held = self._of_the_variable(body[at], target, stored)
                        return self._ordered((*body[:i], *body[i + 1 : at], held, s, *body[at + 1 :]))
                case _:
                    pass
        return body

    def _is_slot(self, target: c.Member) -> bool:
        struct = type_of(self.kinds, self.scope, target.base)
        kind = self.kinds.bindings.types.get(self.kinds.plain(struct).base, "") if struct is not None else ""
        return kind in self.kinds.containers and (kind, target.field) in self.kinds.bindings.slots

    def _held_at(self, body: tuple[c.CStmt, ...], start: int, target: c.Member, stored: c.Id) -> int:
        """Where a reference is taken on what is stored, by a statement that cannot fail to; 0 where that is not."""
        for at in range(start, len(body)):
            match body[at]:
                case c.ExprStmt(c.CallExpr(_, args) as call) if any(
                    self._is(args[i], target, stored) for i in self.known.holds(call) if i < len(args)
                ):
                    return at
                case _ if any(_matters(n, target.field, stored.name) for n in nodes(body[at])):
                    return 0
                case _:
                    pass
        return 0

    def _is(self, arg: c.CExpr | c.CType, target: c.Member, stored: c.Id) -> bool:
        """An argument is the variable that is stored, or the field that it is stored in."""
        if isinstance(arg, c.CType):
            return False
        text = written(arg, self.known.passing)
        return stored.name in set(names_of(self.known, arg)) or (text != "" and text == written(target, self.known.passing))

    def _of_the_variable(self, s: c.CStmt, target: c.Member, stored: c.Id) -> c.CStmt:
        """The statement that takes the reference on the variable, where it takes it on the field."""
        assert isinstance(s, c.ExprStmt)
        assert isinstance(s.expr, c.CallExpr)
        text = written(target, self.known.passing)
        args = tuple(
            a if isinstance(a, c.CType) or written(a, self.known.passing) != text else stored._replace(span=a.span)
            for a in s.expr.args
        )
        return s._replace(expr=s.expr._replace(args=args))


def _matters(n: object, field: str, name: str) -> bool:
    """What jumps, or has to do with the field or the variable."""
    match n:
        case c.Member(_, found):
            return found == field
        case c.AssignExpr(_, c.Id(found)) | c.Unary("&", c.Id(found)):
            return found == name
        case c.CReturn() | c.CGoto() | c.CJump() | c.CLabel() | c.CCase() | c.Asm() | c.Broken():
            return True
        case _:
            return False
