# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and conditions, executed from the syntax tree as C would; what a call is, code.py says.

Every variable and every value of a call lives in a cell of its own: one for each place of the source, in each chain
of calls that are executed in place.
"""

from __future__ import annotations

from interpreter.contract import RELATION, constant
from interpreter.machine import Ended, Machine
from refcheck.graph import ops
from refcheck.meaning.state import NOT_LENT
from refcheck.meaning.step import evaluate
from refcheck.syntax import code


class Value:
    """What an expression is: a cell, or a constant."""

    def __init__(self, kind, cell=None, number=0):
        self.kind, self.cell, self.number = kind, cell, number


class Values:
    """What a run of one function knows and can work out; `ask(kind, what, options)` decides what the model leaves open."""

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
            case code.Int() | code.Errno() if not self.calculated(e):
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
        if self.calculated(e):
            self.operands(e)
            to = into if into is not None and kind == "int" else self.local(e, "calculation", "int")
            self.m.do(ops.Set(to, self.any_of(self.integers, to)))
            return Value("int", to)
        return self.truth_value(e, into, kind)

    # -- calculations: which integer comes out the graph does not know, so that it is asked
    def calculated(self, e):
        """The expression is a calculation, or the negative of a variable."""
        negative = isinstance(e, code.Errno) and any(e.name in s for s in self.scopes)
        return negative or isinstance(e, code.Arithmetic | code.Prefix)

    def unclassed(self, e):
        """The same, or a number that stands for no class of integers."""
        return self.calculated(e) or (isinstance(e, code.Int) and abs(e.value) >= 1 << 16)

    def operands(self, *sides):
        """Evaluate what is calculated with, from left to right; all of it has to be written."""
        values = []
        todo = list(sides)
        while todo:
            match todo.pop(0):
                case code.Arithmetic(_, left, right):
                    todo = [left, right, *todo]
                case code.Prefix(_, arg):
                    todo = [arg, *todo]
                case code.Errno(name, span) if any(name in s for s in self.scopes):
                    todo = [code.Name(name, span), *todo]
                case side if not self.unclassed(side):
                    values.append(self.value(side))
        for value in values:
            self.number(value)

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
            case code.Compare(op, left, right) if self.unclassed(left) or self.unclassed(right):
                self.operands(left, right)
                return self.ask("branch", op, ["true", "false"]) == "true"
            case code.Compare(op, left, right):
                return self.compare(op, self.value(left), self.value(right))
        if self.calculated(e):
            self.operands(e)
            return self.ask("branch", "calculation", ["true", "false"]) == "true"
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
