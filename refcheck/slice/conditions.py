# SPDX-License-Identifier: GPL-2.0-only
"""Conditions: of pointers and of scalars as the model has them, unknown otherwise, with the text of the C file."""

from collections.abc import Callable

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.calls import CallSlices
from refcheck.slice.constants import is_constant
from refcheck.slice.emit import UNKNOWN, Val, unasked
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import Kind
from refcheck.slice.options import option
from refcheck.slice.typing import type_of
from refcheck.syntax import ast, code

_NUMBERS = ("int", "bool")
_LAST_ERRNO = 4095
AskLeaf = Callable[[], code.Expr | None]


class Conditions(CallSlices):
    """Expressions that are asked whether they are true; no touch is pending behind one."""

    def cond(self, e: c.CExpr) -> code.Expr:
        """The condition; what it needs before it is asked has been emitted."""
        match e:
            case c.Unary("!", arg):
                return negated(self.cond(arg))
            case c.Binary("&&" | "||" as op, left, right):
                return self._logic(op, left, right, e.span)
            case c.Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
                return self._leaf(e, lambda: self._compare(op, left, right, e))
            case c.CallExpr(c.Id(name), args) if args and not isinstance(args[0], c.CType):
                if name in ("likely", "unlikely") or name in words.WARN:
                    for other in args[1:]:
                        if not isinstance(other, c.CType):
                            self.discard(self.value(other), e.span)
                    return self.cond(args[0])
                if name in words.OPTION:
                    return option(name, self.text(args[0].span), e.span)
                return self._leaf(e, lambda: self._truth(e))
            case c.Conditional(asked, yes, no):
                return self._choice(asked, yes, no, e)
            case c.Comma(items):
                for item in items[:-1]:
                    self.discard(self.value(item), item.span)
                    self.flush(item.span)
                return self.cond(items[-1])
            case _:
                return self._leaf(e, lambda: self._truth(e))

    def _leaf(self, e: c.CExpr, ask: AskLeaf) -> code.Expr:
        """A condition without others in it; what an unknown one touches goes with it."""
        outer, self.uses = self.uses, {}
        found = ask()
        inner, self.uses = self.uses, outer
        calculated = any(isinstance(n, code.Arithmetic) for n in nodes(found or ()))
        if (found is None or calculated) and not inner and (steady := self._steady(e)):
            return self._same_again(steady, e)
        if found is None:
            return code.Nondet(self.text(e.span), tuple(inner.values()), e.span)
        self.uses = outer | inner
        self.flush(e.span)
        return found

    def _steady(self, e: c.CExpr) -> str:
        """A condition that has one value for the whole function, as a text that is the same for the same condition.

        It is made of constants and of scalars that are never written; empty where it is not.
        """
        match e:
            case c.Id(name):
                var = self.scope.lookup(name)
                if var is None:
                    return name if is_constant(self.setting.tree, name) else ""
                steady = var.param and var.kind.how == "scalar" and not var.escapes
                return name if steady and (self.function.name, name) not in self.setting.facts.written else ""
            case c.Number(value):
                return str(value)
            case c.Binary(op, left, right):
                one, other = self._steady(left), self._steady(right)
                return f"({one} {op} {other})" if one and other else ""
            case c.Unary("!" | "~" | "-" as op, arg):
                inner = self._steady(arg)
                return f"{op}{inner}" if inner else ""
            case _:
                return ""

    def _same_again(self, steady: str, e: c.CExpr) -> code.Expr:
        """An unknown that was drawn at the beginning of the function."""
        if steady not in self.stable:
            self.stable[steady] = (self.scope.fresh("unknown"), self.text(e.span))
        return code.Name(self.stable[steady][0], e.span)

    def _truth(self, e: c.CExpr) -> code.Expr | None:
        v = self.value(e)
        if v.type == "null":
            return code.Bool(False, e.span)
        if self.is_container(v.type) and isinstance(v.expr, code.Call):
            return None  # nothing is known of one that has no name
        if isinstance(v.expr, code.Int):
            return code.Bool(v.expr.value != 0, e.span)
        return v.expr

    def _compare(self, op: str, left: c.CExpr, right: c.CExpr, e: c.CExpr) -> code.Expr | None:
        a, b = (
            UNKNOWN if self.is_container(v.type) and isinstance(v.expr, code.Call) else v
            for v in self.unordered(left, right)
        )
        if self._pointers(a, b) and op in ("==", "!="):
            x, y = (code.Null(e.span) if zero(v) else v.expr for v in (a, b))
            assert x is not None
            assert y is not None
            if isinstance(x, code.Null) or isinstance(y, code.Null):
                return code.Compare(op, y, x, e.span) if isinstance(x, code.Null) else code.Compare(op, x, y, e.span)
            return self._same_object(op, a, x, y, e)
        if a.type in _NUMBERS and b.type in _NUMBERS and a.expr is not None and b.expr is not None:
            if isinstance(a.expr, code.Int | code.Errno) and isinstance(b.expr, code.Int | code.Errno):
                return None if a.expr != b.expr else code.Bool(op in ("==", "<=", ">="), e.span)
            if not self._addresses(left, a, right, b) and self._alike(left, a, right, b, op):
                return code.Compare(op, a.expr, b.expr, e.span)
        if a.type == "int" and b.type == "null" and a.expr is not None:
            return code.Compare(op, a.expr, code.Int(0, e.span), e.span)
        self.discard(a, e.span)
        self.discard(b, e.span)
        return None

    def _pointers(self, a: Val, b: Val) -> bool:
        """Both are pointers to one resource, or one of them is and the other is NULL."""
        kinds = {v.type for v in (a, b) if not zero(v)}
        return len(kinds) == 1 and self.is_resource(kinds.copy().pop()) and None not in (a.expr, b.expr)

    def _same_object(self, op: str, a: Val, x: code.Expr, y: code.Expr, e: c.CExpr) -> code.Expr:
        """Two objects of the model can be one in C, where nothing says that each source gives one of its own."""
        if a.type in self.setting.shared:
            return code.Compare(op, x, y, e.span)
        if self._goes_on_as_another(a.type):
            return code.Nondet(self.text(e.span), (), e.span)
        same, maybe = code.Compare("==", x, y, unasked(e.span)), code.Nondet(self.text(e.span), (), e.span)
        either = code.Logic("||", same, maybe, e.span)
        return either if op == "==" else code.LogicalNot(either, e.span)

    def _goes_on_as_another(self, kind: str) -> bool:
        """What a callee of the function returns for its argument, and for the model is it, may have another address in C."""
        callees = (n.callee for n in nodes(self.function.body) if isinstance(n, c.CallExpr))
        called = (n.name for n in callees if isinstance(n, c.Id))
        for contract in (self.setting.contracts[n] for n in called if n in self.setting.contracts):
            for o in contract.outcomes if contract.sig.result.name == kind else ():
                held = any(e.verb == "hold" for e in o.effects)
                if not held and any(isinstance(e.value, ast.FromPlace) and not e.value.place.slot for e in o.effects):
                    return True
        return False

    def kind_of(self, e: c.CExpr) -> Kind:
        """What an expression's type is in the model."""
        return self.kinds.of(type_of(self.kinds, self.scope, e))

    def _addresses(self, left: c.CExpr, a: Val, right: c.CExpr, b: Val) -> bool:
        """Two pointers of which only is known that they are none: whether they are equal is not."""
        return not zero(a) and not zero(b) and self.kind_of(left).how == self.kind_of(right).how == "pointer"

    def _alike(self, left: c.CExpr, a: Val, right: c.CExpr, b: Val, op: str) -> bool:
        """C compares the two as the model does: constants apart, both are signed or both are not.

        Whether an enumeration is signed depends on its enumerators: which of two is less is not known.
        """
        if op not in ("==", "!=") and any(self._is_enum(type_of(self.kinds, self.scope, x)) for x in (left, right)):
            return False
        for x, other in ((a, right), (b, left)):
            if isinstance(x.expr, code.Int | code.Errno | code.Bool):
                negative = isinstance(x.expr, code.Errno) or (isinstance(x.expr, code.Int) and x.expr.value < 0)
                room = self.kinds.numbers(type_of(self.kinds, self.scope, other)) if negative else None
                return room is None or room[0] < 0
        if op in ("==", "!=") and "bool" in (a.type, b.type):
            return a.type == b.type
        both = (type_of(self.kinds, self.scope, left), type_of(self.kinds, self.scope, right))
        return all(t is not None and self.kinds.signed(t) for t in both)

    def error_of(self, name: str, v: Val, span: Span) -> code.Expr:
        """The error that a pointer to something that is not followed is; of another one C gives 0 or the address."""
        x = self.named(Val(self.any("int", None, span), "int") if v.expr is None else v, span)
        other: code.Expr = code.Int(0, span) if name.endswith("ZERO") else self.any("int", None, span)
        asked = code.Compare("<", x, code.Int(0, span), unasked(span))
        found = self.temp("int", code.Ternary(asked, x, other, span), span)
        self.error_codes.add(found.name)
        return found

    def _is_error_code(self, e: code.Expr | None) -> bool:
        """What PTR_ERR() and its like give: an error code, or what C makes of an address."""
        if isinstance(e, code.Call):
            return e.name in ("PTR_ERR", "PTR_ERR_OR_ZERO")
        return isinstance(e, code.Name) and e.name in self.error_codes

    def _is_enum(self, t: c.CType | None) -> bool:
        return t is not None and not t.stars and self.kinds.plain(t).base.startswith("enum ")

    def keeps(self, to: c.CType | None, v: Val, value: c.CExpr) -> bool:
        """A number is the same in a type as it was before."""
        if v.type == "bool":
            return True
        room = self.kinds.numbers(to)
        if self.kinds.of(to).how == "pointer":
            return True
        if isinstance(v.expr, code.Int):
            return room is None or room[0] <= v.expr.value <= room[1]
        if isinstance(v.expr, code.Errno) or self._is_error_code(v.expr):
            return room is None or room[0] <= -_LAST_ERRNO
        had = type_of(self.kinds, self.scope, value)
        if had is None and isinstance(v.expr, code.Call):
            return room is None or self.kinds.signed(to)  # no prototype is at hand; the contract says that it is an int
        have = self.kinds.numbers(had)
        if room is None or have is None:
            return to is not None and had is not None and self.kinds.plain(to)[:3] == self.kinds.plain(had)[:3]
        if self._is_enum(had) and not self._is_enum(to) and room[1] > have[1]:
            return False  # what is negative in one kind of enumeration is none in the other
        return room[0] <= have[0] and have[1] <= room[1]

    def _logic(self, op: str, left: c.CExpr, right: c.CExpr, span: Span) -> code.Expr:
        one = self.cond(left)
        with self.captured() as before:
            other = self.cond(right)
        if not before:
            return code.Logic(op, one, other, span)
        t = self.temp("bool", one, span)
        then = (*before, code.Assign(t, other, span.line, span))
        asked = t if op == "&&" else code.LogicalNot(t, span)
        self.emit(code.If(asked, code.Block(then, span), None, span.line, span))
        return t

    def _choice(self, asked: c.CExpr, yes: c.CExpr | None, no: c.CExpr, e: c.CExpr) -> code.Expr:
        cond = self.cond(asked)
        if yes is None:
            with self.captured() as before:
                other = self.cond(no)
            if not before:
                return code.Logic("||", cond, other, e.span)
            t = self.temp("bool", cond, e.span)
            then = code.Block((*before, code.Assign(t, other, e.span.line, e.span)), e.span)
            self.emit(code.If(code.LogicalNot(t, e.span), then, None, e.span.line, e.span))
            return t
        t = self.temp("bool", None, e.span)
        arms = []
        for arm in (yes, no):
            with self.captured() as before:
                value = self.cond(arm)
            arms.append(code.Block((*before, code.Assign(t, value, e.span.line, e.span)), e.span))
        self.emit(code.If(cond, arms[0], arms[1], e.span.line, e.span))
        return t


def zero(v: Val) -> bool:
    """NULL, also where it is written as 0."""
    return v.type == "null" or (isinstance(v.expr, code.Int) and v.expr.value == 0)


def negated(e: code.Expr) -> code.Expr:
    """The opposite of a condition."""
    match e:
        case code.LogicalNot(arg):
            return arg
        case code.Bool(value, span):
            return code.Bool(not value, span)
        case _:
            return code.LogicalNot(e, e.span)
