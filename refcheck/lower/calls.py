# SPDX-License-Identifier: GPL-2.0-only
"""Calls to edges: arguments are bound to parameters, and a contract becomes one edge per outcome."""

from refcheck.base.diagnostics import InputError, near
from refcheck.graph import ops
from refcheck.lower.builder import Operand
from refcheck.lower.contract import Binding
from refcheck.lower.expressions import TESTS, Expressions
from refcheck.lower.interface import Interface
from refcheck.lower.logic import conj, is_false, is_true, negate
from refcheck.syntax import ast, code, pretty
from refcheck.syntax.habits import EFFECTS, MACROS, OF_TYPES
from refcheck.unit.declare import BUILTINS
from refcheck.unit.nodes import nodes_by_class


class Calls(Expressions):
    """Lowers the calls of one function; `inline` is called for functions without a contract."""

    def call(self, e: code.Call, into: int, wanted: bool) -> Operand:
        """Lower a call; the result goes to `into`, or to a new temporary if it is wanted."""
        if e.name in self.decl.contracts:
            contract = self.decl.contracts[e.name]
            return self._apply(contract, self.bind(e, contract.sig), e, into, wanted)
        if e.name in TESTS:
            return self.choice(e, into, "bool")
        if e.name in ("PTR_ERR", "ERR_CAST", "ERR_PTR", "PTR_ERR_OR_ZERO", "use", "unreachable"):
            return self.builtin(e)
        if e.name in self.decl.functions:
            return self.inline(self.decl.functions[e.name], e, into, wanted)
        raise self._unknown_call(e)

    def _unknown_call(self, e: code.Call) -> InputError:
        known = [*self.decl.contracts, *self.decl.functions, *TESTS]
        wanted_spec = "leave out what touches no reference; else `use` the spec that has it, or write a contract"
        help_text = MACROS.get(e.name) or near(e.name, known) or wanted_spec
        if e.name in EFFECTS:
            text = f"`{e.name}` is an effect, which a body has none of"
            return self.b.fail("unknown-name", text, e.span, "call a function whose contract has it: NAME(...);")
        return self.b.fail("unknown-name", f"there is no contract or function `{e.name}`", e.span, help_text)

    def unknown_in(self, tree: object) -> None:
        """Keep what is wrong with the names in a tree of which something else is wrong."""
        nodes = nodes_by_class(tree)
        nodes[code.Call] = [n for n in nodes[code.Call] if type(n) is code.Call]
        unknown = [n for n in nodes[code.Call] if not (n.name in BUILTINS or self.is_function(n.name))]
        for call in unknown:
            self.b.keep(self._unknown_call(call))
        macros = [n for n in unknown if n.name.isupper() and n.name not in MACROS]  # left out with what it is given
        of_types = [n for n in nodes[code.Call] if n.name in OF_TYPES]
        types = {id(a) for call in (*of_types, *macros) for a in call.args}
        named = [(n.name, n) for kind in (code.Name, code.Deref, code.AddressOf) for n in nodes[kind]]
        for name, n in (*named, *((n.base, n) for n in nodes[code.Field])):
            if id(n) in types:
                continue
            try:
                v = None if self.is_constant(name) else self.lookup(name, n.span)
                if isinstance(n, code.Field) and v is not None and self.is_pointer(v.type):
                    self.slot_of(v, n.field, n.span)
            except InputError as e:
                self.b.keep(e)

    def inline(self, function: ast.FunctionDef, e: code.Call, into: int, wanted: bool) -> Operand:
        """Lower the body of a callee in place (see statements.py)."""
        raise NotImplementedError

    def demand(self, sig: ast.Signature, bind: Binding, e: code.Call) -> None:
        """What a signature asks of its calls is asked also where the body stands in place of a contract."""
        terms = Interface(self.b, ast.ContractDef(sig, (), sig.span), bind, self.may_sleep)
        todo = (*terms.demands(), *terms.required())
        if todo:
            self.b.then(e.span, e.name, "call", todo, self.line, e.name)

    def bind(self, e: code.Call, sig: ast.Signature) -> Binding:
        """Arguments to parameters; InputError RC008 where they do not fit."""
        if len(e.args) != len(sig.params):
            one = "argument" if len(sig.params) == 1 else "arguments"
            text = f"`{e.name}` takes {len(sig.params)} {one}, {len(e.args)} given"
            names = ", ".join(f"{p.type.name} {'*' if p.type.pointer else ''}{p.name}" for p in sig.params)
            raise self.b.fail("wrong-arguments", text, e.span, f"{e.name}({names})")
        self.in_any_order(e.args, e.span)
        bind = {p.name: self._argument(p, a) for p, a in zip(sig.params, e.args, strict=True)}
        outs = [(a, bind[p.name].cell) for p, a in zip(sig.params, e.args, strict=True) if p.type.pointer]
        for i, (arg, cell) in enumerate(outs):
            if cell >= 0 and cell in [other for _, other in outs[:i]]:
                text = f"`{pretty.expr(arg)}` stands for two out-parameters: which of them is written last is open"
                raise self.b.fail("wrong-arguments", text, arg.span, "pass two variables")
        return bind

    def _argument(self, p: ast.Param, arg: code.Expr) -> Operand:
        if p.type.pointer:
            return self._out_argument(p, arg)
        kind = p.type.name
        who = self.value(arg, -1, kind if kind in self.decl.enums else "")
        if not self.fits(kind, who):
            text = f"`{p.name}` is `{self.named(kind)}`, this is `{self.named(who.type)}`"
            other = f"it takes a `{self.named(kind)}`: give it one, or call what takes `{self.named(who.type)}`"
            help_text = self.remedy(kind, who) or other
            raise self.b.fail("wrong-arguments", text, arg.span, help_text)
        if kind in self.decl.resources and (who.cell < 0 or who.type == "err"):
            cell = self.b.cell(pretty.expr(arg), kind, "temp")
            op: ops.Op = ops.Set(cell, who.value) if who.cell < 0 else ops.Copy(cell, who.cell)
            self.b.then(arg.span, pretty.expr(arg), "join", (op,), self.line)
            return Operand(cell, 0, kind)
        if kind == "bool" and who.type != "bool":
            if who.cell < 0:
                return Operand(-1, int(who.value != 0), kind)
            cell = self.b.cell(pretty.expr(arg), kind, "temp")
            self.assign(cell, kind, who, arg.span, pretty.expr(arg))
            return Operand(cell, 0, kind)
        return who

    def _out_argument(self, p: ast.Param, arg: code.Expr) -> Operand:
        if isinstance(arg, code.Null):
            if "__nullable" not in p.attrs:
                text = f"`{p.name}` takes no NULL"
                raise self.b.fail("wrong-arguments", text, arg.span, "pass `&variable`")
            return Operand(-1, 0, p.type.name, True)
        if isinstance(arg, code.AddressOf) and arg.field is None:
            v = self.lookup(arg.name, arg.span)
            if v.out:
                raise self.b.fail("wrong-arguments", f"`{arg.name}` is a pointer already", arg.span, f"pass `{arg.name}`")
        elif isinstance(arg, code.Name):
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
        if v.present >= 0 and "__nullable" not in p.attrs:
            there = ops.Require(ops.Truth(v.present), p.name, f"{p.name} != NULL", "bad-pointer")
            self.b.then(arg.span, pretty.expr(arg), "join", (there,), self.line)
        return Operand(v.cell, 0, v.type, False, v.present)

    def _apply(self, c: ast.ContractDef, bind: Binding, e: code.Call, into: int, wanted: bool) -> Operand:
        kind = c.sig.result.name
        if kind == "void" and (wanted or into >= 0):
            raise self.b.fail("wrong-kind", f"`{e.name}` returns nothing", e.span, "call it as a statement")
        cell = into
        if cell < 0 and wanted:
            cell = self.b.cell(f"{e.name}()", kind, "temp")
        bind = self._apart(bind, cell, c, e)
        terms = Interface(self.b, c, bind, self.may_sleep)
        checks = terms.checks()
        after = self.b.location()
        guards: list[ops.Cond] = []
        for outcome in c.outcomes:
            guard = terms.cond(outcome.when)
            guards.append(guard)
            if is_false(guard):
                continue
            todo = (*checks, *terms.operations(outcome, cell))
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

    def _apart(self, bind: Binding, into: int, c: ast.ContractDef, e: code.Call) -> Binding:
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
