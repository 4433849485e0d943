# SPDX-License-Identifier: GPL-2.0-only
"""Expressions to edges: conditions become branches, values become operands."""

from refcheck.base.diagnostics import near
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, Operand, Variable
from refcheck.lower.logic import is_false, negate
from refcheck.lower.tables import constant
from refcheck.syntax import ast, pretty

POINTER_TESTS = ("IS_ERR", "IS_ERR_OR_NULL")
_SWAP = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Expressions:
    """Lowers the expressions of one function; `call` is given in calls.py."""

    def __init__(self, builder: Builder, may_sleep: bool) -> None:
        self.b = builder
        self.decl = builder.tables.decl
        self.may_sleep = may_sleep
        self.scopes: list[dict[str, Variable]] = [{}]
        self.line = 0

    # -- names
    def lookup(self, name: str, span: Span) -> Variable:
        """The variable that a name means; InputError RC002 if it is not declared."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        known = [n for scope in self.scopes for n in scope]
        help_text = near(name, known) or "declare it at the top of the function"
        raise self.b.fail("unknown-name", f"`{name}` is not declared", span, help_text)

    def is_pointer(self, kind: str) -> bool:
        """The type is a resource (or the type of NULL and ERR_PTR)."""
        return kind in self.decl.resources or kind in ("null", "err")

    # -- values
    def value(self, e: ast.Expr, into: int = -1, kind: str = "") -> Operand:
        """Lower an expression to an operand.  Calls and unknowns give their value to cell `into` if it is named."""
        match e:
            case ast.Name(name, span):
                if name in self.decl.constants and not any(name in s for s in self.scopes):
                    return Operand(-1, self.decl.constants[name], "int")
                v = self.lookup(name, span)
                if v.out and v.present >= 0:
                    return Operand(v.present, 0, "bool")  # asked whether it is NULL
                if v.out:
                    raise self.b.fail("wrong-kind", f"`{name}` is an out-parameter", span, f"read it as `*{name}`")
                return Operand(v.cell, 0, v.type)
            case ast.Call():
                return self.call(e, into, True)
            case ast.Int() | ast.Errno():
                return Operand(-1, constant(self.decl, e), "int")
            case ast.Null():
                return Operand(-1, 0, "null")
            case ast.Bool(value):
                return Operand(-1, int(value), "bool")
            case ast.Deref(name, span):
                v = self.lookup(name, span)
                if not v.out:
                    raise self.b.fail("wrong-kind", f"`{name}` is not an out-parameter", span, f"write `{name}`")
                return Operand(v.cell, 0, v.type)
            case ast.Field(base, field, span):
                return self._field(base, field, span, into)
            case ast.AddressOf(name, field, span):
                return self._alias(name, field, span)
            case ast.Config(name):
                return Operand(self.b.config(name), 0, "bool")
            case ast.Nondet() | ast.Not() | ast.Logic() | ast.Compare() | ast.Ternary():
                return self.choice(e, into, kind)

    def _field(self, base: str, field: str, span: Span, into: int) -> Operand:
        v = self.lookup(base, span)
        if not self.is_pointer(v.type):
            raise self.b.fail("wrong-kind", f"`{base}` is no pointer to an object", span)
        resource = self.b.tables.resources[self.b.tables.resource(v.type)]
        slot = self.b.tables.slot(self.b.tables.resource(v.type), field)
        if slot is None:
            names = [s.name for s in self.decl.resources[v.type].slots]
            text = f"`{v.type}` has no slot `{field}`"
            raise self.b.fail("unknown-name", text, span, near(field, names) or f"declare `slot {field}` in the resource")
        target = self.b.tables.resources[resource.slots[slot].target].name
        cell = into if into >= 0 else self.b.cell(f"{base}->{field}", target, "temp")
        self.b.then(span, f"{base}->{field}", "statement", (ops.ReadSlot(cell, v.cell, slot),), self.line)
        return Operand(cell, 0, target)

    def _alias(self, name: str, field: str | None, span: Span) -> Operand:
        v = self.lookup(name, span)
        if field is None:
            raise self.b.fail("unsupported", f"`&{name}` is taken only as an out-argument", span, "pass it in a call")
        if v.type not in self.decl.resources:
            raise self.b.fail("wrong-kind", f"`{name}` is no pointer to an object", span)
        embeds = self.decl.resources[v.type].embeds
        if field not in embeds:
            text = f"`{v.type}` does not embed `{field}`"
            raise self.b.fail("unknown-name", text, span, near(field, list(embeds)) or "add it to `embeds` in the resource")
        return Operand(v.cell, 0, v.type)

    def choice(self, e: ast.Expr, into: int, kind: str) -> Operand:
        """A condition used as a value: 1 on its true branch, 0 on the other; a ternary has its own values."""
        if isinstance(e, ast.Ternary) and into < 0:
            raise self.b.fail("unsupported", "`?:` stands only where a variable is assigned", e.span, "use an if")
        if self.is_pointer(kind) and not isinstance(e, ast.Ternary):
            raise self.b.fail("wrong-kind", f"a condition is no `{kind}`", e.span, "assign a pointer")
        cell = into if into >= 0 else self.b.cell(pretty.expr(e), "bool", "temp")
        if isinstance(e, ast.Nondet):
            if kind not in self.decl.enums:
                return self._unknown(e, cell, kind)
            todo = tuple(self.use(a) for a in e.args)
            self.b.then(e.span, e.text, "statement", (*todo, ops.Havoc(cell, self.b.values_of(kind))), self.line)
            return Operand(cell, 0, kind)
        yes, no, after = self.b.location(), self.b.location(), self.b.location()
        self.branch(e.cond if isinstance(e, ast.Ternary) else e, yes, no)
        for start, truth in ((yes, 1), (no, 0)):
            self.b.at = start
            if isinstance(e, ast.Ternary):
                arm = e.yes if truth else e.no
                self.assign(cell, kind, self.value(arm, cell, kind), arm.span, pretty.expr(arm))
            else:
                self.b.then(e.span, pretty.expr(e), "join", (ops.Set(cell, truth),), self.line)
            self.b.edge(after, e.span, "", "join")
        self.b.at = after
        return Operand(cell, 0, kind or "bool")

    def _unknown(self, e: ast.Nondet, cell: int, kind: str) -> Operand:
        """A named unknown: one edge for each value."""
        todo = tuple(self.use(a) for a in e.args)
        after = self.b.location()
        for truth, word in ((1, "yes"), (0, "no")):
            text = f"{e.text}: {word}"
            self.b.edge(after, e.span, text, "choice", (*todo, ops.Set(cell, truth)), outcome=word, line=self.line)
        self.b.at = after
        return Operand(cell, 0, kind or "bool")

    def assign(self, cell: int, kind: str, src: Operand, span: Span, text: str) -> None:
        """cell := operand, unless the operand is that cell already; InputError RC007 on a mismatch of types."""
        if src.cell == cell:
            return
        if not self.fits(kind, src):
            message = f"a value of type `{src.type}` does not fit `{self.b.cells[cell].name}`, which is `{kind}`"
            raise self.b.fail("wrong-kind", message, span)
        if kind == "bool" and src.type != "bool":
            self._truth(cell, src, span, text)
            return
        op: ops.Op = ops.Copy(cell, src.cell) if src.cell >= 0 else ops.Set(cell, src.value)
        self.b.then(span, text, "statement", (op,), self.line)

    def _truth(self, cell: int, src: Operand, span: Span, text: str) -> None:
        """A number becomes a bool as in C: false for 0, true for everything else."""
        if src.cell < 0:
            self.b.then(span, text, "statement", (ops.Set(cell, int(src.value != 0)),), self.line)
            return
        after, guard = self.b.location(), ops.Truth(src.cell)
        self.b.edge(after, span, text, "statement", (ops.Set(cell, 1),), guard, line=self.line)
        self.b.edge(after, span, text, "statement", (ops.Set(cell, 0),), negate(guard), line=self.line)
        self.b.at = after

    def fits(self, kind: str, src: Operand) -> bool:
        """A value of the operand's type can be given to a variable of type `kind`."""
        if src.type in self.decl.resources and kind in self.decl.resources:
            return src.type == kind
        return src.type != "void" and self.is_pointer(kind) == self.is_pointer(src.type)

    # -- conditions
    def branch(self, e: ast.Expr, yes: int, no: int) -> None:
        """Lower a condition: control goes to `yes` or `no`; `&&`, `||` and `!` are control flow as in C."""
        match e:
            case ast.Not(arg):
                self.branch(arg, no, yes)
            case ast.Logic(op, left, right):
                middle = self.b.location()
                self.branch(left, middle if op == "&&" else yes, no if op == "&&" else middle)
                self.b.at = middle
                self.branch(right, yes, no)
            case ast.Call("likely" | "unlikely", (arg,)):
                self.branch(arg, yes, no)
            case ast.Nondet(text, args, span):
                todo = tuple(self.use(a) for a in args)
                self.b.edge(yes, span, f"{text}: yes", "choice", todo, outcome="yes", line=self.line)
                self.b.edge(no, span, f"{text}: no", "choice", todo, outcome="no", line=self.line)
            case ast.Bool(value, span):
                self.b.edge(yes if value else no, span, "", "join")
            case ast.Int(value, span):
                self.b.edge(yes if value else no, span, "", "join")
            case ast.Ternary(cond, first, second, _):
                then, orelse = self.b.location(), self.b.location()
                self.branch(cond, then, orelse)
                self.b.at = then
                self.branch(first, yes, no)
                self.b.at = orelse
                self.branch(second, yes, no)
            case _:
                self._test(e, yes, no)

    def _test(self, e: ast.Expr, yes: int, no: int) -> None:
        guard, other, merge = self._atom(e)
        text = pretty.expr(e)
        if not is_false(guard):
            self.b.edge(yes, e.span, f"{text}: true", "branch", merge[0], guard, "true", self.line)
        if not is_false(other):
            self.b.edge(no, e.span, f"{text}: false", "branch", merge[1], other, "false", self.line)

    def _atom(self, e: ast.Expr) -> tuple[ops.Cond, ops.Cond, tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]]]:
        """Guards of the true and the false edge of an atomic condition, and operations on each."""
        none: tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]] = ((), ())
        match e:
            case ast.Call("IS_ERR" | "IS_ERR_OR_NULL" as name, args, span):
                who = self._pointer(name, args, span)
                if who.cell < 0:
                    truth = who.value < 0 or (name == "IS_ERR_OR_NULL" and who.value == 0)
                    return (ops.TRUE, ops.FALSE, none) if truth else (ops.FALSE, ops.TRUE, none)
                guard: ops.Cond = ops.IsErr(who.cell) if name == "IS_ERR" else ops.Cmp(who.cell, "<=", 0)
                return guard, negate(guard), none
            case ast.Compare(op, left, right):
                return self._comparison(op, left, right, e.span)
            case _:
                who = self.value(e)
                if who.cell < 0:
                    return (ops.TRUE, ops.FALSE, none) if who.value else (ops.FALSE, ops.TRUE, none)
                return ops.Truth(who.cell), negate(ops.Truth(who.cell)), none

    def _comparison(
        self, op: str, left: ast.Expr, right: ast.Expr, span: Span
    ) -> tuple[ops.Cond, ops.Cond, tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]]]:
        none: tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]] = ((), ())
        a, b = self.value(left), self.value(right)
        if self.is_pointer(a.type) != self.is_pointer(b.type) and not (
            {a.type, b.type} & {"int"} and {a.type, b.type} & {"null"}
        ):
            raise self.b.fail("wrong-kind", f"`{a.type}` is compared with `{b.type}`", span, "compare like with like")
        if a.cell < 0 and b.cell < 0:
            return (ops.TRUE, ops.FALSE, none) if ops.compare(op, a.value, b.value) else (ops.FALSE, ops.TRUE, none)
        if a.cell < 0:
            a, b, op = b, a, _SWAP[op]
        if b.cell < 0:
            return ops.Cmp(a.cell, op, b.value), ops.Cmp(a.cell, _NEGATED[op], b.value), none
        if self.is_pointer(a.type):
            if op not in ("==", "!="):
                raise self.b.fail("wrong-kind", "pointers are compared with `==` and `!=` only", span)
            same, differ = ops.MayBeSame(a.cell, b.cell), ops.Differ(a.cell, b.cell)
            merge: tuple[ops.Op, ...] = (ops.Merge(a.cell, b.cell),)
            return (same, differ, (merge, ())) if op == "==" else (differ, same, ((), merge))
        return ops.CmpCells(a.cell, op, b.cell), ops.CmpCells(a.cell, _NEGATED[op], b.cell), none

    def use(self, e: ast.Expr) -> ops.Op:
        """The operation that touches the object of a pointer expression."""
        who = self.value(e)
        if who.type not in self.decl.resources:
            raise self.b.fail("wrong-kind", f"`{pretty.expr(e)}` is no pointer to an object", e.span)
        return ops.Use(who.cell)

    def _pointer(self, name: str, args: tuple[ast.Expr, ...], span: Span) -> Operand:
        if len(args) != 1:
            raise self.b.fail("wrong-arguments", f"`{name}` takes one argument", span)
        who = self.value(args[0])
        if not self.is_pointer(who.type):
            raise self.b.fail("wrong-kind", f"`{name}` takes a pointer, this is `{who.type}`", args[0].span)
        return who

    # -- calls
    def call(self, e: ast.Call, into: int, wanted: bool) -> Operand:
        """Lower a call; the result goes to `into`, or to a new temporary if it is wanted (see calls.py)."""
        raise NotImplementedError

    def builtin(self, e: ast.Call) -> Operand:
        """Lower the call of a builtin that is no test."""
        if e.name == "unreachable":
            text = e.args[0].text if e.args and isinstance(e.args[0], ast.Nondet) else "unreachable"
            self.b.then(e.span, text, "statement", (ops.Unreachable(text),), self.line)
            return Operand(-1, 0, "void")
        if e.name == "use":
            todo = tuple(self.use(a) for a in e.args)
            self.b.then(e.span, pretty.expr(e), "statement", todo, self.line)
            return Operand(-1, 0, "void")
        if e.name == "ERR_PTR":
            who = self.value(e.args[0]) if len(e.args) == 1 else Operand(-1, 0, "void")
            if who.type != "int":
                raise self.b.fail("wrong-arguments", "`ERR_PTR` takes an error code", e.span, "ERR_PTR(-EINVAL)")
            if who.cell >= 0:
                code = ops.Require(ops.Cmp(who.cell, "<=", 0), "ERR_PTR", f"{pretty.expr(e.args[0])} <= 0", "bad-pointer")
                self.b.then(e.span, pretty.expr(e), "join", (code,), self.line)
            elif who.value > 0:
                raise self.b.fail("wrong-arguments", "an error code is not positive", e.span, "ERR_PTR(-EINVAL)")
            return who._replace(type="err")
        who = self._pointer(e.name, e.args, e.span)
        if e.name == "ERR_CAST":
            return who._replace(type="err")
        return self._error_of(e, who) if who.cell >= 0 else who._replace(type="int")

    def _error_of(self, e: ast.Call, who: Operand) -> Operand:
        """PTR_ERR: the code of an ERR_PTR, 0 of NULL, and any number of an address (0 for PTR_ERR_OR_ZERO)."""
        cell, after, text = self.b.cell(pretty.expr(e), "int", "temp"), self.b.location(), pretty.expr(e)
        address: ops.Op = ops.Set(cell, 0) if e.name == "PTR_ERR_OR_ZERO" else ops.Havoc(cell, self.b.values_of("int"))
        self.b.edge(after, e.span, text, "join", (ops.Copy(cell, who.cell),), ops.IsErr(who.cell))
        self.b.edge(after, e.span, text, "join", (ops.Set(cell, 0),), ops.Cmp(who.cell, "==", 0))
        self.b.edge(after, e.span, text, "join", (address,), ops.Cmp(who.cell, ">", 0))
        self.b.at = after
        return Operand(cell, 0, "int")
