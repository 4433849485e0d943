"""What a function owes at its exits: one promise for each outcome of its contract."""

from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, OutValue, Promise, RefChange, SlotChange, ValueIs
from refcheck.lower.effects import conj, disj, integer_set, is_false, negate
from refcheck.lower.entry import NO_OBJECT, Entry
from refcheck.lower.tables import constant
from refcheck.syntax import ast


class Promises(Entry):
    """The entry of a function together with the promises that its exits must keep."""

    def promises(self) -> tuple[Promise, ...]:
        """What each exit must keep; a function without a contract returns what it holds and changes nothing else."""
        if self.contract is None:
            kind = "void" if self.sig.result.name == "void" else "whatever"
            slots = tuple(c for key in self.ghosts.modes for c in self._slot_changes(key, ()))
            outs = tuple(
                OutValue(v.cell, ops.TRUE, ValueIs("optional")) for v in self.scope.values() if v.out
            )  # fmt: skip
            return (Promise("returns", ops.TRUE, ValueIs(kind), (), slots, outs, (), ()),)
        return tuple(self._promise(o) for o in self.contract.outcomes)

    def _promise(self, o: ast.Outcome) -> Promise:
        result = ValueIs("void")
        for e in o.effects:
            if e.verb == "return" and e.value is not None:
                result = self._value_is(e.value, self.sig.result.name)
        if result.kind == "void" and self.sig.result.name != "void":
            raise self.b.fail("bad-contract", f"outcome `{o.name}` returns nothing", o.span, "add `return ...`")
        refs = tuple(c for p in self.sig.params for c in self._ref_changes(p, o))
        slots = tuple(c for key in self.ghosts.modes for c in self._slot_changes(key, o.effects))
        slots += tuple(self._result_slots(o, result)) if result.kind == "hold" else ()
        slots += tuple(c for p in self.sig.params if p.type.pointer for c in self._fresh_slots(p, o))
        refs += tuple(
            RefChange(self.ghosts.targets[k], ops.Cmp(self.ghosts.modes[k], "==", OWNED), 1)
            for e in o.effects if isinstance(e.value, ast.FromPlace) and e.value.how == "take"
            for k in [self._entry_slot(e.value.place)]
        )  # fmt: skip
        refs += tuple(c for e in o.effects for c in self._taken_out(e, o))
        outs = tuple(c for p in self.sig.params if p.type.pointer for c in self._out_values(p, o))
        enters: dict[int, int] = {}
        for e in o.effects:
            if e.verb in ("enter", "leave"):
                c = self.b.tables.context(e.context)
                enters[c] = enters.get(c, 0) + (1 if e.verb == "enter" else -1)
        leaves = tuple(self.b.tables.context(e.context) for e in o.effects if e.verb == "leave")
        return Promise(o.name, self.cond(o.when), result, refs, slots, outs, tuple(sorted(enters.items())), leaves)

    def _ref_changes(self, p: ast.Param, o: ast.Outcome) -> list[RefChange]:
        cell = self.ghosts.params[p.name].cell
        if p.name not in self.owned:
            return []
        gives, holds = self._given(o, p.name)
        given = disj(*(self.cond(e.when) for e in gives))
        found = [RefChange(cell, conj(self.owned[p.name], negate(given)), 1)]
        found += [RefChange(cell, self.cond(e.when), 1) for e in holds]
        return [c for c in found if not is_false(c.cond)]

    def _taken_out(self, e: ast.Effect, o: ast.Outcome) -> list[RefChange]:
        """A slot that owned and is set to NULL: its reference is the caller's own."""
        key = (e.place.name, e.place.slot) if e.place and e.verb == "set" and e.place.slot else None
        if key is None or key[0] not in self.ghosts.params or e.place is None:
            return []
        place = self._slot_key(e.place)
        empties: ops.Cond = ops.FALSE
        match e.value:
            case ast.Null():
                empties = ops.TRUE
            case ast.FromPlace("move" | "noref", source) if not source.slot:
                empties = negate(ops.Truth(self.ghosts.params[source.name].cell))
        if place not in self.ghosts.modes:
            return []
        dropped = [d for d in o.effects if d.verb in ("drop", "release") and d.place and (d.place.name, d.place.slot) == key]
        owned = conj(ops.Cmp(self.ghosts.modes[place], "==", OWNED), *(negate(self.cond(d.when)) for d in dropped))
        cond = conj(self.cond(e.when), empties, owned)
        return [] if is_false(cond) else [RefChange(self.ghosts.targets[place], cond, 1)]

    def _slot_changes(self, key: tuple[str, int], effects: tuple[ast.Effect, ...]) -> list[SlotChange]:
        name, s = key
        p, mode, target = self.ghosts.params[name], self.ghosts.modes[key], self.ghosts.targets[key]
        slot_name = self.b.tables.resources[self.b.tables.resource(p.type)].slots[s].name
        cases: list[tuple[ops.Cond, int, int]] = [(ops.Cmp(mode, "==", m), m, target) for m in (EMPTY, NOREF, OWNED)]
        for e in effects:
            taken = e.value.place if isinstance(e.value, ast.FromPlace) and e.value.how == "take" else None
            if taken and (taken.name, taken.slot) == (name, slot_name):
                cases = [(c, EMPTY, -1) for c, _, _ in cases]
                continue
            if not e.place or e.place.name != name or e.place.slot != slot_name:
                continue
            when = self.cond(e.when)
            kept = [(conj(c, negate(when)), m, t) for c, m, t in cases]
            changed = [(conj(c, when, more), m2, t2) for c, m, t in cases for more, m2, t2 in self._after(e, m, t)]
            cases = [case for case in kept + changed if not is_false(case[0])]
        return [SlotChange(p.cell, s, c, m, t) for c, m, t in cases]

    def _result_slots(self, o: ast.Outcome, result: ValueIs) -> list[SlotChange]:
        """The slots of a returned object: empty, unless an effect on `result` says otherwise."""
        if result.kind != "hold" or self.result < 0 or self.sig.result.name not in self.decl.resources:
            return []
        found: list[SlotChange] = []
        for s, slot in enumerate(self.b.tables.resources[self.b.tables.resource(self.sig.result.name)].slots):
            cases: list[tuple[ops.Cond, int, int]] = [(ops.TRUE, EMPTY, -1)]
            for e in o.effects:
                if e.place and e.place.name == "result" and e.place.slot == slot.name:
                    cases = self._after(e, EMPTY, -1)
            found += [SlotChange(self.result, s, c, m, t) for c, m, t in cases]
        return found

    def _fresh_slots(self, p: ast.Param, o: ast.Outcome) -> list[SlotChange]:
        """An object that comes back new through an out-parameter has empty slots."""
        cell, found = self.scope[p.name].cell, list[SlotChange]()
        for e in o.effects:
            fresh = isinstance(e.value, ast.Fresh) and e.verb == "set" and e.place is not None
            if fresh and e.place and e.place.name == p.name and not e.place.slot:
                count = len(self.b.tables.resources[self.b.tables.resource(p.type.name)].slots)
                found += [SlotChange(cell, s, self.cond(e.when), EMPTY, -1) for s in range(count)]
        return found

    def _after(self, e: ast.Effect, mode: int, target: int) -> list[tuple[ops.Cond, int, int]]:
        """Mode and content of a slot after one effect on it, by a further condition on the entry."""
        if e.verb in ("drop", "release"):
            return [(ops.TRUE, EMPTY, -1)]
        if e.verb in ("try_hold", "use"):
            return [(ops.TRUE, OWNED if mode == NOREF and e.verb == "try_hold" else mode, target)]
        match e.value:
            case ast.FromPlace("move" | "noref" as how, place):
                cell = self.ghosts.params[place.name].cell
                filled = OWNED if how == "move" else NOREF
                return [(ops.Truth(cell), filled, cell), (negate(ops.Truth(cell)), EMPTY, -1)]
            case ast.FromPlace("copy", place):
                slot = self._entry_slot(place)
                modes, content = self.ghosts.modes[slot], self.ghosts.targets[slot]
                return [(ops.Cmp(modes, "==", m), m, content) for m in (EMPTY, NOREF, OWNED)]
            case ast.Fresh(how, _):
                return [(ops.TRUE, OWNED if how == "hold" else NOREF, -1)]
            case ast.Null():
                return [(ops.TRUE, EMPTY, -1)]
            case _:
                raise self.b.fail("unsupported", "a body cannot promise this of a slot", e.span)

    def _slot_key(self, place: ast.Place) -> tuple[str, int]:
        kind = self.ghosts.params[place.name].type
        slot = self.b.tables.slot(self.b.tables.resource(kind), place.slot or "") if kind in self.decl.resources else None
        if slot is None:
            raise self.b.fail("unknown-name", f"there is no slot `{place.slot}`", place.span)
        return place.name, slot

    def _entry_slot(self, place: ast.Place) -> tuple[str, int]:
        """A slot whose content on entry is known."""
        key = self._slot_key(place)
        if key not in self.ghosts.modes:
            raise self.b.fail("unsupported", f"`{place.name}` brings no object with slots", place.span, NO_OBJECT)
        return key

    def _out_values(self, p: ast.Param, o: ast.Outcome) -> list[OutValue]:
        cell = self.scope[p.name].cell
        found = list[OutValue]()
        rest: ops.Cond = ops.TRUE
        for e in o.effects:
            if e.verb == "set" and e.place and e.place.name == p.name and not e.place.slot and e.value:
                when = self.cond(e.when)
                found.append(OutValue(cell, when, self._value_is(e.value, p.type.name)))
                rest = conj(rest, negate(when))
        untouched = ValueIs("alias", cell=self.ghosts.params[p.name].cell) if self._in_out(p) else ValueIs("unwritten")
        return found if is_false(rest) else [*found, OutValue(cell, rest, untouched)]

    def _value_is(self, value: ast.Value, kind: str) -> ValueIs:
        match value:
            case ast.Null():
                return ValueIs("values", (0,))
            case ast.Bool(truth):
                return ValueIs("values", (int(truth),))
            case ast.Values():
                return ValueIs("values", integer_set(self.decl, self.b.values_of(kind), value))
            case ast.ErrPtr(codes):
                numbers = tuple(constant(self.decl, c) for c in codes)
                return ValueIs("values", numbers or tuple(i for i in self.b.tables.integers if i < 0))
            case ast.Fresh("hold", _):
                return ValueIs("hold")
            case ast.Fresh(_, until):
                if any(u not in self.decl.facts for u in until):
                    text = "a body cannot promise a borrow that lasts as long as a parameter"
                    raise self.b.fail("unsupported", text, value.span, "leave the contract without a body: trusted")
                return ValueIs("borrow", facts=tuple(self.b.tables.fact(u) for u in until))
            case ast.FromPlace("take", place):
                return ValueIs("alias", cell=self.ghosts.targets[self._entry_slot(place)])
            case ast.FromPlace(_, place) if place.slot:
                p = self.ghosts.params[place.name]
                slot = self.b.tables.slot(self.b.tables.resource(p.type), place.slot)
                return ValueIs("slot", cell=p.cell, slot=slot or 0)
            case ast.FromPlace(_, place) if place.name in self.decl.constants:
                return ValueIs("values", (self.decl.constants[place.name],))
            case ast.FromPlace(_, place):
                assert self.app is not None
                return ValueIs("alias", cell=self.app.operand(place).cell)
