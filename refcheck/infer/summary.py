# SPDX-License-Identifier: GPL-2.0-only
"""The contract of one function from its body.

Lowered with a contract that takes everything, the body is explored; its exits become outcomes, what it cannot do without on
entry becomes a precondition.  Whether the body keeps the contract is proved afterwards like any other.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph.cfg import CFG
from refcheck.infer.outcomes import Ambiguity, Domain, ambiguities, domain_of, groups_of, outcomes_of
from refcheck.infer.preconditions import OWNS, broken_with, if_there, preconditions, without_missing
from refcheck.infer.rows import LOST, ExitReader, ExitRow, UnclearError, probe
from refcheck.infer.settle import held_unknown, moved_contexts, settled
from refcheck.lower.function import lower
from refcheck.lower.tables import reachable
from refcheck.prove.propose import Exploration, explore
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations
from refcheck.unit.nodes import nodes_of

_MOST_STATES = 60_000
_SECONDS = 20.0  # of work: what a body does must not depend on what else the machine is at
_ROUNDS = 6
TOO_MANY = "it has too many states"


class Summary(NamedTuple):
    """An inferred contract, None where there is none, with the reason; results that do not tell what became of an argument.

    `given_up` says why there is no contract, `uneven` that some exits leave a context entered or left and others do not, of
    which the contract says nothing.
    """

    contract: ast.ContractDef | None
    ambiguous: tuple[Ambiguity, ...] = ()
    given_up: str = ""
    uneven: bool = False


class AboutCallers(NamedTuple):
    """What is known of a function beside its body.

    `checked`: callers are held to what it enters and leaves; unless `leaving`, it leaves nothing that its callers have
    entered.  Slots of `containers` own whatever they hold; `taken`: somebody may have what such a slot loses here.  `gave`
    says of its arguments whether they were given away before a change, `keeps` that what is not followed may keep one.
    """

    checked: bool
    gave: Mapping[str, bool] = MappingProxyType({})
    containers: Collection[str] = ()
    taken: bool = True
    leaving: bool = True
    keeps: bool = True


def summarise(decl: Declarations, f: ast.FunctionDef, beside: AboutCallers) -> Summary:
    """The contract that a function is to keep."""
    checked, containers = beside.checked, beside.containers
    objects = {p.name for p in f.sig.params if p.type.name in decl.resources and not p.type.pointer}
    sig = f.sig._replace(params=tuple(_with(p, "__nullable") if p.name in objects else p for p in f.sig.params))
    sig = sig._replace(requires=(*sig.requires, *_owning(decl, f, sig, containers)))
    left: tuple[str, ...] = ()
    try:
        for _ in range(_ROUNDS + len(objects)):
            cfg, seen = _explored(decl, f._replace(sig=sig, contract=probe(sig, frozenset(decl.resources), left)))
            if not seen.complete:
                return Summary(None, (), TOO_MANY)
            more = preconditions(decl, f._replace(sig=sig), cfg, seen, checked, beside.leaving)
            if more is None:
                rows = ExitReader(cfg, sig).rows(seen.states)
                rows = rows if beside.taken else _lost(rows, {p.name for p in sig.params if p.type.name in containers})
                gone = {c: {_leaves(r, c) for r in rows} for c in left}
                if any(len(answers) > 1 or (True in answers and not checked) for answers in gone.values()):
                    return summarise(decl, f, beside._replace(leaving=False))
                retaken = tuple(c for c, answers in gone.items() if True not in answers)
                lost = sorted({e[1] for r in rows for e in r.effects if e[0] == LOST})
                if not lost:
                    return _summary(decl, f._replace(sig=without_missing(sig)), cfg, rows, beside, retaken)
                more = sig._replace(requires=(*sig.requires, *(_unowned(sig, place) for place in lost))), ()
            sig, left = more[0], (*left, *more[1])
        return Summary(None, (), "its preconditions do not settle")
    except UnclearError as e:
        return Summary(None, (), str(e))
    except InputError as e:
        return Summary(None, (), e.diagnostics[0].message)


def _held_or_not(rows: Collection[ExitRow]) -> Iterator[Ambiguity]:
    """Arguments on which some exits take a reference of which their result does not tell."""
    for p, shown in sorted({(p, " ".join(r.result[-1:]) or "nothing") for r, p in held_unknown(rows)}):
        yield Ambiguity(p, "kept", "kept with a reference more", shown)


def _lost(rows: dict[ExitRow, set[int]], containers: set[str]) -> dict[ExitRow, set[int]]:
    """The rows with what a slot of a container loses given back, which the proof then asks for."""
    made: dict[ExitRow, set[int]] = {}
    for row, exits in rows.items():
        effects = tuple(("drop", e[1]) if e[0] == "clear" and e[1].split("->")[0] in containers else e for e in row.effects)
        made.setdefault(row._replace(effects=tuple(sorted(effects))), set()).update(exits)
    return made


def _owning(
    decl: Declarations, f: ast.FunctionDef, sig: ast.Signature, containers: Collection[str]
) -> Iterator[tuple[str, ast.CondExpr]]:  # fmt: skip
    """What is true of the slots of containers that the body looks into."""
    looked = _looked(decl, f) if containers else set()
    for p in sig.params if looked else ():
        for s in decl.resources[p.type.name].slots if p.type.name in containers and not p.type.pointer else ():
            if s.name in looked:
                place = ast.EffectPlace(p.name, False, s.name, sig.span)
                yield "broken-contract", if_there(sig, p.name, ast.StateIs(place, OWNS, sig.span))


def _unowned(sig: ast.Signature, text: str) -> tuple[str, ast.CondExpr]:
    """A slot that the function fills owns nothing before."""
    name, _, slot = text.partition("->")
    state = ast.StateIs(ast.EffectPlace(name, False, slot, sig.span), ("empty", "noref"), sig.span)
    return "leaked-ref", if_there(sig, name, state)


def _leaves(row: ExitRow, context: str) -> bool:
    return ("leave", context) in row.effects


def _explored(decl: Declarations, f: ast.FunctionDef) -> tuple[CFG, Exploration]:
    """The graph of a function that is held to a contract, and all its states."""
    assert f.contract is not None
    name = f.sig.name
    contract = ast.ContractDef(f.sig, f.contract, f.span)
    changed = decl._replace(functions={**decl.functions, name: f}, contracts={**decl.contracts, name: contract})
    cfg = lower(changed, name, None, keep=True)
    return cfg, explore(cfg, _MOST_STATES, until=time.process_time() + _SECONDS, clock=time.process_time)


def _summary(
    decl: Declarations, f: ast.FunctionDef, cfg: CFG, rows: dict[ExitRow, set[int]], beside: AboutCallers,
    retaken: tuple[str, ...],
) -> Summary:  # fmt: skip
    """The contract from the rows of the exits; `retaken` are contexts that the body leaves and enters again."""
    sig = f.sig
    bools = frozenset(p.name for p in sig.params if p.type.name == "bool")
    domain = domain_of(rows, cfg.points, bools)
    objects = [p.name for p in sig.params if p.type.name in decl.resources and not p.type.pointer]
    unclear = tuple(dict.fromkeys(ambiguities(groups_of(rows), objects)))
    kept = settled(rows, tuple(dict.fromkeys(a.argument for a in unclear)), not beside.checked, beside.gave, beside.keeps)
    unclear = (*unclear, *(() if beside.keeps else _held_or_not(rows)))
    made = _outcomes(kept, domain, sig)
    looked = _looked(decl, f)
    plain = tuple(_looking(decl, looked, sig, o) for o in made)
    outcomes = tuple(_retaking(o, retaken, sig) for o in plain)
    if retaken:  # what the body touches behind them has to outlive them
        touched = broken_with(*_explored(decl, f._replace(sig=_rested(sig), contract=outcomes)), sig, "noref-escape")
        outcomes = tuple(_retaking(o, retaken, sig, touched) for o in plain)
        sig = _rested(sig)
    firm = _firm(decl, f._replace(sig=sig, contract=outcomes))
    sig = sig._replace(params=tuple(_with(p, "__counted") if p.name in firm else p for p in sig.params))
    outcomes = tuple(o._replace(effects=tuple(_held_as(e, firm) for e in o.effects)) for o in outcomes)
    return Summary(ast.ContractDef(sig, outcomes, sig.span), unclear, uneven=len(set(map(moved_contexts, rows))) > 1)


def _outcomes(rows: Collection[ExitRow], domain: Domain, sig: ast.Signature) -> tuple[ast.Outcome, ...]:
    """The outcomes of a contract, exact unless they are too many then; UnclearError where they are in any case."""
    try:
        return outcomes_of(groups_of(rows), domain, sig.result.name, sig.span)
    except UnclearError:
        return outcomes_of(groups_of(rows, exact=False), domain, sig.result.name, sig.span)


def _firm(decl: Declarations, f: ast.FunctionDef) -> set[str]:
    """The parameters on which the body takes a plain hold while they are lent."""
    called = [t for t in reachable(decl, f) if isinstance(t, ast.ContractDef) and t.sig.name != f.sig.name]
    plain = any(e.verb == "hold" for c in called for o in c.outcomes for e in o.effects)
    if not plain and not any("__counted" in p.attrs for c in called for p in c.sig.params):
        return set()
    cfg, found = _explored(decl, f)
    return broken_with(cfg, found, f.sig, "hold-of-borrowed")


def _held_as(e: ast.Effect, firm: set[str]) -> ast.Effect:
    """A hold on what need not be counted is a try that succeeds."""
    plain = e.verb != "hold" or (e.place is not None and e.place.name in firm)
    return e if plain else e._replace(verb="try_hold")


def _with(p: ast.Param, attr: str) -> ast.Param:
    return p if attr in p.attrs else p._replace(attrs=(*p.attrs, attr))


def _rested(sig: ast.Signature) -> ast.Signature:
    """The signature of a body that sleeps outside of what its callers have entered, if at all."""
    return sig._replace(may_sleep=False)


def _retaking(
    o: ast.Outcome, contexts: tuple[str, ...], sig: ast.Signature, touched: Collection[str] = ()
) -> ast.Outcome:  # fmt: skip
    """The outcome of a body that leaves contexts of its caller on the way, may sleep then, and enters them again.

    The objects of the parameters that are `touched` behind them are there all the time.
    """
    if not contexts:
        return o
    left = [ast.Effect("leave", None, None, c, None, o.span) for c in contexts]
    napping = [ast.Effect("sleep", None, None, "", None, o.span)] if sig.may_sleep else []
    given = {e.place.name for e in o.effects if e.place is not None and e.verb in ("consume", "release")}
    kept = (p for p in sig.params if p.name in set(touched) - given and "__maybe_err" not in p.attrs)
    used = [_use(p, o.span) for p in kept]
    return o._replace(effects=(*left, *napping, *used, *o.effects, *(e._replace(verb="enter") for e in left)))


def _use(p: ast.Param, span: Span) -> ast.Effect:
    """A look at the object of a parameter, where there is one."""
    place = ast.EffectPlace(p.name, False, None, span)
    there = ast.PlaceTest(place, "!=", code.Null(span), span) if "__nullable" in p.attrs else None
    return ast.Effect("use", place, None, "", there, span)


def _looking(decl: Declarations, looked: set[str], sig: ast.Signature, o: ast.Outcome) -> ast.Outcome:
    """The outcome with a look into each slot that the body may look into, of arguments that it leaves as they are."""
    named = {(e.place.name, e.place.slot) for e in o.effects if e.place is not None and e.verb not in ("hold", "release")}
    more: list[ast.Effect] = []
    for p in sig.params:
        resource = decl.resources.get(p.type.name)
        for s in resource.slots if resource is not None and not p.type.pointer and (p.name, None) not in named else ():
            if s.name in looked and (p.name, s.name) not in named:
                place, nullable = ast.EffectPlace(p.name, False, None, sig.span), "__nullable" in p.attrs
                there = ast.PlaceTest(place, "!=", code.Null(sig.span), sig.span) if nullable else None
                more.append(ast.Effect("use", place._replace(slot=s.name), None, "", there, sig.span))
    return o._replace(effects=(*more, *o.effects))


def _looked(decl: Declarations, f: ast.FunctionDef) -> set[str]:
    """The slots that a body may look into, by name."""
    trees = [t for t in reachable(decl, f) if t is not decl.contracts.get(f.sig.name)]
    looked = {n.slot for t in trees for n in nodes_of(decl, t)[ast.EffectPlace] if n.slot}
    looked |= {n.field for t in trees for n in nodes_of(decl, t)[code.Field]}
    stored = {n for t in trees if isinstance(t, ast.ContractDef) for n in _stored(t)}
    return looked | {s.name for r in decl.resources.values() if r.name in stored for s in r.slots}


def _stored(contract: ast.ContractDef) -> Iterator[str]:
    """The resources of the arguments that go into a slot, with what their own slots hold."""
    for o in contract.outcomes:
        for e in o.effects:
            if isinstance(e.value, ast.FromPlace) and e.value.how == "move" and not e.value.place.slot:
                yield from (p.type.name for p in contract.sig.params if p.name == e.value.place.name)
