# SPDX-License-Identifier: GPL-2.0-only
"""Values that are one of two: `c ? a : b` and GNU's `a ?: b`."""

from refcheck.c import tree as c
from refcheck.slice.conditions import Conditions
from refcheck.slice.emit import UNKNOWN, Val
from refcheck.slice.unread import UnreadError
from refcheck.syntax import code


class Choices(Conditions):
    """Expressions that choose, as values."""

    def conditional(self, e: c.Conditional) -> Val:
        """c ? a : b, by a variable of its own where an arm does something before its value is there."""
        if e.yes is None:
            first = self.value(e.cond)
            if self.is_resource(first.type) and first.expr is not None:
                return self._or_else(first, first.expr, e)
            return self._number_or_else(first, e)
        cond = self.cond(e.cond)
        arms: list[tuple[list[code.Stmt], Val]] = []
        for arm in (e.yes, e.no):
            with self.captured() as before:
                arms.append((before, self.value(arm)))
        types = {v.type for _, v in arms} - {"null", "error"}
        made = types.pop() if len(types) == 1 else "int" if types == {"int", "bool"} else ""
        if all(v.type in ("null", "error") for _, v in arms) or made in ("", "void") or any(v.expr is None for _, v in arms):
            return self._arms_only(e, cond, arms)
        yes, no = arms[0][1].expr, arms[1][1].expr
        assert yes is not None
        assert no is not None
        if made == "int" and any(v.type == "null" for _, v in arms):
            yes, no = (code.Int(0, e.span) if isinstance(x, code.Null) else x for x in (yes, no))
        t = self.temp(made, None, e.span)
        blocks = [
            code.Block((*before, code.Assign(t, x, e.span.line, e.span)), e.span)
            for (before, _), x in zip(arms, (yes, no), strict=True)
        ]
        self.emit(code.If(cond, blocks[0], blocks[1], e.span.line, e.span))
        return Val(t, made)

    def _or_else(self, first: Val, there: code.Expr, e: c.Conditional) -> Val:
        """`a ?: b` of pointers to objects."""
        t = self.temp(first.type, there, e.span)
        with self.captured() as before:
            other = self.value(e.no)
        if other.expr is None or other.type not in (first.type, "null"):
            return self._not_expressed(e)
        then = code.Block((*before, code.Assign(t, other.expr, e.span.line, e.span)), e.span)
        self.emit(code.If(code.LogicalNot(t, e.span), then, None, e.span.line, e.span))
        return Val(t, first.type)

    def _number_or_else(self, first: Val, e: c.Conditional) -> Val:
        """`a ?: b` of all else: what b does is done where a is 0, which nobody knows where nothing is known of a."""
        if self.kind_of(e).how == "resource":
            return self._not_expressed(e)
        t = self.temp(first.type, first.expr, e.span) if first.expr is not None and first.type in ("int", "bool") else None
        if t is None:
            self.discard(first, e.span)
        self.flush(e.span)
        with self.captured() as before:
            other = self.value(e.no)
            known = t is not None and other.expr is not None and other.type in ("int", "bool")
            if not known:
                self.discard(other, e.span)
        found = UNKNOWN
        if t is not None and known and other.expr is not None:
            made = "bool" if {first.type, other.type} == {"bool"} else "int"
            t = t if made == first.type else self.temp(made, t, e.span)
            before.append(code.Assign(t, other.expr, e.span.line, e.span))
            found = Val(t, made)
        asked = code.LogicalNot(t, e.span) if t is not None else code.Nondet(self.text(e.cond.span), (), e.span)
        if before:
            self.emit(code.If(asked, code.Block(tuple(before), e.span), None, e.span.line, e.span))
        return found

    def _arms_only(self, e: c.Conditional, cond: code.Expr, arms: list[tuple[list[code.Stmt], Val]]) -> Val:
        kind = self.kind_of(e)
        if kind.how == "resource" or any(self.is_resource(v.type) for _, v in arms):
            return self._not_expressed(e)
        blocks = []
        for before, v in arms:
            with self.captured() as dropped:
                self.discard(v, e.span)
            blocks.append((*before, *dropped))
        if any(blocks):
            then, orelse = (code.Block(b, e.span) for b in blocks)
            self.emit(code.If(cond, then, orelse, e.span.line, e.span))
        else:
            self.drop(cond, e.span)
        return UNKNOWN

    def _not_expressed(self, e: c.CExpr) -> Val:
        kind = self.kind_of(e)
        if self.is_container(kind.name):
            return self.lent(kind.name, f"value:{self.text(e.span)}", self.text(e.span), e.span)
        raise UnreadError(f"`{self.text(e.span)}` chooses between objects in a way that is not expressed", e.span)
