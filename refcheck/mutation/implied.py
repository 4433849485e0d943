# SPDX-License-Identifier: GPL-2.0-only
"""When two contracts say the same to every caller, whatever their words.

Outcomes are a set: their names and their order are for the reader.  A requirement that another one implies asks nothing.  An
argument that is passed by value is touched by the call itself, so that an effect that says it again adds nothing, unless
the outcome ends a section in front of it.
"""

from collections.abc import Hashable

from refcheck.mutation.trees import plain
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations
from refcheck.unit.effects import GIVING

_LOOSE = ("__nullable", "__maybe_err", "__any")


def same_contract(decl: Declarations, old: ast.FunctionDef | ast.ContractDef, new: ast.FunctionDef | ast.ContractDef) -> str:
    """Why two contracts of one function say the same; empty where they may differ."""
    a, b = (i.outcomes if isinstance(i, ast.ContractDef) else i.contract or () for i in (old, new))
    if _rest(old.sig) != _rest(new.sig) or not _same_needs(decl, old.sig, new.sig):
        return ""
    if _outcomes(a) == _outcomes(b):
        return "the same outcomes" if len(old.sig.must_hold) == len(new.sig.must_hold) else "another requirement implies it"
    if _outcomes(tuple(_bare(old.sig, a, o) for o in a)) == _outcomes(tuple(_bare(new.sig, b, o) for o in b)):
        return "passing the argument touches it"
    return ""


def _outcomes(outcomes: tuple[ast.Outcome, ...]) -> set[object]:
    """What outcomes say, without those that only say for some cases what another one says for all."""
    always = {plain(o.effects) for o in outcomes if o.when is None}
    return {plain((o.when, o.effects)) for o in outcomes if o.when is None or plain(o.effects) not in always}


def _rest(sig: ast.Signature) -> object:
    return plain(sig._replace(must_hold=(), sources=(), expects=()))


def _same_needs(decl: Declarations, old: ast.Signature, new: ast.Signature) -> bool:
    """Each requirement of one signature is implied by one of the other."""
    return all(
        any(_implies(decl, n, m) for n in other.must_hold)
        for one, other in ((old, new), (new, old))
        for m in one.must_hold
    )  # fmt: skip


def _implies(decl: Declarations, have: ast.MustHold, want: ast.MustHold) -> bool:
    """Whoever keeps `have` keeps `want`: fewer contexts will do, wherever `want` asks."""
    fewer = _contexts(decl, have) <= _contexts(decl, want)
    return fewer and (have.when is None or plain(have.when) == plain(want.when))


def _contexts(decl: Declarations, must: ast.MustHold) -> frozenset[Hashable]:
    return frozenset(c for f in must.facts for c in decl.facts[f])


def _bare(sig: ast.Signature, outcomes: tuple[ast.Outcome, ...], o: ast.Outcome) -> ast.Outcome:
    """The outcome without uses that the call makes anyway."""
    if any(e.verb in ("leave", "enter") for e in o.effects):
        return o
    plainly = {p.name for p in sig.params if not p.type.pointer and not set(p.attrs) & set(_LOOSE)}
    given = {p for p in plainly if all(any(_gives(e, p) for e in x.effects) for x in outcomes)}

    def idle(e: ast.Effect) -> bool:
        named = e.place is not None and not e.place.slot and not e.place.deref and e.place.name in plainly - given
        return e.verb == "use" and named and not any(_gives(x, e.place.name if e.place else "") for x in o.effects)

    return o._replace(effects=tuple(e for e in o.effects if not idle(e)))


def _gives(e: ast.Effect, name: str) -> bool:
    return e.verb in GIVING and e.place is not None and e.place.name == name and not e.place.slot
