"""Expressions to edges: conditions become branches, calls become one edge per contract outcome."""

from refcheck.base.diagnostics import near
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, Operand, Variable
from refcheck.lower.effects import Application, Binding, conj, is_false, is_true, negate
from refcheck.lower.tables import constant
from refcheck.syntax import ast, pretty

_POINTER_TESTS = ("IS_ERR", "IS_ERR_OR_NULL")
_SWAP = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Expressions:
    """Lowers the expressions of one function; `inline` is called for functions without a contract."""

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
                return self._choice(e, into, kind)

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

    def _choice(self, e: ast.Expr, into: int, kind: str) -> Operand:
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
        """Lower a call; the result goes to `into`, or to a new temporary if it is wanted."""
        if e.name in self.decl.contracts:
            contract = self.decl.contracts[e.name]
            return self._apply(contract, self.bind(e, contract.sig), e, into, wanted)
        if e.name in ("likely", "unlikely") and len(e.args) == 1:
            return self.value(e.args[0], into)
        if e.name in ("IS_ERR", "IS_ERR_OR_NULL"):
            return self._choice(e, into, "bool")
        if e.name in ("PTR_ERR", "ERR_CAST", "ERR_PTR", "PTR_ERR_OR_ZERO", "use", "unreachable"):
            return self._builtin(e)
        if e.name in self.decl.functions:
            return self.inline(self.decl.functions[e.name], e, into, wanted)
        known = [*self.decl.contracts, *self.decl.functions, *_POINTER_TESTS]
        help_text = near(e.name, known) or "write a contract for it in a spec, or `use` the spec that has it"
        raise self.b.fail("unknown-name", f"there is no contract or function `{e.name}`", e.span, help_text)

    def inline(self, function: ast.FunctionDef, e: ast.Call, into: int, wanted: bool) -> Operand:
        """Lower the body of a callee in place (see statements.py)."""
        raise NotImplementedError

    def _builtin(self, e: ast.Call) -> Operand:
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

    def bind(self, e: ast.Call, sig: ast.Signature) -> Binding:
        """Arguments to parameters; InputError RC008 where they do not fit."""
        if len(e.args) != len(sig.params):
            text = f"`{e.name}` takes {len(sig.params)} arguments, {len(e.args)} are given"
            names = ", ".join(f"{p.type.name} {'*' if p.type.pointer else ''}{p.name}" for p in sig.params)
            raise self.b.fail("wrong-arguments", text, e.span, f"{e.name}({names})")
        return {p.name: self._argument(p, a) for p, a in zip(sig.params, e.args, strict=True)}

    def _argument(self, p: ast.Param, arg: ast.Expr) -> Operand:
        if p.type.pointer:
            return self._out_argument(p, arg)
        who = self.value(arg)
        if p.type.name in self.decl.resources:
            if not self.is_pointer(who.type) or (who.type in self.decl.resources and who.type != p.type.name):
                text = f"`{p.name}` is a `{p.type.name}`, this is `{who.type}`"
                raise self.b.fail("wrong-arguments", text, arg.span)
            if who.cell < 0 or who.type == "err":
                cell = self.b.cell(pretty.expr(arg), p.type.name, "temp")
                op: ops.Op = ops.Set(cell, who.value) if who.cell < 0 else ops.Copy(cell, who.cell)
                self.b.then(arg.span, pretty.expr(arg), "join", (op,), self.line)
                return Operand(cell, 0, p.type.name)
        elif p.type.name == "bool" and who.type not in ("bool", "null"):
            cell = self.b.cell(pretty.expr(arg), "bool", "temp")
            self.assign(cell, "bool", who, arg.span, pretty.expr(arg))
            return Operand(cell, 0, "bool")
        elif self.is_pointer(who.type):
            if p.type.name != "bool" or who.cell >= 0:
                raise self.b.fail("wrong-arguments", f"`{p.name}` is a `{p.type.name}`, this is a pointer", arg.span)
            return Operand(-1, 0, "bool")
        return who

    def _out_argument(self, p: ast.Param, arg: ast.Expr) -> Operand:
        if isinstance(arg, ast.Null):
            if p.type.name in self.decl.resources or "__nullable" not in p.attrs:
                text = f"`{p.name}` takes no NULL"
                raise self.b.fail("wrong-arguments", text, arg.span, "pass `&variable`")
            return Operand(-1, 0, p.type.name, True)
        if isinstance(arg, ast.AddressOf) and arg.field is None:
            v = self.lookup(arg.name, arg.span)
            if v.out:
                raise self.b.fail("wrong-arguments", f"`{arg.name}` is a pointer already", arg.span, f"pass `{arg.name}`")
        elif isinstance(arg, ast.Name):
            v = self.lookup(arg.name, arg.span)
            if not v.out:
                text = f"`{p.name}` is an out-parameter"
                raise self.b.fail("wrong-arguments", text, arg.span, f"pass `&{arg.name}`")
        else:
            text = f"`{p.name}` is an out-parameter"
            raise self.b.fail("wrong-arguments", text, arg.span, "pass `&variable` or NULL")
        if v.type != p.type.name:
            text = f"`{p.name}` points to a `{p.type.name}`, `{arg.name}` is a `{v.type}`"
            raise self.b.fail("wrong-arguments", text, arg.span)
        return Operand(v.cell, 0, v.type)

    def _apply(self, c: ast.ContractDef, bind: Binding, e: ast.Call, into: int, wanted: bool) -> Operand:
        kind = c.sig.result.name
        if kind == "void" and (wanted or into >= 0):
            raise self.b.fail("wrong-kind", f"`{e.name}` returns nothing", e.span, "call it as a statement")
        cell = into
        if into >= 0:
            self._check_result(into, kind, e)
            if self.b.cells[into].kind == "bool" and kind != "bool":
                cell, wanted = -1, True
        if cell < 0 and wanted:
            cell = self.b.cell(f"{e.name}()", kind, "temp")
        bind = self._apart(bind, cell, c, e)
        app = Application(self.b, c, bind)
        checks = [self._sleep(op) for op in app.checks()]
        after = self.b.location()
        guards: list[ops.Cond] = []
        for outcome in c.outcomes:
            guard = app.cond(outcome.when)
            guards.append(guard)
            if is_false(guard):
                continue
            todo = (*checks, *app.effects(outcome, cell))
            text = f"{e.name}: {outcome.name}" if len(c.outcomes) > 1 else e.name
            self.b.edge(after, e.span, text, "outcome", todo, guard, outcome.name, self.line, e.name)
        if not any(map(is_true, guards)):
            none = conj(*(negate(g) for g in guards))
            if not is_false(none):
                self.b.edge(
                    after, e.span, f"{e.name}: no outcome", "stuck", (*checks, ops.Stuck(e.name)), none, line=self.line
                )
        self.b.at = after
        return Operand(cell, 0, kind)

    def _apart(self, bind: Binding, into: int, c: ast.ContractDef, e: ast.Call) -> Binding:
        """Arguments by value are read before the call writes: copies where a result or out-argument is the same."""
        written = {bind[p.name].cell for p in c.sig.params if p.type.pointer} | {into}
        changed = dict(bind)
        for p in c.sig.params:
            who = bind[p.name]
            if not p.type.pointer and who.cell >= 0 and who.cell in written:
                old = self.b.cells[who.cell]
                cell = self.b.cell(old.name, p.type.name, "temp")
                self.b.then(e.span, f"{old.name} passed", "join", (ops.Copy(cell, who.cell),), self.line)
                changed[p.name] = who._replace(cell=cell)
        return changed

    def _sleep(self, op: ops.Op) -> ops.Op:
        return op._replace(allowed=self.may_sleep) if isinstance(op, ops.NeedNone) else op

    def _check_result(self, into: int, kind: str, e: ast.Call) -> None:
        target = self.b.cells[into]
        have = self.b.tables.resources[target.resource].name if target.kind == "ptr" else target.kind
        if (kind in self.decl.resources or have in self.decl.resources) and kind != have:
            text = f"`{e.name}` returns a `{kind}`, `{target.name}` is a `{have}`"
            raise self.b.fail("wrong-kind", text, e.span)
