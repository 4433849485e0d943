# SPDX-License-Identifier: GPL-2.0-only
"""What a contract says of its parameters, whoever calls it: worked out once for all calls in a unit.

A contract speaks of a slot where an effect, a condition or `__requires` names it.  It looks into the slot where an effect
touches what is in there (`use`, `try_hold`) or puts it elsewhere (`copy`, `move`), and into all slots of what is handed
over to it.  Handing a pointer out touches nothing.  Of what it does not speak the callee knows nothing, and keeps its hands
off.
"""

from refcheck.base.named import NamedTuple
from refcheck.lower.tables import nodes_of
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations

GIVING = ("release", "consume", "queue", "free")


class Said(NamedTuple):
    """What a contract says of its parameters.

    `spoken` are the (parameter, slot) that it names, `read` those into which it looks; `brought` are the pointers to
    pointers whose object the caller brings; `late` are the parameters that are touched behind a `leave`; `asked` are the
    slots in conditions.
    """

    kinds: dict[str, ast.Param]
    spoken: frozenset[tuple[str, str]]
    read: frozenset[tuple[str, str]]
    brought: frozenset[str]
    late: frozenset[str]
    asked: frozenset[tuple[str, str]]

    def speaks(self, param: str) -> bool:
        """Whether the contract speaks of some slot of the parameter: then the caller keeps the container firmly."""
        return any(name == param for name, _ in self.spoken)


def said(decl: Declarations, contract: ast.ContractDef) -> Said:
    """What a contract of the unit says."""
    found = decl.memo.traits.get(id(contract))
    if found is None:
        found = decl.memo.traits[id(contract)] = contract, _said(decl, contract)
    known = found[1]
    assert isinstance(known, Said)
    return known


def gives(outcome: ast.Outcome, param: str) -> list[ast.Effect]:
    """The effects by which the reference on a parameter that the caller hands over goes.

    A reference that the outcome takes itself and gives on (`hold d, p->slot = move d`) is not the caller's.
    """
    found, holds = list[ast.Effect](), list[ast.Effect]()
    for e in outcome.effects:
        source = moved(e)
        if source is not None and source.name == param and not source.slot:
            found.append(e)
        elif e.place and e.place.name == param and not e.place.slot:
            found += [e] if e.verb in GIVING else []
            holds += [e] if e.verb in ("hold", "try_hold") else []
    while found and holds and found[-1].when is None and holds[-1].when is None:
        found.pop()
        holds.pop()
    return found


def moved(e: ast.Effect) -> ast.EffectPlace | None:
    """What an effect moves from."""
    return e.value.place if isinstance(e.value, ast.FromPlace) and e.value.how == "move" else None


def source(e: ast.Effect) -> ast.EffectPlace | None:
    """What an effect reads a value from."""
    return e.value.place if isinstance(e.value, ast.FromPlace) else None


def _said(decl: Declarations, contract: ast.ContractDef) -> Said:
    sig = contract.sig
    spoken = {(p.name, p.slot) for p in nodes_of(decl, contract)[ast.EffectPlace] if p.slot}
    read, late = set[tuple[str, str]](), set[str]()
    for o in contract.outcomes:
        left = False
        for e in o.effects:
            if e.verb in ("use", "try_hold") and e.place and e.place.slot:
                read.add((e.place.name, e.place.slot))
            if isinstance(e.value, ast.FromPlace) and e.value.how in ("copy", "move") and e.value.place.slot:
                read.add((e.value.place.name, e.value.place.slot))
            if e.verb in ("consume", "queue") and e.place and not e.place.slot:
                read |= {(e.place.name, s.name) for s in _slots(decl, sig, e.place.name)}
            left = left or e.verb == "leave"
            if left and e.verb == "use" and e.place and not e.place.slot:
                late.add(e.place.name)
    brought = {p.name for p in sig.params if p.type.pointer and p.type.name in decl.resources and _brings(contract, p.name)}
    asked = {(c.place.name, c.place.slot) for c in nodes_of(decl, contract)[ast.StateIs] if c.place.slot}
    kinds = {p.name: p for p in sig.params}
    return Said(kinds, frozenset(spoken), frozenset(read), frozenset(brought), frozenset(late), frozenset(asked))


def _slots(decl: Declarations, sig: ast.Signature, param: str) -> tuple[ast.SlotDef, ...]:
    kinds = {p.name: p.type.name for p in sig.params} | {"result": sig.result.name}
    resource = decl.resources.get(kinds.get(param, ""))
    return resource.slots if resource else ()


def _brings(contract: ast.ContractDef, param: str) -> bool:
    """Some outcome speaks of what an out-parameter points to before it gives it a value."""
    for o in contract.outcomes:
        fresh = any(e.verb == "set" and e.place and e.place.name == param and not e.place.slot for e in o.effects)
        for e in o.effects:
            here = e.place is not None and e.place.name == param and (e.verb != "set" or bool(e.place.slot))
            taken = source(e)
            if (here and not fresh) or (here and e.place and e.verb != "set" and not e.place.slot):
                return True
            if taken is not None and taken.name == param:
                return True
    return False
