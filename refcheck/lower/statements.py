# SPDX-License-Identifier: GPL-2.0-only
"""Statements to edges: scopes, conditions, loops, returns, and callees inlined in place."""

import re
from collections.abc import Callable

from refcheck.base.diagnostics import InputError, near
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.lower.builder import Builder, NamedCell, Operand
from refcheck.lower.contract import Binding
from refcheck.lower.jumps import Frame, Jumps, Loop
from refcheck.lower.labels import LabelMarks, marks
from refcheck.syntax import ast, code, pretty
from refcheck.syntax.habits import A_NUMBER, EFFECTS, NO_TYPES, NUMBERS
from refcheck.unit.nodes import nodes_of


class Statements(Jumps):
    """Lowers the body of a function, and of callees without a contract."""

    def __init__(self, builder: Builder, may_sleep: bool) -> None:
        super().__init__(builder, may_sleep)
        self.in_loop = 0
        self.label_seen = False

    # -- functions
    def body(self, function: ast.FunctionDef, names: dict[str, NamedCell], after: int, result: int) -> None:
        """Lower a body whose parameters are `names`; a return goes to `after`, or to the exit when that is -1.

        The outermost block has the parameters among its names, as in C.
        """
        nodes = nodes_of(self.decl, function)
        found = marks(function.body, self.b) if nodes[code.Labelled] or nodes[code.Case] else LabelMarks({}, {}, {}, set())
        self.frames.append(Frame(function, after, result, found, []))
        scopes, self.scopes = self.scopes, []
        self.enter(function.body, names)
        for s in function.body.body:
            self.statement(s)
        last = function.body.span.last()
        if function.sig.result.name == "void":
            self._return(None, "end of function", last, 0)
        elif self._comes_here():
            text = f"`{function.sig.name}` can reach its end without a `return`"
            kind = self.named(function.sig.result.name)
            self.b.keep(self.b.fail("bad-jump", text, last, f"end each way with a `return` of `{kind}`"))
        self.scopes = scopes
        self.frames.pop()

    def _comes_here(self) -> bool:
        """Some path of the graph comes to where the next statement would start."""
        if self.b.at not in self.b.entered:
            return False
        before: dict[int, list[int]] = {}
        for e in self.b.edges:
            before.setdefault(e.dst, []).append(e.src)
        seen, todo = {self.b.at}, [self.b.at]
        while todo:
            for src in before.get(todo.pop(), []):
                if src not in seen:
                    seen.add(src)
                    todo.append(src)
        return 0 in seen

    def inline(self, function: ast.FunctionDef, e: code.Call, into: int, wanted: bool) -> Operand:
        name = function.sig.name
        if name in self.b.stack:
            chain = " -> ".join([*self.b.stack[self.b.stack.index(name) :], name])
            text = f"`{name}` calls itself: {chain}"
            raise self.b.fail("recursion", text, e.span, f"give `{name}` a contract")
        if function.sig.result.name == "void" and (wanted or into >= 0):
            raise self.b.fail("wrong-kind", f"`{name}` returns nothing", e.span, "call it as a statement")
        bind = self.bind(e, function.sig)
        self.demand(function.sig, bind, e)
        result = into
        if into < 0 and function.sig.result.name != "void":
            result = self.b.cell(f"{name}()", function.sig.result.name, "temp" if wanted else "dropped")
        self.b.stack = (*self.b.stack, name)
        first = len(self.b.cells)
        names = {p.name: self._parameter(p, bind[p.name], e.span) for p in function.sig.params}
        after = self.b.location()
        self.body(function, names, after, result)
        self.b.stack, self.b.at = self.b.stack[:-1], after
        # What it calls in turn has forgotten its own.
        own = [i for i, c in enumerate(self.b.cells[first:], first) if c.function == name]
        gone = [ops.Forget(i) for i in own if self.b.cells[i].role in ("local", "param", "temp")]
        self.b.then(e.span, f"return from {name}", "join", (*self._still_named(function.sig, bind), *gone), self.line)
        return Operand(result, 0, function.sig.result.name)

    def _still_named(self, sig: ast.Signature, bind: Binding) -> list[ops.Op]:
        """What the caller passed is named by the caller to the end of the call: the callee may have filled its slots."""
        values = [bind[p.name].cell for p in sig.params if not p.type.pointer and p.type.name in self.decl.resources]
        kinds = self.b.tables.resources
        return [ops.CheckInit(c) for c in values if c >= 0 and kinds[self.b.cells[c].resource].slots]

    def _parameter(self, p: ast.Param, who: Operand, span: Span) -> NamedCell:
        if p.type.pointer:
            cell, present = who.cell, who.present
            if who.none:
                cell = self.b.cell(f"*{p.name}", p.type.name, "local")
            if present < 0 and "__nullable" in p.attrs:
                present = self.b.cell(p.name, "bool", "local")
                self.b.then(span, f"{p.name} = argument", "join", (ops.Set(present, int(not who.none)),), self.line)
            return NamedCell(cell, p.type.name, True, present)
        cell = self.b.cell(p.name, p.type.name, "param")
        op: ops.Op = ops.Copy(cell, who.cell) if who.cell >= 0 else ops.Set(cell, who.value)
        self.b.then(span, f"{p.name} = argument", "join", (op,), self.line)
        return NamedCell(cell, p.type.name, False)

    # -- statements
    def block(self, block: code.Block | code.Switch) -> None:
        """A scope: names and guards that are declared in it end with it."""
        kept = len(self.open())
        self.enter(block, {})
        for s in block.body:
            self.statement(s)
        self.unwind(kept, block.span.last())
        self.scopes.pop()

    def statement(self, s: code.Stmt) -> None:
        """Lower one statement from where the last one ended; what is wrong with it is kept, and the next ones follow it."""
        simple = isinstance(s, code.Declare | code.Assign | code.Evaluate | code.Return)
        if self.attempt(lambda: self._statement(s), s if simple else ()):
            return
        if isinstance(s, code.Declare):
            self.b.undeclared.add(s.name)
        elif isinstance(s, code.Return | code.Goto | code.Jump):
            self.b.at = self.b.location()

    def attempt(self, todo: Callable[[], None], tree: object) -> bool:
        """Whether that could be done; what is wrong with it is kept, and the other names that mean nothing in its tree."""
        scopes, frames, loops = len(self.scopes), len(self.frames), len(self.frames[-1].loops)
        before = self.b.stack, self.in_loop
        try:
            todo()
        except InputError as e:
            del self.scopes[scopes:], self.frames[frames:], self.frames[-1].loops[loops:]
            self.b.stack, self.in_loop = before
            self.b.keep(e)
            self.unknown_in(tree)
            return False
        return True

    def ask(self, cond: code.Expr, yes: int, no: int) -> None:
        """Lower a condition; of one with which something is wrong either answer is possible."""
        if not self.attempt(lambda: self.branch(cond, yes, no), cond):
            self.b.edge(yes, cond.span, "", "join")
            self.b.edge(no, cond.span, "", "join")

    def _statement(self, s: code.Stmt) -> None:
        self.line = getattr(s, "line", self.line)
        match s:
            case code.Evaluate(expr):
                if isinstance(expr, code.Call):
                    self.call(expr, -1, False)
            case code.If():
                self._if(s)
            case code.Return(value, line, span):
                self._return(value, pretty.expr(value) if value else "", span, line)
            case code.Assign(target, value):
                self.assignment(target, value, s.span)
            case code.Goto(label, _, span):
                self.goto(label, span)
            case code.Declare():
                self._declare(s)
            case code.Block():
                self.block(s)
            case code.Labelled(label):
                self.label_seen = True
                self.mark(s, f"{label}:")
            case code.Case():
                self.mark(s, "")
            case code.While() | code.DoWhile() | code.For():
                self._loop(s)
            case code.Switch():
                self._switch(s)
            case code.Jump(kind, _, span):
                self.jump(kind, span)
            case code.Guard():
                self.guard(s)

    def arm(self, s: code.Stmt, head: str) -> None:
        """The statement that `if`, a loop or a guard governs; InputError RC012 where C has none there."""
        if isinstance(s, code.Declare) or (isinstance(s, code.Guard) and s.body is None):
            text = f"a declaration is no statement that `{head}` could govern: it would end at once"
            raise self.b.fail("unsupported", text, s.span, "put it into braces, with what uses it")
        self.statement(s)

    def _declare(self, s: code.Declare) -> None:
        known = [*self.decl.resources, *self.decl.enums, "int", "bool"]
        if s.type.name not in known:
            text = f"there is no type `{s.type.name}`"
            if s.type.name in EFFECTS:
                text = f"`{s.type.name}` is an effect, which a body has none of"
                help_text = "call a function whose contract has it: NAME(...); a contract stands in contract { ok: ...; };"
                raise self.b.fail("unknown-name", text, s.type.span, help_text)
            if s.type.name in NO_TYPES:
                raise self.b.fail("unknown-name", NO_TYPES[s.type.name][0], s.type.span, NO_TYPES[s.type.name][1])
            if re.fullmatch(NUMBERS, s.type.name):
                raise self.b.fail("unknown-name", text, s.type.span, A_NUMBER)
            in_models = "a model has `int`, `bool`, enums and resources; `use` the spec that has it"
            raise self.b.fail("unknown-name", text, s.type.span, near(s.type.name, known) or in_models)
        if s.type.pointer:
            help_text = f"a resource is a pointer already: {s.type.name} {s.name};"
            raise self.b.fail("unsupported", "a local variable is no out-parameter", s.span, help_text)
        if s.name in self.scopes[-1].names:
            raise self.b.fail("duplicate-name", f"`{s.name}` is declared twice in this scope", s.span, "rename one")
        cell = self.scopes[-1].again.get(id(s), -1)
        v = NamedCell(cell if cell >= 0 else self.b.cell(s.name, s.type.name, "local"), s.type.name, False)
        self.scopes[-1].names[s.name] = v
        if self.in_loop or self.label_seen:
            self.b.then(s.span, f"{s.name} begins", "join", (ops.Set(v.cell, UNINIT),), s.line)
        if s.init is not None:
            self.give(v, s.init, s.span, s.name)

    def _if(self, s: code.If) -> None:
        yes, no = self.b.location(), self.b.location()
        self.ask(s.cond, yes, no)
        self.b.at = yes
        self.arm(s.then, "if")
        if s.orelse is None:
            self.b.edge(no, s.span, "", "join")
        else:
            after = self.b.location()
            self.b.edge(after, s.span, "", "join")
            self.b.at = no
            self.arm(s.orelse, "else")
            self.b.edge(after, s.span, "", "join")
            no = after
        self.b.at = no

    def _loop(self, s: code.While | code.DoWhile | code.For) -> None:
        if isinstance(s, code.For) and s.init:
            self.statement(s.init)
        test, body, step, after = (self.b.location() for _ in range(4))
        self.b.edge(body if isinstance(s, code.DoWhile) else test, s.span, "", "join")
        if not isinstance(s, code.DoWhile):
            self._round(s, test, body, after)
        self.b.at = body
        self.frames[-1].loops.append(Loop(after, step, len(self.open())))
        self.in_loop += 1
        self.arm(s.body, {code.While: "while", code.DoWhile: "do", code.For: "for"}[type(s)])
        self.in_loop -= 1
        self.frames[-1].loops.pop()
        self.b.edge(step, s.span, "", "join")
        self.b.at = step
        if isinstance(s, code.For) and s.step:
            self.statement(s.step)
        self.b.edge(test, s.span, "next round", "join")
        if isinstance(s, code.DoWhile):
            self._round(s, test, body, after)
        self.b.at = after

    def _round(self, s: code.While | code.DoWhile | code.For, test: int, body: int, after: int) -> None:
        """The condition of a loop."""
        self.b.at = test
        self.ask(s.cond if s.cond is not None else code.Bool(True, s.span), body, after)

    def _switch(self, s: code.Switch) -> None:
        after = self.b.location()
        marks = self.frames[-1].marks.cases.get(id(s), [])
        if not self.attempt(lambda: self.cases(s, after), (s.subject, *(m.node for m in marks))):
            for where in (after, *(m.where for m in marks)):
                self.b.edge(where, s.span, "", "join")
        self.b.at = self.b.location()
        self.frames[-1].loops.append(Loop(after, -1, len(self.open())))
        self.block(s)
        self.frames[-1].loops.pop()
        self.b.edge(after, s.span, "", "join")
        self.b.at = after

    def _return(self, value: code.Expr | None, text: str, span: Span, line: int) -> None:
        frame = self.frames[-1]
        wants = frame.function.sig.result.name
        if (value is None) != (wants == "void"):
            message = f"`{frame.function.sig.name}` returns " + ("nothing" if wants == "void" else f"`{wants}`")
            help_text = "write `return;`" if wants == "void" else "return a value"
            if wants == "void" and isinstance(value, code.Call):
                help_text = f"write {pretty.expr(value)}; and then `return;`"
            elif isinstance(value, code.Name) and self.is_function(value.name):
                help_text = f"write {value.name}(...); and then `return;`"
            raise self.b.fail("wrong-kind", message, span, help_text)
        shown = f"return {text}".rstrip() if text != "end of function" else text
        todo: list[ops.Op] = []
        if value is not None:
            src = self.value(value, frame.result, wants)
            plain = self.fits(wants, src) and (wants != "bool" or src.type == "bool")
            if any(scope.guards for scope in self.scopes) or not plain:
                self.assign(frame.result, wants, src, span, shown)
            elif src.cell != frame.result:
                todo.append(ops.Copy(frame.result, src.cell) if src.cell >= 0 else ops.Set(frame.result, src.value))
        self.unwind(0, span, returning=True)
        if frame.after >= 0:
            self.b.edge(frame.after, span, shown, "statement" if todo else "join", tuple(todo), line=line)
        else:
            todo.append(ops.Exit(frame.result if value is not None else -1))
            self.b.edge(self.b.exit, span, shown, "exit", tuple(todo), line=line)
        self.b.at = self.b.location()
