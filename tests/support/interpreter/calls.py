# SPDX-License-Identifier: GPL-2.0-only
"""What a contract means at a call: its conditions on the arguments as they are, what it asks for, and its effects."""

from __future__ import annotations

from interpreter.machine import Ended
from refcheck.base.errnos import ERRNO
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, MODES, NOREF, STALE, UNINIT, slot_index
from refcheck.syntax import ast

GIVES = ("release", "consume", "queue")
RELATION = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def constant(decl, e):
    """The number that a constant expression is."""
    match e:
        case ast.Int(value):
            return value
        case ast.Errno(name):
            return -ERRNO[name]
        case ast.Bool(value):
            return int(value)
        case ast.Null():
            return 0
        case ast.Name(name):
            return decl.constants[name]
    raise AssertionError(e)


def gives(effect, name):
    """The effect ends this path's hold on the argument itself."""
    return effect.verb in GIVES and effect.place is not None and effect.place.name == name and not effect.place.slot


def ends_slot(outcomes, name, slot):
    """Every outcome ends what a slot of a parameter held, and none asks what that was."""

    def ends(e):
        if e.when is not None or e.place is None or e.place.name != name:
            return False
        return e.verb in ("set", "drop", "release") if e.place.slot == slot else e.place.slot is None and e.verb == "release"

    def asks(e):
        source = e.value.place if isinstance(e.value, ast.FromPlace) else None
        spoken = e.place if e.verb in ("use", "try_hold") else None
        return any(p is not None and (p.name, p.slot) == (name, slot) for p in (source, spoken))

    lists = [o.effects for o in outcomes]
    return bool(lists) and all(any(map(ends, es)) and not any(map(asks, es)) for es in lists)


class Arguments:
    """A call in progress: parameter names to cells (None where NULL was passed for an out-parameter)."""

    def __init__(self, run, sig, outcomes, cells):
        self.run, self.m, self.sig, self.outcomes, self.cells = run, run.m, sig, outcomes, cells
        self.kinds = {p.name: p for p in sig.params}

    def pointer(self, p):
        """The parameter is a pointer to an object."""
        return p.type.name in self.m.decl.resources

    # -- conditions
    def holds(self, cond):
        """Whether a condition is true; None where it reads what was never written or asks a slot of no object."""
        match cond:
            case None:
                return True
            case ast.Not(arg):
                inner = self.holds(arg)
                return None if inner is None else not inner
            case ast.Logic(op, left, right):
                first = self.holds(left)
                return first if first is not (op == "&&") else self.holds(right)
            case ast.Config(name):
                return self.run.config(name) == 1
            case ast.StateIs(place, states):
                return self.slot_is(place, states)
            case ast.PlaceTest(place, op, value):
                if self.cells[place.name] is None:
                    return (op or "!=") == "=="
                have = self.m.get(self.cells[place.name])
                if have == UNINIT:
                    return None
                return RELATION[op or "!="](have, 0 if value is None else constant(self.m.decl, value))
        raise AssertionError(cond)

    def slot_is(self, place, states):
        cell = self.cells[place.name]
        if cell is None:
            return False
        obj = self.m.object(cell)
        if obj is None:
            return None
        return obj[slot_index(self.m.resource(cell), self.m.slot(cell, place.slot))] in [MODES[s] for s in states]

    # -- before the outcome
    def given(self, name):
        """Every outcome gives the argument back or on."""
        return all(any(gives(e, name) for e in o.effects) for o in self.outcomes)

    def asks(self):
        """What the call asks for, whatever comes out of it."""
        do, decl, sig = self.m.do, self.m.decl, self.sig
        for must in sig.must_hold:
            if self.holds(must.when):
                do(ops.Need(tuple(self.m.fact(f) for f in must.facts), sig.name))
        if sig.may_sleep:
            atomic = tuple(i for i, c in enumerate(self.m.contexts) if c not in decl.sleeping)
            do(ops.NeedNone(sig.name, self.run.may_sleep, atomic))
        for p in sig.params:
            cell = self.cells[p.name]
            if cell is None:
                continue
            if p.type.pointer:
                if self.spoken(p.name) and self.pointer(p):
                    self.valid(p, cell)
            elif not self.pointer(p):
                do(ops.CheckInit(cell))
            elif "__any" not in p.attrs:
                self.valid(p, cell)
                if "__counted" in p.attrs and self.m.get(cell) != 0:
                    do(ops.NeedCount(cell))
        for p in sig.params:
            if found := self.contents(p):
                do(ops.UseSlots(*found))
        self.fresh()
        self.apart()
        for prop, asked in sig.requires:
            met = self.holds(asked)
            if met is None:
                self.m.heap.report("bad-pointer", "uninitialised")
                raise Ended
            if not met:
                self.m.heap.report(prop, "precondition")

    def valid(self, p, cell):
        nullable = "__nullable" in p.attrs
        self.m.do(ops.Valid(cell, nullable) if self.given(p.name) else ops.Use(cell, nullable, "__maybe_err" in p.attrs))

    def contents(self, p):
        """(cell, slots) of an argument whose slots the callee may look into: those that it does not end in every outcome."""
        cell = self.cells[p.name]
        if cell is None or not self.pointer(p) or "__any" in p.attrs or (p.type.pointer and not self.spoken(p.name)):
            return None
        effects = [e for o in self.outcomes for e in o.effects]
        if self.sig.name not in self.m.decl.functions and effects and all(e.verb in ("enter", "leave") for e in effects):
            return None
        slots = self.m.resource(cell).slots
        kept = tuple(i for i, s in enumerate(slots) if not ends_slot(self.outcomes, p.name, s.name))
        return (cell, kept) if kept else None

    def fresh(self):
        """A slot that a body ends without asking what it holds was not released through before."""
        for p in self.sig.params:
            cell = self.cells[p.name]
            if self.sig.name not in self.m.decl.functions or not self.pointer(p) or p.type.pointer or cell is None:
                continue
            obj = self.m.object(cell)
            for i, s in enumerate(self.m.resource(cell).slots):
                ended = ends_slot(self.outcomes, p.name, s.name)
                if obj is not None and ended and obj[slot_index(self.m.resource(cell), i)] == STALE:
                    self.m.heap.report("double-release", "precondition")

    def spoken(self, name):
        """Some effect takes what an out-parameter names for an object."""
        return any(e.place and e.place.name == name and e.verb != "set" for o in self.outcomes for e in o.effects)

    def apart(self):
        """Two arguments with slots are two objects."""
        params = [p for p in self.sig.params if self.pointer(p) and self.cells[p.name] is not None]
        for i, p in enumerate(params):
            for q in params[i + 1 :]:
                a, b = self.m.get(self.cells[p.name]), self.m.get(self.cells[q.name])
                if p.type.name == q.type.name and self.m.resource(self.cells[p.name]).slots and a == b and a > 0:
                    self.m.heap.report("broken-contract", "precondition")

    # -- the outcome
    def happens(self, outcome, result, guard):
        """The effects of an outcome: uses, what ends a protection, leaves, enters, the rest, the value, its slots.

        What is used behind a leave, and not given away, is used there.
        `guard` is called first: a condition that reads what was never written ends the path.
        """
        when = {id(e): self.holds(e.when) for e in outcome.effects}
        guard()
        self.asks()
        if any(truth is None for truth in when.values()):
            self.m.heap.report("bad-pointer", "uninitialised")
            raise Ended
        self.cells = self.cells | {"result": result}
        ended = ("release", "consume", "queue", "drop")
        effects = outcome.effects
        value = [e for e in effects if e.verb == "return"]
        late = [e for e in effects if e.verb != "return" and e.place is not None and e.place.name == "result"]
        plain = [e for e in effects if e not in value and e not in late]
        behind = [
            e
            for i, e in enumerate(plain)
            if e.verb == "use" and any(d.verb == "leave" for d in plain[:i]) and not self.goes(outcome, e.place.name)
        ]
        groups = [
            [e for e in plain if e.verb == "use" and e not in behind],
            [e for e in plain if e.verb in ended],
            [e for e in plain if e.verb == "leave" or e in behind],
            [e for e in plain if e.verb == "enter"],
        ]
        rest = [e for e in plain if e.verb not in ("use", *ended, "leave", "enter")]
        looks = []
        for number, group in enumerate((*groups, rest, value, late)):
            if number == 1:
                looks = self.looks(groups[1])
            if number == 2:
                self.survive(outcome)
                for content in looks:
                    if self.m.get(content) not in (0, UNINIT):
                        self.m.heap_do(ops.Use(content))
                    self.m.heap_do(ops.Forget(content))
            for e in group:
                if when[id(e)]:
                    self.effect(e, result)
                elif e.verb in GIVES and e.place and not e.place.slot and self.given(e.place.name):
                    cell = self.cells[e.place.name]
                    if cell is not None:
                        self.m.heap_do(ops.Use(cell, "__nullable" in self.attrs(e.place.name)))
        self.m.done()

    @staticmethod
    def goes(outcome, name):
        """The outcome gives the argument itself away."""
        return any(e.verb in GIVES and e.place and e.place.name == name and not e.place.slot for e in outcome.effects)

    def attrs(self, name):
        return self.kinds[name].attrs if name in self.kinds else ()

    def survive(self, outcome):
        """What the outcome does not take has not lost its protection with what it takes."""
        ends = [e for e in outcome.effects if e.verb in (*GIVES, "drop")]
        for p in self.sig.params if ends else ():
            cell = self.cells[p.name]
            moved = any(
                isinstance(e.value, ast.FromPlace) and e.value.how == "move" and e.value.place.name == p.name
                for e in outcome.effects
            )
            taken = moved or any(gives(e, p.name) for e in ends) or "__any" in p.attrs
            if self.pointer(p) and not p.type.pointer and cell is not None and not taken:
                self.m.heap_do(ops.Use(cell, "__nullable" in p.attrs, "__maybe_err" in p.attrs))
                if "__counted" in p.attrs and self.m.get(cell) != 0:
                    self.m.heap_do(ops.NeedCount(cell))
            if not any(gives(e, p.name) for e in ends) and (found := self.contents(p)):
                self.m.heap_do(ops.UseSlots(*found))

    def looks(self, ending):
        """Borrows in slots that the outcome ends beside other things: the callee may look at them last of all."""
        found = []
        for p in self.sig.params:
            contents = self.contents(p)
            for i in contents[1] if contents else ():
                cell, slot = contents[0], self.m.resource(contents[0]).slots[i]
                own = [e for e in ending if e.place and e.place.name == p.name and e.place.slot in (None, slot.name)]
                if not own or len(own) == len(ending):
                    continue
                content = self.m.cell((*self.run.path, self.run.site, p.name, slot.name, "look"), "look",
                                      self.m.cfg.resources[slot.target].name)  # fmt: skip
                self.m.heap.cells[content] = 0
                obj = self.m.object(cell) if self.m.get(cell) > 0 else None
                if obj is not None and obj[slot_index(self.m.resource(cell), i)] == NOREF:
                    self.m.heap_do(ops.ReadSlot(content, cell, i))
                found.append(content)
        return found

    def effect(self, e, result):
        m, do = self.m, self.m.heap_do
        if e.verb in ("enter", "leave"):
            return do((ops.Enter if e.verb == "enter" else ops.Leave)(m.context(e.context)))
        if e.verb == "return":
            return self.give(e.value, result, self.sig.result.name)
        cell = self.cells[e.place.name]
        if cell is None:
            return None
        nullable = "__nullable" in self.attrs(e.place.name)
        if e.verb == "set" and e.place.slot:
            return self.put(e, cell, m.slot(cell, e.place.slot))
        if e.verb == "set":
            return self.give(e.value, cell, self.kinds[e.place.name].type.name)
        if e.place.slot and e.verb == "use":
            return self.use_slot(cell, m.slot(cell, e.place.slot), (id(e), self.run.site, "content"))
        if e.place.slot:
            return do((ops.HoldSlot if e.verb == "try_hold" else ops.DropSlot)(cell, m.slot(cell, e.place.slot)))
        return do({
            "use": ops.Use(cell), "hold": ops.Hold(cell), "try_hold": ops.TryHold(cell),
            "release": ops.Release(cell, nullable),
            "consume": ops.Consume(cell, nullable), "queue": ops.Consume(cell, nullable, True),
        }[e.verb])  # fmt: skip

    def use_slot(self, cell, slot, key):
        target = self.m.cfg.resources[self.m.resource(cell).slots[slot].target].name
        content = self.m.cell((*self.run.path, *key), "content", target)
        self.m.heap_do(ops.ReadSlot(content, cell, slot))
        if self.m.get(content) not in (0, UNINIT):
            self.m.heap_do(ops.Use(content))

    def put(self, e, cell, slot):
        do, m = self.m.heap_do, self.m
        match e.value:
            case ast.Null():
                do(ops.ClearSlot(cell, slot))
            case ast.FromPlace("copy", place):
                other = self.cells[place.name]
                do(ops.CopySlot(cell, slot, other, m.slot(other, place.slot)))
            case ast.FromPlace(how, place):
                source = self.cells[place.name]
                empty = "__nullable" in self.attrs(place.name) and m.get(source) == 0
                do(ops.ClearSlot(cell, slot) if empty else ops.PutSlot(cell, slot, how == "move", source))
            case ast.Fresh(how, _):
                target = m.cfg.resources[m.resource(cell).slots[slot].target].name
                fresh = m.cell((*self.run.path, id(e), self.run.site, "fresh"), "fresh", target)
                self.give(e.value, fresh, target)
                do(ops.PutSlot(cell, slot, how == "hold", fresh))

    def give(self, value, cell, kind):
        """The value of a result or out-parameter; where nobody wants it, only what is held then matters."""
        m, do = self.m, self.m.heap_do
        if cell is None:
            held = isinstance(value, ast.Fresh) and value.how == "hold"
            if not held and not (isinstance(value, ast.FromPlace) and value.how == "take"):
                return
            cell = m.cell((*self.run.path, id(value), "dropped", self.run.site), "dropped", kind)
        match value:
            case ast.Null():
                do(ops.Set(cell, 0))
            case ast.Bool(truth):
                do(ops.Set(cell, int(truth)))
            case ast.Values() | ast.ErrPtr():
                do(ops.Set(cell, self.run.any_of(members(self.run, value, kind), cell, kind)))
            case ast.Fresh(how, until):
                owner = [u for u in until if u not in m.decl.facts]
                facts = tuple(m.fact(u) for u in until if u in m.decl.facts)
                do(ops.New(cell, "owner", (), self.cells[owner[0]]) if owner else ops.New(cell, how, facts))
            case ast.FromPlace(how, place) if place.slot:
                who = self.cells[place.name]
                do((ops.TakeSlot if how == "take" else ops.ReadSlot)(cell, who, m.slot(who, place.slot)))
            case ast.FromPlace(_, place) if place.name in self.cells:
                do(ops.Copy(cell, self.cells[place.name]))
            case ast.FromPlace(_, place):
                do(ops.Set(cell, m.decl.constants[place.name]))


def members(run, value, kind):
    """The values that a set of values has, of those that can be told apart."""
    decl = run.m.decl
    if isinstance(value, ast.ErrPtr):
        return [constant(decl, c) for c in value.codes] or [n for n in run.integers if n < 0]
    numbers = [constant(decl, c) for c in value.constants]
    if value.relation == "in":
        return numbers
    domain = run.domain(kind)
    if value.relation == "any":
        return domain
    without = {constant(decl, c) for c in value.excepted}
    return [n for n in domain if RELATION[value.relation](n, numbers[0]) and n not in without]


__all__ = ["EMPTY", "Arguments", "constant", "gives", "members"]
