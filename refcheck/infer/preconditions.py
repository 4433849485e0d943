# SPDX-License-Identifier: GPL-2.0-only
"""What a body cannot do without on entry, from the paths that break without it: contexts, sleep, slots, pointers."""

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG
from refcheck.infer.rows import ExitReader
from refcheck.meaning.state import Violation
from refcheck.meaning.step import step
from refcheck.prove.propose import Exploration
from refcheck.slice.facts import nodes
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

_STATES = ("empty", "noref", "owned")
OWNS = ("empty", "owned")  # the states of a slot that owns whatever it holds
OnEntry = dict[str, int | str]


class BrokenAt(NamedTuple):
    """A violation on an edge, what was the case on entry, and what was the case in the states that came to the same edge."""

    edge: int
    violation: Violation
    entry: OnEntry
    beside: list[OnEntry]


def preconditions(
    decl: Declarations, f: ast.FunctionDef, cfg: CFG, found: Exploration, checked: bool, leaving: bool
) -> tuple[ast.Signature, tuple[str, ...]] | None:  # fmt: skip
    """The signature of a probed function with what it needs more, and the contexts that it leaves; None if nothing more.

    `checked` says that callers are held to what the function needs, `leaving` that it may leave what they entered.
    """
    sig, broken = f.sig, _broken(cfg, found, f.sig)
    left = tuple(dict.fromkeys(b.violation.detail for b in broken if b.violation.reason == "closed-twice"))
    if left and leaving:
        return _holding(sig, left), left
    needs = {b.violation.detail.partition(": ")[2] for b in broken if b.violation.reason == "needed"}
    must = [tuple(n.split(" or ")) for n in sorted(needs)]
    wanted = [facts for facts in must if all(x in decl.facts for x in facts)]
    more = _awake(decl, _held(sig, wanted))
    if more != sig:
        return more, ()
    if not sig.may_sleep and any(b.violation.reason == "may-sleep" for b in broken):
        return _awake(decl, sig._replace(may_sleep=True)), ()
    causes: dict[tuple[str, str, int, int], list[BrokenAt]] = {}
    for b in broken:
        if b.violation.reason not in ("needed", "may-sleep", "closed-twice"):
            causes.setdefault((*b.violation[:3], b.edge), []).append(b)
    for (prop, _, cell, _), those in causes.items():
        changed = _without(sig, prop, those) or (_inside(decl, f, cfg, cell) if checked and prop == "noref-escape" else None)
        if changed is not None:
            return changed, ()
    return None


def _held(sig: ast.Signature, wanted: list[tuple[str, ...]]) -> ast.Signature:
    have = {m.facts for m in sig.must_hold}
    more = [ast.MustHold(facts, None, sig.span) for facts in dict.fromkeys(wanted) if facts not in have]
    return sig._replace(must_hold=(*sig.must_hold, *more))


def _awake(decl: Declarations, sig: ast.Signature) -> ast.Signature:
    """The signature of a function that sleeps asks for those of several facts in which that is allowed."""
    if not sig.may_sleep:
        return sig
    kept = [tuple(f for f in m.facts if set(decl.facts[f]) <= decl.sleeping) for m in sig.must_hold]
    held = (m._replace(facts=facts or m.facts) for m, facts in zip(sig.must_hold, kept, strict=True))
    return sig._replace(must_hold=tuple(dict.fromkeys(held)))


def _holding(sig: ast.Signature, contexts: tuple[str, ...]) -> ast.Signature:
    """The signature of what its callers have entered."""
    return _held(sig, [(c,) for c in contexts])


def _broken(cfg: CFG, found: Exploration, sig: ast.Signature) -> list[BrokenAt]:
    """Every violation in front of the exits."""
    reader, out = ExitReader(cfg, sig), list[BrokenAt]()
    for number in sorted({n for n, _ in found.broken}):
        edge = cfg.edges[number]
        if edge.kind == "exit":
            continue
        here = [dict(reader.entry_of(state)) for state in found.states[edge.src]]
        for entry, state in zip(here, found.states[edge.src], strict=True):
            for _, violations in step(cfg, state, edge):
                out += [BrokenAt(number, v, entry, here) for v in violations]
    return out


def broken_with(cfg: CFG, found: Exploration, sig: ast.Signature, prop: str) -> set[str]:
    """The parameters with whose objects a body that keeps its contract breaks a property."""
    reader, out = ExitReader(cfg, sig), set[str]()
    for number in sorted({n for n, _ in found.broken}):
        edge = cfg.edges[number]
        for state in found.states[edge.src]:
            broken = (v for _, violations in step(cfg, state, edge) for v in violations)
            out |= {p for v in broken if v.property == prop for p in reader.brought(state, v.cell)}
    return out


def _without(sig: ast.Signature, prop: str, those: list[BrokenAt]) -> ast.Signature | None:
    """The signature without the entries that break a property, where one slot or pointer tells them from others."""
    entries = [b.entry for b in those]
    for name in dict.fromkeys(n for e in entries for n in e if "->" in n):
        mine = {e[name] for e in entries if name in e}
        spared = {e[name] for b in those for e in b.beside if name in e} - mine
        if mine and spared and all(name in e for e in entries):
            param, slot = name.split("->")
            good = tuple(s for s in _STATES if s not in mine)
            asked = if_there(sig, param, ast.StateIs(ast.EffectPlace(param, False, slot, sig.span), good, sig.span))
            named = prop if prop == "leaked-ref" else "broken-contract"
            if all(old != asked for _, old in sig.requires):
                return sig._replace(requires=(*sig.requires, (named, asked)))
    for p in sig.params if prop == "bad-pointer" else ():
        had = {e.get(p.name) for e in entries}
        for value, attr in (("NULL", "__nullable"), ("error", "__maybe_err")):
            if had == {value} and attr in p.attrs:
                less = p._replace(attrs=tuple(a for a in p.attrs if a != attr))
                return sig._replace(params=tuple(less if q is p else q for q in sig.params))
    return None


def if_there(sig: ast.Signature, param: str, state: ast.StateIs) -> ast.CondExpr:
    """What is asked of a slot is not asked where the container may be missing, and is."""
    if not any(p.name == param and "__nullable" in p.attrs for p in sig.params):
        return state
    missing = ast.PlaceTest(state.place._replace(slot=None), "==", code.Null(sig.span), sig.span)
    return code.Logic("||", missing, state, sig.span)  # type: ignore[arg-type]


def without_missing(sig: ast.Signature) -> ast.Signature:
    """The signature that asks of the slots of containers which cannot be missing, whatever it asked before."""
    there = {p.name for p in sig.params if "__nullable" not in p.attrs}

    def plain(cond: ast.CondExpr) -> ast.CondExpr:
        state = cond.right if isinstance(cond, code.Logic) else None
        return state if isinstance(state, ast.StateIs) and state.place.name in there else cond  # as if_there makes it

    return sig._replace(requires=tuple((named, plain(cond)) for named, cond in sig.requires))


def _inside(decl: Declarations, f: ast.FunctionDef, cfg: CFG, cell: int) -> ast.Signature | None:
    """The signature with the section in which a borrow lasts, of a body that enters no section of its own."""
    kind = cfg.resource_of(cell)
    called = [decl.contracts[n.name] for n in nodes(f.body) if isinstance(n, code.Call) and n.name in decl.contracts]
    enters = any(e.verb == "enter" for c in called for o in c.outcomes for e in o.effects)
    if not kind or enters or any(isinstance(n, code.Guard) for n in nodes(f.body)):
        return None
    given = [e.value for c in called if c.sig.result.name == kind for o in c.outcomes for e in o.effects]
    lent = [v.until for v in given if isinstance(v, ast.Fresh) and v.how == "borrow"]
    more = _held(f.sig, [until for until in lent if all(x in decl.facts for x in until)])
    return more if more != f.sig else None
