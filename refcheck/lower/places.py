# SPDX-License-Identifier: GPL-2.0-only
"""Variables, slots and what is behind out-parameters: read, and assigned to."""

import re

from refcheck.base.diagnostics import InputError, near
from refcheck.base.errnos import ERRNO
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, NamedCell, Operand, Scope
from refcheck.lower.conversions import Conversions
from refcheck.lower.order import conflict, touched
from refcheck.syntax import code, pretty
from refcheck.syntax.habits import CONSTANTS
from refcheck.unit.declare import BUILTINS


class Places(Conversions):
    """Reads and writes the places of one function; `value` is given in expressions.py."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.scopes: list[Scope] = []

    def value(self, e: code.Expr, into: int = -1, kind: str = "") -> Operand:
        """Lower an expression to an operand (see expressions.py)."""
        raise NotImplementedError

    # -- names
    def lookup(self, name: str, span: Span) -> NamedCell:
        """The variable that a name means; InputError RC002 if it is not declared."""
        for scope in reversed(self.scopes):
            if name in scope.names:
                return scope.names[name]
        if name in self.b.undeclared:
            raise InputError([])  # its declaration is what is wrong
        known = [n for scope in self.scopes for n in scope.names]
        help_text = near(name, known) or "declare it at the top of the function"
        if name in ("NULL", "true", "false"):
            text = f"`{name}` is a value, which cannot be assigned to"
            raise self.b.fail("wrong-kind", text, span, "write the variable in front of `=`")
        if self.is_function(name) or name in BUILTINS:
            help_text = f"a call has parentheses: {name}(...)"
        if name in CONSTANTS:
            help_text = f"write `{CONSTANTS[name]}`"
        elif re.fullmatch(r"[A-Z][A-Z0-9_]*", name) and not near(name, known) and name not in BUILTINS:
            help_text = f"a constant of the kernel is a number here, or a member of an enum: enum NAME {{ {name}, ... }};"
        if name in ERRNO:
            help_text = f"the kernel returns errors as negative numbers: -{name}"
        raise self.b.fail("unknown-name", f"`{name}` is not declared", span, help_text)

    def is_function(self, name: str) -> bool:
        """The name is that of a function or a contract."""
        return name in self.decl.contracts or name in self.decl.functions

    def is_constant(self, name: str) -> bool:
        """The name is an enumerator here: no variable hides it."""
        return name in self.decl.constants and not any(name in scope.names for scope in self.scopes)

    def _cell(self, name: str, behind: bool) -> int:
        """The cell of a variable, or of what is behind an out-parameter; -1 where the name is none."""
        v = next((s.names[name] for s in reversed(self.scopes) if name in s.names), None)
        return v.cell if v is not None and v.out == behind else -1

    def in_any_order(self, operands: tuple[code.Expr, ...], span: Span) -> None:
        """Operands that C evaluates in any order; InputError RC017 where that makes a difference."""
        found = conflict(self.decl, self._cell, operands)
        if found:
            first, second, why = found
            text = f"C may evaluate `{pretty.expr(first)}` or `{pretty.expr(second)}` first, and {why}"
            raise self.b.fail("open-order", text, span, "evaluate one of them in a statement of its own, into a variable")

    # -- reading
    def variable(self, name: str, span: Span) -> Operand:
        """The value of a variable."""
        v = self.lookup(name, span)
        if v.out and v.present >= 0:
            return Operand(v.present, 0, "bool")  # asked whether it is NULL
        if v.out:
            plain = f"; a resource is a pointer already: `{v.type} {name}`" if v.type in self.decl.resources else ""
            raise self.b.fail("wrong-kind", f"`{name}` is an out-parameter", span, f"read it as `*{name}`{plain}")
        return Operand(v.cell, 0, v.type)

    def behind(self, name: str, span: Span) -> Operand:
        """The value of the variable behind an out-parameter."""
        v = self.lookup(name, span)
        if not v.out:
            raise self.b.fail("wrong-kind", f"`{name}` is not an out-parameter", span, f"write `{name}`")
        return Operand(v.cell, 0, v.type)

    def field(self, base: str, field: str, span: Span, into: int, kind: str) -> Operand:
        """The content of a slot, in cell `into` where that is of its type."""
        v = self.lookup(base, span)
        if not self.is_pointer(v.type):
            raise self.b.fail("wrong-kind", f"`{base}` is no pointer to an object", span)
        slot, target = self.slot_of(v, field, span)
        cell = into if into >= 0 and kind == target else self.b.cell(f"{base}->{field}", target, "temp")
        self.b.then(span, f"{base}->{field}", "statement", (ops.ReadSlot(cell, v.cell, slot),), self.line)
        return Operand(cell, 0, target)

    def slot_of(self, v: NamedCell, field: str, span: Span) -> tuple[int, str]:
        """The number of a slot of what a variable points to, and the resource that the slot holds."""
        found = None
        if v.type in self.decl.resources:
            found = self.b.tables.slot(self.b.tables.resource(v.type), field)
        if found is None:
            names = [s.name for s in self.decl.resources[v.type].slots] if v.type in self.decl.resources else []
            text = f"`{v.type}` has no slot `{field}`"
            opaque = f'ask what is no slot as `nondet("... {field} ...")`, or leave it out'
            raise self.b.fail("unknown-name", text, span, near(field, names) or opaque)
        resource = self.b.tables.resources[self.b.tables.resource(v.type)]
        return found, self.b.tables.resources[resource.slots[found].target].name

    def alias(self, name: str, field: str | None, span: Span) -> Operand:
        """`&name->field`: another name of the object."""
        v = self.lookup(name, span)
        if field is None:
            text, what = f"`&{name}` is taken only as an out-argument", "pointer" if self.is_pointer(v.type) else "value"
            raise self.b.fail("unsupported", text, span, f"leave `&` out: `{name}` is a {what} already")
        if v.type not in self.decl.resources:
            raise self.b.fail("wrong-kind", f"`{name}` is no pointer to an object", span)
        embeds = self.decl.resources[v.type].embeds
        if field not in embeds:
            text = f"`{v.type}` does not embed `{field}`"
            raise self.b.fail("unknown-name", text, span, near(field, list(embeds)) or "add it to `embeds` in the resource")
        return Operand(v.cell, 0, v.type)

    # -- writing
    def assignment(self, target: code.Expr, value: code.Expr, span: Span) -> Operand:
        """Give a value to a place; the operand is what stands there afterwards."""
        if isinstance(target, code.Field):
            return self._store(target, value, span)
        if not isinstance(target, code.Name | code.Deref):
            raise self.b.fail("wrong-kind", "this cannot be assigned to", span)
        v, out = self.lookup(target.name, target.span), isinstance(target, code.Deref)
        if v.out != out:
            what, fix = ("is not an out-parameter", "") if out else ("is an out-parameter", "*")
            raise self.b.fail("wrong-kind", f"`{target.name}` {what}", target.span, f"write `{fix}{target.name} = ...`")
        if v.present >= 0:
            there = ops.Require(ops.Truth(v.present), f"*{target.name}", f"{target.name} != NULL", "bad-pointer")
            self.b.then(span, pretty.expr(target), "join", (there,), self.line)
        self.give(v, value, span, pretty.expr(target))
        return Operand(v.cell, 0, v.type)

    def give(self, v: NamedCell, value: code.Expr, span: Span, name: str) -> None:
        """Give a value to a variable."""
        if not isinstance(value, code.Name) and v.cell in touched(self.decl, self._cell, value).assigns:
            text = f"`{name}` is assigned twice, and C does not say which of the two comes last"
            raise self.b.fail("open-order", text, span, "drop one of the two")
        src = self.value(value, v.cell, v.type)
        if src.type == "void":
            raise self.b.fail("wrong-kind", "this has no value", value.span)
        text = f"{name} = {pretty.expr(value)}"
        if src.cell == v.cell and isinstance(value, code.Name | code.Deref):
            self.b.then(span, text, "statement", (ops.CheckInit(v.cell),), self.line)
        self.assign(v.cell, v.type, src, span, text)

    def _store(self, place: code.Field, value: code.Expr, span: Span) -> Operand:
        """`p->slot = q` moves a reference into a field that owns; NULL takes it out again."""
        v = self.lookup(place.base, place.span)
        slot, target = self.slot_of(v, place.field, place.span)
        if v.cell in touched(self.decl, self._cell, value).writes:
            text = f"`{pretty.expr(value)}` writes `{place.base}`, and C may read `{place.base}` before or after it"
            raise self.b.fail("open-order", text, span, "evaluate it in a statement of its own, into a variable")
        src = self.value(value)
        text = f"{pretty.expr(place)} = {pretty.expr(value)}"
        if src.cell < 0 and src.type == "null":
            self.b.then(span, text, "statement", (ops.ClearSlot(v.cell, slot),), self.line)
        elif src.type == target:
            put = ops.When(ops.Truth(src.cell), (ops.PutSlot(v.cell, slot, True, src.cell, True),))
            clear = ops.When(ops.Not(ops.Truth(src.cell)), (ops.ClearSlot(v.cell, slot),))
            self.b.then(span, text, "statement", (put, clear), self.line)
        else:
            raise self.b.fail("wrong-kind", f"a slot of `{target}` cannot take `{src.type}`", value.span)
        return src
