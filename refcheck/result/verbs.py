# SPDX-License-Identifier: GPL-2.0-only
"""Which functions do one thing and nothing else: what a repair can call to release, drop, hold, enter or leave."""

from collections.abc import Collection

from refcheck.syntax import ast
from refcheck.unit.declare import Declarations

# What is done, and to what: ("release", "dst"), ("drop", "skb.dst"), ("enter", "rcu"); the names that do it, nearest first.
Verbs = dict[tuple[str, str], list[str]]


def verbs(decl: Declarations, model: str, called: Collection[str]) -> Verbs:
    """The functions that do one thing with their only argument, or none: those `called` first, then those of the model."""
    found: Verbs = {}
    for name, contract in decl.contracts.items():
        for what in _does(contract):
            found.setdefault(what, []).append(name)
    for names in found.values():
        names.sort(key=lambda n: (n not in called, decl.contracts[n].span.path != model))
    return found


def _does(contract: ast.ContractDef) -> set[tuple[str, str]]:
    """What every outcome does, where that is one thing; what some outcome tries."""
    params = contract.sig.params
    if contract.sig.must_hold or len(params) > 1 or any(p.type.pointer for p in params):
        return set()
    kind = params[0].type.name if params else ""
    each = [[_named(e, kind) for e in o.effects if e.verb not in ("use", "return")] for o in contract.outcomes]
    if not each or any(len(effects) > 1 for effects in each):
        return set()
    done = {effects[0] if effects else ("", "") for effects in each}
    tried = {d for d in done if d[0] in ("try_hold", "hold") and "." in d[1]}
    return (done if len(done) == 1 else tried) - {("", "")}


def _named(e: ast.Effect, kind: str) -> tuple[str, str]:
    if e.verb in ("enter", "leave"):
        return e.verb, e.context
    if e.place is None or e.place.deref or e.when is not None:
        return "other", ""
    return e.verb, f"{kind}.{e.place.slot}" if e.place.slot else kind
