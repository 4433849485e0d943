# SPDX-License-Identifier: GPL-2.0-only
"""What a contract means at a call: what it asks for, and its effects in their order.

All conditions and all sources are read on entry; then protections end, and what is not given away has survived that; then
things move; then protections begin.
"""

from __future__ import annotations

from interpreter.contract import GIVES, Contract, given, members, place_of
from interpreter.machine import Ended
from refcheck.graph import ops
from refcheck.graph.cfg import NOREF, OWNED, STALE, UNINIT
from refcheck.syntax import ast, code

USE, COPY, TAKE, END, SURVIVE, LEAVE, SLEEP, LATE, HOLD, MOVE, ENTER, MAKE, RETURN, BEHIND = range(14)
ASKING = (USE, SURVIVE, SLEEP, LATE)


class Arguments(Contract):
    """A call in progress."""

    # -- what a call asks for
    def asks(self):
        """What the call asks for, whatever comes out of it."""
        self.demands()
        for p in self.sig.params:
            if not self.pointer(p) and not p.type.pointer:
                self.m.do(ops.CheckInit(self.cells[p.name]))
        for p in self.objects():
            self.shown(p)
        self.apart()
        self.required()

    def demands(self):
        """Contexts: those that must be held, and none where the callee may sleep."""
        for must in self.sig.must_hold:
            if self.holds(must.when):
                self.m.do(ops.Need(tuple(self.m.fact(f) for f in must.facts), self.sig.name))
        if self.sig.may_sleep:
            self.sleeps()

    def sleeps(self):
        """The callee sleeps here."""
        atomic = tuple(i for i, c in enumerate(self.m.contexts) if c not in self.m.decl.sleeping)
        self.m.heap_do(ops.NeedNone(self.sig.name, self.run.may_sleep, atomic))

    def revokes(self, fact):
        """What is lent for a fact ends here; a contract that does not say so is not kept."""
        self.m.heap_do(ops.Revoke((self.m.fact(fact),)))
        self.m.heap.cells[self.m.revoked(fact)] = 1

    def required(self):
        """Preconditions."""
        for prop, asked in self.sig.requires:
            met = self.holds(asked)
            if met is None:
                self.unread()
            if not met:
                self.m.heap.report(prop, "precondition")

    def unread(self):
        """A condition reads what was never written: the path ends."""
        self.m.heap.report("bad-pointer", "uninitialised")
        raise Ended

    def shown(self, p):
        """One argument is as the callee takes it, and so are its slots."""
        cell = self.cells[p.name]
        known = "__any" not in p.attrs
        if known and self.given_always(p):
            self.m.do(ops.Valid(cell, self.nullable(p)))
        elif known:
            self.lives(p)
            self.m.done()
        if self.could_be_content(p) and self.is_given(p):
            self.m.do(ops.NeedOwn(cell))
        looked = self.looks(p)
        for slot in self.slots(p) if known else ():
            if slot in looked:
                self.m.do(ops.UseSlots(cell, (self.m.slot(cell, slot),)))
            elif (p.name, slot) in self.spoken and not self.dropped(p, slot) and self.mode(cell, slot) == STALE:
                self.m.heap.report("use-after-release", "precondition")
        for slot in self.slots(p) if known else ():
            if (p.name, slot) in self.chosen_by:
                self.asked(cell, slot)

    def dropped(self, p, slot):
        """Every outcome drops the slot, whatever holds: then it is asked there."""
        plain = [[e for e in o.effects if e.verb in ("drop", "release") and e.when is None] for o in self.outcomes]
        return all(any((e.place.name, e.place.slot) == (p.name, slot) for e in effects) for effects in plain)

    def lives(self, p):
        """The object is alive, counted where that is asked for, and kept firmly where its slots are spoken of."""
        cell = self.cells[p.name]
        self.m.heap_do(ops.Use(cell, self.nullable(p), "__maybe_err" in p.attrs))
        if self.m.object(cell) is None:
            return
        if "__counted" in p.attrs:
            self.m.heap_do(ops.NeedCount(cell))
        if self.speaks(p.name) and "__rcu" not in p.attrs:
            self.m.heap_do(ops.NeedFirm(cell))

    def could_be_content(self, p):
        """A slot that the contract speaks of could name the same object."""
        for name, slot in self.spoken:
            if name in self.kinds and name != p.name:
                declared = self.m.decl.resources[self.kinds[name].type.name].slots
                if any(s.name == slot and s.target == p.type.name for s in declared):
                    return True
        return False

    def apart(self):
        """Two containers of one kind are two objects."""
        params = self.objects()
        for i, p in enumerate(params):
            for q in params[i + 1 :]:
                a, b = self.m.get(self.cells[p.name]), self.m.get(self.cells[q.name])
                if p.type.name == q.type.name and self.m.decl.resources[p.type.name].slots and a == b and a > 0:
                    self.m.heap.report("broken-contract", "precondition")

    # -- the outcome
    def happens(self, outcome, result, asking=True):
        """The effects of an outcome, in order; without those that only ask of the state where that is not wanted."""
        self.result = result
        todo = [[] for _ in range(BEHIND + 1)]
        left = False
        for e in outcome.effects:
            truth = self.holds(e.when)
            if truth is None:
                self.unread()
            late = e.verb == "use" and left and not given(outcome, e.place.name)
            left = left or e.verb == "leave"
            if truth:
                self.plan(todo, e, late)
        if any(e.verb in (*GIVES, "drop", "revoke") for e in outcome.effects):
            self.survive(todo, outcome)
        for phase, steps in enumerate(todo):
            for step in steps if asking or phase not in ASKING else ():
                step()

    def plan(self, todo, e, late):
        """Put the steps of an effect where they belong."""
        if e.place is not None and e.place.name == "result":
            content = self.source(todo, e, None) if self.result is not None else None
            todo[BEHIND].append(lambda: self.result is not None and self.slot_effect(e, self.result, content))
        elif e.verb in ("enter", "leave"):
            op = (ops.Enter if e.verb == "enter" else ops.Leave)(self.m.context(e.context))
            todo[ENTER if e.verb == "enter" else LEAVE].append(lambda: self.m.heap_do(op))
        elif e.verb == "sleep":
            todo[SLEEP].append(self.sleeps)
        elif e.verb == "revoke":
            todo[END].append(lambda: self.revokes(e.context))
        elif e.verb == "return":
            content = self.source(todo, e, self.result)
            todo[RETURN].append(lambda: self.give(e.value, self.result, self.sig.result.name, content))
        elif e.place.name not in self.absent:
            self.plan_place(todo, e, late)
        elif isinstance(e.value, ast.Values | ast.ErrPtr) and not e.place.slot and self.cells[e.place.name] is not None:
            # The caller's own out-parameter, which nobody wants: a choice among values is made all the same.
            kind = self.kinds[e.place.name].type.name
            todo[MAKE].append(lambda: self.choose(e.value, self.aside(e, kind), kind))

    def plan_place(self, todo, e, late):
        """An effect on an argument or one of its slots."""
        cell = self.cells[e.place.name]
        p = self.kinds[e.place.name]
        if e.verb == "set" and not e.place.slot:
            content = self.source(todo, e, cell)
            todo[MAKE].append(lambda: self.give(e.value, cell, p.type.name, content))
        elif e.place.slot:
            fresh = p.type.pointer and not self.brought(p)
            content = self.source(todo, e, cell)
            phase = {"use": USE, "drop": END, "release": END, "try_hold": HOLD}.get(
                e.verb, MAKE if isinstance(e.value, ast.Fresh) else MOVE
            )
            phase = BEHIND if fresh and e.verb == "set" else phase
            todo[phase].append(lambda: self.slot_effect(e, cell, content))
        else:
            phase = {"use": LATE if late else USE, "hold": HOLD, "try_hold": HOLD}.get(e.verb, END)
            todo[phase].append(lambda: self.whole(e, cell))

    def survive(self, todo, outcome):
        """What the outcome does not take has not lost its protection with what it takes, nor has what slots lend."""
        for p in self.objects():
            if "__any" in p.attrs:
                continue
            cell = self.cells[p.name]
            if not any(self.holds(e.when) for e in given(outcome, p.name)):
                todo[SURVIVE].append(lambda p=p: self.lives(p))
            for name in self.looks(p):
                content = self.content((id(outcome), p.name, name, "lent"), cell, name)
                todo[USE].append(lambda c=content, cell=cell, name=name: self.remember(c, cell, name))
                todo[SURVIVE].append(lambda c=content: self.touch(c))

    def remember(self, content, cell, slot):
        """What a slot lends, or nothing."""
        self.m.heap.cells[content] = 0
        if self.asked(cell, slot) == NOREF:
            self.m.heap_do(ops.ReadSlot(content, cell, self.m.slot(cell, slot)))

    def touch(self, content):
        """What was remembered is used, where there is something, and forgotten."""
        if self.m.get(content) not in (0, UNINIT):
            self.m.heap_do(ops.Use(content))
        self.m.heap_do(ops.Forget(content))

    # -- effects
    def content(self, key, cell, slot):
        """A cell for what a slot holds."""
        resource = self.m.resource(cell)
        target = self.m.cfg.resources[resource.slots[self.m.slot(cell, slot)].target].name
        return self.m.cell((*self.run.path, self.run.site, *key), "content", target)

    def aside(self, e, kind):
        """A cell that nobody reads."""
        return self.m.cell((*self.run.path, id(e), "aside", self.run.site), "aside", kind)

    def source(self, todo, e, wanted):
        """(cell, owned) for what an effect reads from a slot, which is read on entry; None where it reads none."""
        place = place_of(e.value)
        how = e.value.how if place else ""
        if place is None or not place.slot or (wanted is None and e.verb == "return" and how != "take"):
            return None
        if place.name in self.absent:
            self.unread()
        who = self.cells[place.name]
        slot = self.m.slot(who, place.slot)
        content = self.content((id(e), "source"), who, place.slot)
        found = [content, False]

        def read():
            found[1] = e.verb == "set" and bool(e.place.slot) and self.asked(who, place.slot) == OWNED
            self.m.heap_do((ops.TakeSlot if how in ("take", "move") else ops.ReadSlot)(content, who, slot))
            if how == "copy" and found[1]:
                self.m.heap_do(ops.Hold(content))

        todo[TAKE if how in ("take", "move") else COPY].append(read)
        return found

    def whole(self, e, cell):
        """An effect on an object itself."""
        nullable = self.nullable(self.kinds[e.place.name])
        unseen = self.run.contracted and self.m.resource(cell).shared
        self.m.heap_do({
            "use": ops.Use(cell), "hold": ops.Hold(cell), "try_hold": ops.TryHold(cell),
            "release": ops.Release(cell, nullable), "free": ops.Free(cell, nullable, unseen),
            "consume": ops.Consume(cell, nullable), "queue": ops.Consume(cell, nullable, True),
        }[e.verb])  # fmt: skip

    def slot_effect(self, e, cell, content):
        """An effect on a slot."""
        slot = self.m.slot(cell, e.place.slot)
        if e.verb == "use":
            used = self.content((id(e), "used"), cell, e.place.slot)
            self.m.heap_do(ops.ReadSlot(used, cell, slot))
            self.touch(used)
        elif e.verb != "set":
            self.m.heap_do((ops.HoldSlot if e.verb == "try_hold" else ops.DropSlot)(cell, slot))
        elif isinstance(e.value, ast.Fresh):
            fresh = self.content((id(e), "fresh"), cell, e.place.slot)
            self.give(e.value, fresh, self.m.cfg.resources[self.m.cfg.cells[fresh].resource].name, None)
            self.m.heap_do(ops.PutSlot(cell, slot, e.value.how == "hold", fresh))
        else:
            self.put(e.value, cell, slot, content)

    def put(self, value, cell, slot, content):
        """An object that is there already goes into a slot."""
        owned, source = value.how == "move" if isinstance(value, ast.FromPlace) else False, None
        if content is not None:
            source, owned = content[0] if self.m.get(content[0]) != 0 else None, content[1]
        elif isinstance(value, ast.FromPlace):
            source = self.cells[value.place.name]
            if self.nullable(self.kinds[value.place.name]) and self.m.get(source) == 0:
                source = None
        self.m.heap_do(ops.ClearSlot(cell, slot) if source is None else ops.PutSlot(cell, slot, owned, source))

    def give(self, value, cell, kind, content):
        """The value of a result or out-parameter; where nobody wants it, only what is held then matters."""
        m, do = self.m, self.m.heap_do
        if cell is None:
            held = isinstance(value, ast.Fresh) and value.how == "hold"
            if not held and content is None:
                return
            cell = m.cell((*self.run.path, id(value), "dropped", self.run.site), "dropped", kind)
        match value:
            case code.Null():
                do(ops.Set(cell, 0))
            case code.Bool(truth):
                do(ops.Set(cell, int(truth)))
            case ast.Values() | ast.ErrPtr():
                do(ops.Set(cell, self.choose(value, cell, kind)))
            case ast.Fresh(how, until):
                owner = [u for u in until if u not in m.decl.facts]
                facts = tuple(m.fact(u) for u in until if u in m.decl.facts)
                do(ops.New(cell, "owner", (), self.cells[owner[0]]) if owner else ops.New(cell, how, facts))
            case ast.FromPlace() if content is not None:
                do(ops.Copy(cell, content[0]))
                do(ops.Forget(content[0]))
            case ast.FromPlace(_, place) if place.name in self.kinds:
                do(ops.Copy(cell, self.cells[place.name]))
            case ast.FromPlace(_, place):
                do(ops.Set(cell, m.decl.constants[place.name]))

    def choose(self, value, cell, kind):
        """One of several values."""
        return self.run.any_of(members(self.run, value, kind), cell, kind)
