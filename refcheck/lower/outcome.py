# SPDX-License-Identifier: GPL-2.0-only
"""What an outcome of a contract does, as operations: the one reading that callers and bodies share.

An outcome is a program over the interface: the arguments and what their slots hold, the out-parameters, the result, the
contexts.  It runs in this order, however it is written:

1. what it asks and what it reads from is read as it is on entry (a reference that is taken or copied comes along);
2. protections end: `release`, `consume`, `queue`, `drop`, `revoke`; what it does not give away has survived that; then
   `leave`, and `sleep` behind it;
3. things move: references into slots, out of slots;
4. protections begin: `hold`, `enter`, `hold` and `borrow` of new objects; then the values.

A reference that the outcome takes can be what it moves, so that plain holds come in front of 3.
"""

from refcheck.graph import ops
from refcheck.graph.cfg import NOREF, OWNED, UNINIT
from refcheck.graph.footprint import parts, reads
from refcheck.lower.builder import Operand
from refcheck.lower.contract import Contract
from refcheck.lower.logic import conj, disj, is_true, negate, when
from refcheck.syntax import ast, code, pretty
from refcheck.unit.effects import GIVING, gives

ASK, USE, READ, TAKE, END, SURVIVE, LEAVE, SLEEP, LATE, HOLD, MOVE, ENTER, MAKE, RETURN, BEHIND = range(15)


class Outcomes(Contract):
    """A contract whose outcomes are turned into operations."""

    def operations(self, outcome: ast.Outcome, result: int) -> list[ops.Op]:
        """The operations of an outcome; its value goes to cell `result` (-1: nobody wants it)."""
        self._read(outcome, result)
        return [op for phase in self.phases for op in phase]

    def changes(self, outcome: ast.Outcome, result: int) -> list[ops.Op]:
        """The same without what only asks of the state: how an outcome changes it."""
        self._read(outcome, result)
        return [op for i, phase in enumerate(self.phases) if i not in (USE, SURVIVE, SLEEP, LATE) for op in phase]

    def _read(self, outcome: ast.Outcome, result: int) -> None:
        self.bind = self.bind | {"result": Operand(result, 0, self.sig.result.name, result < 0)}
        self.phases: list[list[ops.Op]] = [[] for _ in range(BEHIND + 1)]
        left = False
        asked = [self._asked(e.when) for e in outcome.effects]
        for e, cond in zip(outcome.effects, asked, strict=True):
            late = left and e.place is not None and "__any" in self._attrs(e.place.name)
            left = left or e.verb == "leave"
            self._effect(e, cond, result, late)
        conds = dict(zip(map(id, outcome.effects), asked, strict=True))
        if any(e.verb in (*GIVING, "drop", "revoke") for e in outcome.effects):
            self._survivors(outcome, conds)
        if left:
            self._used_late(outcome, conds)

    def _attrs(self, param: str) -> tuple[str, ...]:
        return tuple(self.said.kinds[param].attrs) if param in self.said.kinds else ()

    def _put(self, phase: int, cond: ops.Cond, *todo: ops.Op) -> None:
        self.phases[phase] += when(cond, list(todo))

    def _asked(self, asked: ast.CondExpr | None) -> ops.Cond:
        """The condition of an effect; what the outcome itself may change is asked, and remembered, on entry."""
        cond = self.cond(asked)
        if asked is None or not _changes(cond, {self.bind[n].cell for n, p in self.said.kinds.items() if p.type.pointer}):
            return cond
        flag = self.b.cell(pretty.expr(asked), "bool", "temp")
        self.phases[ASK] += [ops.Set(flag, 0), ops.When(cond, (ops.Set(flag, 1),))]
        return ops.Truth(flag)

    # -- what does not end
    def _survivors(self, outcome: ast.Outcome, conds: dict[int, ops.Cond]) -> None:
        """What the outcome does not give away is as good behind what it ends as on entry, and so is what slots lend."""
        for p, who in self.objects():
            if "__any" in p.attrs:
                continue
            kept = negate(disj(*(conds[id(e)] for e in gives(outcome, p.name))))
            self._put(SURVIVE, conj(self.there(who), kept), *self.alive(p, who.cell))
            for s, name in self.slots(p):
                if (p.name, name) in self.said.read:
                    self._lent(who, s)

    def _used_late(self, outcome: ast.Outcome, conds: dict[int, ops.Cond]) -> None:
        """What the contract uses behind a `leave`, in whatever case, survives that where it is not given away."""
        for p, who in self.objects():
            if p.name in self.said.late and "__any" not in p.attrs:
                kept = negate(disj(*(conds[id(e)] for e in gives(outcome, p.name))))
                late = ops.Use(who.cell, self.nullable(p.name), "__maybe_err" in p.attrs)
                self._put(LATE, conj(self.there(who), kept), late)

    def alive(self, p: ast.Param, cell: int) -> list[ops.Op]:
        """The object of a parameter is as its attributes say: alive, counted, firm."""
        todo: list[ops.Op] = [ops.Use(cell, self.nullable(p.name), "__maybe_err" in p.attrs)]
        needs: list[ops.Op] = [ops.NeedCount(cell)] if "__counted" in p.attrs else []
        if self.said.speaks(p.name) and "__rcu" not in p.attrs:
            needs.append(ops.NeedFirm(cell))
        return [*todo, *when(self.is_object(p, cell), needs)]

    def _lent(self, who: Operand, slot: int) -> None:
        """A borrow in a slot that the callee looks into: remembered on entry, and good behind what ends."""
        content = self.content(who.cell, slot, "lent")
        borrowed = conj(self.there(who), ops.Cmp(who.cell, ">", 0), ops.SlotIs(who.cell, slot, (NOREF,)))
        self.phases[USE] += [ops.Set(content, 0), ops.When(borrowed, (ops.ReadSlot(content, who.cell, slot),))]
        self.phases[SURVIVE] += [ops.When(ops.Truth(content), (ops.Use(content),)), ops.Forget(content)]

    # -- effects
    def _effect(self, e: ast.Effect, cond: ops.Cond, result: int, late: bool) -> None:
        match e.verb:
            case "enter":
                self._put(ENTER, cond, ops.Enter(self.b.tables.context(e.context)))
            case "leave":
                self._put(LEAVE, cond, ops.Leave(self.b.tables.context(e.context)))
            case "sleep":
                self._put(SLEEP, cond, self.no_atomic())
            case "revoke":
                told = [ops.Set(self.b.revoked[e.context], 1)] if e.context in self.b.revoked else []
                self._put(END, cond, ops.Revoke((self.b.tables.fact(e.context),)), *told)
            case "return":
                self._return(e, result)
            case "set":
                self._set(e, cond)
            case _:
                self._verb(e, cond, late)

    def _verb(self, e: ast.Effect, cond: ops.Cond, late: bool) -> None:
        assert e.place is not None
        who = self.operand(e.place._replace(slot=None))
        if who.cell < 0:  # nobody wants it
            return
        cond = conj(self.there(who), cond)
        if e.place.slot:
            self._slot_verb(e, cond, who.cell, self.slot(e.place, who))
            return
        nullable = self.nullable(e.place.name)
        made: dict[str, tuple[int, ops.Op]] = {
            "use": (LATE if late else USE, ops.Use(who.cell)),
            "hold": (HOLD, ops.Hold(who.cell)), "try_hold": (HOLD, ops.TryHold(who.cell)),
            "release": (END, ops.Release(who.cell, nullable)), "consume": (END, ops.Consume(who.cell, nullable)),
            "queue": (END, ops.Consume(who.cell, nullable, True)),
            "free": (END, ops.Free(who.cell, nullable, self._unseen(who.cell))),
        }  # fmt: skip
        self._one_of(e, cond, made)

    def _unseen(self, cell: int) -> bool:
        """Callers of the function at hand see its contract alone, and what it found of a shared resource may be theirs."""
        tables = self.b.tables
        return self.b.stack[0] in tables.decl.contracts and tables.resources[self.b.cells[cell].resource].shared

    def _slot_verb(self, e: ast.Effect, cond: ops.Cond, ptr: int, slot: int) -> None:
        assert e.place is not None
        if e.verb == "use":
            content = self.content(ptr, slot, "used")
            read = ops.ReadSlot(content, ptr, slot)
            self._put(USE, cond, read, ops.When(ops.Truth(content), (ops.Use(content),)), ops.Forget(content))
            return
        drop = (END, ops.DropSlot(ptr, slot))
        made: dict[str, tuple[int, ops.Op]] = {"drop": drop, "release": drop, "try_hold": (HOLD, ops.HoldSlot(ptr, slot))}
        self._one_of(e, cond, made)

    def _one_of(self, e: ast.Effect, cond: ops.Cond, made: dict[str, tuple[int, ops.Op]]) -> None:
        if e.verb not in made:
            raise self.b.fail("bad-contract", f"`{e.verb}` does not apply here", e.span, f"one of use, {', '.join(made)}")
        phase, op = made[e.verb]
        self._put(BEHIND if e.place and e.place.name == "result" else phase, cond, op)

    def _set(self, e: ast.Effect, cond: ops.Cond) -> None:
        assert e.place is not None
        assert e.value is not None
        who = self.operand(e.place._replace(slot=None))
        if who.cell < 0:
            return
        cond = conj(self.there(who), cond)
        if e.place.slot:
            self._set_slot(e, cond, who.cell, self.slot(e.place, who))
            return
        todo = self._given(e.value, cond, who.cell, who.type)
        if not is_true(cond) and any(isinstance(op, ops.Havoc) for op in todo):
            if e.when is not None:
                text = "one of several values cannot be set under a condition"
                raise self.b.fail("unsupported", text, e.span, "make an outcome for each case")
            # What is not there was never written.
            self.phases[MAKE] += [*todo, *when(negate(cond), [ops.Set(who.cell, UNINIT)])]
            return
        self._put(MAKE, cond, *todo)

    def _set_slot(self, e: ast.Effect, cond: ops.Cond, ptr: int, slot: int) -> None:
        assert e.place is not None
        behind = e.place.name == "result"
        fresh = behind or self._is_new(e.place)
        match e.value:
            case code.Null():
                self._put(BEHIND if fresh else MOVE, cond, ops.ClearSlot(ptr, slot))
            case ast.FromPlace("copy" | "move" | "take" as how, place) if place.slot:
                self._put(BEHIND if fresh else MOVE, cond, *self._from_slot(how, place, cond, ptr, slot))
            case ast.FromPlace("move" | "noref" as how, place) if not place.slot:
                src = self.operand(place)
                put = ops.PutSlot(ptr, slot, how == "move", src.cell)
                todo: list[ops.Op] = [ops.ClearSlot(ptr, slot)] if src.cell < 0 else [put]
                if src.cell >= 0 and self.nullable(place.name):
                    there = ops.Truth(src.cell)
                    todo = [ops.When(there, (put,)), ops.When(ops.Not(there), (ops.ClearSlot(ptr, slot),))]
                self._put(BEHIND if fresh else MOVE, cond, *todo)
            case ast.Fresh(how, _):
                content = self.content(ptr, slot, "new")
                kind = self.b.tables.resources[self.b.cells[content].resource].name
                todo = [*self.value(e.value, content, kind), ops.PutSlot(ptr, slot, how == "hold", content)]
                self._put(BEHIND if fresh else MAKE, cond, *todo)
            case _:
                help_text = "a slot takes `move p`, `move p->slot`, `noref p`, `copy p->slot`, `hold`, `borrow(...)` or NULL"
                raise self.b.fail("bad-contract", "this cannot be put into a slot", e.span, help_text)

    def _is_new(self, place: ast.EffectPlace) -> bool:
        """The object behind an out-parameter is the outcome's own: it comes before its slots are filled."""
        return place.name in self.said.kinds and place.deref and place.name not in self.said.brought

    def _from_slot(self, how: str, place: ast.EffectPlace, cond: ops.Cond, ptr: int, slot: int) -> list[ops.Op]:
        """The content of another slot as it was on entry: taken out of there, or copied with one more reference."""
        who, at = self.container(place)
        content = self.content(who.cell, at, how)
        owned = self.b.cell(f"{place.name}->{place.slot} is owned", "bool", "temp")
        get: ops.Op = ops.ReadSlot(content, who.cell, at) if how == "copy" else ops.TakeSlot(content, who.cell, at)
        more = (ops.When(ops.Truth(owned), (ops.Hold(content),)),) if how == "copy" else ()
        self.phases[READ] += [ops.Set(content, 0), ops.Set(owned, 0)]
        was = ops.When(ops.SlotIs(who.cell, at, (OWNED,)), (ops.Set(owned, 1),))
        self._put(READ if how == "copy" else TAKE, cond, was, get, *more)
        there = ops.Truth(content)
        return [
            ops.When(ops.And((there, ops.Truth(owned))), (ops.PutSlot(ptr, slot, True, content),)),
            ops.When(ops.And((there, ops.Not(ops.Truth(owned)))), (ops.PutSlot(ptr, slot, False, content),)),
            ops.When(ops.Not(there), (ops.ClearSlot(ptr, slot),)),
        ]  # fmt: skip

    def _return(self, e: ast.Effect, result: int) -> None:
        assert e.value is not None
        cell, kind = result, self.sig.result.name
        if cell < 0:
            # A reference that nobody wants is lost, and reported as such.
            held = isinstance(e.value, ast.Fresh) and e.value.how == "hold"
            if not held and not (isinstance(e.value, ast.FromPlace) and e.value.how == "take"):
                return
            cell = self.b.cell(f"the result of {self.sig.name}()", kind, "dropped")
        self._put(RETURN, ops.TRUE, *self._given(e.value, ops.TRUE, cell, kind))

    def _given(self, value: ast.Value, cond: ops.Cond, cell: int, kind: str) -> list[ops.Op]:
        """Give a value to a cell; what is read from a place is read on entry."""
        place = value.place if isinstance(value, ast.FromPlace) else None
        if place is None or (place.name in self.b.tables.decl.constants and place.name not in self.bind):
            return self.value(value, cell, kind)
        assert isinstance(value, ast.FromPlace)
        if place.slot:
            who, at = self.container(place)
            content = self.content(who.cell, at, value.how)
            take = value.how in ("take", "move")
            self._put(TAKE if take else READ, cond, (ops.TakeSlot if take else ops.ReadSlot)(content, who.cell, at))
            return [ops.Copy(cell, content), ops.Forget(content)]
        if value.how != "alias":
            raise self.b.fail("bad-contract", f"`{value.how}` needs a slot here", value.span, "p->slot")
        who = self.operand(place)
        if who.cell < 0:
            return [ops.Set(cell, who.value)]
        return self._alike(cell, who.cell) if who.type == "int" else [ops.Copy(cell, who.cell)]

    def _alike(self, cell: int, src: int) -> list[ops.Op]:
        """An integer of the same class: which one of it comes back, no exit can tell."""
        points, found = self.b.tables.points, list[ops.Op]()
        for value in self.b.tables.integers:
            below, above = [p for p in points if p < value], [p for p in points if p > value]
            inside = [ops.Cmp(src, ">", below[-1])] if below else []
            inside += [ops.Cmp(src, "<", above[0])] if above else []
            here = ops.Cmp(src, "==", value) if value in points else conj(*inside)
            found += when(here, [ops.Set(cell, value)])
        return found

    def content(self, ptr: int, slot: int, how: str) -> int:
        """A cell for what a slot holds."""
        resource = self.b.tables.resources[self.b.cells[ptr].resource]
        target = self.b.tables.resources[resource.slots[slot].target].name
        return self.b.cell(f"{self.b.cells[ptr].name}->{resource.slots[slot].name} {how}", target, "temp")


def _changes(cond: ops.Cond, outs: set[int]) -> bool:
    """The condition asks about a slot, or about what an out-parameter points to."""
    return isinstance(cond, ops.SlotIs) or bool(reads(cond) & outs) or any(_changes(c, outs) for c in parts(cond))
