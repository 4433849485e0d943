# SPDX-License-Identifier: GPL-2.0-only
"""What a contract says of its parameters, whichever outcome a call has (docs/run.md)."""

from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

GIVING = ("release", "consume", "queue", "free")


def source(e: ast.Effect) -> ast.EffectPlace | None:
    """The place that an effect reads a value from."""
    return e.value.place if isinstance(e.value, ast.FromPlace) else None


def gives(e: ast.Effect, param: str) -> bool:
    """The effect takes one reference of the caller on the argument itself."""
    if isinstance(e.value, ast.FromPlace) and e.value.how == "move":
        return e.value.place.name == param
    return e.verb in GIVING and e.place is not None and e.place.name == param and not e.place.slot


def given(outcomes: tuple[ast.Outcome, ...], param: str) -> bool:
    """Every outcome takes the reference of the argument, without a condition; not one that it has taken itself."""

    def net(o: ast.Outcome) -> int:
        takes = [e for e in o.effects if gives(e, param) and e.when is None]
        holds = [e.place for e in o.effects if e.verb in ("hold", "try_hold") and e.place]
        return len(takes) - sum(p.name == param and not p.slot for p in holds)

    return bool(outcomes) and all(net(o) > 0 for o in outcomes)


def spoken(c: ast.ContractDef) -> set[tuple[str, str]]:
    """The slots that a contract names, by parameter."""
    return {(p.name, p.slot) for p in places(c) if p.slot}


def looked(d: Declarations, c: ast.ContractDef) -> set[tuple[str, str]]:
    """The slots into which the callee looks: what is there is used, held, put elsewhere, or goes with the argument."""
    kinds = {p.name: p.type.name for p in c.sig.params}
    found = set[tuple[str, str]]()
    for e in (e for o in c.outcomes for e in o.effects):
        read = source(e)
        if read is not None and read.slot and isinstance(e.value, ast.FromPlace) and e.value.how in ("copy", "move"):
            found.add((read.name, read.slot))
        if e.place is None:
            continue
        if e.verb in ("use", "try_hold") and e.place.slot:
            found.add((e.place.name, e.place.slot))
        resource = d.resources.get(kinds.get(e.place.name, ""))
        if e.verb in ("consume", "queue") and not e.place.slot and resource:
            found |= {(e.place.name, s.name) for s in resource.slots}
    return found


def firm(c: ast.ContractDef | None, p: ast.Param) -> bool:
    """The caller keeps the argument by more than a reader section: its slots are spoken of, or nothing is said at all."""
    return "__rcu" not in p.attrs and (c is None or any(name == p.name for name, _ in spoken(c)))


def own(d: Declarations, c: ast.ContractDef, p: ast.Param) -> bool:
    """A slot that the contract speaks of could name the argument, whose reference must not be that slot's."""
    kinds = {q.name: q.type.name for q in c.sig.params}
    targets = {
        s.target
        for name, slot in spoken(c) if name != p.name and name in kinds
        for s in d.resources[kinds[name]].slots if s.name == slot
    }  # fmt: skip
    return p.type.name in targets


def late(outcomes: tuple[ast.Outcome, ...], param: str) -> bool:
    """Some outcome uses the argument behind a `leave`."""
    for o in outcomes:
        left = False
        for e in o.effects:
            left = left or e.verb == "leave"
            if left and e.verb == "use" and e.place and e.place.name == param and not e.place.slot:
                return True
    return False


def queued(outcomes: tuple[ast.Outcome, ...], param: str, slot: str) -> bool:
    """Some outcome that is always possible queues the argument, and no outcome speaks of the slot."""
    if any((p.name, p.slot) == (param, slot) for p in places(outcomes)):
        return False
    return any(
        o.when is None and any(e.verb == "queue" and e.when is None and gives(e, param) for e in o.effects) for o in outcomes
    )


def places(tree: object) -> list[ast.EffectPlace]:
    """Every place in a tree."""
    if isinstance(tree, ast.EffectPlace):
        return [tree]
    return [p for part in tree for p in places(part)] if isinstance(tree, tuple) else []


def brought(d: Declarations, name: str, p: ast.Param) -> bool:
    """The object of the caller comes in through an out-parameter: the contract speaks of it, or the body reads it."""
    if not p.type.pointer or p.type.name not in d.resources:
        return False
    if name in d.contracts:
        return any(_brings(o, p.name) for o in d.contracts[name].outcomes)
    return _reads(d.functions[name].body, p.name)


def _brings(o: ast.Outcome, param: str) -> bool:
    """The outcome speaks of what an out-parameter points to before it gives it a value."""
    fresh = any(e.verb == "set" and e.place and e.place.name == param and not e.place.slot for e in o.effects)
    for e in o.effects:
        read, here = source(e), e.place if e.place and e.place.name == param else None
        if read is not None and read.name == param:
            return True
        if here and e.verb != "set" and not here.slot:
            return True
        if here and here.slot and not fresh:
            return True
    return False


def _reads(tree: object, name: str) -> bool:
    """A body reads `*name`, other than as the target of an assignment."""
    if isinstance(tree, code.Deref):
        return tree.name == name
    if isinstance(tree, code.Assign) and isinstance(tree.target, code.Deref):
        return _reads(tree.value, name)
    return isinstance(tree, tuple) and any(_reads(part, name) for part in tree)


def entries(d: Declarations, name: str) -> list[str | None]:
    """The entry contexts in which a function is verified; None: any caller that keeps its contract."""
    f, contract = d.functions[name], d.contracts.get(name)
    called = any(name in calls(d, g.body) for g in d.functions.values())
    if contract is None:
        return [*f.sig.entries] or ([] if f.static and called else [None])
    named = f.sig.entries or contract.sig.entries
    open_to_all = contract.sig is not f.sig or called
    return [*named, *([None] if open_to_all or not named else [])]


def calls(d: Declarations, tree: object) -> set[str]:
    """The functions that a tree calls, guards included."""
    match tree:
        case code.Call(name):
            found = {name}
        case code.Guard(lock) if lock in d.guards:
            found = {d.guards[lock].lock, d.guards[lock].unlock}
        case _:
            found = set()
    if isinstance(tree, tuple):
        for part in tree:
            found |= calls(d, part)
    return found


def reached(d: Declarations, name: str) -> set[str]:
    """A function with all that its body calls, directly or not, by contracts or by bodies."""
    found, todo = {name}, [name]
    while todo:
        f = d.functions.get(todo.pop())
        for callee in calls(d, f.body) - found if f else ():
            if callee in d.contracts or callee in d.functions:
                found.add(callee)
                todo.append(callee)
    return found
