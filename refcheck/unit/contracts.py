# SPDX-License-Identifier: GPL-2.0-only
"""What a contract must be before anything is proved with it: complete, and without hidden order.

Outcomes must cover every case (a call that no outcome fits would end the path and hide what follows), every outcome
of a function with a result must say what it returns, and no effect may ask about what an effect before it changed.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from itertools import product

from refcheck.base.diagnostics import Diagnostic, error, near
from refcheck.base.errnos import ERRNO
from refcheck.graph import ops
from refcheck.syntax import ast, code
from refcheck.syntax.pretty import expr as shown
from refcheck.unit.effects import gives
from refcheck.unit.places import STATES, check_places
from refcheck.unit.values import check_values, number

_RETURNED = "`return` has a number, -ECODE, `< 0`, any, hold, borrow(...), NULL, ERR_PTR(-ECODE), true, false or a parameter"
_VALUES = ("hold", "borrow", "any", "immortal", "true", "false")
_MOST_CASES = 4096
_RAW = frozenset({
    "kfree", "kvfree", "vfree", "kfree_sensitive", "kfree_const", "kmem_cache_free", "kfree_rcu", "kvfree_rcu",
})  # fmt: skip

AskedOf = tuple[str, str]
Situation = dict[AskedOf, object]
Domains = dict[AskedOf, list[object]]


def check_contract(
    facts: dict[str, tuple[str, ...]], contexts: tuple[str, ...], constants: dict[str, int],
    resources: Mapping[str, ast.ResourceDef], enums: dict[str, ast.EnumDef], contract: ast.ContractDef,
) -> list[Diagnostic]:  # fmt: skip
    """Everything that is wrong with a contract."""
    found: list[Diagnostic] = []
    name, wants = contract.sig.name, contract.sig.result.name
    if not contract.outcomes:
        found.append(error("bad-contract", f"`{name}` has no outcome", contract.span, "write at least `ok: ;`"))
    names = [o.name for o in contract.outcomes]
    for i, o in enumerate(contract.outcomes):
        if o.name in names[:i]:
            first = contract.outcomes[names.index(o.name)].span
            text = f"outcome `{o.name}` of `{name}` stands there twice, first at {first}"
            found.append(error("duplicate-name", text, o.span, "name each outcome differently"))
        returns = [e for e in o.effects if e.verb == "return"]
        if wants != "void" and not returns:
            text = f"outcome `{o.name}` of `{name}` returns nothing"
            found.append(error("bad-contract", text, o.span, "add `return ...`"))
        if wants == "void" and returns:
            found.append(error("bad-contract", f"`{name}` returns nothing", returns[0].span, "drop the `return`"))
        if len(returns) > 1:
            found.append(error("bad-contract", f"outcome `{o.name}` returns twice", returns[1].span, "make two outcomes"))
        found += [d for e in o.effects for d in _check_effect(facts, contexts, constants, resources, contract, e)]
        found += _check_order(o)
        found += _check_slots(o)
        found += _check_own_slots(contract.sig, o)
        found += _check_given_once(o)
        found += _check_memory(resources, contract, o)
    found += check_places(resources, contract)
    found += _check_any(contract)
    found += check_values(resources, enums, constants, contract)
    return found or _check_cases(constants, enums, contract) or _check_possible(constants, enums, contract)


def _check_effect(
    facts: dict[str, tuple[str, ...]], contexts: tuple[str, ...], constants: Collection[str],
    resources: Mapping[str, ast.ResourceDef], contract: ast.ContractDef, e: ast.Effect,
) -> list[Diagnostic]:  # fmt: skip
    if e.verb in ("return", "enter", "leave", "sleep") and e.when is not None:
        text = f"`{e.verb}` cannot have a condition"
        return [error("unsupported", text, e.span, "make two outcomes with the conditions")]
    what, known = ("fact", (*facts,)) if e.verb == "revoke" else ("context", contexts)
    if e.context and e.context not in known:
        text = f"there is no {what} `{e.context}`"
        return [error("unknown-name", text, e.span, near(e.context, list(known)) or f"declare it with `{what}`")]
    waits = [r.name for r in resources.values() if e.verb == "revoke" and r.freed_after == e.context]
    if waits:
        text = f"a `{waits[0]}` is freed after `{e.context}`: its sections keep what is taken out as well"
        return [error("bad-contract", text, e.span, "revoke what a lock lends, `borrow(LOCK)`")]
    params = {p.name for p in contract.sig.params} | {"result"}
    places = [e.place] if e.place else []
    if isinstance(e.value, ast.FromPlace):
        constant = e.value.how == "alias" and not e.value.place.slot and e.value.place.name in constants
        places += [] if constant else [e.value.place]
    for place in places:
        if place.name not in params:
            text = f"`{place.name}` is not a parameter of `{contract.sig.name}`"
            return [error("unknown-name", text, place.span, _meant(place.name, e.verb, sorted(params)))]
    if isinstance(e.value, ast.Fresh):
        names = [*facts, *(p.name for p in contract.sig.params if p.type.name in resources)]
        unknown = [u for u in e.value.until if u not in names]
        if unknown:
            text = f"`{unknown[0]}` is neither a fact nor a parameter that names an object"
            help_text = near(unknown[0], names) or "borrow(fact) or borrow(parameter)"
            return [error("unknown-name", text, e.value.span, help_text)]
    return []


def _meant(name: str, verb: str, params: list[str]) -> str:
    """What to write in place of a name that is no parameter, behind an effect's word."""
    if name == "return":
        return f"what it gives back is said so: return {verb};" if verb in _VALUES else _RETURNED
    if name in ERRNO:
        return f"an error is negative: -{name}"
    if meant := near(name, [*params, *(_VALUES if verb == "return" else ())]):
        return meant
    if verb == "return":
        return _RETURNED
    return f"name one: {', '.join(p for p in params if p != 'result')}" if len(params) > 1 else "it has none"


def _check_memory(
    resources: Mapping[str, ast.ResourceDef], contract: ast.ContractDef, o: ast.Outcome
) -> list[Diagnostic]:  # fmt: skip
    """kfree() and its kin give memory back and run no destructor (mm/slub.c): they `free`, unless slots are spoken of."""
    if contract.sig.name not in _RAW:
        return []
    kinds = {p.name: p.type.name for p in contract.sig.params}
    spoken = {place for outcome in contract.outcomes for e in outcome.effects for place in _places(e)}
    spoken |= {key for _, asked in contract.sig.requires for key in _keys(asked)}
    for e in o.effects:
        name = e.place.name if e.place and not e.place.slot and e.verb == "release" else ""
        slots = resources[kinds[name]].slots if kinds.get(name) in resources else ()
        if slots and not any(who == name and slot for who, slot in spoken):
            owned = f"`{name}->{slots[0].name}`"
            text = f"`{contract.sig.name}` gives the memory back and nothing else: what {owned} owns would be lost"
            return [error("bad-contract", text, e.span, f"write `free {name}`, or say what happens to the slots")]
    return []


def _check_any(contract: ast.ContractDef) -> list[Diagnostic]:
    """Of what may be dead, or no object at all, a contract says nothing of slots, unless each outcome takes it over."""
    for p in contract.sig.params:
        if "__any" not in p.attrs or all(any(e.when is None for e in gives(o, p.name)) for o in contract.outcomes):
            continue
        for o in contract.outcomes:
            for e in o.effects:
                source = [(e.value.place.name, e.value.place.slot)] if isinstance(e.value, ast.FromPlace) else []
                asked = [key for when in (o.when, e.when) if when is not None for key in _keys(when)]
                if any(name == p.name and slot for name, slot in (*_places(e), *source, *asked)):
                    text = f"nothing is known of `{p.name}`, which is `__any`, and so nothing of its slots"
                    return [error("bad-contract", text, e.span, "leave `__any` out, or say `__nullable` or `__maybe_err`")]
    return []


def _places(e: ast.Effect) -> list[tuple[str, str]]:
    return [(e.place.name, e.place.slot or "")] if e.place else []


def _check_given_once(o: ast.Outcome) -> list[Diagnostic]:
    """One reference of an argument is the callee's at most."""
    for e in o.effects:
        if e.place is None:
            continue
        always = [g for g in gives(o, e.place.name) if g.when is None]
        if len(always) > 1:
            return [error("bad-contract", f"`{e.place.name}` is given away twice", always[1].span, "drop one effect")]
    return []


def _check_slots(o: ast.Outcome) -> list[Diagnostic]:
    """A slot is changed once: dropped or taken from, then set, at most."""
    changed: dict[tuple[str, str], list[ast.Effect]] = {}
    for e in o.effects:
        takes = e.value.place if isinstance(e.value, ast.FromPlace) and e.value.how in ("take", "move") else None
        for place, how in ((e.place, e.verb), (takes, "take")):
            if place is not None and place.slot and how in ("set", "drop", "release", "try_hold", "take"):
                changed.setdefault((place.name, place.slot), []).append(e if how != "take" else e._replace(verb="take"))
    for (name, slot), effects in changed.items():
        for i, e in enumerate(effects):
            clash = next((f for f in effects[:i] if not _replaces(f, e) and not _apart(f, e)), None)
            if clash is not None:
                text = f"outcome `{o.name}` changes `{name}->{slot}` twice"
                help_text = "drop it or take from it, then set it, or make an outcome for each case"
                return [error("bad-contract", text, e.span, help_text)]
    return []


def _check_own_slots(sig: ast.Signature, o: ast.Outcome) -> list[Diagnostic]:
    """Only a new object of the outcome has slots of which it speaks by the name of the result, or of an out-parameter."""
    outs = {p.name for p in sig.params if p.type.pointer}
    values = [e for e in o.effects if e.verb in ("set", "return") and not (e.place and e.place.slot)]
    given = {e.place.name if e.place else "result": e.value for e in values}
    for e in o.effects:
        name = e.place.name if e.place and e.place.slot else ""
        filled = name == "result" or (name in outs and e.verb == "set")
        if filled and name in given and not isinstance(given[name], ast.Fresh):
            text = f"`{name}` is no new object in outcome `{o.name}`: its slots have another name"
            help_text = "name the slot of the argument, `p->slot`, or give back `hold`, `borrow(...)` or `immortal`"
            return [error("bad-contract", text, e.span, help_text)]
    return []


def _replaces(one: ast.Effect, other: ast.Effect) -> bool:
    """One of the effects ends what the slot had, the other fills it."""
    verbs = {one.verb, other.verb}
    return "set" in verbs and bool(verbs & {"drop", "release", "take"})


def _apart(one: ast.Effect, other: ast.Effect) -> bool:
    """The effects stand under a condition and its opposite."""
    return _opposite(one.when, other.when) or _opposite(other.when, one.when)


def _opposite(one: ast.CondExpr | None, other: ast.CondExpr | None) -> bool:
    return isinstance(one, code.LogicalNot) and other is not None and shown(one.arg) == shown(other)


def _check_order(o: ast.Outcome) -> list[Diagnostic]:
    """An effect's condition is about the entry: nothing before it may have changed what it asks."""
    changed: set[AskedOf] = set()
    for e in o.effects:
        for key in _keys(e.when):
            if key in changed:
                text = f"`{shown(e.when)}` is asked after an effect changed it" if e.when is not None else ""
                return [error("bad-contract", text, e.span, "put the effect first, or make two outcomes")]
        if e.place is not None and (e.place.slot or e.verb == "set"):
            changed.add((("*" if e.place.deref else "") + e.place.name, e.place.slot or ""))
    return []


def _keys(cond: ast.CondExpr | None) -> list[AskedOf]:
    """What a condition asks about: (parameter, slot), or (option, "config")."""
    match cond:
        case None:
            return []
        case code.LogicalNot(arg):
            return _keys(arg)  # type: ignore[arg-type]
        case code.Logic(_, left, right):
            return [*_keys(left), *_keys(right)]  # type: ignore[arg-type]
        case code.Config(name):
            return [(name, "config")]
        case ast.StateIs(place) | ast.PlaceTest(place):
            return [(("*" if place.deref else "") + place.name, place.slot or "")]


def _domains(
    constants: dict[str, int], enums: dict[str, ast.EnumDef], contract: ast.ContractDef
) -> Domains:
    """For everything that the outcomes ask about the values that it can have, one of each kind."""
    kinds = {p.name: p.type.name for p in contract.sig.params}
    domains: dict[AskedOf, list[object]] = {}

    def visit(cond: ast.CondExpr | None) -> None:
        match cond:
            case code.LogicalNot(arg):
                visit(arg)  # type: ignore[arg-type]
            case code.Logic(_, left, right):
                visit(left)  # type: ignore[arg-type]
                visit(right)  # type: ignore[arg-type]
            case code.Config(name):
                domains[name, "config"] = [0, 1]
            case ast.StateIs(place):
                domains[_keys(cond)[0]] = list(STATES)
            case ast.PlaceTest(place, _, value):
                domain = domains.setdefault(_keys(cond)[0], [0, 1])
                asked = number(constants, value)
                enum = enums.get(kinds.get(place.name, ""))
                if enum is not None:
                    domains[_keys(cond)[0]] = [constants[m] for m in enum.members]
                elif kinds.get(place.name) != "bool" and asked is not None:
                    domain += [n for n in (asked - 1, asked, asked + 1, -1) if n not in domain]
            case None:
                pass

    for o in contract.outcomes:
        visit(o.when)
    for _, asked in contract.sig.requires:
        visit(asked)
    return domains


def _holds(constants: dict[str, int], cond: ast.CondExpr | None, case: Situation) -> bool:
    match cond:
        case None:
            return True
        case code.LogicalNot(arg):
            return not _holds(constants, arg, case)  # type: ignore[arg-type]
        case code.Logic("&&", left, right):
            return _holds(constants, left, case) and _holds(constants, right, case)  # type: ignore[arg-type]
        case code.Logic(_, left, right):
            return _holds(constants, left, case) or _holds(constants, right, case)  # type: ignore[arg-type]
        case code.Config(name):
            return bool(case[name, "config"])
        case ast.StateIs(_, states):
            return case[_keys(cond)[0]] in states
        case ast.PlaceTest(_, op, value):
            have, asked = case[_keys(cond)[0]], number(constants, value)
            assert isinstance(have, int)
            return asked is not None and ops.compare(op or "!=", have, asked)


def _total(domains: Domains) -> int:
    """How many cases there are."""
    return math.prod(map(len, domains.values()))


def _allowed(constants: dict[str, int], domains: Domains, contract: ast.ContractDef) -> Iterator[Situation]:
    """The cases in which the signature's `__requires` holds."""
    for chosen in product(*domains.values()):
        case: Situation = dict(zip(domains, chosen, strict=True))
        if all(_holds(constants, asked, case) for _, asked in contract.sig.requires):
            yield case


def _check_possible(
    constants: dict[str, int], enums: dict[str, ast.EnumDef], contract: ast.ContractDef
) -> list[Diagnostic]:
    """Every outcome has a case in which it can happen: its condition contradicts neither itself nor `__requires`."""
    if all(o.when is None for o in contract.outcomes):
        return []
    domains = _domains(constants, enums, contract)
    if _total(domains) > _MOST_CASES:
        return []
    allowed = list(_allowed(constants, domains, contract))
    return [
        error("bad-contract", f"outcome `{o.name}` of `{contract.sig.name}` can never happen", o.span,
              "its condition contradicts itself or what the signature requires: change it, or drop the outcome")
        for o in contract.outcomes
        if o.when is not None and allowed and not any(_holds(constants, o.when, c) for c in allowed)
    ]  # fmt: skip


def _check_cases(
    constants: dict[str, int], enums: dict[str, ast.EnumDef], contract: ast.ContractDef
) -> list[Diagnostic]:
    if not contract.outcomes or any(o.when is None for o in contract.outcomes):
        return []
    domains = _domains(constants, enums, contract)
    if _total(domains) > _MOST_CASES:
        text = f"the conditions of `{contract.sig.name}` have {_total(domains)} cases, more than {_MOST_CASES}"
        return [error("bad-contract", text, contract.span, "add an outcome without a condition")]
    for case in _allowed(constants, domains, contract):
        if not any(_holds(constants, o.when, case) for o in contract.outcomes):
            words = ", ".join(_word(key, value) for key, value in case.items())
            text = f"no outcome of `{contract.sig.name}` covers {words}"
            return [error("bad-contract", text, contract.span, "add an outcome for this case")]
    return []


def _word(key: AskedOf, value: object) -> str:
    name, slot = key
    if slot == "config":
        return f"config({name}) = {'y' if value else 'n'}"
    return f"{name}->{slot} {value}" if slot else f"{name} = {value}"
