# SPDX-License-Identifier: GPL-2.0-only
"""One contract over some cells: what its places, conditions and values stand for there.

The cells are those of a call's arguments, or those in which a body's own arguments came in: both read a contract here.
"""

from refcheck.graph import ops
from refcheck.graph.cfg import MODES
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.logic import conj, disj, negate
from refcheck.lower.tables import constant
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations
from refcheck.unit.places import STATES
from refcheck.unit.said import said

Binding = dict[str, Operand]


class Contract:
    """One contract applied to operands; `bind` maps parameter names to operands (out-parameters to their cells).

    `may_sleep` says whether who applies it may sleep itself.
    """

    def __init__(
        self, builder: Builder, contract: ast.ContractDef, bind: Binding, may_sleep: bool = True
    ) -> None:  # fmt: skip
        self.b = builder
        self.may_sleep = may_sleep
        self.contract = contract
        self.sig = contract.sig
        self.bind = bind
        self.said = said(builder.tables.decl, contract)

    # -- places
    def operand(self, place: ast.EffectPlace) -> Operand:
        """What a place without slot stands for here."""
        if place.name == "result" and not place.deref and "result" in self.bind:
            return self.bind["result"]
        if place.name not in self.bind:
            known = ", ".join(f"`{p}`" for p in self.bind)
            help_text = f"the parameters are {known}" if known else "the contract has no parameters"
            if place.name in self.b.tables.decl.facts:
                help_text = f"what must be held is said by __must_hold({place.name})"
            raise self.b.fail("unknown-name", f"`{place.name}` is not a parameter", place.span, help_text)
        if place.deref != self.said.kinds[place.name].type.pointer:
            star = "is an out-parameter: write `*" if not place.deref else "is not a pointer to a variable: write `"
            raise self.b.fail("wrong-kind", f"`{place.name}` {star}{place.name}`", place.span)
        return self.bind[place.name]

    def container(self, place: ast.EffectPlace) -> tuple[Operand, int]:
        """The operand of a place with a slot, and the number of that slot."""
        who = self.operand(place._replace(slot=None))
        if who.cell < 0:
            raise self.b.fail("wrong-arguments", f"`{place.name}` is NULL here", place.span, "pass an object")
        return who, self.slot(place, who)

    def slot(self, place: ast.EffectPlace, who: Operand) -> int:
        """The number of the slot that a place names."""
        resource = self.b.cells[who.cell].resource
        found = self.b.tables.slot(resource, place.slot or "") if resource >= 0 else None
        if found is None:
            raise self.b.fail("unknown-name", f"`{who.type}` has no slot `{place.slot}`", place.span)
        return found

    def nullable(self, param: str) -> bool:
        """Whether the object may be missing; what is `__nullable` of an out-parameter is the out-parameter itself."""
        p = self.said.kinds.get(param)
        return p is not None and "__nullable" in p.attrs and not p.type.pointer

    def is_object(self, p: ast.Param, cell: int) -> ops.Cond:
        """Whether the argument is an object, where it may be something else."""
        return ops.Cmp(cell, ">", 0) if self.nullable(p.name) or "__maybe_err" in p.attrs else ops.TRUE

    @staticmethod
    def there(who: Operand) -> ops.Cond:
        """Whether the out-parameter is there; true of all else."""
        return ops.Truth(who.present) if who.present >= 0 else ops.TRUE

    def objects(self) -> list[tuple[ast.Param, Operand]]:
        """The parameters whose objects the caller brings, with the cells that name them."""
        resources = self.b.tables.decl.resources
        return [
            (p, who)
            for p in self.sig.params
            if p.type.name in resources and (not p.type.pointer or p.name in self.said.brought)
            if (who := self.bind[p.name]).cell >= 0
        ]

    def slots(self, param: ast.Param) -> list[tuple[int, str]]:
        """The slots that the function's state has of a parameter's resource: number and name."""
        resource = self.b.tables.resources[self.b.tables.resource(param.type.name)]
        return [(s, slot.name) for s, slot in enumerate(resource.slots)]

    def no_atomic(self) -> ops.Op:
        """The callee sleeps: no context is entered in which that is forbidden, and who applies it may sleep itself."""
        atomic = [i for i, c in enumerate(self.b.tables.contexts) if c not in self.b.tables.decl.sleeping]
        return ops.NeedNone(self.sig.name, self.may_sleep, tuple(atomic))

    # -- conditions
    def cond(self, cond: ast.CondExpr | None) -> ops.Cond:
        """A contract's condition over the cells."""
        match cond:
            case None:
                return ops.TRUE
            case code.LogicalNot(arg):
                return negate(self.cond(arg))  # type: ignore[arg-type]
            case code.Logic(op, left, right):
                join = conj if op == "&&" else disj
                return join(self.cond(left), self.cond(right))  # type: ignore[arg-type]
            case code.Config(name):
                return ops.Truth(self.b.config(name))
            case ast.StateIs(place, states):
                return self._state_is(place, states)
            case ast.PlaceTest(place, op, value):
                return self._test(place, op, value)

    def _state_is(self, place: ast.EffectPlace, states: tuple[str, ...]) -> ops.Cond:
        if place.slot is None or any(s not in STATES for s in states):
            text = "`is` asks whether a slot is empty, noref or owned"
            raise self.b.fail("bad-contract", text, place.span, "write p->slot is empty | owned")
        who = self.operand(place._replace(slot=None))
        if who.cell < 0:
            return ops.FALSE
        return ops.SlotIs(who.cell, self.slot(place, who), tuple(MODES[s] for s in states))

    def _test(self, place: ast.EffectPlace, op: str | None, value: code.Expr | None) -> ops.Cond:
        if place.slot is not None:
            raise self.b.fail("bad-contract", "a slot is asked with `is`", place.span, "p->slot is empty|noref|owned")
        who = self.operand(place)
        right = 0 if value is None else constant(self.b.tables.decl, value)
        relation = op or "!="
        if who.cell < 0 and who.present >= 0:
            raise self.b.fail("unsupported", f"`{place.name}` may be absent", place.span, "ask its value in the body")
        if who.none:
            return ops.TRUE if relation == "==" else ops.FALSE
        if who.cell < 0:
            return ops.TRUE if ops.compare(relation, who.value, right) else ops.FALSE
        return ops.Truth(who.cell) if relation == "!=" and right == 0 else ops.Cmp(who.cell, relation, right)

    # -- values
    def value(self, value: ast.Value, cell: int, kind: str) -> list[ops.Op]:
        """Give a value that is not read from a place to a cell."""
        pointer = kind in self.b.tables.decl.resources
        match value:
            case code.Null():
                return [ops.Set(cell, 0)]
            case code.Bool(truth):
                return [ops.Set(cell, int(truth))]
            case ast.Values():
                chosen = integer_set(self.b.tables.decl, self.b.values_of(kind), value)
                if not chosen or (pointer and any(n > 0 for n in chosen)):
                    text = f"no `{kind}` has this value" if pointer else "no value is left"
                    raise self.b.fail("bad-contract", text, value.span, "NULL, ERR_PTR(...), hold or borrow(...)")
                return choose(cell, chosen)
            case ast.ErrPtr(codes):
                numbers = tuple(constant(self.b.tables.decl, c) for c in codes)
                return choose(cell, numbers or tuple(i for i in self.b.tables.integers if i < 0))
            case ast.Fresh(how, until):
                if not pointer:
                    help_text = "give back a number, or `any`; an object is of a resource"
                    raise self.b.fail("wrong-kind", f"`{how}` is an object, and `{kind}` is wanted", value.span, help_text)
                return [self._fresh(how, until, cell, value)]
            case ast.FromPlace(_, place):
                constants = self.b.tables.decl.constants
                if place.name in constants and place.name not in self.bind and not place.slot:
                    return [ops.Set(cell, constants[place.name])]
                raise self.b.fail("bad-contract", f"`{place.name}` cannot be read here", value.span)

    def _fresh(self, how: str, until: tuple[str, ...], cell: int, value: ast.Fresh) -> ops.Op:
        facts = tuple(self.b.tables.fact(u) for u in until if u in self.b.tables.decl.facts)
        owners = [u for u in until if u not in self.b.tables.decl.facts]
        if not owners:
            return ops.New(cell, how, facts)
        if len(until) > 1 or owners[0] not in self.bind:
            text = f"`{owners[0]}` is neither a fact nor a parameter"
            raise self.b.fail("unknown-name", text, value.span, "borrow(fact | fact) or borrow(parameter)")
        return ops.New(cell, "owner", (), self.bind[owners[0]].cell)


def integer_set(decl: Declarations, domain: tuple[int, ...], value: ast.Values) -> tuple[int, ...]:
    """The members of `domain` that a set of integers has."""
    numbers = [constant(decl, c) for c in value.constants]
    without = {constant(decl, c) for c in value.excepted}
    if value.relation == "in":
        return tuple(numbers)
    if value.relation == "any":
        return domain
    return tuple(i for i in domain if ops.compare(value.relation, i, numbers[0]) and i not in without)


def choose(cell: int, values: tuple[int, ...]) -> list[ops.Op]:
    """The cell becomes one of the values."""
    return [ops.Set(cell, values[0])] if len(values) == 1 else [ops.Havoc(cell, values)]
