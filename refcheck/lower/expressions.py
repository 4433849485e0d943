# SPDX-License-Identifier: GPL-2.0-only
"""Expressions to edges: conditions become branches, values become operands."""

from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.logic import is_false, negate
from refcheck.lower.tables import constant
from refcheck.lower.terms import NEGATED, Calculations, CheckedTerm
from refcheck.syntax import code, pretty

TESTS = ("IS_ERR", "IS_ERR_OR_NULL", "likely", "unlikely")
_SWAP = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Expressions(Calculations):
    """Lowers the expressions of one function; `call` is given in calls.py."""

    def __init__(self, builder: Builder, may_sleep: bool) -> None:
        super().__init__(builder)
        self.may_sleep = may_sleep

    # -- values
    def value(self, e: code.Expr, into: int = -1, kind: str = "") -> Operand:
        """Lower an expression to an operand.

        What is computed anew stands in cell `into` (of type `kind`) where one is named and the value is of that type itself.
        """
        match e:
            case code.Name(name, span):
                if self.is_constant(name):
                    return Operand(-1, self.decl.constants[name], "int")
                return self.variable(name, span)
            case code.Call("IS_ERR" | "IS_ERR_OR_NULL" | "likely" | "unlikely"):
                return self.choice(e, into, kind)
            case code.Call(name):
                return self.call(e, into if self._result(name) == kind else -1, True)
            case code.Arithmetic() | code.Prefix():
                return self.calculation(e, into, kind)
            case code.Errno(name) if self.is_variable(name):
                return self.calculation(e, into, kind)
            case code.Int() | code.Errno():
                return Operand(-1, constant(self.decl, e), "int")
            case code.Null():
                return Operand(-1, 0, "null")
            case code.Bool(value):
                return Operand(-1, int(value), "bool")
            case code.Deref(name, span):
                return self.behind(name, span)
            case code.Field(base, field, span):
                return self.field(base, field, span, into, kind)
            case code.AddressOf(name, field, span):
                return self.alias(name, field, span)
            case code.Config(name):
                return Operand(self.b.config(name), 0, "bool")
            case code.Assigned(target, value, span):
                return self.assignment(target, value, span)
            case code.Nondet() | code.LogicalNot() | code.Logic() | code.Compare() | code.Ternary():
                return self.choice(e, into, kind)

    def _result(self, name: str) -> str:
        """The type of what a function returns."""
        found = self.decl.contracts.get(name) or self.decl.functions.get(name)
        return found.sig.result.name if found else ""

    def choice(self, e: code.Expr, into: int, kind: str) -> Operand:
        """A condition used as a value: 1 on its true branch, 0 on the other; a ternary has its own values."""
        if isinstance(e, code.Ternary):
            return self._ternary(e, into, kind)
        if isinstance(e, code.Nondet):
            return self._unknown(e, into, kind)
        if self.is_pointer(kind):
            raise self.b.fail("wrong-kind", f"a condition is no `{kind}`", e.span, "assign a pointer")
        if into < 0 or kind not in ("int", "bool"):
            into, kind = self.b.cell(pretty.expr(e), "bool", "temp"), "bool"
        yes, no, after = self.b.location(), self.b.location(), self.b.location()
        self.branch(e, yes, no)
        for start, truth in ((yes, 1), (no, 0)):
            self.b.at = start
            self.b.then(e.span, pretty.expr(e), "join", (ops.Set(into, truth),), self.line)
            self.b.edge(after, e.span, "", "join")
        self.b.at = after
        return Operand(into, 0, kind)

    def _ternary(self, e: code.Ternary, into: int, kind: str) -> Operand:
        if into < 0:
            raise self.b.fail("unsupported", "`?:` stands only where a variable is assigned", e.span, "use an if")
        yes, no, after = self.b.location(), self.b.location(), self.b.location()
        self.branch(e.cond, yes, no)
        for start, arm in ((yes, e.yes), (no, e.no)):
            self.b.at = start
            self.assign(into, kind, self.value(arm, into, kind), arm.span, pretty.expr(arm))
            self.b.edge(after, e.span, "", "join")
        self.b.at = after
        return Operand(into, 0, kind)

    def _unknown(self, e: code.Nondet, into: int, kind: str) -> Operand:
        """A named unknown: one edge for each of yes and no; any member of an enum."""
        if self.is_pointer(kind):
            raise self.b.fail("wrong-kind", f"a condition is no `{kind}`", e.span, "assign a pointer")
        kind = kind or "bool"
        cell, todo = into if into >= 0 else self.b.cell(pretty.expr(e), kind, "temp"), self._looked_at(e)
        if kind in self.decl.enums:
            self.b.then(e.span, e.text, "statement", (*todo, ops.Havoc(cell, self.b.values_of(kind))), self.line)
            return Operand(cell, 0, kind)
        after = self.b.location()
        for truth, word in ((1, "yes"), (0, "no")):
            text = f"{e.text}: {word}"
            self.b.edge(after, e.span, text, "choice", (*todo, ops.Set(cell, truth)), outcome=word, line=self.line)
        self.b.at = after
        return Operand(cell, 0, kind)

    def _looked_at(self, e: code.Nondet) -> tuple[ops.Op, ...]:
        """The pointers behind an unknown are dereferenced."""
        self.in_any_order(e.args, e.span)
        return tuple(self.use(a) for a in e.args)

    # -- conditions
    def branch(self, e: code.Expr, yes: int, no: int) -> None:
        """Lower a condition: control goes to `yes` or `no`; `&&`, `||` and `!` are control flow as in C."""
        match e:
            case code.LogicalNot(arg):
                self.branch(arg, no, yes)
            case code.Logic(op, left, right):
                middle = self.b.location()
                self.branch(left, middle if op == "&&" else yes, no if op == "&&" else middle)
                self.b.at = middle
                self.branch(right, yes, no)
            case code.Call("likely" | "unlikely" as name, args, span):
                if len(args) != 1:
                    raise self.b.fail("wrong-arguments", f"`{name}` takes one argument", span)
                self.branch(args[0], yes, no)
            case code.Nondet(text, _, span):
                todo = self._looked_at(e)
                self.b.edge(yes, span, f"{text}: yes", "choice", todo, outcome="yes", line=self.line)
                self.b.edge(no, span, f"{text}: no", "choice", todo, outcome="no", line=self.line)
            case code.Bool(value, span):
                self.b.edge(yes if value else no, span, "", "join")
            case code.Int(value, span):
                self.b.edge(yes if value else no, span, "", "join")
            case code.Ternary(cond, first, second, _):
                then, orelse = self.b.location(), self.b.location()
                self.branch(cond, then, orelse)
                self.b.at = then
                self.branch(first, yes, no)
                self.b.at = orelse
                self.branch(second, yes, no)
            case _:
                self._test(e, yes, no)

    def _test(self, e: code.Expr, yes: int, no: int) -> None:
        text = pretty.expr(e)
        if self.is_term(e) and not isinstance(e, code.Int):
            self.supposed("!=", self.term(e), (ops.Constant(0), ()), e.span, text, (yes, no))
            return
        if isinstance(e, code.Compare) and (self.is_term(e.left) or self.is_term(e.right)):
            self.in_any_order((e.left, e.right), e.span)
            left, right = self._side(e.op, e.left, e.span), self._side(e.op, e.right, e.span)
            self.supposed(e.op, left, right, e.span, text, (yes, no))
            return
        guard, other, merge = self._atom(e)
        if not is_false(guard):
            self.b.edge(yes, e.span, f"{text}: true", "branch", merge[0], guard, "true", self.line)
        if not is_false(other):
            self.b.edge(no, e.span, f"{text}: false", "branch", merge[1], other, "false", self.line)

    def _atom(self, e: code.Expr) -> tuple[ops.Cond, ops.Cond, tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]]]:
        """Guards of the true and the false edge of an atomic condition, and operations on each."""
        none: tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]] = ((), ())
        match e:
            case code.Call("IS_ERR" | "IS_ERR_OR_NULL" as name, args, span):
                who = self._pointer(name, args, span)
                if who.cell < 0:
                    truth = who.value < 0 or (name == "IS_ERR_OR_NULL" and who.value == 0)
                    return (ops.TRUE, ops.FALSE, none) if truth else (ops.FALSE, ops.TRUE, none)
                guard: ops.Cond = ops.IsErr(who.cell) if name == "IS_ERR" else ops.Cmp(who.cell, "<=", 0)
                return guard, negate(guard), none
            case code.Compare(op, left, right):
                return self._comparison(op, left, right, e.span)
            case _:
                who = self.value(e)
                if who.type == "void":
                    raise self.b.fail("wrong-kind", "this has no value", e.span)
                if who.cell < 0:
                    return (ops.TRUE, ops.FALSE, none) if who.value else (ops.FALSE, ops.TRUE, none)
                return ops.Truth(who.cell), negate(ops.Truth(who.cell)), none

    def _comparison(
        self, op: str, left: code.Expr, right: code.Expr, span: Span
    ) -> tuple[ops.Cond, ops.Cond, tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]]]:
        none: tuple[tuple[ops.Op, ...], tuple[ops.Op, ...]] = ((), ())
        self.in_any_order((left, right), span)
        a, b = self.value(left), self.value(right)
        self._comparable(op, a, b, span)
        if a.cell < 0 and b.cell < 0:
            return (ops.TRUE, ops.FALSE, none) if ops.compare(op, a.value, b.value) else (ops.FALSE, ops.TRUE, none)
        if a.cell == b.cell and not self.is_pointer(a.type):
            # A variable has one value, though a class of integers has many.
            read: tuple[ops.Op, ...] = (ops.CheckInit(a.cell),)
            equal = op in ("==", "<=", ">=")
            return (ops.TRUE, ops.FALSE, (read, ())) if equal else (ops.FALSE, ops.TRUE, ((), read))
        if a.cell < 0 or (b.cell >= 0 and a.type == "bool"):
            a, b, op = b, a, _SWAP[op]  # an int on the left stands for its class
        if b.cell < 0:
            return ops.Cmp(a.cell, op, b.value), ops.Cmp(a.cell, NEGATED[op], b.value), none
        if self.is_pointer(a.type):
            a, b = self._address(a, b.type, span), self._address(b, a.type, span)
            same, differ = ops.MayBeSame(a.cell, b.cell), ops.Differ(a.cell, b.cell)
            merge: tuple[ops.Op, ...] = (ops.Merge(a.cell, b.cell),)
            return (same, differ, (merge, ())) if op == "==" else (differ, same, ((), merge))
        return ops.CmpCells(a.cell, op, b.cell), ops.CmpCells(a.cell, NEGATED[op], b.cell), none

    def _side(self, op: str, e: code.Expr, span: Span) -> CheckedTerm:
        """One side of a comparison in which one is calculated."""
        if self.is_term(e):
            return self.term(e)
        who = self.value(e)
        self._comparable(op, who, Operand(0, 0, "int"), span)
        return self.number(who, e)

    def _comparable(self, op: str, a: Operand, b: Operand, span: Span) -> None:
        """InputError RC007 where two values have no meaning beside each other, or one that depends on the compiler."""
        pointers = [x.type for x in (a, b) if self.is_pointer(x.type)]
        resources = {t for t in pointers if t in self.decl.resources}
        mixed = len(pointers) == 1 and {a.type, b.type} != {"int", "null"}
        if "void" in (a.type, b.type) or mixed or len(resources) > 1 or pointers == ["err", "err"]:
            help_text = "test a pointer by `!x`, or by IS_ERR(x)" if len(pointers) == 1 else "compare like with like"
            raise self.b.fail("wrong-kind", f"`{a.type}` is compared with `{b.type}`", span, help_text)
        if op in ("==", "!="):
            return
        if pointers:
            raise self.b.fail("wrong-kind", "pointers are compared with `==` and `!=` only", span)
        for x, y in ((a, b), (b, a)):
            if x.type in self.decl.enums and y.type == "int" and (y.cell >= 0 or y.value < 0):
                text = f"a compiler may take `{x.type}` for unsigned, and then a negative number is greater than all of it"
                raise self.b.fail("wrong-kind", text, span, "compare with `==` and `!=`, or with an enumerator")

    def _address(self, who: Operand, kind: str, span: Span) -> Operand:
        """An error pointer that is compared with a pointer of type `kind`, as one of that type."""
        if who.type != "err":
            return who
        cell = self.b.cell("ERR_PTR", kind, "temp")
        self.b.then(span, "ERR_PTR", "join", (ops.Copy(cell, who.cell),), self.line)
        return Operand(cell, 0, kind)

    def use(self, e: code.Expr) -> ops.Op:
        """The operation that touches the object of a pointer expression."""
        who = self.value(e)
        if who.type not in self.decl.resources:
            text = f"`{pretty.expr(e)}` is no pointer to an object"
            raise self.b.fail("wrong-kind", text, e.span, "name a variable that is one")
        return ops.Use(who.cell)

    def _pointer(self, name: str, args: tuple[code.Expr, ...], span: Span) -> Operand:
        if len(args) != 1:
            raise self.b.fail("wrong-arguments", f"`{name}` takes one argument", span)
        who = self.value(args[0])
        if not self.is_pointer(who.type):
            text = f"`{name}` takes a pointer, this is `{who.type}`"
            raise self.b.fail("wrong-kind", text, args[0].span, "a number is tested by `x < 0`, and is an error as it is")
        return who

    # -- calls
    def call(self, e: code.Call, into: int, wanted: bool) -> Operand:
        """Lower a call; the result goes to `into`, or to a new temporary if it is wanted (see calls.py)."""
        raise NotImplementedError

    def builtin(self, e: code.Call) -> Operand:
        """Lower the call of a builtin that is no test."""
        if e.name == "unreachable":
            text = e.args[0].text if e.args and isinstance(e.args[0], code.Nondet) else "unreachable"
            self.b.then(e.span, text, "statement", (ops.Unreachable(text),), self.line)
            return Operand(-1, 0, "void")
        if e.name == "use":
            self.in_any_order(e.args, e.span)
            todo = tuple(self.use(a) for a in e.args)
            self.b.then(e.span, pretty.expr(e), "statement", todo, self.line)
            return Operand(-1, 0, "void")
        if e.name == "ERR_PTR":
            who = self.value(e.args[0]) if len(e.args) == 1 else Operand(-1, 0, "void")
            if who.type != "int":
                raise self.b.fail("wrong-arguments", "`ERR_PTR` takes an error code", e.span, "ERR_PTR(-EINVAL)")
            if who.cell >= 0:
                low = ops.Require(ops.Cmp(who.cell, "<=", 0), "ERR_PTR", f"{pretty.expr(e.args[0])} <= 0", "bad-pointer")
                self.b.then(e.span, pretty.expr(e), "join", (low,), self.line)
            elif who.value > 0:
                raise self.b.fail("wrong-arguments", "an error code is not positive", e.span, "ERR_PTR(-EINVAL)")
            return who._replace(type="err")
        who = self._pointer(e.name, e.args, e.span)
        if e.name == "ERR_CAST":
            if who.cell >= 0 and who.type != "err":
                shown = f"IS_ERR({pretty.expr(e.args[0])})"
                error = ops.Require(ops.Cmp(who.cell, "<=", 0), "ERR_CAST", shown, "bad-pointer")
                self.b.then(e.span, pretty.expr(e), "join", (error,), self.line)
            return who._replace(type="err")
        return self._error_of(e, who) if who.cell >= 0 else who._replace(type="int")

    def _error_of(self, e: code.Call, who: Operand) -> Operand:
        """PTR_ERR: the code of an ERR_PTR, 0 of NULL, and any number of an address (0 for PTR_ERR_OR_ZERO)."""
        cell, after, text = self.b.cell(pretty.expr(e), "int", "temp"), self.b.location(), pretty.expr(e)
        address: ops.Op = ops.Set(cell, 0) if e.name == "PTR_ERR_OR_ZERO" else ops.Havoc(cell, self.b.values_of("int"))
        self.b.edge(after, e.span, text, "join", (ops.Copy(cell, who.cell),), ops.IsErr(who.cell))
        self.b.edge(after, e.span, text, "join", (ops.Set(cell, 0),), ops.Cmp(who.cell, "==", 0))
        self.b.edge(after, e.span, text, "join", (address,), ops.Cmp(who.cell, ">", 0))
        self.b.at = after
        return Operand(cell, 0, "int")
