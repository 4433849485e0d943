# SPDX-License-Identifier: GPL-2.0-only
"""Contracts as tables of the generated program."""

from refcheck.base.diagnostics import InputError, error
from refcheck.export.run import reading
from refcheck.export.run.names import STATE, constant, mask, quoted
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

_RELATION = {"<": "LT", "<=": "LE", ">": "GT", ">=": "GE", "==": "EQ", "!=": "NE", "any": "ANY", "in": "IN"}
_VERB = {"hold": "HOLDS"}
_PLAIN = {"move": "MOVE", "noref": "LEND", "alias": "ALIAS"}
_ATTRS = {
    "__nullable": "RC_NULLABLE", "__maybe_err": "RC_MAYBE_ERR", "__any": "RC_ANYTHING", "__counted": "RC_COUNTED_ARG",
    "__rcu": "RC_READER",
}  # fmt: skip


class ContractWriter:
    """The contracts of a unit, written one after the other into `lines`; `prefix` keeps programs of one file apart."""

    def __init__(self, d: Declarations, prefix: str) -> None:
        self.d, self.prefix = d, prefix
        self.lines: list[str] = []
        self.resources = list(d.resources)
        self.facts = list(d.facts)
        self.options: list[str] = []
        self._count = 0

    # -- numbers of names
    def slot(self, resource: str, name: str) -> int:
        """The number of a slot of a resource."""
        return [s.name for s in self.d.resources[resource].slots].index(name)

    def option(self, name: str) -> int:
        """The number of a build option."""
        if name not in self.options:
            self.options.append(name)
        return self.options.index(name)

    def kind(self, type_: code.Type) -> tuple[str, int]:
        """The type of a value as C has it: its class, and which resource or how many members."""
        if type_.name in self.d.resources:
            return "RC_OBJECT", self.resources.index(type_.name)
        if type_.name in self.d.enums:
            return "RC_ENUM", len(self.d.enums[type_.name].members)
        return f"RC_{type_.name.upper()}", 0

    def _name(self, what: str) -> str:
        self._count += 1
        return f"{self.prefix}{what}{self._count}"

    def _array(self, kind: str, items: list[str]) -> str:
        if not items:
            return "NULL"
        name = self._name("t")
        self.lines.append(f"static const {kind} {name}[] = {{ {', '.join(items)} }};")
        return name

    # -- conditions
    def cond(self, sig: ast.Signature, cond: ast.CondExpr | None) -> str:
        """A pointer to a condition; NULL where there is none."""
        match cond:
            case None:
                return "NULL"
            case code.LogicalNot(arg):
                body = f".kind = RC_NOT, .a = {self.cond(sig, arg)}"  # type: ignore[arg-type]
            case code.Logic(op, left, right):
                a, b = self.cond(sig, left), self.cond(sig, right)  # type: ignore[arg-type]
                body = f".kind = RC_{'AND' if op == '&&' else 'OR'}, .a = {a}, .b = {b}"
            case code.Config(name):
                body = f".kind = RC_OPTION, .param = {self.option(name)}"
            case ast.StateIs(place, states):
                index, slot = self._place(sig, place)
                bits = sum(1 << STATE[s] for s in states)
                body = f".kind = RC_SLOT_IS, .param = {index}, .slot = {slot}, .states = {bits}"
            case ast.PlaceTest(place, op, value):
                number = 0 if value is None else constant(self.d, value)
                index, _ = self._place(sig, place)
                body = f".kind = RC_TEST, .param = {index}, .op = RC_{_RELATION[op or '!=']}, .value = {number}"
        name = self._name("c")
        self.lines.append(f"static const struct rc_cond {name} = {{ {body} }};")
        return f"&{name}"

    def _place(self, sig: ast.Signature, place: ast.EffectPlace) -> tuple[str, int]:
        """The number of the parameter and of the slot that a place names; -1 for the thing itself."""
        if place.name == "result":
            kind, index = sig.result.name, "RC_RESULT"
        else:
            number = [p.name for p in sig.params].index(place.name)
            kind, index = sig.params[number].type.name, str(number)
        return index, self.slot(kind, place.slot) if place.slot else -1

    # -- effects
    def source(self, sig: ast.Signature, value: ast.Value) -> str:
        """A pointer to where a value comes from."""
        match value:
            case code.Null():
                body = ".how = RC_NULL, .param = -1, .slot = -1"
            case code.Bool(truth):
                body = self._numbers("IN", [int(truth)], [])
            case ast.Values(relation, constants, excepted):
                numbers, without = ([constant(self.d, c) for c in part] for part in (constants, excepted))
                body = self._numbers(_RELATION[relation], numbers, without)
            case ast.ErrPtr(codes):
                body = self._numbers("CODE", [constant(self.d, c) for c in codes], [])
            case ast.Fresh(how, until):
                facts = [self.facts.index(u) for u in until if u in self.d.facts]
                owners = [i for i, p in enumerate(sig.params) if p.name in until and p.name not in self.d.facts]
                body = f".how = RC_{how.upper()}, .facts = {mask(facts)}, .param = {owners[0] if owners else -1}, .slot = -1"
            case ast.FromPlace("alias", place) if place.name in self.d.constants and not self._is_param(sig, place.name):
                body = self._numbers("IN", [self.d.constants[place.name]], [])
            case ast.FromPlace(how, place):
                body = self._from(sig, how, place)
        name = self._name("v")
        self.lines.append(f"static const struct rc_source {name} = {{ {body} }};")
        return f"&{name}"

    @staticmethod
    def _is_param(sig: ast.Signature, name: str) -> bool:
        return any(p.name == name for p in sig.params)

    def _numbers(self, op: str, numbers: list[int], without: list[int]) -> str:
        parts = [f".how = RC_NUMBER, .op = RC_{op}, .param = -1, .slot = -1"]
        for field, listed, items in (("constants", "constant", numbers), ("excepted", "except", without)):
            if items:
                parts.append(f".{field} = {len(items)}, .{listed} = {self._array('int', list(map(str, items)))}")
        return ", ".join(parts)

    def _from(self, sig: ast.Signature, how: str, place: ast.EffectPlace) -> str:
        index, slot = self._place(sig, place)
        words = {"take": "TAKE", "move": "TAKE", "copy": "COPY", "alias": "CONTENT"} if place.slot else _PLAIN
        if how not in words:
            text = f"`{how}` of this place is no effect of the language"
            raise InputError([error("unsupported", text, place.span, "`take` and `copy` read a slot, `noref` does not")])
        return f".how = RC_{words[how]}, .param = {index}, .slot = {slot}"

    def _effect(self, sig: ast.Signature, e: ast.Effect) -> str:
        index, slot = self._place(sig, e.place) if e.place else ("-1", -1)
        parts = [f"RC_{_VERB.get(e.verb, e.verb.upper())}", index, str(slot)]
        parts.append(self.source(sig, e.value) if e.value is not None else "NULL")
        known = self.facts if e.verb == "revoke" else self.d.contexts
        parts.append(str(known.index(e.context)) if e.context else "0")
        parts.append(self.cond(sig, e.when))
        return "{ " + ", ".join(parts) + " }"

    # -- contracts
    def contract(self, name: str) -> str:
        """Write the contract of a function, or what its signature asks where it has none; gives its name in C."""
        contract = self.d.contracts.get(name)
        sig = contract.sig if contract else self.d.functions[name].sig
        outcomes = contract.outcomes if contract else ()
        params = self._array("struct rc_param", [self._param(name, sig, outcomes, p) for p in sig.params])
        musts = [
            f"{{ {mask([self.facts.index(f) for f in m.facts])}, {self.cond(sig, m.when)} }}" for m in sig.must_hold
        ]
        requires = [f"{{ {quoted(prop)}, {self.cond(sig, asked)} }}" for prop, asked in sig.requires]
        made = []
        for o in outcomes:
            effects = self._array("struct rc_effect", [self._effect(sig, e) for e in o.effects])
            made.append(f"{{ {quoted(o.name)}, {self.cond(sig, o.when)}, {len(o.effects)}, {effects} }}")
        kind, of = self.kind(sig.result)
        parts = [
            f".name = {quoted(name)}", f".whatever = {int(contract is None)}", f".type = {kind}", f".of = {of}",
            f".params = {len(sig.params)}", f".param = {params}",
            f".musts = {len(musts)}", f".must = {self._array('struct rc_must', musts)}",
            f".requires = {len(requires)}", f".require = {self._array('struct rc_require', requires)}",
            f".outcomes = {len(made)}", f".outcome = {self._array('struct rc_outcome', made)}",
            f".may_sleep = {int(sig.may_sleep)}",
        ]  # fmt: skip
        self.lines.append(f"static const struct rc_contract {self.prefix}k_{name} = {{ {', '.join(parts)} }};")
        return f"{self.prefix}k_{name}"

    def _param(self, name: str, sig: ast.Signature, outcomes: tuple[ast.Outcome, ...], p: ast.Param) -> str:
        kind, of = self.kind(p.type)
        contract = self.d.contracts.get(name)
        c = contract or ast.ContractDef(sig, (), sig.span)
        slots = [s.name for s in self.d.resources[p.type.name].slots] if p.type.name in self.d.resources else []
        facts: list[bool] = [
            reading.given(outcomes, p.name), reading.firm(contract, p), reading.own(self.d, c, p),
            reading.late(outcomes, p.name),
        ]  # fmt: skip
        sets: list[set[tuple[str, str]]] = [
            reading.spoken(c), reading.looked(self.d, c), {(p.name, s) for s in slots if reading.queued(outcomes, p.name, s)}
        ]  # fmt: skip
        masks = [sum(1 << i for i, s in enumerate(slots) if (p.name, s) in chosen) for chosen in sets]
        parts = [quoted(p.name), kind, of, int(p.type.pointer), int(reading.brought(self.d, name, p))]
        parts += [" | ".join(_ATTRS[a] for a in p.attrs) or "0", *map(int, facts), *masks]
        return "{ " + ", ".join(map(str, parts)) + " }"
