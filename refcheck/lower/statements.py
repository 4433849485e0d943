# SPDX-License-Identifier: GPL-2.0-only
"""Statements to edges: scopes, loops, gotos, guards, returns, and callees inlined in place."""


from refcheck.base.diagnostics import near
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.lower.builder import Builder, Operand, Variable
from refcheck.lower.calls import Calls
from refcheck.lower.logic import negate
from refcheck.lower.tables import nodes_of
from refcheck.syntax import ast, pretty


class Cleanup(NamedTuple):
    """A guard that is open: the function that closes it, and an identity for gotos."""

    unlock: str
    identity: int
    span: Span


class Frame(NamedTuple):
    """What a body being lowered returns to: the location behind it (-1: the exit) and the cell for its value."""

    function: ast.FunctionDef
    after: int
    result: int
    labels: dict[str, tuple[int, tuple[int, ...]]]
    base: int


class Statements(Calls):
    """Lowers the body of a function, and of callees without a contract."""

    def __init__(self, builder: Builder, may_sleep: bool) -> None:
        super().__init__(builder, may_sleep)
        self.cleanups: list[Cleanup] = []
        self.loops: list[tuple[int, int, int]] = []
        self.frames: list[Frame] = []
        self.in_loop = 0
        self.label_seen = False

    # -- functions
    def body(self, function: ast.FunctionDef, after: int, result: int) -> None:
        """Lower a body; a return goes to `after`, or to the exit when that is -1."""
        labels = {}
        if nodes_of(self.decl, function)[ast.Labelled]:
            for label, chain in _labels(function.body, (), self.b):
                labels[label] = (self.b.location(), chain)
        self.frames.append(Frame(function, after, result, labels, len(self.cleanups)))
        loops, self.loops = self.loops, []
        self.block(function.body)
        end = function.body.span
        last = Span(end.path, end.end_line, max(1, end.end_col - 1), end.end_line, end.end_col)
        if function.sig.result.name == "void":
            self._return(None, "end of function", last, 0)
        elif self._entered():
            text = f"`{function.sig.name}` can reach its end without a `return`"
            raise self.b.fail("bad-jump", text, last, f"return a `{function.sig.result.name}`")
        self.loops = loops
        self.frames.pop()

    def _entered(self) -> bool:
        """Some path of the graph so far comes to where the next statement would start."""
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

    def inline(self, function: ast.FunctionDef, e: ast.Call, into: int, wanted: bool) -> Operand:
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
        scopes, self.scopes = self.scopes, [{}]
        first = len(self.b.cells)
        for p in function.sig.params:
            self._parameter(p, bind[p.name], e.span)
        after = self.b.location()
        self.body(function, after, result)
        self.scopes, self.b.stack, self.b.at = scopes, self.b.stack[:-1], after
        # What it calls in turn has forgotten its own.
        own = [i for i, c in enumerate(self.b.cells[first:], first) if c.function == name]
        todo = tuple(ops.Forget(i) for i in own if self.b.cells[i].role in ("local", "param", "temp"))
        self.b.then(e.span, f"return from {name}", "join", todo, self.line)
        return Operand(result, 0, function.sig.result.name)

    def _parameter(self, p: ast.Param, who: Operand, span: Span) -> None:
        if p.type.pointer:
            cell, present = who.cell, who.present
            if who.none:
                cell, present = self.b.cell(f"*{p.name}", p.type.name, "local"), self.b.cell(p.name, "bool", "local")
                self.b.then(span, f"{p.name} = NULL", "join", (ops.Set(present, 0),), self.line)
            self.scopes[-1][p.name] = Variable(cell, p.type.name, True, present)
            return
        cell = self.b.cell(p.name, p.type.name, "param")
        op: ops.Op = ops.Copy(cell, who.cell) if who.cell >= 0 else ops.Set(cell, who.value)
        self.b.then(span, f"{p.name} = argument", "join", (op,), self.line)
        self.scopes[-1][p.name] = Variable(cell, p.type.name, False)

    # -- statements
    def block(self, block: ast.Block) -> None:
        """A scope: names and guards that are declared in it end with it."""
        self.scopes.append({})
        depth = len(self.cleanups)
        for s in block.body:
            self.statement(s)
        self._close(depth, block.span)
        self.scopes.pop()

    def statement(self, s: ast.Stmt) -> None:
        """Lower one statement from where the last one ended."""
        self.line = getattr(s, "line", self.line)
        match s:
            case ast.Evaluate(expr):
                if isinstance(expr, ast.Call):
                    self.call(expr, -1, False)
            case ast.If():
                self._if(s)
            case ast.Return(value, line, span):
                self._return(value, pretty.expr(value) if value else "", span, line)
            case ast.Assign(target, value):
                self._assign(target, value, s.span)
            case ast.Goto(label, _, span):
                self._goto(label, span)
            case ast.Declare():
                self._declare(s)
            case ast.Block():
                self.block(s)
            case ast.Labelled(label, _, span):
                where = self.frames[-1].labels[label][0]
                self.label_seen = True
                self.b.edge(where, span, f"{label}:", "join")
                self.b.at = where
            case ast.While() | ast.DoWhile() | ast.For():
                self._loop(s)
            case ast.Switch():
                self._switch(s)
            case ast.Jump(kind, _, span):
                self._jump(kind, span)
            case ast.Guard():
                self._guard(s)

    def _declare(self, s: ast.Declare) -> None:
        known = [*self.decl.resources, *self.decl.enums, "int", "bool"]
        if s.type.name not in known:
            text = f"there is no type `{s.type.name}`"
            raise self.b.fail("unknown-name", text, s.type.span, near(s.type.name, known) or "use the spec that has it")
        if s.type.pointer:
            raise self.b.fail("unsupported", "a local variable is no out-parameter", s.span, f"{s.type.name} {s.name};")
        if s.name in self.scopes[-1]:
            raise self.b.fail("duplicate-name", f"`{s.name}` is declared twice in this scope", s.span, "rename one")
        cell = self.b.cell(s.name, s.type.name, "local")
        if self.in_loop or self.label_seen:
            self.b.then(s.span, f"{s.name} begins", "join", (ops.Set(cell, UNINIT),), s.line)
        if s.init is not None:
            self._give(cell, s.type.name, s.init, s.span, s.name)
        self.scopes[-1][s.name] = Variable(cell, s.type.name, False)

    def _assign(self, target: ast.Expr, value: ast.Expr, span: Span) -> None:
        match target:
            case ast.Name(name, at):
                v = self.lookup(name, at)
                if v.out:
                    raise self.b.fail("wrong-kind", f"`{name}` is an out-parameter", at, f"write `*{name} = ...`")
                self._give(v.cell, v.type, value, span, name)
            case ast.Deref(name, at):
                v = self.lookup(name, at)
                if not v.out:
                    raise self.b.fail("wrong-kind", f"`{name}` is not an out-parameter", at, f"write `{name} = ...`")
                if v.present >= 0:
                    there = ops.Require(ops.Truth(v.present), "a write", f"{name} != NULL", "bad-pointer")
                    self.b.then(span, f"*{name}", "join", (there,), self.line)
                self._give(v.cell, v.type, value, span, f"*{name}")
            case ast.Field(base, field, at):
                self._store(base, field, at, value, span)
            case _:
                raise self.b.fail("wrong-kind", "this cannot be assigned to", span)

    def _give(self, cell: int, kind: str, value: ast.Expr, span: Span, name: str) -> None:
        src = self.value(value, cell, kind)
        if src.type == "void":
            raise self.b.fail("wrong-kind", "this has no value", value.span)
        self.assign(cell, kind, src, span, f"{name} = {pretty.expr(value)}")

    def _store(self, base: str, field: str, at: Span, value: ast.Expr, span: Span) -> None:
        """`p->slot = q` moves a reference into a field that owns; NULL takes it out again."""
        v = self.lookup(base, at)
        slot = None
        if v.type in self.decl.resources:
            slot = self.b.tables.slot(self.b.tables.resource(v.type), field)
        if slot is None:
            names = [s.name for s in self.decl.resources[v.type].slots] if v.type in self.decl.resources else []
            text = f"`{v.type}` has no slot `{field}`"
            raise self.b.fail("unknown-name", text, at, near(field, names) or f"declare `slot {field}` in the resource")
        src = self.value(value)
        text = f"{base}->{field} = {pretty.expr(value)}"
        resource = self.b.tables.resources[self.b.tables.resource(v.type)]
        target = self.b.tables.resources[resource.slots[slot].target].name
        if src.cell < 0 and src.type == "null":
            self.b.then(span, text, "statement", (ops.ClearSlot(v.cell, slot),), self.line)
        elif src.type == target:
            self.b.then(span, text, "statement", self._fill(v.cell, slot, src.cell), self.line)
        else:
            raise self.b.fail("wrong-kind", f"a slot of `{target}` cannot take `{src.type}`", value.span)

    @staticmethod
    def _fill(ptr: int, slot: int, src: int) -> tuple[ops.Op, ...]:
        """Put what `src` names into a slot that owns; NULL empties it."""
        put = ops.When(ops.Truth(src), (ops.PutSlot(ptr, slot, True, src, True),))
        return (put, ops.When(ops.Not(ops.Truth(src)), (ops.ClearSlot(ptr, slot),)))

    def _if(self, s: ast.If) -> None:
        yes, no = self.b.location(), self.b.location()
        self.branch(s.cond, yes, no)
        self.b.at = yes
        self._scoped(s.then)
        if s.orelse is None:
            self.b.edge(no, s.span, "", "join")
        else:
            after = self.b.location()
            self.b.edge(after, s.span, "", "join")
            self.b.at = no
            self._scoped(s.orelse)
            self.b.edge(after, s.span, "", "join")
            no = after
        self.b.at = no

    def _scoped(self, s: ast.Stmt) -> None:
        self.block(s if isinstance(s, ast.Block) else ast.Block((s,), s.span))

    def _loop(self, s: ast.While | ast.DoWhile | ast.For) -> None:
        self.scopes.append({})
        if isinstance(s, ast.For) and s.init:
            self.statement(s.init)
        test, body, step, after = (self.b.location() for _ in range(4))
        self.b.edge(body if isinstance(s, ast.DoWhile) else test, s.span, "", "join")
        self.b.at = test
        cond = s.cond if s.cond is not None else ast.Bool(True, s.span)
        self.branch(cond, body, after)
        self.b.at = body
        self.loops.append((after, step, len(self.cleanups)))
        self.in_loop += 1
        self._scoped(s.body)
        self.in_loop -= 1
        self.loops.pop()
        self.b.edge(step, s.span, "", "join")
        self.b.at = step
        if isinstance(s, ast.For) and s.step:
            self.statement(s.step)
        self.b.edge(test, s.span, "next round", "join")
        self.b.at = after
        self.scopes.pop()

    def _switch(self, s: ast.Switch) -> None:
        subject = self.value(s.subject)
        if subject.cell < 0:
            constant = self.b.cell(pretty.expr(s.subject), "int", "temp")
            self.assign(constant, "int", subject, s.span, pretty.expr(s.subject))
            subject = Operand(constant, 0, "int")
        after = self.b.location()
        cases = [c for c in s.body if isinstance(c, ast.Case)]
        places = {id(c): self.b.location() for c in cases}
        seen: dict[int | None, Span] = {}
        for c in cases:
            if c.value is None:
                self._once(seen, None, "default", c.span)
                continue
            other = self.value(c.value)
            if other.cell >= 0:
                raise self.b.fail("bad-jump", "a case needs a constant", c.span)
            self._once(seen, other.value, f"case {pretty.expr(c.value)}", c.span)
            if self.is_pointer(subject.type) and not self.is_pointer(other.type):
                text = f"`{pretty.expr(s.subject)}` is a pointer"
                raise self.b.fail("wrong-kind", text, s.span, "a switch takes a number; ask a pointer with `if`")
            guard: ops.Cond = ops.Cmp(subject.cell, "==", other.value)
            following = self.b.location()
            text = f"{pretty.expr(s.subject)} == {pretty.expr(c.value)}"
            self.b.edge(places[id(c)], c.span, f"{text}: true", "branch", (), guard, "true", self.line)
            self.b.edge(following, c.span, f"{text}: false", "branch", (), negate(guard), "false", self.line)
            self.b.at = following
        default = next((c for c in cases if c.value is None), None)
        self.b.edge(places[id(default)] if default else after, s.span, "default", "join")
        self.b.at = self.b.location()
        self.loops.append((after, -1, len(self.cleanups)))
        self.scopes.append({})
        for item in s.body:
            if isinstance(item, ast.Case):
                self.b.edge(places[id(item)], item.span, "", "join")
                self.b.at = places[id(item)]
            else:
                self.statement(item)
        self.scopes.pop()
        self.loops.pop()
        self.b.edge(after, s.span, "", "join")
        self.b.at = after

    def _once(self, seen: dict[int | None, Span], value: int | None, what: str, span: Span) -> None:
        if value in seen:
            raise self.b.fail("duplicate-name", f"`{what}` stands there twice", span, f"first at {seen[value]}")
        seen[value] = span

    def _jump(self, kind: str, span: Span) -> None:
        targets = [t for t in self.loops if kind == "break" or t[1] >= 0]
        if not targets:
            raise self.b.fail("bad-jump", f"`{kind}` stands outside a loop", span)
        after, step, depth = targets[-1]
        self._unwind(depth, span)
        self.b.edge(after if kind == "break" else step, span, kind, "join", line=self.line)
        self.b.at = self.b.location()

    def _goto(self, label: str, span: Span) -> None:
        labels = self.frames[-1].labels
        if label not in labels:
            raise self.b.fail("bad-jump", f"there is no label `{label}`", span, near(label, list(labels)))
        where, chain = labels[label]
        open_here = [c.identity for c in self.cleanups[self.frames[-1].base :]]
        if list(chain) != open_here[: len(chain)]:
            raise self.b.fail("bad-jump", f"`goto {label}` jumps into the scope of a guard", span)
        self._unwind(self.frames[-1].base + len(chain), span)
        self.b.edge(where, span, f"goto {label}", "join", line=self.line)
        self.b.at = self.b.location()

    def _guard(self, s: ast.Guard) -> None:
        if s.lock not in self.decl.guards:
            text = f"there is no guard `{s.lock}`"
            raise self.b.fail("unknown-name", text, s.span, near(s.lock, list(self.decl.guards)))
        g = self.decl.guards[s.lock]
        depth = len(self.cleanups)
        self.call(ast.Call(g.lock, (), s.span), -1, False)
        self.cleanups.append(Cleanup(g.unlock, id(s), s.span))
        if s.body is not None:
            self._scoped(s.body)
            self._close(depth, s.span)

    def _close(self, depth: int, span: Span) -> None:
        """A scope ends: its guards are closed where some path comes to its end, and are no longer open."""
        if len(self.cleanups) > depth and self._entered():
            self._unwind(depth, span)
        del self.cleanups[depth:]

    def _unwind(self, depth: int, span: Span) -> None:
        """Close the guards above a depth, innermost first; they stay listed for the code behind a jump."""
        for c in reversed(self.cleanups[depth:]):
            self.call(ast.Call(c.unlock, (), span), -1, False)

    def _return(self, value: ast.Expr | None, text: str, span: Span, line: int) -> None:
        frame = self.frames[-1]
        wants = frame.function.sig.result.name
        if (value is None) != (wants == "void"):
            message = f"`{frame.function.sig.name}` returns " + ("nothing" if wants == "void" else f"a `{wants}`")
            raise self.b.fail("wrong-kind", message, span)
        shown = f"return {text}".rstrip() if text != "end of function" else text
        todo: list[ops.Op] = []
        if value is not None:
            src = self.value(value, frame.result, wants)
            plain = self.fits(wants, src) and (wants != "bool" or src.type == "bool")
            if len(self.cleanups) > frame.base or not plain:
                self.assign(frame.result, wants, src, span, shown)
            elif src.cell != frame.result:
                todo.append(ops.Copy(frame.result, src.cell) if src.cell >= 0 else ops.Set(frame.result, src.value))
        self._unwind(frame.base, span)
        if frame.after >= 0:
            self.b.edge(frame.after, span, shown, "statement" if todo else "join", tuple(todo), line=line)
        else:
            todo.append(ops.Exit(frame.result if value is not None else -1))
            self.b.edge(self.b.exit, span, shown, "exit", tuple(todo), line=line)
        self.b.at = self.b.location()


def _labels(node: object, chain: tuple[int, ...], b: Builder) -> list[tuple[str, tuple[int, ...]]]:
    """Each label below a statement with the guards that are open there; InputError on a duplicate."""
    found: list[tuple[str, tuple[int, ...]]] = []
    seen: dict[str, Span] = {}

    def visit(s: object, open_guards: tuple[int, ...]) -> tuple[int, ...]:
        match s:
            case ast.Labelled(label, _, span):
                if label in seen:
                    raise b.fail("duplicate-name", f"label `{label}` is set twice", span, f"first at {seen[label]}")
                seen[label] = span
                found.append((label, open_guards))
            case ast.Guard(_, None):
                return (*open_guards, id(s))
            case ast.Guard(_, body):
                visit(body, (*open_guards, id(s)))
            case ast.Block(body) | ast.Switch(_, body):
                inner = open_guards
                for x in body:
                    inner = visit(x, inner)
            case ast.If(_, then, orelse):
                visit(then, open_guards)
                visit(orelse, open_guards)
            case ast.While(_, body) | ast.For(_, _, _, body):
                visit(body, open_guards)
            case ast.DoWhile(body):
                visit(body, open_guards)
            case _:
                pass
        return open_guards

    visit(node, chain)
    return found

