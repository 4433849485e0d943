# SPDX-License-Identifier: GPL-2.0-only
"""Statements and expressions, executed from the syntax tree as C would.

A goto is an exception on its way to the innermost block around its label; that block is then walked again, without doing
anything, until the label.  So a case is reached in the block of its switch.
Every variable and every value of a call lives in a cell of its own: one for each place of the source, in each chain
of calls that are executed in place.
"""

from __future__ import annotations

from contextlib import suppress

from interpreter.calls import Arguments
from interpreter.contract import RELATION, constant
from interpreter.machine import Ended, Machine, TooLong
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.meaning.state import NOT_LENT
from refcheck.meaning.step import evaluate
from refcheck.syntax import code


class Jump(Exception):  # noqa: N818  a turn that a run takes
    """`break` or `continue` on its way to its loop."""


class Goto(Exception):  # noqa: N818  a turn that a run takes
    """A goto on its way to the block that has its label."""


class Returned(Exception):  # noqa: N818  a turn that a run takes
    """A return on its way to the body of its function."""


class Value:
    """What an expression is: a cell, or a constant."""

    def __init__(self, kind, cell=None, number=0):
        self.kind, self.cell, self.number = kind, cell, number


class Frame:
    """A body in execution: where its value goes, and the label or case that is looked for."""

    def __init__(self, function, result):
        self.function, self.result = function, result
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
        return self.place(name)[:3]

    def place(self, name):
        """The same, and the cell that says whether an out-parameter is there, None where it always is."""
        return next(scope[name] for scope in reversed(self.scopes) if name in scope)

    def there(self, name):
        """An out-parameter is written, or passed where it must be: the path ends where it is NULL."""
        present = self.place(name)[3]
        if present is not None and not self.m.get(present):
            self.m.heap.report("bad-pointer", "precondition")
            raise Ended

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
            case code.Int() | code.Errno():
                return Value("int", None, constant(self.decl, e))
            case code.Null():
                return Value("null")
            case code.Bool(truth):
                return Value("bool", None, int(truth))
            case code.Name(name) if name in self.decl.constants and all(name not in s for s in self.scopes):
                return Value("int", None, self.decl.constants[name])
            case code.Name(name) if self.place(name)[3] is not None:
                return Value("bool", self.place(name)[3])
            case code.Name(name) | code.Deref(name):
                cell, kind, _ = self.variable(name)
                return Value(kind, cell)
            case code.AddressOf(name, _):
                cell, kind, _ = self.variable(name)
                return Value(kind, cell)
            case code.Field(base, field):
                cell, _, _ = self.variable(base)
                slot = self.m.slot(cell, field)
                target = self.m.cfg.resources[self.m.resource(cell).slots[slot].target].name
                to = into if into is not None and kind == target else self.local(e, "field", target)
                self.m.do(ops.ReadSlot(to, cell, slot))
                return Value(target, to)
            case code.Config(name):
                cell = self.m.cell(("config", name), name, "bool")
                self.m.heap_do(ops.Set(cell, self.config(name)))
                return Value("bool", cell)
            case code.Call("IS_ERR" | "IS_ERR_OR_NULL" | "likely" | "unlikely"):
                return self.truth_value(e, into, kind)
            case code.Call(name):
                callee = self.decl.contracts.get(name) or self.decl.functions.get(name)
                alike = callee is not None and callee.sig.result.name == kind
                return self.call(e, into if alike else None, True)
            case code.Assigned(target, value):
                return self.assign(target, value)
            case code.Nondet(_, args) if kind in self.decl.enums:
                to = into if into is not None else self.local(e, "unknown", kind)
                self.m.do(*(ops.Use(self.value(a).cell) for a in args))
                self.m.do(ops.Set(to, self.any_of(self.domain(kind), to, kind)))
                return Value(kind, to)
            case code.Nondet():
                to = into if into is not None else self.local(e, "unknown", "bool")
                self.m.do(ops.Set(to, int(self.true(e))))
                return Value(kind or "bool", to)
            case code.Ternary(cond, yes, no):
                arm = yes if self.true(cond) else no
                self.give(into, kind, self.value(arm, into, kind))
                return Value(kind, into)
        return self.truth_value(e, into, kind)

    def truth_value(self, e, into, kind):
        """A condition as a value."""
        if into is None or kind not in ("int", "bool"):
            into, kind = self.local(e, "condition", "bool"), "bool"
        self.m.do(ops.Set(into, int(self.true(e))))
        return Value(kind, into)

    def give(self, cell, kind, value):
        """Assign: a number or pointer becomes a truth where a bool is wanted."""
        if value.cell is not None and value.cell == cell:
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
            case code.LogicalNot(arg):
                return not self.true(arg)
            case code.Logic("&&", left, right):
                return self.true(left) and self.true(right)
            case code.Logic(_, left, right):
                return self.true(left) or self.true(right)
            case code.Call("likely" | "unlikely", (arg,)):
                return self.true(arg)
            case code.Ternary(cond, yes, no):
                return self.true(yes) if self.true(cond) else self.true(no)
            case code.Nondet(text, args):
                cells = [self.value(a).cell for a in args]
                yes = self.ask("nondet", text, ["yes", "no"]) == "yes"
                self.m.do(*(ops.Use(c) for c in cells))
                return yes
            case code.Call("IS_ERR" | "IS_ERR_OR_NULL" as name, (arg,)):
                who = self.value(arg)
                if who.cell is not None:
                    self.known(ops.IsErr(who.cell))
                number = who.number if who.cell is None else self.m.get(who.cell)
                return number < 0 or (name == "IS_ERR_OR_NULL" and number == 0)
            case code.Compare(op, left, right):
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
        if left.cell is None or right.cell is None or left.cell == right.cell:
            return RELATION[op](a, b)
        if not self.pointer(left.kind) and not self.pointer(right.kind):
            if "int" in (left.kind, right.kind) and self.rep(a) == self.rep(b) and a not in self.points:
                return self.ask("branch", op, ["true", "false"]) == "true"
            return RELATION[op](self.rep(a), self.rep(b))
        same = a == b
        if not same and a > 0 and b > 0 and self.may_be_one(left.cell, right.cell):
            want = "true" if op == "==" else "false"
            same = self.ask("branch", op, ["true", "false"]) == want
        if same and a > 0:
            self.m.do(ops.Merge(left.cell, right.cell))
        return same == (op == "==")

    def may_be_one(self, left, right):
        """Acquisitions of a shared resource can be one object; so can objects that came in, containers apart."""
        resource = self.m.resource(left)
        objects = (self.m.object(left), self.m.object(right))
        declared = self.decl.resources[resource.name].slots
        return resource.shared or (not declared and all(o is not None and o.lending != NOT_LENT for o in objects))

    # -- calls
    def call(self, e, into, wanted):
        """A call: a builtin, a contract, or a body that is executed in place."""
        match e.name:
            case "IS_ERR" | "IS_ERR_OR_NULL" | "likely" | "unlikely":
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
                if self.number(who) > 0:
                    self.m.heap.report("bad-pointer", "precondition")
                    raise Ended
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
        """The cells of the arguments, in order (constants get one); those out-parameters that are not there."""
        cells, absent = {}, set()
        for p, a in zip(sig.params, e.args, strict=True):
            if p.type.pointer:
                cells[p.name] = None if isinstance(a, code.Null) else self.variable(a.name)[0]
                present = None if isinstance(a, code.Null) else self.place(a.name)[3]
                if present is not None and "__nullable" not in p.attrs:
                    self.there(a.name)
                absent |= {p.name} if present is not None and not self.m.get(present) else set()
                continue
            who = self.value(a, None, p.type.name if p.type.name in self.decl.enums else "")
            cell = who.cell
            converted = p.type.name == "bool" and who.kind != "bool"
            if cell is None or converted or who.kind == "err":
                cell = self.local(a, f"argument {p.name}", p.type.name)
                self.give(cell, "" if p.type.name != "bool" else "bool", who)
            cells[p.name] = cell
        return cells, absent

    def apply(self, contract, e, into, wanted):
        sig = contract.sig
        kind = sig.result.name
        target = into
        if target is None and wanted:
            target = self.local(e, "result", kind)
        cells, absent = self.arguments(sig, e)
        written = [cells[p.name] for p in sig.params if p.type.pointer] + [target]
        for p in sig.params:
            if not p.type.pointer and cells[p.name] in written:
                copy = self.local(e, f"copy {p.name}", p.type.name)
                self.m.do(ops.Copy(copy, cells[p.name]))
                cells[p.name] = copy
        args = Arguments(self, sig, contract.outcomes, cells, absent)
        self.site = id(e)
        truths = {o.name: args.holds(o.when) for o in contract.outcomes}
        open_now = [o for o in contract.outcomes if truths[o.name] is not False]
        if not open_now:
            args.asks()
            self.m.do(ops.Stuck(e.name))
        name = self.ask("outcome", e.name, [o.name for o in open_now])
        outcome = next(o for o in open_now if o.name == name)
        if truths[name] is None:
            args.unread()
        args.asks()
        args.happens(outcome, target)
        self.m.done()
        return Value(kind, target)

    def inline(self, function, e, into, wanted):
        """Execute a body in place."""
        sig = function.sig
        cells, absent = self.arguments(sig, e)
        args = Arguments(self, sig, (), cells, absent)
        args.demands()
        args.required()
        self.m.done()
        result = into
        if into is None and sig.result.name != "void":
            result = self.local(e, "result" if wanted else "dropped", sig.result.name)
        path, scopes = self.path, self.scopes
        self.path = (*path, ("inside", id(e)))
        names = {}
        for p in sig.params:
            cell = cells[p.name]
            if p.type.pointer:
                present = self.local(p, f"{p.name} is there", "bool") if "__nullable" in p.attrs else None
                if present is not None:
                    self.m.heap_do(ops.Set(present, int(cell is not None and p.name not in absent)))
                cell = cell if cell is not None else self.local(p, p.name, p.type.name)
                names[p.name] = (cell, p.type.name, True, present)
                continue
            own = self.local(p, p.name, p.type.name)
            self.m.do(ops.Copy(own, cell))
            names[p.name] = (own, p.type.name, False, None)
        self.scopes = [names]
        self.body(function, result)
        inside = [c for key, c in self.m.named.items() if key[: len(self.path)] == self.path and "dropped" not in key]
        self.path, self.scopes = path, scopes
        self.m.do(*(ops.Forget(c) for c in inside))
        return Value(sig.result.name, result)

    def body(self, function, result):
        """Execute a body to its return, its parameters among the names of its outermost block."""
        self.frames.append(Frame(function, result))
        with suppress(Returned):
            self.block(function.body, self.scopes.pop())
        self.frames.pop()

    # -- statements
    def has(self, node, wanted):
        """The label or case stands somewhere below a statement."""
        if isinstance(node, code.Labelled):
            return node.label == wanted
        return isinstance(node, tuple) and (node is wanted or any(self.has(n, wanted) for n in node))

    def marked(self, node):
        """Some label or case stands below a statement."""
        return isinstance(node, code.Labelled | code.Case) or (isinstance(node, tuple) and any(map(self.marked, node)))

    def named(self, s):
        """A declaration makes a name, whether or not it is executed."""
        self.scopes[-1][s.name] = (self.local(s, s.name, s.type.name), s.type.name, False, None)

    def block(self, node, names=None):
        """Execute a block: its variables begin, and its guards end with it, however it is left."""
        frame, names = self.frames[-1], names or {}
        self.scopes.append(dict(names))
        depth, guards, start = len(self.scopes), [], 0
        for i, x in enumerate(node.body):
            if isinstance(x, code.Declare) and self.marked(node.body[i + 1 :]):
                self.m.heap_do(ops.Set(self.local(x, x.name, x.type.name), UNINIT))
        while True:
            try:
                for i, x in enumerate(node.body[start:], start):
                    closed = frame.seeking is None
                    self.statement(x)
                    if closed and isinstance(x, code.Guard) and x.body is None:
                        guards.append((i, x))
                break
            except Goto as jump:
                del self.scopes[depth:]
                start = next((i for i, x in enumerate(node.body) if self.has(x, str(jump))), None)
                self.close(guards, -1 if start is None else start)
                if start is None:
                    self.scopes.pop()
                    raise
                self.m.left -= 1
                if self.m.left < 0:
                    raise TooLong from None
                self.scopes[-1] = dict(names)
                for x in node.body[:start]:
                    if isinstance(x, code.Declare):
                        self.named(x)
                frame.seeking = str(jump)
            except (Jump, Returned):
                del self.scopes[depth:]
                self.close(guards, -1)
                self.scopes.pop()
                raise
        self.close(guards, -1)
        self.scopes.pop()

    def close(self, guards, behind):
        """Unlock the guards of a block that stand behind one of its statements, the last one first."""
        while guards and guards[-1][0] > behind:
            self.unlock(guards.pop()[1])

    def unlock(self, s):
        self.call(code.Call(self.decl.guards[s.lock].unlock, (), s.span), None, False)

    def statement(self, s):
        """Execute a statement, or look below it for what is sought."""
        frame = self.frames[-1]
        if frame.seeking is not None and not self.has(s, frame.seeking):
            if isinstance(s, code.Declare):
                self.named(s)
            return
        match s:
            case code.Declare(kind, name, init):
                self.named(s)
                cell = self.scopes[-1][name][0]
                self.m.do(ops.Set(cell, UNINIT))
                if init is not None:
                    self.assign(code.Name(name, s.span), init)
            case code.Assign(target, value):
                self.assign(target, value)
            case code.Evaluate(expr):
                if isinstance(expr, code.Call):
                    self.call(expr, None, False)
            case code.Block():
                self.block(s)
            case code.If(cond, then, orelse):
                arm = then if (self.has(then, frame.seeking) if frame.seeking is not None else self.true(cond)) else orelse
                if arm is not None:
                    self.statement(arm)
            case code.While() | code.DoWhile() | code.For():
                self.loop(s)
            case code.Switch():
                self.switch(s)
            case code.Labelled() | code.Case():
                frame.seeking = None
            case code.Jump(kind):
                raise Jump(kind)
            case code.Goto(label):
                raise Goto(label)
            case code.Return(value):
                self.returns(value)
            case code.Guard(lock, body):
                self.call(code.Call(self.decl.guards[lock].lock, (), s.span), None, False)
                if body is not None:
                    self.guarded(s, body)

    def guarded(self, s, body):
        """The body of a scoped_guard, which is a loop of one round."""
        depth = len(self.scopes)
        try:
            self.statement(body)
        except Jump:
            del self.scopes[depth:]
        except (Goto, Returned):
            del self.scopes[depth:]
            self.unlock(s)
            raise
        self.unlock(s)

    def assign(self, target, value):
        """Assign to a variable or a slot; gives what stands there then."""
        if isinstance(target, code.Field):
            return self.store(self.variable(target.base)[0], target.field, value)
        cell, kind, _ = self.variable(target.name)
        if isinstance(target, code.Deref):
            self.there(target.name)
        who = self.value(value, cell, kind)
        if who.cell == cell and isinstance(value, code.Name | code.Deref):
            self.number(who)
        self.give(cell, kind, who)
        return Value(kind, cell)

    def loop(self, s):
        depth = len(self.scopes)
        seeking = self.frames[-1].seeking is not None
        if isinstance(s, code.For) and s.init is not None and not seeking:
            self.statement(s.init)
        first = seeking or isinstance(s, code.DoWhile)
        while first or s.cond is None or self.true(s.cond):
            self.m.left -= 1
            if self.m.left < 0:
                raise TooLong
            first = False
            try:
                self.statement(s.body)
            except Jump as jump:
                del self.scopes[depth:]
                if str(jump) == "break":
                    break
            if isinstance(s, code.For) and s.step is not None:
                self.statement(s.step)

    def switch(self, s):
        frame = self.frames[-1]
        if frame.seeking is None:
            number = self.number(self.value(s.subject))
            cases = self.cases(s.body)
            matching = [c for c in cases if c.value is not None and constant(self.decl, c.value) == number]
            chosen = matching or [c for c in cases if c.value is None]
            if not chosen:
                return
            frame.seeking = chosen[0]
        try:
            self.block(s)
        except Jump as jump:
            if str(jump) != "break":
                raise

    def cases(self, node):
        """The cases below a node, less those of switches inside of it."""
        if isinstance(node, code.Case):
            return [node]
        if not isinstance(node, tuple) or isinstance(node, code.Switch):
            return []
        return [c for x in node for c in self.cases(x)]

    def store(self, cell, field, value):
        """`p->slot = q`; gives `q`."""
        slot = self.m.slot(cell, field)
        who = self.value(value)
        if who.cell is None:
            self.m.do(ops.ClearSlot(cell, slot))
        elif self.known(ops.Truth(who.cell)):
            self.m.do(ops.PutSlot(cell, slot, True, who.cell, True))
        else:
            self.m.do(ops.ClearSlot(cell, slot))
        return who

    def returns(self, value):
        frame = self.frames[-1]
        kind = frame.function.sig.result.name
        if value is not None:
            self.give(frame.result, kind, self.value(value, frame.result, kind))
        raise Returned
