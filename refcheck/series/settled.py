# SPDX-License-Identifier: GPL-2.0-only
"""Which contract a function has once a patch has changed it.

That of the specs as long as the body keeps it, or gives the same contract as before the patch; else what its new body gives.
A function without a contract that a patch touches is read on both sides.  Where the body gives none, nobody knows what it
does: its callers say so, and the function is named for a spec.
"""

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import UNREAD, Verdict
from refcheck.infer.order import bottom_up
from refcheck.infer.surveyed import INFERRED, called
from refcheck.inspect.lifecycle import contract_text
from refcheck.result.contracts import plain_text
from refcheck.result.review import ChangedContract
from refcheck.series.sides import SeenFunction, TreeState, readable
from refcheck.slice.effects import does_something
from refcheck.slice.words import CALL
from refcheck.syntax import ast

SPECS, BODY, NOBODY = "specs", "body", "nobody"
_LOOSE = ("store", "owned source", "lent source", "series")  # assumptions of a body on which its contract rests
MaybeContract = ast.ContractDef | None


class BothStates(NamedTuple):
    """The tree before and after a patch, with the contracts that hold in each."""

    old: TreeState
    new: TreeState


def settle(both: BothStates, moved: dict[str, set[str]]) -> tuple[BothStates, list[ChangedContract]]:
    """The two states with the contracts of the functions that moved (by file), and which of these changed.

    Where both texts of one are the same, only a doubt about it is gone.
    """
    where = {n: p for p, names in moved.items() for n in sorted(names) if _shared(both.new, p, n) or _shared(both.old, p, n)}
    graph = {n: set().union(*map(called, both.new.functions(where[n]).get(n, []))) & where.keys() for n in where}
    found = list[ChangedContract]()
    for part in bottom_up(graph):
        for name in part:
            both, change = _one(both, where[name], name)
            found += [change] if change is not None else []
    return both, found


def _shared(state: TreeState, path: str, name: str) -> bool:
    """Other files call the function: it is not static, or stands in a header."""
    functions = state.functions(path).get(name, [])
    return bool(functions) and (path.endswith(".h") or not all(f.static for f in functions) or name in state.decl.contracts)


def _one(both: BothStates, path: str, name: str) -> tuple[BothStates, ChangedContract | None]:
    """One function: the states with its contract, and the change of it if there is one."""
    old, new = both
    if not new.functions(path).get(name):
        return both, None  # it is gone, or stands elsewhere now
    declared = new.decl.contracts.get(name)
    if declared is not None and not old.functions(path).get(name) and name not in new.overlay.contracts:
        return both, None  # a spec speaks of a function that the patch makes
    held = new.judged(path, name, (name,)) if declared is not None else None
    if held is not None and kept(held):
        return _cleared(both, path, name)
    was = _read(old, path, name, None)
    now = _read(new, path, name, declared or was.contract)
    if declared is not None:
        if _same(was.contract, now.contract) and was.unread == now.unread:
            return both, None
        source = BODY if name in new.overlay.contracts else SPECS
        after = new.under(new.overlay.plus(name, now.contract, now.doubt))
        return BothStates(old, after), _change(name, path, declared, source, now)
    if was.contract is not None and does_something(was.contract):
        old = old.under(old.overlay.plus(name, was.contract, was.doubt))
    if (now.contract is not None and does_something(now.contract)) or (now.unread and was.contract is not None):
        new = new.under(new.overlay.plus(name, now.contract, now.doubt))
    quiet = not any(r.contract is not None and does_something(r.contract) for r in (was, now))
    same = _same(was.contract, now.contract) and was.unread == now.unread
    change = None if same or quiet else _change(name, path, was.contract, BODY, now)
    return BothStates(old, new), change


def _cleared(both: BothStates, path: str, name: str) -> tuple[BothStates, ChangedContract | None]:
    """The body keeps its contract: what was in doubt about it may be no more."""
    old, new = both
    if name not in new.overlay.doubts:
        return both, None
    contract = new.decl.contracts[name]
    now = _read(new, path, name, contract)
    if now.doubt:
        return both, None
    here = ChangedContract(name, path, _text(contract), BODY, _text(contract), BODY, "")
    return BothStates(old, new.under(new.overlay.plus(name, contract))), here


def _change(name: str, path: str, old: MaybeContract, source: str, now: "FromBody") -> ChangedContract:
    text = _text(now.contract)
    return ChangedContract(name, path, _text(old), source, text, BODY if text else NOBODY, now.unread or now.unclear)


def kept(judged: SeenFunction) -> bool:
    """A body does what its contract says, as far as that is known."""
    return bool(judged.records) and all(r.verdict in (Verdict.PROVED, Verdict.VACUOUS) for r in judged.records)


class FromBody(NamedTuple):
    """What a body says of its contract, None for nothing; why it is not read; what is not clear; why callers rest on it."""

    contract: MaybeContract
    unread: str = ""
    unclear: str = ""
    doubt: str = ""


def _read(state: TreeState, path: str, name: str, former: MaybeContract) -> FromBody:
    """The contract that a body gives; `former` is the one that it had before a change."""
    if not state.functions(path).get(name):
        return FromBody(None)
    alone = state.under(state.overlay.plus(name, None))
    found = alone.surveyed(path, (name,), former)
    mine = [f for f in found.functions if f.name == name] if found is not None else []
    contract = found.inferred.get(name) if found is not None else None
    unread = next((f.reason for f in mine if f.how == UNREAD), "")
    if contract is None:
        looks = bool(mine) and not unread and all(f.how != INFERRED for f in mine)
        doubt = f"`{name}` is not read: {unread}" if unread else ""
        return FromBody(_looks(mine[0].function) if looks else None, unread, "", doubt)
    contract = _abroad(contract)
    if not readable(contract, state.decl):
        return FromBody(None, "its contract speaks of what only its own file knows")
    said = [f"`{a.argument}` is {a.one} or {a.other} where {a.result} is returned" for f in mine for a in f.ambiguous]
    unclear = "; ".join(dict.fromkeys(said))
    assumed = sorted({a.text for f in mine for a in f.assumed if a.kind in _LOOSE})
    doubt = unclear or (f"the body of `{name}` assumes: {'; '.join(assumed[:2])}" if assumed else "")
    return FromBody(contract, "", unclear, doubt)


def _looks(function: ast.FunctionDef | None) -> MaybeContract:
    """The contract of a function that does nothing of which a contract would speak."""
    if function is None:
        return None
    span = function.span
    effects = (ast.Effect("return", None, ast.Values("any", (), (), span), "", None, span),)
    result = function.sig.result.name
    if result not in ("void", "int", "bool"):
        return None
    sig = function.sig._replace(must_hold=(), entries=())
    return ast.ContractDef(sig, (ast.Outcome("ok", None, effects if result != "void" else (), span),), span)


def _abroad(contract: ast.ContractDef) -> ast.ContractDef:
    """A contract as callers in other files need it: what a callee lends them lasts by what protects it, not by the call."""
    call = {CALL}
    outcomes = []
    for o in contract.outcomes:
        effects = []
        for e in o.effects:
            value = e.value
            if isinstance(value, ast.Fresh) and set(value.until) & call and set(value.until) - call:
                value = value._replace(until=tuple(u for u in value.until if u not in call))
            effects.append(e._replace(value=value))
        outcomes.append(o._replace(effects=tuple(effects)))
    must = tuple(m for m in contract.sig.must_hold if m.facts != (CALL,))
    return contract._replace(sig=contract.sig._replace(must_hold=must), outcomes=tuple(outcomes))


def _same(a: MaybeContract, b: MaybeContract) -> bool:
    return (contract_text(a) if a else "") == (contract_text(b) if b else "")


def _text(contract: MaybeContract) -> str:
    return plain_text(contract) if contract is not None else ""
