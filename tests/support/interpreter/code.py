# SPDX-License-Identifier: GPL-2.0-only
"""Calls and statements, executed from the syntax tree as C would.

A goto is an exception on its way to the innermost block around its label; that block is then walked again, without doing
anything, until the label.  So a case is reached in the block of its switch.
"""

from __future__ import annotations

from contextlib import suppress

from interpreter.calls import Arguments
from interpreter.contract import constant
from interpreter.machine import Ended, TooLong
from interpreter.values import Value, Values
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.syntax import code


class Jump(Exception):  # noqa: N818  a turn that a run takes
    """`break` or `continue` on its way to its loop."""


class Goto(Exception):  # noqa: N818  a turn that a run takes
    """A goto on its way to the block that has its label."""


class Returned(Exception):  # noqa: N818  a turn that a run takes
    """A return on its way to the body of its function."""


class Frame:
    """A body in execution: where its value goes, and the label or case that is looked for."""

    def __init__(self, function, result):
        self.function, self.result = function, result
        self.seeking = None


class Run(Values):
    """One run of one function: Values, with the calls and the statements."""

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
