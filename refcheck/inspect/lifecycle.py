# SPDX-License-Identifier: GPL-2.0-only
"""A function's lifecycle as data: who owns each object, who ends that ownership, what the function asks for.

In: the graphs of one function (one per entry context) and the declarations of its unit.  Out: a `Lifecycle`, whose
parts are texts without positions, so that two versions of a function can be compared.  Nothing is proved here: it
rests on the walk of ownership.py.
"""

from collections.abc import Iterable

from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE
from refcheck.graph import ops
from refcheck.graph.cfg import CFG
from refcheck.inspect.ownership import Origin, OwnershipWalk
from refcheck.render.dump import tree_text
from refcheck.syntax import ast, pretty
from refcheck.unit.declare import Declarations


class Tracked(NamedTuple):
    """An object by the variable that it was acquired into and the acquiring call: who owns it and what ends that."""

    name: str
    acquired: str
    owners: tuple[str, ...]
    ends: tuple[str, ...]


class Lifecycle(NamedTuple):
    """What a function does with references; `applies` has the contracts by name, each as text without positions."""

    objects: tuple[Tracked, ...]
    needs: tuple[str, ...]
    applies: dict[str, str]


def lifecycle(cfgs: list[CFG], decl: Declarations, name: str) -> Lifecycle:
    """The lifecycle of the function `name`, taken together over its entry contexts; its own contract is in `applies`."""
    walks = [OwnershipWalk(cfg) for cfg in cfgs]
    owners: dict[Origin, dict[str, list[frozenset[str]]]] = {}
    ends: dict[Origin, dict[str, set[object]]] = {}
    for w in walks:
        w.run()
        for origin, how, flags in w.owned:
            owners.setdefault(origin, {}).setdefault(how, []).append(flags)
        for origin, text, site in w.ended:
            ends.setdefault(origin, {}).setdefault(text, set()).add(site)
    objects = tuple(Tracked(*o, _owner_texts(owners[o]), _end_texts(ends.get(o, {}))) for o in sorted(owners))
    called = {e.callee for cfg in cfgs for e in cfg.edges if e.callee} | {name}
    applies = {c: contract_text(decl.contracts[c]) for c in sorted(called) if c in decl.contracts}
    return Lifecycle(objects, _needs(cfgs, walks, decl, name), applies)


def contract_text(contract: ast.ContractDef) -> str:
    """A contract as text that is equal for equal contracts: without positions, sources and expectations."""
    sig = contract.sig._replace(sources=(), expects=(), entries=(), span=NOWHERE)
    return tree_text(contract._replace(sig=sig, span=NOWHERE))


def _owner_texts(ways: dict[str, list[frozenset[str]]]) -> tuple[str, ...]:
    texts = []
    for how, flags in ways.items():
        common = frozenset.intersection(*flags)
        texts.append(how + (f" if {' && '.join(sorted(common))}" if common else ""))
    return tuple(sorted(texts))


def _end_texts(sites: dict[str, set[object]]) -> tuple[str, ...]:
    return tuple(sorted(f"{t}, at {len(at)} places" if len(at) > 1 else t for t, at in sites.items()))


# ---------------------------------------------------------------------------------------------- what is needed


def _needs(cfgs: list[CFG], walks: list[OwnershipWalk], decl: Declarations, name: str) -> tuple[str, ...]:
    """The contexts and preconditions that the function and its callees ask for, as texts."""
    found: set[str] = set()
    sigs = [decl.functions[name].sig] + ([decl.contracts[name].sig] if name in decl.contracts else [])
    for sig in sigs:
        for must in sig.must_hold:
            found.add(f"must hold {' | '.join(must.facts)}" + (f" if {pretty.expr(must.when)}" if must.when else ""))
        found |= {f"requires {pretty.expr(cond)}" for _, cond in sig.requires}
        found |= {"may sleep"} if sig.may_sleep else set()
    found |= {f"entry {cfg.entry}" for cfg in cfgs if cfg.entry}
    for w in walks:
        for edge in w.cfg.edges:
            found |= {text for op in edge.ops for text in _need_texts(w, op, ops.TRUE)}
    return tuple(sorted(found))


def _need_texts(w: OwnershipWalk, op: ops.Op, cond: ops.Cond) -> Iterable[str]:
    when = w.cond_text(cond)
    tail = f" if {when}" if when else ""
    match op:
        case ops.When(inner, todo):
            for o in todo:
                yield from _need_texts(w, o, inner)
        case ops.Need(facts, by):
            yield f"{' | '.join(w.cfg.facts[f].name for f in facts)}{tail} for {by}()"
        case ops.NeedNone(by=by):
            yield f"no atomic section for {by}()"
        case ops.Require(by=by, text=text):
            yield f"{text} for {by}()"
        case _:
            pass


