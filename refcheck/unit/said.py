# SPDX-License-Identifier: GPL-2.0-only
"""What a contract says of its parameters, whoever calls it: worked out once for all calls in a unit.

A contract speaks of a slot where an effect, a condition or `__requires` names it.  It looks into the slot where an effect
touches what is in there (`use`, `try_hold`) or puts it elsewhere (`copy`, `move`), and into all slots of what is handed
over to it.  Handing a pointer out touches nothing.  Of what it does not speak the callee knows nothing, and keeps its hands
off.
"""

from refcheck.base.named import NamedTuple
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations
from refcheck.unit.effects import source
from refcheck.unit.nodes import nodes_of


class Said(NamedTuple):
    """What a contract says of its parameters.

    `spoken` are the (parameter, slot) that it names, `read` those into which it looks; `brought` are the pointers to
    pointers whose object the caller brings; `late` are the parameters that are touched behind a `leave`; `asked` are the
    slots in conditions; `freed` are the resources of which something is freed.
    """

    kinds: dict[str, ast.Param]
    spoken: frozenset[tuple[str, str]]
    read: frozenset[tuple[str, str]]
    brought: frozenset[str]
    late: frozenset[str]
    asked: frozenset[tuple[str, str]]
    freed: frozenset[str]

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


def _said(decl: Declarations, contract: ast.ContractDef) -> Said:
    sig = contract.sig
    kinds = {p.name: p for p in sig.params}
    types = {p.name: p.type.name for p in sig.params} | {"result": sig.result.name}
    spoken = {(p.name, p.slot) for p in nodes_of(decl, contract)[ast.EffectPlace] if p.slot}
    read, late, freed = set[tuple[str, str]](), set[str](), set[str]()
    for o in contract.outcomes:
        left = False
        for e in o.effects:
            if isinstance(e.value, ast.FromPlace) and e.value.how in ("copy", "move") and e.value.place.slot:
                read.add((e.value.place.name, e.value.place.slot))
            left = left or e.verb == "leave"
            if e.place is None:
                continue
            name, resource = e.place.name, decl.resources.get(types.get(e.place.name, ""))
            if e.verb in ("use", "try_hold") and e.place.slot:
                read.add((name, e.place.slot))
            elif e.verb in ("consume", "queue") and resource:
                read |= {(name, s.name) for s in resource.slots}
            elif e.verb == "free" and resource:
                freed.add(resource.name)
            elif e.verb == "use" and left:
                late.add(name)
    brought = {p.name for p in sig.params if p.type.pointer and p.type.name in decl.resources and _brings(contract, p.name)}
    asked = {(c.place.name, c.place.slot) for c in nodes_of(decl, contract)[ast.StateIs] if c.place.slot}
    return Said(
        kinds, frozenset(spoken), frozenset(read), frozenset(brought), frozenset(late), frozenset(asked), frozenset(freed)
    )  # fmt: skip


def _brings(contract: ast.ContractDef, param: str) -> bool:
    """Some outcome speaks of what an out-parameter points to before it gives it a value."""
    for o in contract.outcomes:
        here = [(e.verb, e.place.slot) for e in o.effects if e.place and e.place.name == param]
        fresh = ("set", None) in here
        if any(not fresh if slot else verb != "set" for verb, slot in here):
            return True
        if any(taken.name == param for e in o.effects if (taken := source(e))):
            return True
    return False
