# SPDX-License-Identifier: GPL-2.0-only
"""Expressions as C: variables are cells that know whether they were written, all else is C's own meaning."""

from itertools import permutations

from refcheck.base.named import NamedTuple
from refcheck.export.run.contracts import ContractWriter
from refcheck.export.run.names import constant, quoted, signature
from refcheck.syntax import ast, code, pretty

_BUILTIN = {
    "IS_ERR": "rc_is_err", "IS_ERR_OR_NULL": "rc_is_err_or_null", "PTR_ERR": "rc_ptr_err",
    "PTR_ERR_OR_ZERO": "rc_err_or_zero",
}  # fmt: skip
_MOST_ORDERS = 3  # operands that are evaluated in every order; of more, each can be the last


class CVariable(NamedTuple):
    """A variable of the model: its name in C, its type, and whether it is a pointer to the caller's variable."""

    name: str
    type: str
    out: bool


class ExpressionWriter:
    """Writes the expressions of one function; `scopes` says what its names mean."""

    def __init__(self, tables: ContractWriter) -> None:
        self.tables, self.d, self.prefix = tables, tables.d, tables.prefix
        self.scopes: list[dict[str, CVariable]] = [{}]

    # -- names and types
    def variable(self, name: str) -> CVariable:
        """The variable that a name means here."""
        return next(scope[name] for scope in reversed(self.scopes) if name in scope)

    def plain(self, kind: str) -> str:
        """The type of a value."""
        if kind in self.d.resources:
            return "struct rc_object *"
        return f"enum {self.prefix}e_{kind}" if kind in self.d.enums else kind

    def cell(self, kind: str) -> str:
        """The type of a variable, with the note whether it was written."""
        if kind in self.d.resources:
            return "rc_ref"
        return f"{self.prefix}cell_{kind}" if kind in self.d.enums else f"rc_{kind}"

    # -- values
    def value(self, e: code.Expr, kind: str = "") -> str:
        """The text of an expression, for a variable of type `kind` where one takes it."""
        match e:
            case code.Name(name) if name in self.d.constants and not any(name in s for s in self.scopes):
                return f"{self.prefix}E_{name}"
            case code.Name(name):
                v = self.variable(name)
                return f"({v.name} != NULL)" if v.out else f"RD({v.name}, {e.span.line})"
            case code.Deref(name) | code.AddressOf(name):
                return f"RD({self.place(self.variable(name), e.span.line)}, {e.span.line})"
            case code.Errno(name, span) if any(name in s for s in self.scopes):
                return self._calculate("-", code.Int(0, span), code.Name(name, span), span.line)
            case code.Int() | code.Errno():
                return f"({constant(self.d, e)})"
            case code.Prefix("-", arg, span):
                return self._calculate("-", code.Int(0, span), arg, span.line)
            case code.Prefix(_, arg):
                return f"(~(int)({self.value(arg)}))"
            case code.Arithmetic(op, left, right):
                return self._calculate(op, left, right, e.span.line)
            case code.Null():
                return "NULL"
            case code.Bool(truth):
                return "true" if truth else "false"
            case code.Config(name):
                return f"rc_config({self.tables.option(name)})"
            case code.Nondet(text, args, span):
                return f"({self._touched(args)}{self._unknown(text, kind, span.line)})"
            case code.Field(base, field, span):
                v = self.variable(base)
                slot = self.tables.slot(v.type, field)
                return f"rc_read(RD({self.place(v, span.line)}, {span.line}), {slot}, {span.line}, {quoted(base)})"
            case code.LogicalNot(arg):
                return f"!({self.value(arg)})"
            case code.Logic(op, left, right):
                return f"(({self.value(left)}) {op} ({self.value(right)}))"
            case code.Ternary(cond, yes, no):
                return f"(({self.value(cond)}) ? ({self.value(yes, kind)}) : ({self.value(no, kind)}))"
            case code.Compare(op, left, right):
                return self._compare(op, left, right, e.span.line)
            case code.Call():
                return self.call(e, wanted=True)
            case code.Assigned(target, value, span):
                return self.assign(target, value, span.line)

    def place(self, v: CVariable, line: int) -> str:
        """The cell of a variable, behind the pointer where it is the caller's."""
        return f"OUT({v.name}, {line})" if v.out else v.name

    def given(self, kind: str, value: code.Expr) -> str:
        """A value for a variable, converted as C converts it when it is assigned."""
        return f"({self.plain(kind)})({self.value(value, kind)})" if kind in self.d.resources else self.value(value, kind)

    def assign(self, target: code.Expr, value: code.Expr, line: int) -> str:
        """An assignment, whose value is that of its target."""
        match target:
            case code.Name(name) | code.Deref(name):
                v = self.variable(name)
                return f"WR({self.place(v, line)}, {self.given(v.type, value)})"
            case code.Field(base, field):
                v = self.variable(base)
                slot = self.tables.slot(v.type, field)
                stored = f"rc_store(RD({self.place(v, line)}, {line}), {slot}, _v, {line}, {quoted(base)})"
                return f"({{ struct rc_object *_v = {self.value(value)}; {stored}; _v; }})"
            case _:
                raise AssertionError(target)

    def _unknown(self, text: str, kind: str, line: int) -> str:
        if kind not in self.d.enums:
            return f"rc_unknown({quoted(text)}, {line})"
        members = (1 << len(self.d.enums[kind].members)) - 1
        return f"({self.plain(kind)})rc_pick({members}, RC_OF_VALUE, {line}, {quoted(text)})"

    def _touched(self, args: tuple[code.Expr, ...]) -> str:
        return "".join(f"rc_use({self.value(a)}, {a.span.line}, {quoted(pretty.expr(a))}), " for a in args)

    def _calculate(self, op: str, left: code.Expr, right: code.Expr, line: int) -> str:
        """A calculation, wrapped around by any compiler; a shift by no number of bits is any number."""
        a, b = self.value(left), self.value(right)
        take = f"_x = {a}; _y = {b};"
        if self._interfere([left, right]):
            take = f"if (rc_order(2, {line})) {{ _y = {b}; _x = {a}; }} else {{ {take} }}"
        done = "_x >> _y" if op == ">>" else f"(int)((unsigned int)_x {op} (unsigned int)_y)"
        if op in ("<<", ">>"):
            any_number = f'rc.one->number[rc_choose(rc.one->numbers, RC_OF_VALUE, {line}, "a shift")]'
            done = f"_y < 0 || _y > 31 ? {any_number} : {done}"
        return f"({{ int _x, _y; {take} {done}; }})"

    def _compare(self, op: str, left: code.Expr, right: code.Expr, line: int) -> str:
        a, b = self.value(left), self.value(right)
        if not self._interfere([left, right]):
            return f"(({a}) {op} ({b}))"
        declared = f"__typeof__({a}) _a; __typeof__({b}) _b;"
        either = f"if (rc_order(2, {line})) {{ _b = {b}; _a = {a}; }} else {{ _a = {a}; _b = {b}; }}"
        return f"({{ {declared} {either} _a {op} _b; }})"

    # -- calls
    def call(self, e: code.Call, *, wanted: bool) -> str:
        """A call; `wanted` where its value is used."""
        match e:
            case code.Call("likely" | "unlikely", (arg,)):
                return f"(!!({self.value(arg)}))"
            case code.Call("ERR_CAST", (arg,)):
                return f"rc_err_cast({self.value(arg)}, {e.span.line})"
            case code.Call("use", args):
                return f"({self._touched(args)}(void)0)"
            case code.Call("unreachable", args):
                why = args[0].text if args and isinstance(args[0], code.Nondet) else ""
                return f"rc_reached({quoted(why)}, {e.span.line})"
            case code.Call("ERR_PTR", (arg,)):
                return f"rc_err_ptr({self.value(arg)}, {e.span.line})"
            case code.Call(name, (arg,)) if name in _BUILTIN:
                return f"{_BUILTIN[name]}({self.value(arg)})"
        sig = signature(self.d, e.name)
        called = self._called(e, sig)
        return f"RD({called}, {e.span.line})" if wanted and sig.result.name != "void" else called

    def _called(self, e: code.Call, sig: ast.Signature) -> str:
        """The call with its arguments, in an order that C may choose where that can make a difference."""
        args = [self._argument(p, a) for p, a in zip(sig.params, e.args, strict=True)]
        name = f"{self.prefix}f_{e.name}"
        if not self._interfere(list(e.args)):
            return f"{name}({', '.join([*args, str(e.span.line)])})"
        orders = self._orders([i for i, a in enumerate(e.args) if _calls(a) or _reads(a)])
        declared = " ".join(f"{self.parameter(p, f'_a{i}')};" for i, p in enumerate(sig.params))
        fixed = [i for i in range(len(args)) if i not in orders[0]]
        ways = [" ".join(f"_a{i} = {args[i]};" for i in (*fixed, *order)) for order in orders]
        cases = " ".join(f"case {n}: {way} break;" for n, way in enumerate(ways))
        passed = ", ".join([*(f"_a{i}" for i in range(len(args))), str(e.span.line)])
        return f"({{ {declared} switch (rc_order({len(ways)}, {e.span.line})) {{ {cases} }} {name}({passed}); }})"

    @staticmethod
    def _orders(moving: list[int]) -> list[tuple[int, ...]]:
        if len(moving) <= _MOST_ORDERS:
            return list(permutations(moving))
        return [tuple(moving), *((*(m for m in moving if m != last), last) for last in moving)]

    def _argument(self, p: ast.Param, arg: code.Expr) -> str:
        if not p.type.pointer:
            return self.value(arg, p.type.name)
        if isinstance(arg, code.AddressOf):
            return f"&{self.variable(arg.name).name}"
        return self.variable(arg.name).name if isinstance(arg, code.Name) else "NULL"

    def parameter(self, p: ast.Param, name: str) -> str:
        """The declaration of a parameter in C."""
        return f"{self.cell(p.type.name)} *{name}" if p.type.pointer else f"{self.plain(p.type.name)} {name}"

    # -- order of evaluation
    def _interfere(self, operands: list[code.Expr]) -> bool:
        """The order in which the operands are evaluated can make a difference: one changes what another calls or reads."""
        return any(
            (_calls(a) and (_calls(b) or "->" in _reads(b))) or _writes(a) & (_reads(b) | _writes(b))
            for i, a in enumerate(operands) for j, b in enumerate(operands) if i != j
        )  # fmt: skip


def _calls(e: object) -> bool:
    """The expression calls a function of the model, or stores into a field."""
    if isinstance(e, code.Call) and e.name not in (*_BUILTIN, "likely", "unlikely", "ERR_CAST", "ERR_PTR"):
        return True
    if isinstance(e, code.Assigned) and isinstance(e.target, code.Field):
        return True
    return isinstance(e, tuple) and any(map(_calls, e))


def _writes(e: object) -> set[str]:
    """The variables that an expression assigns, or whose addresses it passes on."""
    found = {n for part in e for n in _writes(part)} if isinstance(e, tuple) else set()
    match e:
        case code.AddressOf(name, None):
            return {name}
        case code.Assigned(code.Name(name) | code.Deref(name)):
            return found | {name}
        case _:
            return found


def _reads(e: object) -> set[str]:
    """The variables that an expression reads, and `->` where it reads a field."""
    match e:
        case code.Name(name) | code.Deref(name) | code.Errno(name):
            return {name}
        case code.AddressOf(name, field):
            return {name} if field else set()
        case code.Field(base):
            return {base, "->"}
        case _:
            return {n for part in e for n in _reads(part)} if isinstance(e, tuple) else set()
