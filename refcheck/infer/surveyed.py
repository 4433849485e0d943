# SPDX-License-Identifier: GPL-2.0-only
"""What is known of each function of a C file that was surveyed, and questions about its calls and contracts."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.infer.outcomes import Ambiguity
from refcheck.slice.emit import Assumption
from refcheck.slice.facts import calls_of, nodes, rebuilt
from refcheck.slice.words import CALL
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

GUESSES = ("store", "owned source", "lends", "slot")  # assumptions about what becomes of an object
FIELD = re.compile(r"(?:->|\.)(\w+)")

DECLARED, ROLE, INFERRED, LOOKS = "declared", "role", "inferred", "looks"


class Surveyed(NamedTuple):
    """One function, or one variant of it: how its contract was come by, and what is needed to verify it.

    `decl` has all that its tree speaks of, `made` the contracts that are assumed, `inferred` those that were inferred
    before, `doubted` those that their bodies contradict, and `asks` the fields on which the bodies behind the inferred ones
    depend in a way that no contract says; `followed` are the kinds of containers that it uses, and of what their slots hold;
    `hands_out` says that it returns a pointer to something that the
    slice does not follow, which may keep an object, `callback` that only a pointer leads to it, of which no role says what
    it does.  It and `function` are None where it is not read, and `reason`
    says why.
    """

    name: str
    how: str
    span: Span
    function: ast.FunctionDef | None
    decl: Declarations | None
    assumed: tuple[Assumption, ...]
    untouched: tuple[tuple[str, Span], ...]
    ambiguous: tuple[Ambiguity, ...]
    made: frozenset[str]
    inferred: frozenset[str]
    conds: tuple[str, ...]
    reason: str = ""
    doubted: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    hands_out: bool = False
    callback: bool = False
    asks: Mapping[str, frozenset[str]] = MappingProxyType({})


class ToCallers(NamedTuple):
    """What callers in the file know of a function beside its head.

    The contract that was inferred, whether it only looks, why its contract is in doubt, whether that rests on guesses, and
    what a caller reads of its body: where it stores, what it frees and puts.
    """

    contract: ast.ContractDef | None
    looks: bool
    doubt: tuple[str, str] | None
    loose: bool
    body: frozenset[str]


class Survey(NamedTuple):
    """All functions of a file, in the order of the file, the contracts that were inferred, and what specs declare.

    `shown` is what callers know of those that were asked for by name; `containers` are the structs of which fields own,
    `guessed` those of which it was asked.
    """

    functions: tuple[Surveyed, ...]
    inferred: Mapping[str, ast.ContractDef]
    declared: Mapping[str, ast.ContractDef]
    shown: Mapping[str, ToCallers]
    containers: tuple[ast.ResourceDef, ...] = ()
    guessed: tuple[ast.ResourceDef, ...] = ()


def with_calls(decl: Declarations) -> Declarations:
    """The declarations with the context that a call is: what is lent for its duration rests on it."""
    if CALL in decl.contexts:
        return decl
    entries = {n: e._replace(holds=(*e.holds, CALL)) for n, e in decl.entries.items()}
    return decl._replace(
        contexts=(*decl.contexts, CALL),
        facts={**decl.facts, CALL: (CALL,)},
        sleeping=decl.sleeping | {CALL},
        entries=entries,
    )


def called(f: c.CFunction) -> set[str]:
    """The functions that a function calls by name."""
    return set(calls_of(f.body))


def asked(f: c.CFunction) -> set[str]:
    """The variables in the conditions of a function."""
    conds = [n.subject if isinstance(n, c.CSwitch) else n.cond for n in nodes(f.body)
             if isinstance(n, c.CIf | c.CWhile | c.CSwitch | c.Conditional)]  # fmt: skip
    return {n.name for n in nodes(tuple(conds)) if isinstance(n, c.Id)}


def addressed(file: c.CFile, own: frozenset[str]) -> frozenset[str]:
    """The functions of a file of which something has the address, and may call them by it."""
    named = Counter(n.name for n in nodes(file.items) if isinstance(n, c.Id) and n.name in own)
    return frozenset(named - Counter(name for name in calls_of(file.items) if name in own))


def reached(calls: Mapping[str, set[str]], only: tuple[str, ...]) -> set[str]:
    """Functions of the file that some functions lead to."""
    seen, todo = set[str](), [n for n in only if n in calls]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += [n for n in calls[here] if n in calls]
    return seen


def keeps_more(contract: ast.ContractDef) -> bool:
    """Some outcome takes a reference on an argument, which something that the slice does not follow has then."""
    return any(e.verb in ("hold", "try_hold") for o in contract.outcomes for e in o.effects)


def taken_on(o: ast.Outcome) -> set[str]:
    """The arguments on which an outcome takes a reference that it does not return with them."""
    back = {e.value.place.name for e in o.effects if e.verb == "return" and isinstance(e.value, ast.FromPlace)}
    moved = {e.value.place.name for e in o.effects if isinstance(e.value, ast.FromPlace) and e.value.how == "move"}
    return {e.place.name for e in o.effects if e.verb in ("hold", "try_hold") and e.place is not None} - back - moved


def lends_on(contract: ast.ContractDef) -> bool:
    """Some outcome returns what was only lent to the function for the call."""
    fresh = (e.value for o in contract.outcomes for e in o.effects if isinstance(e.value, ast.Fresh))
    return any(v.how == "borrow" and v.until == (CALL,) for v in fresh)


def slots_of(contract: ast.ContractDef) -> bool:
    """The contract looks into a slot."""
    places = [p for o in contract.outcomes for e in o.effects for p in (e.place, getattr(e.value, "place", None))]
    return any(p is not None and p.slot for p in places)


def containers_in(
    resources: Mapping[str, ast.ResourceDef], trees: tuple[object, ...], containers: Collection[str]
) -> tuple[tuple[ast.ResourceDef, ...], tuple[tuple[str, str], ...]]:  # fmt: skip
    """What can be told of some containers where some trees are all that counts: those that they speak of.

    Of the others the slots of something shared that the trees speak of, by name: what is freed elsewhere is looked for in
    slots of that name (lower/tables.py).
    """
    if not containers:
        return (), ()
    kinds, todo = set[str](), [n.name for n in nodes(trees) if isinstance(n, code.Type)]
    while todo:
        here = todo.pop()
        if here in resources and here not in kinds:
            kinds.add(here)
            todo += [s.target for s in resources[here].slots]
    spoken = tuple(resources[n] for n in sorted(kinds & set(containers)))
    others = [s for n in containers if n not in kinds for s in resources[n].slots]
    return spoken, tuple(sorted({(s.name, s.target) for s in others if s.target in kinds and resources[s.target].shared}))


def owned(o: ast.Outcome) -> bool:
    """The outcome gives a reference to somebody."""
    return any(isinstance(e.value, ast.Fresh) and e.value.how == "hold" for e in o.effects)


def opened(o: ast.Outcome) -> set[str]:
    """The contexts that an outcome enters, and has not left before."""
    left = {e.context for e in o.effects if e.verb == "leave"}
    return {e.context for e in o.effects if e.verb == "enter"} - left


def fields_asked(f: ast.FunctionDef) -> frozenset[str]:
    """The fields in the conditions of a slice of which nothing is known."""
    texts = (n.text for n in nodes(f.body) if isinstance(n, code.Nondet))
    return frozenset(name for text in texts for name in FIELD.findall(text))


def merged(contracts: list[ast.ContractDef]) -> ast.ContractDef:
    """One contract for the variants of a function: what any of them does, asking for what any of them asks."""
    first = contracts[0]
    if len(contracts) == 1:
        return first
    outcomes: dict[object, ast.Outcome] = {}
    for contract in contracts:
        for o in contract.outcomes:
            outcomes.setdefault((o.when, o.effects), o)
    renamed = tuple(o._replace(name=f"o{i}") for i, o in enumerate(outcomes.values(), 1))
    must = tuple(dict.fromkeys(m for k in contracts for m in k.sig.must_hold))
    requires = tuple(dict.fromkeys(r for k in contracts for r in k.sig.requires))
    params: dict[str, ast.Param] = {}
    for p in (p for k in contracts for p in k.sig.params):
        known = params.setdefault(p.name, p)
        weak = tuple(a for a in known.attrs if a == "__counted" or a in p.attrs)
        params[p.name] = known._replace(attrs=weak)
    sig = first.sig._replace(must_hold=must, requires=requires, params=tuple(params.values()))
    return first._replace(sig=sig, outcomes=renamed)


def calling(n: Any, callee: str, other: str) -> Any:
    """A tree with the calls of a function as calls of another one."""
    match n:
        case code.Call(name, args, span) if name == callee:
            return code.Call(other, calling(args, callee, other), span)
        case Span():
            return n
        case tuple():
            return rebuilt(n, lambda part: calling(part, callee, other))
        case _:
            return n
