# SPDX-License-Identifier: GPL-2.0-only
"""How a function is entered, read off its contract and entry context anew."""

from __future__ import annotations

from interpreter.calls import Arguments
from interpreter.contract import places
from interpreter.exits import Exit
from interpreter.machine import Ended, Void
from refcheck.graph import ops
from refcheck.graph.cfg import MODES
from refcheck.syntax import ast, code


class Entered(Arguments):
    """A contract over what came in; the object behind an out-parameter is asked for as the body has it."""

    def __init__(self, run, function, contract):
        self.function, self.contract = function, contract
        super().__init__(run, contract.sig if contract else function.sig, contract.outcomes if contract else (), {})

    def brought(self, p):
        """Without a contract: what the body reads before it writes."""
        return super().brought(p) if self.contract else self.reads(self.function.body, p.name)

    def reads(self, node, name):
        """A body reads `*name`: anywhere but as the target of an assignment."""
        if isinstance(node, code.Deref):
            return node.name == name
        if isinstance(node, code.Assign) and isinstance(node.target, code.Deref):
            return self.reads(node.value, name)
        return isinstance(node, tuple) and any(self.reads(n, name) for n in node)


class Owed:
    """A function from its entry to its exit: what came in, and what must go out."""

    def __init__(self, run, function, entry):
        self.run, self.m, self.decl = run, run.m, run.decl
        self.entry = self.decl.entries[entry] if entry else None
        self.contract = self.decl.contracts.get(function.sig.name)
        self.args = Entered(run, function, self.contract)
        self.sig = self.args.sig
        self.now = {}
        self.contents = []

    # -- entry
    def enter(self):
        """Build a state in which the function can be called; Void where no caller would call it like this."""
        m = self.m
        for name in self.entry.holds if self.entry else ():
            m.heap_do(ops.Enter(m.context(name)))
            self.level(m.context(name), level=m.cfg.levels[m.context(name)].level + 1)
        for e in [e for o in self.args.outcomes for e in o.effects if e.verb == "leave"]:
            dip = m.cell(("left", e.context), "left", "int")
            m.heap.cells[dip] = 0
            self.level(m.context(e.context), left=dip)
        for fact in self.decl.facts:
            m.heap.cells[m.revoked(fact)] = 0
        for p in self.sig.params:
            self.variable(p)
        self.contexts()
        objects = self.args.objects()
        for p in objects:
            self.object(p)
        for p in objects:
            if "__any" not in p.attrs:
                self.content(p)
        for p in objects:
            if self.args.is_given(p) and m.object(self.args.cells[p.name]) is not None:
                m.heap_do(ops.Grant(self.args.cells[p.name]))
        self.preconditions()
        m.done()
        self.exit = Exit(self, m.heap.freeze())

    def variable(self, p):
        """The cells of a parameter: what it is now, what it was on entry, and whether an out-parameter is there."""
        m, run, kind = self.m, self.run, p.type.name
        self.now[p.name] = m.cell(("param", p.name), p.name, kind)
        self.args.cells[p.name] = m.cell(("param", p.name, "entry"), p.name, kind)
        present = None
        if p.type.pointer and "__nullable" in p.attrs:
            present = m.cell(("present", p.name), p.name, "bool")
            m.heap.cells[present] = run.any_of([0, 1], present, "bool")
            self.args.absent |= {p.name} if m.get(present) == 0 else set()
        run.scopes[-1][p.name] = (self.now[p.name], kind, p.type.pointer, present)
        if not p.type.pointer and not self.args.pointer(p):
            self.both(p, run.any_of(run.domain(kind), self.now[p.name], kind))

    def both(self, p, number):
        self.m.heap.cells[self.now[p.name]] = self.m.heap.cells[self.args.cells[p.name]] = number

    def contexts(self):
        """What `__must_hold` says: checked in a named entry context, else one way for a caller to keep it is chosen."""
        if self.entry:
            return
        asked = [must for must in self.sig.must_hold if self.args.holds(must.when)]
        lent = self.lends(self.args.outcomes)
        if self.sig.must_hold or lent:
            for c in self.run.ask("contexts", "", self.ways(asked, lent)):
                self.m.heap_do(ops.Enter(c))
        for c, level in enumerate(self.m.heap.contexts):
            self.level(c, level=level)

    def level(self, context, **known):
        """What is known of the level of a context on entry."""
        self.m.cfg.levels[context] = self.m.cfg.levels[context]._replace(**known)

    def lends(self, node):
        """The facts for which the contract lends something: its caller may be there already."""
        if isinstance(node, ast.Fresh):
            return {f for f in node.until if node.how == "borrow" and f in self.decl.facts}
        return {f for n in node for f in self.lends(n)} if isinstance(node, tuple) else set()

    def ways(self, clauses, lent):
        """The smallest sets of contexts in which all clauses hold, and each with one more in which a loan lasts."""
        ways = [frozenset()]
        for must in clauses:
            enough = {self.m.context(c) for f in must.facts for c in self.decl.facts[f]}
            ways = [w | {c} for w in ways for c in enough]
        least = {tuple(sorted(w)) for w in ways if not any(v < w for v in ways)}
        more = set()
        left = {m for o in self.args.outcomes for e in o.effects if e.verb == "leave" for m in [self.m.context(e.context)]}
        for f in lent:
            enough = {self.m.context(c) for c in self.decl.facts[f]}
            may = {self.m.context(c) for c in self.decl.sleeping} if self.sig.may_sleep else enough
            more |= {tuple(sorted((*w, c))) for w in least for c in enough & may if not enough & set(w) - left}
        return sorted(least | more)

    def object(self, p):
        """What a pointer parameter is: an object that is lent as the contract says, NULL or ERR_PTR where that may be."""
        options = ["object"]
        options += ["NULL"] if {"__nullable", "__any"} & set(p.attrs) and not p.type.pointer else []
        options += ["ERR_PTR"] if {"__maybe_err", "__any"} & set(p.attrs) else []
        chosen = self.run.ask("pointer", p.name, options) if len(options) > 1 else "object"
        if chosen == "NULL":
            self.both(p, 0)
        elif chosen == "ERR_PTR":
            self.both(p, self.run.any_of([n for n in self.run.integers if n < 0], self.now[p.name]))
        else:
            self.m.heap_do(ops.New(self.now[p.name], self.lent(p)))
            self.both(p, self.m.get(self.now[p.name]))
            dark = [s for s in self.args.slots(p) if not self.entry and not self.args.looked_at(p, s)]
            for s in dark if "__any" not in p.attrs else ():
                self.m.heap_do(ops.Unspoken(self.now[p.name], self.m.slot(self.now[p.name], s)))

    def lent(self, p):
        """How the caller lends an object, where it does not hand it over."""
        if "__any" in p.attrs:
            return "dead"
        if any(self.touched_late(o, p.name) for o in self.args.outcomes):
            return "kept"
        if "__counted" in p.attrs:
            return "counted"
        firm = not self.args.outcomes or self.args.speaks(p.name)
        return "firm" if firm and "__rcu" not in p.attrs else "lent"

    @staticmethod
    def touched_late(outcome, name):
        """The outcome uses the argument behind a leave."""
        left = False
        for e in outcome.effects:
            left = left or e.verb == "leave"
            if left and e.verb == "use" and (e.place.name, e.place.slot) == (name, None):
                return True
        return False

    def content(self, p):
        """The slots of an argument: empty, a borrow, or owned, as the entry context allows."""
        m, cell = self.m, self.now[p.name]
        looked = self.args.looks(p)
        for slot in [s for s in self.args.slots(p) if self.entry or self.args.looked_at(p, s)]:
            mode = self.run.ask("slot", f"{p.name}->{slot}", self.states(p, slot))
            number = m.slot(cell, slot)
            target = m.cell(("slot", p.name, slot), "content", m.cfg.resources[m.resource(cell).slots[number].target].name)
            m.heap.cells[target] = 0
            self.contents.append(target)
            if mode == "empty" or m.object(cell) is None:
                continue
            known = self.contract is None or self.entry is not None or slot in looked
            m.heap_do(ops.New(target, "handed" if mode == "owned" else "lent" if known else "dead"))
            m.heap_do(ops.PutSlot(cell, number, mode == "owned", target, mode == "noref"))
            for inner in range(len(m.resource(target).slots)):
                m.heap_do(ops.Unspoken(target, inner))

    def states(self, p, slot):
        """The states that a slot can be in."""
        for r, name, states in self.entry.slots if self.entry else ():
            if (r, name) == (p.type.name, slot):
                return list(states)
        queued = any(
            o.when is None and e.verb == "queue" and e.when is None and e.place.name == p.name
            for o in self.args.outcomes for e in o.effects
        )  # fmt: skip
        plain = self.entry is None and queued and (p.name, slot) not in self.args.spoken
        return [m for m in MODES if m != "stale" and not (plain and m == "noref")]

    def preconditions(self):
        """What the entry context guarantees, and what callers have been asked for."""
        for asked in self.entry.requires if self.entry else ():
            if {p.name for p in places(asked, slots=False)} <= set(self.args.kinds) and not self.met(asked):
                raise Void
        for must in [must for must in self.sig.must_hold if self.entry and self.args.holds(must.when)]:
            self.m.do(ops.Need(tuple(self.m.fact(f) for f in must.facts), ""))
        for prop, asked in self.sig.requires:
            if not self.met(asked):
                if self.entry is None:
                    raise Void
                self.m.heap.report(prop, "precondition")

    def met(self, asked):
        """Whether a condition holds; the path ends where it reads what was never written."""
        truth = self.args.holds(asked)
        if truth is None:
            self.m.heap.report("bad-pointer", "uninitialised")
            raise Ended
        return truth

    # -- exit
    def leave(self, result):
        """Report what no outcome allows."""
        self.exit.check(result)
