"""Contracts at a call: conditions and effects of an outcome, with arguments in place of parameters."""

from refcheck.graph import ops
from refcheck.graph.cfg import MODES, NOREF, STALE
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.tables import constant
from refcheck.lower.traits import GIVING, LOSES, Told, traits_of
from refcheck.syntax import ast, pretty
from refcheck.unit.declare import Declarations

Binding = dict[str, Operand]


def negate(cond: ops.Cond) -> ops.Cond:
    """The negation, simplified where it is constant."""
    if cond == ops.TRUE and isinstance(cond, ops.And):
        return ops.FALSE
    if cond == ops.FALSE and isinstance(cond, ops.Or):
        return ops.TRUE
    return cond.arg if isinstance(cond, ops.Not) else ops.Not(cond)


def conj(*args: ops.Cond) -> ops.Cond:
    """The conjunction, simplified."""
    parts = [a for a in args if not (isinstance(a, ops.And) and not a.args)]
    if any(isinstance(a, ops.Or) and not a.args for a in parts):
        return ops.FALSE
    return parts[0] if len(parts) == 1 else ops.And(tuple(parts))


def disj(*args: ops.Cond) -> ops.Cond:
    """The disjunction, simplified."""
    parts = [a for a in args if not (isinstance(a, ops.Or) and not a.args)]
    if any(isinstance(a, ops.And) and not a.args for a in parts):
        return ops.TRUE
    return parts[0] if len(parts) == 1 else ops.Or(tuple(parts))


def is_true(cond: ops.Cond) -> bool:
    """The condition is the constant true."""
    return isinstance(cond, ops.And) and not cond.args


def is_false(cond: ops.Cond) -> bool:
    """The condition is the constant false."""
    return isinstance(cond, ops.Or) and not cond.args


def _asks_slots(cond: ops.Cond) -> bool:
    match cond:
        case ops.SlotIs():
            return True
        case ops.Not(arg):
            return _asks_slots(arg)
        case ops.And(args) | ops.Or(args):
            return any(map(_asks_slots, args))
        case _:
            return False


class Application:
    """One contract applied to operands; `bind` maps parameter names to operands (out-parameters to their cells)."""

    def __init__(self, builder: Builder, contract: ast.ContractDef, bind: Binding) -> None:
        self.b = builder
        self.contract = contract
        self.bind = bind
        self.traits = traits_of(builder.tables.decl, contract)
        self.kinds = self.traits.kinds
        self._contained: list[tuple[ast.Param, Operand, tuple[int, ...]]] | None = None

    # -- conditions
    def operand(self, place: ast.Place) -> Operand:
        """What a place without slot stands for at this call."""
        if place.name == "result" and not place.deref and "result" in self.bind:
            return self.bind["result"]
        if place.name not in self.bind:
            known = ", ".join(f"`{p}`" for p in self.bind)
            help_text = f"the parameters are {known}" if known else "the contract has no parameters"
            raise self.b.fail("unknown-name", f"`{place.name}` is not a parameter", place.span, help_text)
        if place.deref != self.kinds[place.name].type.pointer:
            star = "is an out-parameter: write `*" if not place.deref else "is not a pointer to a variable: write `"
            raise self.b.fail("wrong-kind", f"`{place.name}` {star}{place.name}`", place.span)
        return self.bind[place.name]

    def cond(self, cond: ast.CondExpr | None) -> ops.Cond:
        """A contract's condition over the cells of the arguments."""
        match cond:
            case None:
                return ops.TRUE
            case ast.Not(arg):
                return negate(self.cond(arg))  # type: ignore[arg-type]
            case ast.Logic(op, left, right):
                join = conj if op == "&&" else disj
                return join(self.cond(left), self.cond(right))  # type: ignore[arg-type]
            case ast.Config(name):
                return ops.Truth(self.b.config(name))
            case ast.StateIs(place, states):
                return self._state_is(place, states)
            case ast.PlaceTest(place, op, value):
                return self._test(place, op, value)

    def _state_is(self, place: ast.Place, states: tuple[str, ...]) -> ops.Cond:
        if place.slot is None or any(s not in MODES for s in states):
            raise self.b.fail("bad-contract", "`is` asks a slot: `p->slot is empty|noref|owned`", place.span)
        who = self.operand(place._replace(slot=None))
        modes = tuple(MODES[s] for s in states)
        if who.cell < 0:
            return ops.FALSE
        return ops.SlotIs(who.cell, self.slot(place, who), modes)

    def _test(self, place: ast.Place, op: str | None, value: ast.Expr | None) -> ops.Cond:
        if place.slot is not None:
            raise self.b.fail("bad-contract", "a slot is asked with `is`", place.span, "p->slot is empty|noref|owned")
        who = self.operand(place)
        right = 0 if value is None else constant(self.b.tables.decl, value)
        relation = op or "!="
        if who.none:
            return ops.TRUE if relation == "==" else ops.FALSE
        if who.cell < 0:
            return ops.TRUE if ops.compare(relation, who.value, right) else ops.FALSE
        return ops.Truth(who.cell) if relation == "!=" and right == 0 else ops.Cmp(who.cell, relation, right)

    def _attrs(self, name: str) -> tuple[str, ...]:
        return self.kinds[name].attrs if name in self.kinds else ()

    def slot(self, place: ast.Place, who: Operand) -> int:
        """The number of the slot that a place names."""
        resource = self.b.cells[who.cell].resource
        found = self.b.tables.slot(resource, place.slot or "") if resource >= 0 else None
        if found is None:
            raise self.b.fail("unknown-name", f"`{who.type}` has no slot `{place.slot}`", place.span)
        return found

    # -- checks before the outcome
    def checks(self) -> list[ops.Op]:
        """What a call asks for, whatever its outcome: contexts, written flags, protected objects."""
        sig, todo = self.contract.sig, list[ops.Op]()
        for must in sig.must_hold:
            facts = tuple(self.b.tables.fact(f) for f in must.facts)
            todo += self._when(self.cond(must.when), [ops.Need(facts, sig.name)])
        if sig.may_sleep:
            atomic = [i for i, c in enumerate(self.b.tables.contexts) if c not in self.b.tables.decl.sleeping]
            todo.append(ops.NeedNone(sig.name, True, tuple(atomic)))
        resources = self.b.tables.decl.resources
        for p in sig.params:
            cell, is_object = self.bind[p.name].cell, p.type.name in resources
            if cell < 0:
                continue
            if p.type.pointer:
                if is_object and p.name in self.traits.touched:
                    todo.append(self._check_pointer(p, cell))
            elif not is_object:
                todo.append(ops.CheckInit(cell))
            elif "__any" not in p.attrs:
                todo.append(self._check_pointer(p, cell))
                if "__counted" in p.attrs:
                    todo.append(ops.When(ops.Truth(cell), (ops.NeedCount(cell),)))
        todo += [ops.UseSlots(who.cell, slots) for _, who, slots in self.contained()]
        if sig.name in self.b.tables.decl.functions:
            todo += [op for p in sig.params for op in self._not_stale(p)]
        todo += self._distinct()
        for prop, asked in sig.requires:
            todo.append(ops.Require(self.cond(asked), sig.name, pretty.expr(asked), prop))
        return todo

    def contained(self) -> list[tuple[ast.Param, Operand, tuple[int, ...]]]:
        """The arguments whose slots the callee may look into, with those slots."""
        if self._contained is None:
            self._contained = [(p, who, slots) for p in self.contract.sig.params for who, slots in self._contents(p)]
        return self._contained

    def _contents(self, p: ast.Param) -> list[tuple[Operand, tuple[int, ...]]]:
        """An argument whose slots the callee may look into, with those that it does not lose in every outcome.

        A body takes the borrows in the slots of its arguments for alive, whatever else it gives away.
        """
        who = self.bind[p.name]
        number = self.b.tables.numbers.get(p.type.name)
        if who.cell < 0 or number is None or "__any" in p.attrs or self.traits.is_lock:
            return []
        if p.type.pointer and p.name not in self.traits.touched:
            return []
        present = self.b.tables.resources[number].slots
        slots = tuple([s for s, slot in enumerate(present) if not self.traits.loses(p.name, slot.name)]) if present else ()
        return [(who, slots)] if slots else []

    def _not_stale(self, p: ast.Param) -> list[ops.Op]:
        """A body takes what it overwrites for a reference of the slot, not for one that was released through it."""
        who = self.bind[p.name]
        if p.type.name not in self.b.tables.decl.resources or p.type.pointer or who.cell < 0:
            return []
        found: list[ops.Op] = []
        for s, slot in enumerate(self.b.tables.resources[self.b.tables.resource(p.type.name)].slots):
            if self.traits.loses(p.name, slot.name):
                fine = ops.Or((ops.Cmp(who.cell, "<=", 0), ops.Not(ops.SlotIs(who.cell, s, (STALE,)))))
                found.append(
                    ops.Require(fine, self.contract.sig.name, f"{p.name}->{slot.name} is not stale", "double-release")
                )
        return found

    def _distinct(self) -> list[ops.Op]:
        """Two containers that a contract tells apart are two objects."""
        found: list[ops.Op] = []
        params = [p for p in self.contract.sig.params if p.type.name in self.b.tables.decl.resources]
        if len(params) < 2:
            return found
        for i, p in enumerate(params):
            for q in params[i + 1 :]:
                a, b = self.bind[p.name].cell, self.bind[q.name].cell
                same = p.type.name == q.type.name and a >= 0 and b >= 0
                if same and self.b.tables.resources[self.b.tables.resource(p.type.name)].slots:
                    apart = ops.Or((ops.Cmp(a, "<=", 0), ops.Cmp(b, "<=", 0), ops.Differ(a, b)))
                    found.append(ops.Require(apart, self.contract.sig.name, f"{p.name} != {q.name}", "broken-contract"))
        return found

    def _check_pointer(self, p: ast.Param, cell: int) -> ops.Op:
        nullable = "__nullable" in p.attrs
        return (
            ops.Valid(cell, nullable) if p.name in self.traits.given else ops.Use(cell, nullable, "__maybe_err" in p.attrs)
        )

    def _when(self, cond: ops.Cond, todo: list[ops.Op]) -> list[ops.Op]:
        if is_true(cond):
            return todo
        return [] if is_false(cond) or not todo else [ops.When(cond, tuple(todo))]

    # -- effects
    def effects(self, outcome: ast.Outcome, result: int) -> list[ops.Op]:
        """The operations of an outcome; its value goes to cell `result` (-1: nobody wants it), last of all.

        A body owes the sum of its effects, not their order, so callers take the worst: first everything that ends a
        protection, then what begins one.  What the outcome does not give away must have survived; what it touches
        behind a `leave` must survive the end of the section too.
        """
        self.bind = self.bind | {"result": Operand(result, 0, self.contract.sig.result.name, result < 0)}
        todo: list[ops.Op] = []
        conds = [ops.TRUE if e.when is None else self._asked_first(e.when, todo) for e in outcome.effects]
        told, checked = self.traits.told(outcome), False
        looks, uses = self._given_slots(told)
        for i in told.order:
            e, cond, rank = outcome.effects[i], conds[i], told.ranks[i]
            if rank >= LOSES and looks:
                todo += looks
                looks = []
            if rank > LOSES and not checked:
                todo += [*self._survivors(told), *uses]
                checked = True
            todo += self._when(cond, self._effect(e, result))
            if e.verb in GIVING and e.place and not e.place.slot and not is_true(cond):
                who = self.operand(e.place)
                if who.cell >= 0 and e.place.name in self.traits.given:
                    nullable = "__nullable" in self._attrs(e.place.name)
                    todo += self._when(negate(cond), [ops.Use(who.cell, nullable)])
        return todo if checked else [*todo, *self._survivors(told), *uses]

    def _asked_first(self, when: ast.CondExpr, todo: list[ops.Op]) -> ops.Cond:
        """The condition of an effect; what it asks of slots is asked, and remembered, before all effects."""
        cond = self.cond(when)
        if not _asks_slots(cond):
            return cond
        flag = self.b.cell(pretty.expr(when), "bool", "temp")
        todo += [ops.Set(flag, 0), ops.When(cond, (ops.Set(flag, 1),))]
        return ops.Truth(flag)

    def _given_slots(self, told: Told) -> tuple[list[ops.Op], list[ops.Op]]:
        """Borrows in slots that the outcome gives up: looked at before it, and good after all that goes beside them.

        The callee may look into the slot last of all.
        """
        losing = told.losing
        looks, uses = list[ops.Op](), list[ops.Op]()
        for p, who, slots in self.contained() if losing else ():
            resource = self.b.tables.resources[self.b.cells[who.cell].resource]
            for s in slots:
                slot = resource.slots[s]
                own = [e for e in losing if e.place and e.place.name == p.name and e.place.slot in (None, slot.name)]
                if not own or len(own) == len(losing):
                    continue
                shown = f"{self.b.cells[who.cell].name}->{slot.name}"
                content = self.b.cell(shown, self.b.tables.resources[slot.target].name, "temp")
                borrowed = ops.And((ops.Cmp(who.cell, ">", 0), ops.SlotIs(who.cell, s, (NOREF,))))
                looks += [ops.Set(content, 0), ops.When(borrowed, (ops.ReadSlot(content, who.cell, s),))]
                uses += [ops.When(ops.Truth(content), (ops.Use(content),)), ops.Forget(content)]
        return looks, uses

    def _survivors(self, told: Told) -> list[ops.Op]:
        """Arguments that the outcome does not give away must still be protected, and what their slots borrow."""
        todo: list[ops.Op] = []
        if not told.ends:
            return todo
        slots = {p.name: ops.UseSlots(who.cell, slots) for p, who, slots in self.contained()}
        for p in self.contract.sig.params:
            if p.name in told.gives:
                continue
            who = self.bind[p.name]
            pointer = p.type.name in self.b.tables.decl.resources and not p.type.pointer and who.cell >= 0
            if pointer and p.name not in told.moves and "__any" not in p.attrs:
                todo.append(ops.Use(who.cell, "__nullable" in p.attrs, "__maybe_err" in p.attrs))
                if "__counted" in p.attrs:
                    todo.append(ops.When(ops.Truth(who.cell), (ops.NeedCount(who.cell),)))
            if p.name in slots:
                todo.append(slots[p.name])
        return todo

    def _effect(self, e: ast.Effect, result: int) -> list[ops.Op]:
        if e.verb == "enter":
            return [ops.Enter(self.b.tables.context(e.context))]
        if e.verb == "leave":
            return [ops.Leave(self.b.tables.context(e.context))]
        if e.verb == "return":
            assert e.value is not None
            return self.value(e.value, result, self.contract.sig.result.name)
        assert e.place is not None
        who = self.operand(e.place._replace(slot=None))
        if who.none or who.cell < 0:
            return [] if who.none or who.value == 0 else [ops.Valid(who.cell)]
        if e.verb == "set":
            assert e.value is not None
            if e.place.slot:
                return self._set_slot(e, who, self.slot(e.place, who))
            return self.value(e.value, who.cell, who.type)
        if e.place.slot:
            slot = self.slot(e.place, who)
            if e.verb == "use":
                return self._use_slot(who.cell, slot)
            made: dict[str, ops.Op] = {
                "drop": ops.DropSlot(who.cell, slot), "release": ops.DropSlot(who.cell, slot),
                "try_hold": ops.HoldSlot(who.cell, slot),
            }  # fmt: skip
        else:
            nullable = "__nullable" in self._attrs(e.place.name)
            made = {
                "use": ops.Use(who.cell), "hold": ops.Hold(who.cell), "try_hold": ops.TryHold(who.cell),
                "release": ops.Release(who.cell, nullable), "consume": ops.Consume(who.cell, nullable),
                "queue": ops.Consume(who.cell, nullable, True),
            }  # fmt: skip
        if e.verb not in made:
            raise self.b.fail("bad-contract", f"`{e.verb}` does not apply here", e.span, f"one of {', '.join(made)}")
        return [made[e.verb]]

    def _use_slot(self, ptr: int, slot: int) -> list[ops.Op]:
        """What the slot names is touched, if it names something."""
        resource = self.b.tables.resources[self.b.cells[ptr].resource]
        content = self.b.cell(resource.slots[slot].name, self.b.tables.resources[resource.slots[slot].target].name, "temp")
        return [ops.ReadSlot(content, ptr, slot), ops.When(ops.Truth(content), (ops.Use(content),))]

    def _set_slot(self, e: ast.Effect, who: Operand, slot: int) -> list[ops.Op]:
        match e.value:
            case ast.Null():
                return [ops.ClearSlot(who.cell, slot)]
            case ast.FromPlace("copy", place) if place.slot:
                other = self.operand(place._replace(slot=None))
                return [ops.CopySlot(who.cell, slot, other.cell, self.slot(place, other))]
            case ast.FromPlace("move" | "noref" as how, place) if not place.slot:
                src = self.operand(place)
                put = ops.PutSlot(who.cell, slot, how == "move", src.cell)
                if src.cell < 0:
                    return [ops.ClearSlot(who.cell, slot)]
                if "__nullable" in self._attrs(place.name):
                    return [
                        ops.When(ops.Truth(src.cell), (put,)),
                        ops.When(ops.Not(ops.Truth(src.cell)), (ops.ClearSlot(who.cell, slot),)),
                    ]
                return [put]
            case ast.Fresh(how, _):
                target = self.b.tables.resources[self.b.tables.resources[self.b.cells[who.cell].resource].slots[slot].target]
                fresh = self.b.cell(f"{e.place.slot if e.place else ''} of {who.cell}", target.name, "temp")
                return [*self.value(e.value, fresh, target.name), ops.PutSlot(who.cell, slot, how == "hold", fresh)]
            case _:
                help_text = "a slot takes `move p`, `noref p`, `copy p->slot`, `hold`, `borrow(...)` or NULL"
                raise self.b.fail("bad-contract", "this cannot be put into a slot", e.span, help_text)

    def value(self, value: ast.Value, cell: int, kind: str) -> list[ops.Op]:
        """Give a value to a cell; -1 means that nobody wants it (a held result is then lost, and reported)."""
        pointer = kind in self.b.tables.decl.resources
        if cell < 0:
            if not (isinstance(value, ast.Fresh) and value.how == "hold") and not (
                isinstance(value, ast.FromPlace) and value.how == "take"
            ):
                return []
            cell = self.b.cell(f"the result of {self.contract.sig.name}()", kind, "dropped")
        match value:
            case ast.Null():
                return [ops.Set(cell, 0)]
            case ast.Bool(truth):
                return [ops.Set(cell, int(truth))]
            case ast.Values():
                chosen = self.integers(value, kind)
                if not chosen or (pointer and any(n > 0 for n in chosen)):
                    text = f"no `{kind}` has this value" if pointer else "no value is left"
                    raise self.b.fail("bad-contract", text, value.span, "NULL, ERR_PTR(...), hold or borrow(...)")
                return _choose(cell, chosen)
            case ast.ErrPtr(codes):
                numbers = tuple(constant(self.b.tables.decl, c) for c in codes)
                return _choose(cell, numbers or tuple(i for i in self.b.tables.integers if i < 0))
            case ast.Fresh(how, until):
                if not pointer:
                    raise self.b.fail("wrong-kind", f"`{how}` makes an object, not a {kind}", value.span)
                return [self._fresh(how, until, cell, value)]
            case ast.FromPlace(how, place):
                return self._from_place(how, place, cell, value)

    def _fresh(self, how: str, until: tuple[str, ...], cell: int, value: ast.Fresh) -> ops.Op:
        facts = tuple(self.b.tables.fact(u) for u in until if u in self.b.tables.decl.facts)
        owners = [u for u in until if u not in self.b.tables.decl.facts]
        if not owners:
            return ops.New(cell, how, facts)
        if len(until) > 1 or owners[0] not in self.bind:
            text = f"`{owners[0]}` is neither a fact nor a parameter"
            raise self.b.fail("unknown-name", text, value.span, "borrow(fact | fact) or borrow(parameter)")
        return ops.New(cell, "owner", (), self.bind[owners[0]].cell)

    def _from_place(self, how: str, place: ast.Place, cell: int, value: ast.FromPlace) -> list[ops.Op]:
        constants = self.b.tables.decl.constants
        if place.name in constants and place.name not in self.bind:
            return [ops.Set(cell, constants[place.name])]
        who = self.operand(place._replace(slot=None))
        if place.slot:
            slot = self.slot(place, who)
            return [ops.TakeSlot(cell, who.cell, slot) if how == "take" else ops.ReadSlot(cell, who.cell, slot)]
        if how != "alias":
            raise self.b.fail("bad-contract", f"`{how}` needs a slot here", value.span, "p->slot")
        return [ops.Set(cell, who.value)] if who.cell < 0 else [ops.Copy(cell, who.cell)]

    def integers(self, value: ast.Values, kind: str) -> tuple[int, ...]:
        """The representatives of a set of integers."""
        return integer_set(self.b.tables.decl, self.b.values_of(kind), value)


def integer_set(decl: Declarations, domain: tuple[int, ...], value: ast.Values) -> tuple[int, ...]:
    """The members of `domain` that a set of integers has."""
    numbers = [constant(decl, c) for c in value.constants]
    without = {constant(decl, c) for c in value.excepted}
    if value.relation == "in":
        return tuple(numbers)
    if value.relation == "any":
        return domain
    return tuple(i for i in domain if ops.compare(value.relation, i, numbers[0]) and i not in without)


def _choose(cell: int, values: tuple[int, ...]) -> list[ops.Op]:
    return [ops.Set(cell, values[0])] if len(values) == 1 else [ops.Havoc(cell, values)]
