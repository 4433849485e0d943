# SPDX-License-Identifier: GPL-2.0-only
"""Values of C expressions: objects, scalars as far as the model has them, and everything else as unknown."""

from refcheck.base.errnos import ERRNO
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.choices import Choices
from refcheck.slice.conditions import zero
from refcheck.slice.constants import folded, number
from refcheck.slice.emit import UNKNOWN, Val, unasked
from refcheck.slice.typing import type_of
from refcheck.slice.unread import UnreadError
from refcheck.syntax import code

_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})


class ValueSlices(Choices):
    """Expressions as values."""

    def value(self, e: c.CExpr) -> Val:
        """The value of an expression, after what it needs before has been emitted."""
        match e:
            case c.Id(name):
                return self._name(name, e.span)
            case c.Number(value):
                return number(value, e.span)
            case c.CString() | c.SizeOf():
                return Val(code.Int(1, e.span), "int") if isinstance(e, c.CString) else UNKNOWN
            case c.CallExpr():
                return self._called(e)
            case c.Member():
                return self._member(e)
            case c.Unary(op, arg):
                return self._unary(op, arg, e)
            case c.Binary(op) if op in _COMPARE:
                return Val(self.cond(e), "bool")
            case c.Binary(op, left, right):
                one, other = self.unordered(left, right)
                return self.calculated(op, one, other, type_of(self.kinds, self.scope, e), e.span)
            case c.Subscript(left, right):
                return self._operands(e, left, right)
            case c.Conditional():
                return self.conditional(e)
            case c.AssignExpr(op, target, value):
                return self.assigned(op, target, value, e.span)
            case c.IncDec(_, arg):
                return self.counted(arg, e.span)
            case c.Cast(type, arg):
                return self._cast(type, arg)
            case c.Comma(items):
                for item in items[:-1]:
                    self.discard(self.value(item), item.span)
                    self.flush(item.span)
                return self.value(items[-1])
            case c.StatementExpr(body):
                return self.statement_value(body)
            case c.Initialiser(_, items):
                for _, item in items:
                    self.stored(item, "an initialiser")
                return UNKNOWN
            case c.Broken():
                raise UnreadError("this text was not understood", e.span)

    def _name(self, name: str, span: Span) -> Val:
        if name == "NULL":
            return Val(code.Null(span), "null")
        if name in ("true", "false"):
            return Val(code.Bool(name == "true", span), "bool")
        var = self.scope.lookup(name)
        if var is not None:
            return UNKNOWN if var.escapes or var.kind.how == "other" else Val(code.Name(var.name, span), var.kind.name)
        value = self.setting.tree.constant(name)
        return UNKNOWN if value is None else number(value, span)

    def calculated(self, op: str, a: Val, b: Val, of: c.CType | None, span: Span) -> Val:
        """A calculation with numbers, as far as models have it; `of` is the C type of the result."""
        kept = a.expr is not None and b.expr is not None and {a.type, b.type} <= {"int", "bool"}
        if of is None or not kept or any(isinstance(v.expr, code.Errno) for v in (a, b)):
            self.discard(a, span)
            self.discard(b, span)
            return UNKNOWN
        assert a.expr is not None
        assert b.expr is not None
        if isinstance(a.expr, code.Int) and isinstance(b.expr, code.Int):
            return folded(op, a.expr.value, b.expr.value, span)
        return Val(code.Arithmetic(op, self.named(a, span), self.named(b, span), span), "int")

    def _operands(self, e: c.CExpr, left: c.CExpr, right: c.CExpr) -> Val:
        """Elements of arrays."""
        self.discard(self.value(left), e.span)
        self.discard(self.value(right), e.span)
        kind = self.kind_of(e) if isinstance(e, c.Subscript) else None
        if kind is not None and kind.how == "resource":
            text = self.text(left.span)
            return self.lent(kind.name, f"element:{text}", f"an element of `{text}` is lent", e.span)
        return UNKNOWN

    def _called(self, e: c.CallExpr) -> Val:
        match e:
            case c.CallExpr(c.Id(name), args) if self.scope.lookup(name) is None:
                plain = [a for a in args if not isinstance(a, c.CType)]
                if name in words.ERRORS and len(plain) == 1:
                    return self._errors(name, plain[0], e.span)
                if name in words.PASS and plain:
                    for other in plain[1:]:
                        self.discard(self.value(other), e.span)
                    return self.value(plain[0].arg if isinstance(plain[0], c.Unary) and plain[0].op == "&" else plain[0])
                if name in words.WARN or name in words.OPTION:
                    return Val(self.cond(e), "bool")
                if name in words.STORE and len(plain) == 2:
                    target = plain[0].arg if isinstance(plain[0], c.Unary) and plain[0].op == "&" else plain[0]
                    self.discard(self.assigned("=", target, plain[1], e.span), e.span)
                    return Val(None, "void")
                if name in words.SWAP and len(plain) >= 2:
                    return self._swap(plain[0], plain[1], e.span)
                if name in words.KEEPS and len(plain) == 1:
                    return self._swap(plain[0], c.Id("NULL", e.span), e.span)
                if name in words.CONTAINER and plain:
                    return self._container(plain[0], e)
                if name in words.NORETURN and not self.is_own(name):
                    self.emit(code.Goto(self.dead_end(), e.span.line, e.span))
                    return Val(None, "void")
                return self.call(e)
            case _:
                return self.call(e)

    def _errors(self, name: str, arg: c.CExpr, span: Span) -> Val:
        """IS_ERR() and its kin, of pointers to resources and of others, which are integers here."""
        if name == "ERR_PTR":
            v = self.value(arg)
            if v.expr is None or v.type not in ("int", "bool"):
                self.discard(v, span)
                v = Val(self.any("int", arg, span), "int")
            return Val(code.Call("ERR_PTR", (self._code(v, span),), span), "error")
        v = self.value(arg)
        if v.type == "error":
            return v
        if name.startswith("PTR_ERR") and v.type in ("int", "") and self.kind_of(arg).how == "pointer":
            return Val(self.error_of(name, v, span), "int")
        if self.is_resource(v.type) and v.expr is not None:
            kind = "error" if name == "ERR_CAST" else "bool" if name.startswith("IS_ERR") else "int"
            return Val(code.Call(name, (v.expr,), span), kind)
        if v.type == "int" and v.expr is not None:
            match name:
                case "IS_ERR" | "IS_ERR_OR_NULL":
                    return Val(code.Compare("<" if name == "IS_ERR" else "<=", v.expr, code.Int(0, span), span), "bool")
                case "PTR_ERR":
                    return v
                case "ERR_CAST":
                    return Val(code.Call("ERR_PTR", (self._code(v, span),), span), "error")
                case _:
                    x = self.named(v, span)
                    zero_int = code.Int(0, span)
                    return Val(code.Ternary(code.Compare("<", x, zero_int, span), x, zero_int, span), "int")
        self.discard(v, span)
        return UNKNOWN

    def _code(self, v: Val, span: Span) -> code.Expr:
        """An error code or 0: nobody makes an error pointer of a number above it, of which nothing is known then."""
        assert v.expr is not None
        if isinstance(v.expr, code.Errno | code.Int):
            return v.expr
        x = self.named(v, span)
        asked = code.Compare(">", x, code.Int(0, span), unasked(span))
        return self.temp("int", code.Ternary(asked, code.Errno("EINVAL", span), x, span), span)

    def _swap(self, place: c.CExpr, value: c.CExpr, span: Span) -> Val:
        target = place.arg if isinstance(place, c.Unary) and place.op == "&" else place
        old = self.value(target)
        if old.expr is not None and old.type not in ("int", "bool", "null", "void"):
            kept = self.temp(old.type, old.expr, span)
            self.discard(self.assigned("=", target, value, span), span)
            return Val(kept, old.type)
        self.discard(self.assigned("=", target, value, span), span)
        return UNKNOWN

    def _container(self, arg: c.CExpr, e: c.CallExpr) -> Val:
        """container_of(): the object itself where specs say that it embeds the member, else one that is lent."""
        v = self.value(arg)
        kind = self.kind_of(e)
        if kind.how == "resource":
            if v.type == kind.name:
                return v
            self.discard(v, e.span)
            return self.lent(
                kind.name,
                self.source(e),
                f"`{self.text(e.span)}` is an object that lasts for the call",
                e.span,
            )
        self.discard(v, e.span)
        return Val(code.Int(1, e.span), "int")

    def _unary(self, op: str, arg: c.CExpr, e: c.CExpr) -> Val:
        match op:
            case "!":
                return Val(self.cond(e), "bool")
            case "-":
                if isinstance(arg, c.Id) and arg.name in ERRNO and self.scope.lookup(arg.name) is None:
                    return Val(code.Errno(arg.name, e.span), "int")
                v = self.value(arg)
                if isinstance(v.expr, code.Int):
                    return number(-v.expr.value, e.span)
                self.discard(v, e.span)
                return UNKNOWN
            case "~" if isinstance(arg, c.Number | c.Id) and isinstance((v := self.value(arg)).expr, code.Int):
                assert isinstance(v.expr, code.Int)
                return number(~v.expr.value, e.span)
            case "&":
                return self._address(arg, e)
            case "*":
                return self._behind(arg, e)
            case _:
                self.discard(self.value(arg), e.span)
                return UNKNOWN

    def _address(self, arg: c.CExpr, e: c.CExpr) -> Val:
        """The address of a member: the object itself where the member is one at its beginning; else some address."""
        resource = self.kinds.embedded(type_of(self.kinds, self.scope, arg))
        if resource is not None and self.is_followed(arg, resource):
            return self.embedded(arg, resource, e.span)
        inner = arg
        path: list[str] = []
        while isinstance(inner, c.Member):
            path.append(inner.field)
            base = self.value(inner.base) if inner.arrow else UNKNOWN
            if inner.arrow:
                if resource is not None and base.type == resource and base.expr is not None:
                    field = ".".join(reversed(path))
                    if isinstance(base.expr, code.Name) and field in self.kinds.bindings.members.get(resource, ()):
                        return Val(code.AddressOf(base.expr.name, field, e.span), resource)
                    return base
                self.discard(base, e.span)
                break
            inner = inner.base
        if isinstance(inner, c.Unary | c.Subscript | c.CallExpr):
            self.discard(self.value(inner), e.span)
        if resource is not None:
            text = self.text(e.span)
            return self.lent(resource, f"value:{text}", f"`{text}` is an object that lasts for the call", e.span)
        return Val(code.Int(1, e.span), "int")

    def _behind(self, arg: c.CExpr, e: c.CExpr) -> Val:
        if isinstance(arg, c.Id) and (var := self.scope.lookup(arg.name)) is not None and var.kind.how == "out":
            return Val(code.Deref(var.name, e.span), var.kind.name)
        v = self.value(arg)
        if self.is_counted(v.type):
            self.touch(v.expr)
        self.discard(v, e.span)
        kind = self.kind_of(e)
        if kind.how == "resource":
            text = self.text(e.span)
            return self.lent(kind.name, self.source(e), f"`{text}` is an object that lasts for the call", e.span)
        return UNKNOWN

    def _member(self, e: c.Member) -> Val:
        kind = self.kind_of(e)
        if kind.how != "resource" and (outside := self.outside(e)) is not None:
            return outside
        if self.is_container(kind.name) and (drawn := self.drawn(e)) is not None:
            return drawn
        struct = type_of(self.kinds, self.scope, e.base)
        base = self.holder(e)
        if self.is_container(base.type) and (base.type, e.field) not in self.kinds.bindings.slots:
            self.discard(base, e.span)
            base = UNKNOWN
        if self.is_resource(base.type) and base.expr is not None:
            name = base.expr if isinstance(base.expr, code.Name) else self.temp(base.type, base.expr, e.span)
            slot = self.kinds.bindings.slots.get((base.type, e.field))
            if slot is not None:
                if self.is_container(base.type):
                    self.followed_in(base.type, e.span, name.name)
                return Val(code.Field(name.name, slot, e.span), kind.name)
            self.touch(name)
        else:
            self.discard(base, e.span)
        if kind.how != "resource":
            return UNKNOWN
        owner = self.kinds.plain(struct).base if struct is not None else "?"
        return self.read(e, kind.name, f"{owner}.{e.field}")

    def pointer(self, e: c.CExpr) -> Val:
        """A value that is dereferenced at once: what nobody asked whether it is NULL is taken not to be."""
        outer, self.dereferenced = self.dereferenced, isinstance(e, c.Member | c.CallExpr | c.Subscript | c.Cast)
        found = self.value(e)
        self.dereferenced = outer
        return found

    def _cast(self, to: c.CType, arg: c.CExpr) -> Val:
        v = self.value(arg)
        kind = self.kinds.of(to)
        if kind.how == "resource":
            if v.type in (kind.name, "null", "error"):
                return v
            if zero(v):
                return Val(code.Null(arg.span), "null")
            self.discard(v, arg.span)
            text = self.text(arg.span)
            return self.lent(kind.name, self.source(arg), f"`{text}` is an object that lasts for the call", arg.span)
        if kind.how == "scalar" and v.type in ("int", "bool"):
            return v if self.keeps(to, v, arg) else self._nothing(v, arg.span)
        if kind.how == "pointer" and v.type in ("int", "null", "error"):
            return v
        if kind.how == "other" and v.type == "int":
            self.discard(v, arg.span)
            return UNKNOWN
        return v if kind.how == "pointer" else self._nothing(v, arg.span)

    def _nothing(self, v: Val, span: Span) -> Val:
        self.discard(v, span)
        return UNKNOWN

    # -- what stands further down in the chain of classes
    def assigned(self, op: str, target: c.CExpr, value: c.CExpr, span: Span) -> Val:
        """An assignment as a value."""
        raise NotImplementedError

    def counted(self, arg: c.CExpr, span: Span) -> Val:
        """`++` and `--`."""
        raise NotImplementedError

    def stored(self, value: c.CExpr, where: str) -> Val:
        """A value goes where the model does not look."""
        raise NotImplementedError

    def statement_value(self, body: c.CBlock) -> Val:
        """GNU's statement expression."""
        raise NotImplementedError

    def dead_end(self) -> str:
        """A label from which nothing leads on."""
        raise NotImplementedError
