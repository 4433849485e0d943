# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes at its exit, by docs/semantics.md, section 6: it leaves what some outcome makes of its entry.

Each outcome that was possible runs on the state of the entry, as it does at a call.  `Outcome` then says of each question
whether the state at the exit answers it as that one does.
"""

from __future__ import annotations

from interpreter.contract import RELATION, constant
from refcheck.graph.cfg import EMPTY, NOREF, UNINIT
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import ENDED, FREED, IMMORTAL, LENT, NOBODY, REPORTED, State
from refcheck.syntax import ast


class Exit:
    """The exit of a function that was entered in a state."""

    def __init__(self, owed, entry):
        self.run, self.m, self.args, self.now, self.contents = owed.run, owed.m, owed.args, owed.now, owed.contents
        self.contract, self.sig, self.entry = owed.contract, owed.sig, entry
        self.held = owed.entry.holds if owed.entry else None
        self.outs = [owed.now[p.name] for p in self.sig.params if p.type.pointer]
        self.came = [owed.args.cells[p.name] for p in owed.args.objects()]

    def wanted(self, result):
        """The outcomes that were possible, each run on the state of the entry."""
        here, found = self.m.heap, []
        for o in self.contract.outcomes if self.contract else (None,):
            room = len(self.m.cfg.cells) - len(self.entry.cells)
            self.m.heap = Heap(self.m.cfg, State((*self.entry.cells, *[UNINIT] * room), *self.entry[1:]))
            if o is None or self.args.holds(o.when):
                if o is not None:
                    self.perform(o, result, here)
                self.m.heap.cells += [UNINIT] * (len(self.m.cfg.cells) - len(self.m.heap.cells))
                found.append(Outcome(self, self.m.heap, here, result))
        self.m.heap = here
        here.cells += [UNINIT] * (len(self.m.cfg.cells) - len(here.cells))
        return found

    def perform(self, outcome, result, here):
        """The effects of an outcome; of several values it takes the one that is there."""
        args = self.args
        cells = args.cells
        args.cells = cells | {p.name: self.now[p.name] for p in self.sig.params if p.type.pointer}
        args.choose = lambda value, cell, kind: (
            here.cells[cell] if cell < len(here.cells) and among(self.run, here.cells[cell], value, kind) else UNINIT
        )
        args.happens(outcome, result, asking=False)
        args.cells = cells
        del args.choose

    def check(self, result):
        """Report each question that no outcome answers as the exit does; the next one is asked of all that were left."""
        if result is not None and self.m.get(result) == UNINIT:
            return self.m.heap.report("bad-pointer", "uninitialised-result")
        self.left, self.before = self.wanted(result), len(self.m.heap.violations)
        value = self.contract is None or result is None
        if not self.left:
            return self.report("broken-contract", "result")
        self.ask(lambda o: value or o.same_value(result), "broken-contract", "result")
        self.ask(lambda o: o.same_contexts(), "unbalanced-context", "at-exit")
        if all(o.too_many() or o.too_few() for o in self.left):
            self.unequal(result)
        else:
            self.left = [o for o in self.left if not o.too_many() and not o.too_few()]
        self.ask(lambda o: not o.less_protected(), self.left[0].less_protected(), "returned")
        self.ask(lambda o: o.same_slots(), "broken-contract", "slot")
        self.ask(lambda o: self.contract is None or all(map(o.same_value, self.outs)), "broken-contract", "out-parameter")
        self.ask(lambda o: self.contract is None or o.revokes_no_more(), "broken-contract", "revoked")
        return None

    def ask(self, question, prop, reason):
        found = [o for o in self.left if question(o)]
        if not found:
            self.report(prop, reason)
        self.left = found or self.left

    def unequal(self, result):
        """No outcome leaves the references that there are."""
        if all(o.too_many() for o in self.left):
            for _ in [n for n in range(len(self.left[0].balance())) if all(o.balance()[n] > 0 for o in self.left)] or [0]:
                self.m.heap.report("leaked-ref", "at-exit")
        hold = result is not None and any(o.holds_result(o.there) for o in self.left)
        if hold and self.left[0].result_here() and not self.left[0].holds_result(self.m.heap):
            self.report("noref-escape", "returned-as-owned")
        elif not all(o.too_many() for o in self.left) or all(o.too_few() for o in self.left):
            self.report("broken-contract", "given-away")

    def report(self, prop, reason):
        """An exit breaks a property once, but for what is leaked."""
        if all(v.property != prop for v in self.m.heap.violations[self.before :]):
            self.m.heap.report(prop, reason)


class Outcome:
    """A state that an outcome leaves (`there`) beside the one at the exit (`here`).

    `known` relates objects of both: first those that the same arguments and slots named on entry, then those that go back
    under the same name, then what their slots hold.
    """

    def __init__(self, exit_, there, here, result):
        self.m, self.exit, self.there, self.here, self.result = exit_.m, exit_, there, here, result
        self.came = self.pairs([*exit_.came, *exit_.contents])
        self.back = self.pairs([*([] if result is None else [result]), *exit_.outs])
        self.known = set(self.came | self.back)
        todo = list(self.known)
        while todo:
            for pair in self.inside(todo.pop()):
                if pair not in self.known:
                    self.known.add(pair)
                    todo.append(pair)

    # -- objects
    def pairs(self, cells):
        found = set()
        for cell in cells:
            kind, a, b = self.m.cfg.cells[cell].resource, self.there.cells[cell], self.here.cells[cell]
            if kind >= 0 and self.there.get((kind, a)) and self.here.get((kind, b)):
                found.add(((kind, a), (kind, b)))
        return found

    def slots(self, pair):
        """(state, content) of each slot of two objects."""
        both = zip(self.there[pair[0]].slots, self.here[pair[1]].slots, strict=True)
        for slot, (mine, its) in zip(self.m.cfg.resources[pair[0][0]].slots, both, strict=True):
            yield mine.mode, (slot.target, mine.target), its.mode, (slot.target, its.target)

    def inside(self, pair):
        return [(a, b) for want, a, have, b in self.slots(pair) if EMPTY not in (want, have) and a[1] and b[1]]

    def stands_for(self, a, b):
        """Object `b` can stand for `a`: the same that came in, or a new one for a new one."""
        if any(x == a for x, _ in self.came):
            return (a, b) in self.came
        return self.m.cfg.resources[a[0]].shared or all(x == a for x, y in self.known if y == b)

    # -- questions
    def same_value(self, cell):
        """A result or an out-parameter is what the outcome says."""
        want, have, kind = self.there.cells[cell], self.here.cells[cell], self.m.cfg.cells[cell].resource
        objects = kind >= 0 and 0 < want < UNINIT and 0 < have < UNINIT
        return self.stands_for((kind, want), (kind, have)) if objects else want == have

    def same_contexts(self):
        """The levels are those of the outcome, and nothing was left in between that it does not leave."""
        dips = [level.left for level in self.m.cfg.levels if level.left >= 0]
        same = self.here.contexts == self.there.contexts
        return same and all(self.here.cells[d] <= self.there.cells[d] for d in dips)

    def revokes_no_more(self):
        """No loan of a lock has ended that the outcome leaves."""
        known, facts = self.exit.held, self.m.decl.facts
        told = [self.m.revoked(f) for f, contexts in facts.items() if known is None or {*known} & {*contexts}]
        return all(self.here.cells[c] <= self.there.cells[c] for c in told)

    def balance(self):
        """References on each object, less those that the outcome leaves there."""
        free = self.going_back() if self.exit.contract is None else ()
        found = []
        for kind, pool in enumerate(self.here.pools):
            for n, obj in enumerate(pool, 1):
                if obj is not None and obj.lending != IMMORTAL and (kind, n) not in free:
                    same = [a for a, b in self.known if b == (kind, n)]
                    found.append(obj.refs - sum(self.there[a].refs for a in same))
        return found

    def going_back(self):
        """The objects that the result and the out-parameters name here."""
        cells = [*([] if self.result is None else [self.result]), *self.exit.outs]
        named = [(self.m.cfg.cells[c].resource, self.here.cells[c]) for c in cells]
        return [(k, n) for k, n in named if k >= 0 and self.here.get((k, n))]

    def too_many(self):
        return any(n > 0 for n in self.balance())

    def too_few(self):
        """A reference is missing on an object that is here, or whole objects are missing."""
        known = {a for a, _ in self.known}
        missing = any(
            obj and obj.refs and (kind, n) not in known
            for kind, pool in enumerate(self.there.pools)
            for n, obj in enumerate(pool, 1)
        )
        return missing or self.freed() or any(n < 0 for n in self.balance())

    def freed(self):
        """The memory of something is gone that the outcome only gives away."""
        return any(self.here[b].lending == FREED != self.there[a].lending for a, b in self.known)

    def result_here(self, heap=None):
        kind, n = self.m.cfg.cells[self.result].resource, (heap or self.here).cells[self.result]
        return (heap or self.here).get((kind, n)) if kind >= 0 else None

    def holds_result(self, heap):
        obj = self.result_here(heap)
        return obj is not None and obj.refs > 0

    def less_protected(self):
        """The property that is broken where what goes back is protected less than the outcome says."""
        if self.exit.contract is None:
            return next((p for b in self.going_back() if (p := self.gone(b))), "")
        for a, b in sorted(self.back):
            if not self.there.alive(a) and any(x == a for x, _ in self.came):
                continue
            if self.gone(b) or self.weaker(a, b):
                return self.gone(b) or "noref-escape"
        return ""

    def gone(self, b):
        obj = self.here[b]
        return "" if obj.why == REPORTED or self.here.alive(b) else ENDED.get(obj.why, "noref-escape")

    def weaker(self, a, b):
        """Something protects the object in the outcome that does not protect it here: a loan, a section, an owner."""
        mine, its = self.there[a], self.here[b]
        if its.why == REPORTED or its.lending == IMMORTAL:
            return False
        less = any(x > y for x, y in zip(mine.protections, its.protections, strict=True))
        owned = mine.owner != NOBODY and (mine.owner, its.owner) not in self.known
        return less or owned or mine.lending >= LENT > its.lending

    def same_slots(self):
        """Slots of what is left alive hold what the outcome says; what they lend is protected as it says."""
        for pair in self.known:
            if not self.there.alive(pair[0]):
                continue
            for want, a, have, b in self.slots(pair):
                if want != have or (want != EMPTY and not self.stands_for(a, b)):
                    return False
                if want == NOREF and self.there.alive(a) and (self.gone(b) or self.weaker(a, b)):
                    return False
                if want == NOREF and not self.there.alive(a) and all(x != a for x, _ in self.came):
                    return False
        return True


def among(run, number, value, kind):
    """A number is one of the values."""
    if number == UNINIT:
        return False
    if isinstance(value, ast.ErrPtr):
        codes = [constant(run.decl, c) for c in value.codes]
        return number in codes if codes else number < 0
    numbers = [constant(run.decl, c) for c in value.constants]
    if value.relation == "in":
        return number in numbers
    if value.relation == "any":
        return number in run.domain(kind) or kind == "int"
    excepted = [constant(run.decl, c) for c in value.excepted]
    return RELATION[value.relation](number, numbers[0]) and number not in excepted
