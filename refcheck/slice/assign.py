# SPDX-License-Identifier: GPL-2.0-only
"""Assignments: to variables of the model, to slots, and to everything that the model does not look at."""

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.emit import UNKNOWN, Val, unasked
from refcheck.slice.facts import uncast
from refcheck.slice.paths import written
from refcheck.slice.scope import Var
from refcheck.slice.typing import type_of
from refcheck.slice.unread import UnreadError
from refcheck.slice.values import ValueSlices
from refcheck.syntax import ast, code


class Assigns(ValueSlices):
    """Assignments as values; the value is that of the target afterwards."""

    def redirected(self, target: c.Member, value: c.CExpr, span: Span) -> None:
        """A field that points to a container is assigned."""
        text, kind = written(target, self.setting.known.passing), self.kind_of(target).name
        v = self.value(value)
        known = v.expr if v.type in (kind, "null") else None
        if text not in self.paths:
            self.discard(v, span)
        elif known is not None or self.allocated(value):
            given = known if known is not None else self.new(kind, self.paths[text].label, span)
            self.emit(code.Assign(code.Name(self.drawn_as[text], span), given, span.line, span))
        else:
            self.discard(v, span)
            self.draw(text, span)
        for other, path in self.paths.items():
            if other != text and target.field in path.fields:
                self.draw(other, span)

    def assigned(self, op: str, target: c.CExpr, value: c.CExpr, span: Span) -> Val:
        """`target op value`."""
        whole = type_of(self.kinds, self.scope, target)
        if whole is not None and self.kinds.embedded(whole) is not None:
            self.not_copied(self.kinds.plain(whole).base, span)
        match target:
            case c.Id(name):
                var = self.scope.lookup(name)
                if var is None:
                    found = self.stored(value, f"`{name}`")
                    self.redraw(name, span)
                    return found
                return self._variable(op, name, var, value, span)
            case c.Unary("*", c.Id(name)) if (var := self.scope.lookup(name)) is not None and var.kind.how == "out":
                given = self.fitting(var.kind.name, value, span)
                self.emit(code.Assign(code.Deref(var.name, span), given, span.line, span))
                return Val(code.Deref(var.name, span), var.kind.name)
            case c.Member():
                found = self._field(target, value, span)
                self.written(target, found, span)
                return found
            case _:
                self.stored(value, f"`{self.text(target.span)}`")
                self.discard(self.value(target), span)
                self.written(target, UNKNOWN, span)
                return UNKNOWN

    def _variable(self, op: str, c_name: str, var: Var, value: c.CExpr, span: Span) -> Val:
        target = code.Name(var.name, span)
        if var.escapes or not var.kind.tracked or var.kind.how == "out":
            if var.kind.how in ("resource", "out"):
                raise UnreadError(f"`{var.name}` is assigned, and its address is kept", span)
            self.stored(value, f"`{var.name}`")
            self.redraw(c_name, span)
            return UNKNOWN
        if var.kind.how == "resource":
            if op != "=":
                raise UnreadError(f"`{var.name}` is calculated with", span)
            self.emit(code.Assign(target, self.fitting(var.kind.name, value, span), span.line, span))
            self.redraw(c_name, span)
            return Val(target, var.kind.name)
        self.emit(code.Assign(target, self.scalar(op, var, value, span), span.line, span))
        self.redraw(c_name, span)
        return Val(target, var.kind.name)

    def fitting(self, kind: str, value: c.CExpr, span: Span) -> code.Expr:
        """A value for a variable of a type of the model."""
        v = self.value(value)
        if self.is_container(kind) and self.allocated(value):
            self.discard(v, span)
            self._written_first(kind, value, span)
            return self.new(kind, self.source(value), span)
        if v.type == kind and v.expr is not None:
            return v.expr
        if kind in ("int", "bool"):
            if v.expr is not None and v.type in ("int", "bool"):
                return v.expr
            self.discard(v, span)
            return self.any(kind, value, span)
        if v.type in ("null", "error") and v.expr is not None:
            return v.expr
        if isinstance(v.expr, code.Int) and v.expr.value == 0:
            return code.Null(span)
        self.discard(v, span)
        text = self.text(value.span)
        found = self.lent(kind, self.source(value), f"`{text}` is an object that lasts for the call", span).expr
        assert found is not None
        return found

    def scalar(self, op: str, var: Var, value: c.CExpr, span: Span) -> code.Expr:
        """A value for a scalar, or for a pointer that is none to a resource."""
        if op != "=":
            return self._with_itself(op.removesuffix("="), var, value, span)
        v = self.value(value)
        if var.kind.name == "bool" and v.expr is not None and v.type not in ("error", "void"):
            return code.Bool(False, span) if v.type == "null" else v.expr
        if v.type in ("null", "error"):
            if v.type == "null":
                return code.Int(0, span)
            if isinstance(v.expr, code.Call) and v.expr.name == "ERR_PTR":
                return v.expr.args[0]
        if v.type in ("int", "bool") and v.expr is not None and self.keeps(var.type, v, value):
            return v.expr
        if var.kind.how == "pointer" and self.is_resource(v.type) and v.expr is not None:
            if self.is_container(v.type) and not self.is_local(v.type):
                struct = self.kinds.containers[v.type].made.c_types[0]
                self.assume("slot", f"`{self.text(value.span)}` as something else than a `{struct}` is not freed", span)
            return self._address_of(v, span)
        self.discard(v, span)
        return self.any(var.kind.name, value, span)

    def _with_itself(self, op: str, var: Var, value: c.CExpr, span: Span) -> code.Expr:
        """`x op= value`: x op value, where its type holds that."""
        target = next((name for name, v in self.scope.all() if v is var), "")
        whole = c.Binary(op, c.Id(target, span), value, span)
        of = type_of(self.kinds, self.scope, whole) if op in words.BITWISE | words.SUMS and target else None
        v = self.calculated(op, Val(code.Name(var.name, span), var.kind.name), self.value(value), of, span)
        return v.expr if v.expr is not None and self.keeps(var.type, v, whole) else self.any(var.kind.name, None, span)

    def _address_of(self, v: Val, span: Span) -> code.Expr:
        """An object as a pointer to something else: NULL and errors stay what they are."""
        x, asked = self.named(v, span), unasked(span)
        if isinstance(x, code.Name):
            x = code.Name(x.name, asked)
        there = code.Ternary(x, code.Int(1, span), code.Int(0, span), span)
        return code.Ternary(code.Call("IS_ERR", (x,), asked), code.Errno("EINVAL", span), there, span)

    def _written_first(self, kind: str, value: c.CExpr, span: Span) -> None:
        """What an allocation leaves in memory that it does not clear is not read."""
        value = uncast(value)
        if isinstance(value, c.CallExpr) and isinstance(value.callee, c.Id) and value.callee.name not in words.ZEROED:
            self.unread_before(kind, self.text(value.span), span)

    def unread_before(self, kind: str, what: str, span: Span) -> None:
        """Memory is not read before it is written."""
        for s in self.kinds.containers[kind].made.slots:
            self.assume("slot", f"`{s.c_field}` of `{what}` is written before it is read", span)

    def counted(self, arg: c.CExpr, span: Span) -> Val:
        """`++` and `--`."""
        match arg:
            case c.Id(name) if (var := self.scope.lookup(name)) is not None:
                if var.kind.how in ("resource", "out"):
                    raise UnreadError(f"`{name}` is calculated with", span)
                self.forget(name, span)
                self.redraw(name, span)
            case _:
                self.discard(self.value(arg), span)
        return UNKNOWN

    # -- fields
    def _field(self, target: c.Member, value: c.CExpr, span: Span) -> Val:
        """A slot takes the reference; another field keeps nothing, unless it is one that owns."""
        base = self.holder(target)
        slot = self.kinds.bindings.slots.get((base.type, target.field))
        if slot is not None and base.expr is not None:
            kind = self.kind_of(target)
            at = base.expr if isinstance(base.expr, code.Name) else self.temp(base.type, base.expr, span)
            if self.is_container(base.type):
                self.followed_in(base.type, span, at.name)
            given = self.fitting(kind.name, value, span)
            self.emit(code.Assign(code.Field(at.name, slot, span), given, span.line, span))
            return Val(code.Field(at.name, slot, span), kind.name)
        struct = type_of(self.kinds, self.scope, target.base)
        owner = self.kinds.plain(struct).base if struct is not None else "?"
        there = UNKNOWN
        if self.is_container(self.kind_of(target).name):
            self.redirected(target, value, span)
        else:
            there = self.stored(value, f"{owner}.{target.field}")
        if self.is_counted(base.type):
            self.touch(base.expr)
        self.discard(base, span)
        return there

    def owns(self, callee: str) -> bool:
        """What a callee returns is a reference of the caller."""
        contract = self.setting.contracts.get(callee) or self.setting.made.get(callee)
        if contract is None:
            return False
        returned = [e.value for o in contract.outcomes for e in o.effects if e.verb == "return"]
        return any(
            (isinstance(v, ast.Fresh) and v.how == "hold") or (isinstance(v, ast.FromPlace) and v.how == "take")
            for v in returned
        )  # fmt: skip

    def stored(self, value: c.CExpr, where: str) -> Val:
        """A value goes where the model does not look: what is an object is taken to be lent there, and is the same one."""
        v = self.value(value)
        if self.is_counted(v.type):
            if isinstance(v.expr, code.Call) and self.owns(v.expr.name):
                raise UnreadError(f"what `{v.expr.name}` returns is stored in {where}, which no slot stands for", value.span)
            self.assume("store", f"{where} keeps no reference", value.span)
        self.discard(v, value.span)
        return v if v.type == "null" or (self.is_counted(v.type) and isinstance(v.expr, code.Name)) else UNKNOWN
