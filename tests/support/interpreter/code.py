# SPDX-License-Identifier: GPL-2.0-only
"""Statements and expressions, executed from the syntax tree as C would.

A goto is an exception; the body of the function is then walked again, without doing anything, until its label.
Every variable and every value of a call lives in a cell of its own: one for each place of the source, in each chain
of calls that are executed in place.
"""

from __future__ import annotations

from interpreter.calls import RELATION, Arguments, constant
from interpreter.machine import Ended, Machine, TooLong
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.meaning.step import evaluate
from refcheck.syntax import ast


class Jump(Exception):  # noqa: N818  a turn that a run takes
    """`break` or `continue` on its way to its loop."""


class Goto(Exception):  # noqa: N818  a turn that a run takes
    """A goto on its way to the body of its function."""


class Returned(Exception):  # noqa: N818  a turn that a run takes
    """A return on its way to the body of its function."""


class Value:
    """What an expression is: a cell, or a constant."""

    def __init__(self, kind, cell=None, number=0):
        self.kind, self.cell, self.number = kind, cell, number


class Frame:
    """A body in execution: where its value goes, its guards that are open, and the label that is looked for."""

    def __init__(self, function, result):
        self.function, self.result = function, result
        self.guards = []
        self.seeking = None


class Run:
    """One run of one function; `ask(kind, what, options)` decides what the model leaves open."""

    def __init__(self, decl, tracked, points, integers, ask, random, may_sleep, steps=400):
        self.decl, self.ask, self.random, self.may_sleep = decl, ask, random, may_sleep
        self.m = Machine(decl, tracked, points, steps)
        self.points, self.integers = points, integers
        self.path = ()
        self.site = 0
        self.scopes = [{}]
        self.frames = []
        self.configs = {}
        self.returned = None

    # -- what is open
    def domain(self, kind):
        """The values of a scalar type."""
        if kind == "bool":
            return [0, 1]
        if kind in self.decl.enums:
            return [self.decl.constants[n] for n in self.decl.enums[kind].members]
        return self.integers

    def any_of(self, options, cell, kind="int"):
        """One of some values: which class of integers is asked for, which member is chosen at random."""
        classes = {}
        for n in options:
            classes.setdefault(n if kind == "bool" or kind in self.decl.enums else self.rep(n), []).append(n)
        found = sorted(classes)
        chosen = found[0] if len(found) == 1 else self.ask("value", self.m.cfg.cells[cell].name, found)
        return classes[chosen][self.random.randrange(len(classes[chosen]))]

    def rep(self, n):
        """The integer that stands for all that the program cannot tell apart from this one."""
        if n in self.points:
            return n
        below = [p for p in self.points if p < n]
        return below[-1] + 1 if below else self.points[0] - 1

    def config(self, name):
        """The value of a build option; one for a whole run."""
        if name not in self.configs:
            self.configs[name] = self.ask("config", name, [0, 1])
        return self.configs[name]

    # -- names
    def variable(self, name):
        """(cell, type, is an out-parameter) of a name."""
        return next(scope[name] for scope in reversed(self.scopes) if name in scope)

    def local(self, node, name, kind):
        """The cell of a place in the source."""
        return self.m.cell((*self.path, id(node), name), name, kind)

    def pointer(self, kind):
        """The type is a resource."""
        return kind in self.decl.resources

    # -- expressions
    def value(self, e, into=None, kind=""):
        """Evaluate; a call or an unknown gives its value to the cell `into` where there is one."""
        match e:
            case ast.Int() | ast.Errno():
                return Value("int", None, constant(self.decl, e))
            case ast.Null():
                return Value("null")
            case ast.Bool(truth):
                return Value("bool", None, int(truth))
            case ast.Name(name) if name in self.decl.constants and all(name not in s for s in self.scopes):
                return Value("int", None, self.decl.constants[name])
            case ast.Name(name) | ast.Deref(name):
                cell, kind, _ = self.variable(name)
                return Value(kind, cell)
            case ast.AddressOf(name, _):
                cell, kind, _ = self.variable(name)
                return Value(kind, cell)
            case ast.Field(base, field):
                cell, _, _ = self.variable(base)
                slot = self.m.slot(cell, field)
                target = self.m.cfg.resources[self.m.resource(cell).slots[slot].target].name
                to = into if into is not None else self.local(e, "field", target)
                self.m.do(ops.ReadSlot(to, cell, slot))
                return Value(target, to)
            case ast.Config(name):
                cell = self.m.cell(("config", name), name, "bool")
                self.m.heap_do(ops.Set(cell, self.config(name)))
                return Value("bool", cell)
            case ast.Call("IS_ERR" | "IS_ERR_OR_NULL"):
                return self.truth_value(e, into, "bool")
            case ast.Call():
                return self.call(e, into, True)
            case ast.Nondet(_, args) if kind in self.decl.enums:
                self.m.do(*(ops.Use(self.value(a).cell) for a in args))
                self.m.do(ops.Set(into, self.any_of(self.domain(kind), into, kind)))
                return Value(kind, into)
            case ast.Nondet():
                to = into if into is not None else self.local(e, "unknown", "bool")
                self.m.do(ops.Set(to, int(self.true(e))))
                return Value(kind or "bool", to)
            case ast.Ternary(cond, yes, no):
                arm = yes if self.true(cond) else no
                self.give(into, kind, self.value(arm, into, kind))
                return Value(kind, into)
        return self.truth_value(e, into, kind)

    def truth_value(self, e, into, kind):
        """A condition as a value."""
        to = into if into is not None else self.local(e, "condition", "bool")
        self.m.do(ops.Set(to, int(self.true(e))))
        return Value(kind or "bool", to)

    def give(self, cell, kind, value):
        """Assign: a number becomes a truth where a bool is wanted."""
        if value.cell == cell:
            return
        if kind == "bool" and value.kind != "bool":
            self.m.do(ops.Set(cell, int(value.number != 0 if value.cell is None else self.known(ops.Truth(value.cell)))))
        elif value.cell is None:
            self.m.do(ops.Set(cell, value.number))
        else:
            self.m.do(ops.Copy(cell, value.cell))

    def use(self, e):
        self.m.do(ops.Use(self.value(e).cell))

    # -- conditions
    def known(self, cond):
        """The truth of a condition on cells; the path ends where it reads what was never written."""
        truth = evaluate(self.m.heap, cond)
        if truth is None:
            raise Ended
        return truth

    def true(self, e):
        """Whether a condition is true; what it leaves open is asked for."""
        match e:
            case ast.Not(arg):
                return not self.true(arg)
            case ast.Logic("&&", left, right):
                return self.true(left) and self.true(right)
            case ast.Logic(_, left, right):
                return self.true(left) or self.true(right)
            case ast.Call("likely" | "unlikely", (arg,)):
                return self.true(arg)
            case ast.Ternary(cond, yes, no):
                return self.true(yes) if self.true(cond) else self.true(no)
            case ast.Nondet(text, args):
                cells = [self.value(a).cell for a in args]
                yes = self.ask("nondet", text, ["yes", "no"]) == "yes"
                self.m.do(*(ops.Use(c) for c in cells))
                return yes
            case ast.Call("IS_ERR" | "IS_ERR_OR_NULL" as name, (arg,)):
                who = self.value(arg)
                if who.cell is not None:
                    self.known(ops.IsErr(who.cell))
                number = who.number if who.cell is None else self.m.get(who.cell)
                return number < 0 or (name == "IS_ERR_OR_NULL" and number == 0)
            case ast.Compare(op, left, right):
                return self.compare(op, self.value(left), self.value(right))
        who = self.value(e)
        return who.number != 0 if who.cell is None else self.known(ops.Truth(who.cell))

    def number(self, value):
        if value.cell is not None:
            self.m.heap_do(ops.CheckInit(value.cell))
            if self.m.heap.stopped:
                raise Ended
            return self.m.get(value.cell)
        return value.number

    def compare(self, op, left, right):
        a, b = self.number(left), self.number(right)
        if left.cell is None or right.cell is None:
            return RELATION[op](a, b)
        if not self.pointer(left.kind):
            if left.kind != "bool" and self.rep(a) == self.rep(b) and a not in self.points:
                return self.ask("branch", op, ["true", "false"]) == "true"
            return RELATION[op](self.rep(a), self.rep(b))
        same = a == b
        if not same and a > 0 and b > 0 and self.m.resource(left.cell).shared:
            want = "true" if op == "==" else "false"
            same = self.ask("branch", op, ["true", "false"]) == want
        if same:
            self.m.do(ops.Merge(left.cell, right.cell))
        return same == (op == "==")

    # -- calls
    def call(self, e, into, wanted):
        """A call: a builtin, a contract, or a body that is executed in place."""
        match e.name:
            case "likely" | "unlikely":
                return self.value(e.args[0], into)
            case "IS_ERR" | "IS_ERR_OR_NULL":
                return self.truth_value(e, into, "bool")
            case "use":
                cells = [self.value(a).cell for a in e.args]
                self.m.do(*(ops.Use(c) for c in cells))
                return Value("void")
            case "unreachable":
                self.m.do(ops.Unreachable(""))
                return Value("void")
            case "ERR_PTR":
                who = self.value(e.args[0])
                if self.number(who) > 0:
                    self.m.heap.report("bad-pointer", "precondition")
                    raise Ended
                return Value("err", who.cell, who.number)
            case "ERR_CAST":
                who = self.value(e.args[0])
                return Value("err", who.cell, who.number)
            case "PTR_ERR" | "PTR_ERR_OR_ZERO":
                return self.error_of(e, self.value(e.args[0]))
        contract = self.decl.contracts.get(e.name)
        if contract is None:
            return self.inline(self.decl.functions[e.name], e, into, wanted)
        return self.apply(contract, e, into, wanted)

    def error_of(self, e, who):
        number = self.number(who)
        if who.cell is None:
            return Value("int", None, number)
        to = self.local(e, "code", "int")
        if number > 0:
            number = 0 if e.name == "PTR_ERR_OR_ZERO" else self.any_of(self.integers, to)
        self.m.do(ops.Set(to, number))
        return Value("int", to)

    def arguments(self, sig, e):
        """The cells of the arguments, in order; constants get a cell."""
        cells = {}
        for p, a in zip(sig.params, e.args, strict=True):
            if p.type.pointer:
                cells[p.name] = None if isinstance(a, ast.Null) else self.variable(a.name)[0]
                continue
            who = self.value(a)
            cell = who.cell
            converted = p.type.name == "bool" and who.kind not in ("bool", "null")
            if cell is None or converted or who.kind == "err":
                cell = self.local(a, f"argument {p.name}", p.type.name)
                self.give(cell, "" if p.type.name != "bool" else "bool", who)
            cells[p.name] = cell
        return cells

    def apply(self, contract, e, into, wanted):
        sig = contract.sig
        kind = sig.result.name
        target = into
        if into is not None and self.m.cfg.cells[into].kind == "bool" and kind != "bool":
            target = None
        if target is None and (wanted or into is not None):
            target = self.local(e, "result", kind)
        cells = self.arguments(sig, e)
        written = [cells[p.name] for p in sig.params if p.type.pointer] + [target]
        for p in sig.params:
            if not p.type.pointer and cells[p.name] in written:
                copy = self.local(e, f"copy {p.name}", p.type.name)
                self.m.do(ops.Copy(copy, cells[p.name]))
                cells[p.name] = copy
        args = Arguments(self, sig, contract.outcomes, cells)
        self.site = id(e)
        truths = {o.name: args.holds(o.when) for o in contract.outcomes}
        open_now = [o for o in contract.outcomes if truths[o.name] is not False]
        if not open_now:
            args.asks()
            self.m.do(ops.Stuck(e.name))
        name = self.ask("outcome", e.name, [o.name for o in open_now])
        outcome = next(o for o in open_now if o.name == name)

        def guard():
            if truths[name] is None:
                self.m.heap.report("bad-pointer", "uninitialised")
                raise Ended

        args.happens(outcome, target, guard)
        return Value(kind, target)

    def inline(self, function, e, into, wanted):
        """Execute a body in place."""
        sig = function.sig
        cells = self.arguments(sig, e)
        result = into
        if into is None and sig.result.name != "void":
            result = self.local(e, "result" if wanted else "dropped", sig.result.name)
        path, scopes = self.path, self.scopes
        self.path = (*path, ("inside", id(e)))
        names = {}
        for p in sig.params:
            cell = cells[p.name]
            if p.type.pointer:
                names[p.name] = (cell if cell is not None else self.local(p, p.name, p.type.name), p.type.name, True)
                continue
            own = self.local(p, p.name, p.type.name)
            self.m.do(ops.Copy(own, cell))
            names[p.name] = (own, p.type.name, False)
        self.scopes = [names]
        self.body(function, result)
        inside = [c for key, c in self.m.named.items() if key[: len(self.path)] == self.path and "dropped" not in key]
        self.path, self.scopes = path, scopes
        self.m.do(*(ops.Forget(c) for c in inside))
        return Value(sig.result.name, result)

    def body(self, function, result):
        """Execute a body to its return."""
        frame = Frame(function, result)
        self.frames.append(frame)
        depth = len(self.scopes)
        while True:
            try:
                self.statement(function.body)
                break
            except Returned:
                break
            except Goto as jump:
                self.m.left -= 1
                if self.m.left < 0:
                    raise TooLong from None
                del self.scopes[depth:]
                frame.seeking = str(jump)
        del self.scopes[depth:]
        self.frames.pop()

    # -- statements
    def has(self, node, label):
        """The label stands somewhere below a statement."""
        if isinstance(node, ast.Labelled):
            return node.label == label
        return isinstance(node, tuple) and any(self.has(n, label) for n in node)

    def skip(self, s):
        """Whether a statement is passed over because a label further on is looked for."""
        seeking = self.frames[-1].seeking
        return seeking is not None and not self.has(s, seeking)

    def statement(self, s):  # noqa: PLR0915  one case for each statement
        frame = self.frames[-1]
        if self.skip(s):
            if isinstance(s, ast.Declare):
                self.scopes[-1][s.name] = (self.local(s, s.name, s.type.name), s.type.name, False)
            return
        match s:
            case ast.Declare(kind, name, init):
                cell = self.local(s, name, kind.name)
                self.m.do(ops.Set(cell, UNINIT))
                if init is not None:
                    self.give(cell, kind.name, self.value(init, cell, kind.name))
                self.scopes[-1][name] = (cell, kind.name, False)
            case ast.Assign(ast.Field(base, field), value):
                self.store(self.variable(base)[0], field, value)
            case ast.Assign(target, value):
                cell, kind, _ = self.variable(target.name)
                self.give(cell, kind, self.value(value, cell, kind))
            case ast.Evaluate(expr):
                if isinstance(expr, ast.Call):
                    self.call(expr, None, False)
            case ast.Block(body):
                self.scopes.append({})
                own = []
                for x in body:
                    self.statement(x)
                    if isinstance(x, ast.Guard) and x.body is None:
                        own.append(id(x))
                self.unwind([g for g in frame.guards if g[0] not in own])
                self.scopes.pop()
            case ast.If(cond, then, orelse):
                if frame.seeking is not None:
                    self.scoped(then if self.has(then, frame.seeking) else orelse)
                elif self.true(cond):
                    self.scoped(then)
                elif orelse is not None:
                    self.scoped(orelse)
            case ast.While() | ast.DoWhile() | ast.For():
                self.loop(s)
            case ast.Switch():
                self.switch(s)
            case ast.Labelled(label):
                if frame.seeking == label:
                    frame.seeking = None
            case ast.Jump(kind):
                raise Jump(kind)
            case ast.Goto(label):
                inside = self.chain(frame.function.body, label) or []
                self.unwind([g for g in frame.guards if g[0] in inside])
                raise Goto(label)
            case ast.Return(value):
                self.returns(value)
            case ast.Guard(lock, body):
                guard = self.decl.guards[lock]
                if frame.seeking is None:
                    self.call(ast.Call(guard.lock, (), s.span), None, False)
                    frame.guards.append((id(s), guard.unlock, s.span))
                if body is not None:
                    self.scoped(body)
                    self.unwind([g for g in frame.guards if g[0] != id(s)])

    def scoped(self, s):
        self.scopes.append({})
        self.statement(s)
        self.scopes.pop()

    def chain(self, node, label, inside=()):
        """The guards that are open at a label; None where the label is not below the node."""
        match node:
            case ast.Labelled(name):
                return list(inside) if name == label else None
            case ast.Block(body) | ast.Switch(_, body):
                for x in body:
                    found = self.chain(x, label, inside)
                    if found is not None:
                        return found
                    if isinstance(x, ast.Guard) and x.body is None:
                        inside = (*inside, id(x))
                return None
            case ast.Guard(_, body) if body is not None:
                return self.chain(body, label, (*inside, id(node)))
            case ast.If(_, then, orelse):
                found = self.chain(then, label, inside)
                return found if found is not None else self.chain(orelse, label, inside)
            case ast.While(_, body) | ast.For(_, _, _, body) | ast.DoWhile(body):
                return self.chain(body, label, inside)
        return None

    def unwind(self, kept):
        """Close the guards that are not kept, the last one first."""
        frame = self.frames[-1]
        for g in reversed(frame.guards):
            if g not in kept:
                self.call(ast.Call(g[1], (), g[2]), None, False)
        frame.guards = list(kept)

    def loop(self, s):
        frame = self.frames[-1]
        self.scopes.append({})
        depth, guards = len(self.scopes), list(frame.guards)
        seeking = frame.seeking is not None
        if isinstance(s, ast.For) and s.init is not None and not seeking:
            self.statement(s.init)
        elif isinstance(s, ast.For) and isinstance(s.init, ast.Declare):
            self.scopes[-1][s.init.name] = (self.local(s.init, s.init.name, s.init.type.name), s.init.type.name, False)
        first = seeking or isinstance(s, ast.DoWhile)
        while first or s.cond is None or self.true(s.cond):
            self.m.left -= 1
            if self.m.left < 0:
                raise TooLong
            first = False
            try:
                self.scoped(s.body)
            except Jump as jump:
                del self.scopes[depth:]
                self.unwind([g for g in frame.guards if g in guards or g[0] in self.around(s)])
                if str(jump) == "break":
                    break
            if isinstance(s, ast.For) and s.step is not None:
                self.statement(s.step)
        self.scopes.pop()

    def around(self, s):
        """The guards of the function that are open around a loop that a goto has entered."""
        return self.outside(self.frames[-1].function.body, s) or []

    def outside(self, node, wanted, inside=()):
        if node is wanted:
            return list(inside)
        match node:
            case ast.Block(body) | ast.Switch(_, body):
                for x in body:
                    found = self.outside(x, wanted, inside)
                    if found is not None:
                        return found
                    if isinstance(x, ast.Guard) and x.body is None:
                        inside = (*inside, id(x))
            case ast.Guard(_, body) if body is not None:
                return self.outside(body, wanted, (*inside, id(node)))
            case ast.If(_, then, orelse):
                found = self.outside(then, wanted, inside)
                return found if found is not None else self.outside(orelse, wanted, inside)
            case ast.While(_, body) | ast.For(_, _, _, body) | ast.DoWhile(body):
                return self.outside(body, wanted, inside)
        return None

    def switch(self, s):
        frame = self.frames[-1]
        around = self.around(s)
        self.scopes.append({})
        depth = len(self.scopes)
        if frame.seeking is not None:
            start = 0
        else:
            subject = self.value(s.subject)
            number = self.number(subject)
            cases = [(i, c) for i, c in enumerate(s.body) if isinstance(c, ast.Case)]
            matching = [i for i, c in cases if c.value is not None and self.same(number, c.value)]
            default = [i for i, c in cases if c.value is None]
            start = (matching or default or [len(s.body)])[0]
        try:
            for i, x in enumerate(s.body):
                if isinstance(x, ast.Case):
                    continue
                if i >= start:
                    self.statement(x)
                elif isinstance(x, ast.Declare):
                    self.scopes[-1][x.name] = (self.local(x, x.name, x.type.name), x.type.name, False)
        except Jump as jump:
            if str(jump) != "break":
                raise
            del self.scopes[depth:]
            self.unwind([g for g in frame.guards if g[0] in around])
        self.scopes.pop()

    def same(self, number, case):
        return number == constant(self.decl, case)

    def store(self, cell, field, value):
        """`p->slot = q`."""
        slot = self.m.slot(cell, field)
        who = self.value(value)
        if who.cell is None:
            self.m.do(ops.ClearSlot(cell, slot))
        elif self.known(ops.Truth(who.cell)):
            self.m.do(ops.PutSlot(cell, slot, True, who.cell, True))
        else:
            self.m.do(ops.ClearSlot(cell, slot))

    def returns(self, value):
        frame = self.frames[-1]
        kind = frame.function.sig.result.name
        if value is not None:
            self.give(frame.result, kind, self.value(value, frame.result, kind))
        self.unwind([])
        raise Returned
