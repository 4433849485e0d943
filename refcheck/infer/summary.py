# SPDX-License-Identifier: GPL-2.0-only
"""The contract of one function from its body.

Lowered with a contract that takes everything, the body is explored; its exits become outcomes, what it cannot do without on
entry becomes a precondition.  Whether the body keeps the contract is proved afterwards like any other.
"""

import time

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG
from refcheck.infer.outcomes import Ambiguity, ambiguities, domain_of, groups_of, outcomes_of
from refcheck.infer.preconditions import preconditions
from refcheck.infer.rows import ExitReader, ExitRow, UnclearError, probe
from refcheck.infer.settle import settled
from refcheck.lens.steps import steps_of
from refcheck.lower.function import lower
from refcheck.lower.tables import nodes_of, reachable
from refcheck.prove.propose import Exploration, explore
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

_MOST_STATES = 60_000
_SECONDS = 20.0
_ROUNDS = 6
TOO_MANY = "it has too many states"


class Summary(NamedTuple):
    """An inferred contract, None where there is none, with the reason; results that do not tell what became of an argument.

    `given_up` says why there is no contract.
    """

    contract: ast.ContractDef | None
    ambiguous: tuple[Ambiguity, ...] = ()
    given_up: str = ""


def summarise(decl: Declarations, f: ast.FunctionDef, checked: bool) -> Summary:
    """The contract that a function is to keep; `checked` says that callers are held to what it enters and leaves."""
    objects = {p.name for p in f.sig.params if p.type.name in decl.resources and not p.type.pointer}
    sig = f.sig._replace(params=tuple(_with(p, "__nullable") if p.name in objects else p for p in f.sig.params))
    left: tuple[str, ...] = ()
    try:
        for _ in range(_ROUNDS + len(objects)):
            cfg, found = _probed(decl, f._replace(sig=sig), left)
            if not found.complete:
                return Summary(None, (), TOO_MANY)
            more = preconditions(decl, f._replace(sig=sig), cfg, found, checked)
            if more is None and any(not _leaves(r, c) for c in left for r in ExitReader(cfg, sig).rows(found.states)):
                return _balanced(decl, f)
            if more is None:
                return _summary(decl, f._replace(sig=sig), cfg, found, checked)
            sig, left = more[0], (*left, *more[1])
        return Summary(None, (), "its preconditions do not settle")
    except UnclearError as e:
        return Summary(None, (), str(e))
    except InputError as e:
        return Summary(None, (), e.diagnostics[0].message)


def _balanced(decl: Declarations, f: ast.FunctionDef) -> Summary:
    """The contract of a function of which some exits only leave a context: none of them may."""
    return summarise(decl, f, checked=False)


def _leaves(row: ExitRow, context: str) -> bool:
    return ("leave", context) in row.effects


def _probed(decl: Declarations, f: ast.FunctionDef, left: tuple[str, ...]) -> tuple[CFG, Exploration]:
    """The graph of the probed function and all its states."""
    outcomes = probe(f.sig, frozenset(decl.resources), left)
    made = f._replace(contract=outcomes)
    name = f.sig.name
    contract = ast.ContractDef(f.sig, outcomes, f.span)
    changed = decl._replace(functions={**decl.functions, name: made}, contracts={**decl.contracts, name: contract})
    cfg = lower(changed, name, None, keep=True)
    return cfg, explore(cfg, _MOST_STATES, steps_of(cfg), time.perf_counter() + _SECONDS)


def _summary(decl: Declarations, f: ast.FunctionDef, cfg: CFG, found: Exploration, checked: bool) -> Summary:
    sig = f.sig
    rows = ExitReader(cfg, sig).rows(found.states)
    bools = frozenset(p.name for p in sig.params if p.type.name == "bool")
    domain = domain_of(rows, cfg.points, bools)
    objects = [p.name for p in sig.params if p.type.name in decl.resources and not p.type.pointer]
    unclear = tuple(dict.fromkeys(ambiguities(groups_of(rows), objects)))
    kept = settled(rows, tuple(dict.fromkeys(a.argument for a in unclear)), leaves_open=not checked)
    groups = groups_of(kept)
    outcomes = tuple(
        _looking(decl, f, sig, o) for o in outcomes_of(groups, domain, sig.result.name, sig.span)
    )  # fmt: skip
    held = {e.place.name for o in outcomes for e in o.effects if e.verb == "hold" and e.place is not None}
    params = tuple(_with(p, "__counted") if p.name in held else p for p in sig.params)
    return Summary(ast.ContractDef(sig._replace(params=params), outcomes, sig.span), unclear)


def _with(p: ast.Param, attr: str) -> ast.Param:
    return p if attr in p.attrs else p._replace(attrs=(*p.attrs, attr))


def _looking(decl: Declarations, f: ast.FunctionDef, sig: ast.Signature, o: ast.Outcome) -> ast.Outcome:
    """The outcome with a look into each slot that the body may look into, of arguments that it leaves as they are."""
    trees = [t for t in reachable(decl, f) if t is not decl.contracts.get(sig.name)]
    looked = {n.slot for t in trees for n in nodes_of(decl, t)[ast.EffectPlace] if n.slot}
    looked |= {n.field for t in trees for n in nodes_of(decl, t)[code.Field]}
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
