# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes at its exit, as assertions: the counterpart of refcheck/meaning/exits.py.

Each outcome of the contract is run in the twin, which is used again for the next one, and compared; how far it fits is
kept in variables.  The assertions about all outcomes follow.
"""

from collections.abc import Iterator
from functools import partial

from refcheck.base.named import NamedTuple
from refcheck.export.known import Question
from refcheck.export.objects import TOUCHED, alive, check_stale, lent, owners
from refcheck.export.plain import both, either, negate
from refcheck.export.scene import Scene
from refcheck.export.twin import Operate, TwinObject, TwinOwed, objects_of, owed, twin_of
from refcheck.graph.cfg import EMPTY, NOREF, UNINIT
from refcheck.meaning.state import CONSUMED, FREED, IMMORTAL, RELEASED, REPORTED

Breaks = dict[str, str]


class FitVariables(NamedTuple):
    """How an outcome explains the state, each question by itself: what holds where it was `possible`.

    `over`: more is held than it leaves; `lacks`: less; `wants`: it returns a reference; `bad`: the properties that what goes
    back breaks.
    """

    possible: str
    result: str
    contexts: str
    over: str
    lacks: str
    wants: str
    bad: tuple[tuple[str, str], ...]
    slots: str
    outs: str
    revoked: str


def leave_function(s: Scene, result: int, operate: Operate) -> None:
    """Assert that some promise of the contract allows the state, and say what breaks where none does."""
    none = s.eq(("cell", result), UNINIT) if result >= 0 else "0"
    s.claim("bad-pointer", negate(none), "the result is unwritten", ends=True)

    def narrow() -> None:
        twin = twin_of(s)
        _narrow(s, [_fit(s, owed(s, twin, p, result, operate), result) for p in s.cfg.promises], result)
        for kind in range(len(s.cfg.resources)):
            for r in s.registers(kind):
                left = both(alive(s, kind, r), negate(_compared(s, kind, r)))
                s.branch(left, partial(check_stale, s, kind, r))

    s.branch(none, lambda: None, narrow)
    s.lost.clear()


def _fit(s: Scene, o: TwinOwed, result: int) -> FitVariables:
    """Compare with one outcome."""
    free = s.cfg.came.free
    fits = "1" if free or result < 0 else _value(s, o, result)
    balances = [_balance(s, o, (k, r)) for k in range(len(s.count)) for r in s.registers(k)]
    over, under = either(*(more for more, _ in balances)), either(*(less for _, less in balances))
    bad = {prop: s.keep(c) for prop, c in _bad_borrow(s, o).items()}
    outs = "1" if free else both(*(_value(s, o, c) for c in s.cfg.came.outs))
    lacks = either(under, _missing(o), _freed(s, o))
    return FitVariables(
        s.keep(o.possible), s.keep(fits), s.keep(_contexts(s, o)), s.keep(over), s.keep(lacks),
        s.keep(_is_held(o.state, result)), tuple(bad.items()), s.keep(_slots(s, o)), s.keep(outs),
        s.keep(_revoked(s, o)),
    )  # fmt: skip


def _narrow(s: Scene, fits: list[FitVariables], result: int) -> None:
    """Report what no outcome allows of those that are left; where none is, the next step looks at all that were."""
    s.claim("broken-contract", either(*(both(f.possible, f.result) for f in fits)), "no outcome has this result")
    left, _ = _left(s, [f.possible for f in fits], [f.result for f in fits])
    left, none = _left(s, left, [f.contexts for f in fits])
    s.claim("unbalanced-context", negate(none), "a context is left at another level")
    level = left
    left, astray = _left(s, level, [both(negate(f.over), negate(f.lacks)) for f in fits])
    over, lacks = (
        s.keep(both(*(either(negate(c), t) for c, t in zip(level, terms, strict=True))))
        for terms in ([f.over for f in fits], [f.lacks for f in fits])
    )
    s.claim("leaked-ref", negate(both(astray, over)), "a reference is held at the exit")
    wanted = either(*(both(c, f.wants) for c, f in zip(level, fits, strict=True)))
    escapes = s.keep(both(astray, wanted, _is_object(s, result), negate(_is_held(s, result))))
    s.claim("noref-escape", negate(escapes), "a borrow is returned as a reference")
    given = both(astray, negate(escapes), either(negate(over), lacks))
    s.claim("broken-contract", negate(given), "too many references are given away")
    exact = left
    left, none = _left(s, exact, [negate(either(*(c for _, c in f.bad))) for f in fits])
    before = "0"
    for c, f in zip(exact, fits, strict=True):
        for prop, bad in f.bad:
            s.claim(prop, negate(both(none, c, negate(before), bad)), "what goes back has lost its protection")
        before = either(before, c)
    left, none = _left(s, left, [f.slots for f in fits])
    s.claim("broken-contract", negate(none), "a slot is left as no outcome says")
    left, none = _left(s, left, [f.outs for f in fits])
    s.claim("broken-contract", negate(none), "an out-parameter is left as no outcome says")
    _, none = _left(s, left, [f.revoked for f in fits])
    s.claim("broken-contract", negate(none), "what a lock lends has ended as no outcome says")


def _left(s: Scene, left: list[str], fits: list[str]) -> tuple[list[str], str]:
    """The outcomes that are left behind one more question: those that fit, or all where none does, which is the second."""
    found = [s.keep(both(c, t)) for c, t in zip(left, fits, strict=True)]
    none = s.keep(both(either(*left), negate(either(*found))))
    return ([s.keep(either(f, both(none, c))) for f, c in zip(found, left, strict=True)] if none != "0" else found), none


# ---------------------------------------------------------------------------------------------- values and contexts
def _same(s: Scene, here: Question, o: TwinOwed, there: Question) -> str:
    """A part of the state is equal to one of the other state."""
    x, y = s.get(here), o.state.get(there)
    if x == y and len(x) == 1:
        return "1"
    return f"{s.var(here)} == {o.state.var(there)}" if x & y else "0"


def _value(s: Scene, o: TwinOwed, cell: int) -> str:
    """The values are the same, or name objects that can stand for each other."""
    key, kind, t = ("cell", cell), s.cfg.cells[cell].resource, o.state
    objects = objects_of(t, key) if kind >= 0 else []
    plain = t.get(key) - set(objects)
    same = both(t.among(key, plain), _same(s, key, o, key)) if plain & s.get(key) else "0"
    return either(same, *(both(t.eq(key, e), _stands(s, o, (kind, e), key)) for e in objects))


def _stands(s: Scene, o: TwinOwed, there: TwinObject, key: Question) -> str:
    """What a part names can stand for an object of the outcome: it is the same one, or stands for nothing else."""
    kind, came = there[0], o.came(there)
    same = either(*(both(c, s.eq(key, a)) for (e, (_, a)), c in o.given.items() if e == there))
    taken = "0"
    if not s.cfg.resources[kind].shared:
        others = [(a, c) for (e, (k, a)), c in o.pairs.items() if k == kind and e != there]
        taken = either(*(both(c, s.eq(key, a)) for a, c in others))
    return either(both(came, same), both(negate(came), s.among(key, objects_of(s, key)), negate(taken)))


def _contexts(s: Scene, o: TwinOwed) -> str:
    levels = [_same(s, ("level", c), o, ("level", c)) for c in range(len(s.cfg.contexts))]
    return both(*levels, *(_no_more(s, o, level.left) for level in s.cfg.levels if level.left >= 0))


def _revoked(s: Scene, o: TwinOwed) -> str:
    """No loan of a lock has ended that the outcome leaves."""
    return both(*(_no_more(s, o, cell) for cell in s.cfg.came.revoked))


def _no_more(s: Scene, o: TwinOwed, cell: int) -> str:
    """What a ghost cell tells did not happen here alone."""
    return negate(both(s.eq(("cell", cell), 1), o.state.eq(("cell", cell), 0)))


# ---------------------------------------------------------------------------------------------- references
def _going_back(s: Scene) -> list[int]:
    """The pointers that go back to the caller."""
    results = [i for i, c in enumerate(s.cfg.cells) if c.role == "result"]
    return [c for c in (*results, *s.cfg.came.outs) if s.cfg.cells[c].kind == "ptr"]


def _compared(s: Scene, kind: int, r: int) -> str:
    """A variable names the object whose slots are compared with those that an outcome leaves."""
    names = s.cfg.came.names if s.cfg.came.free else (*s.cfg.came.names, *_going_back(s))
    return either(*(s.eq(("cell", c), r) for c in names if s.cfg.cells[c].resource == kind))


def _balance(s: Scene, o: TwinOwed, here: TwinObject) -> tuple[str, str]:
    """References held on an object are more than the outcome leaves there; are fewer."""
    free, terms, t = "0", list[str](), o.state
    if s.cfg.came.free:
        back = [c for c in _going_back(s) if s.cfg.cells[c].resource == here[0]]
        free = either(*(s.eq(("cell", c), here[1]) for c in back))
    free = either(free, s.eq(("lent", *here), IMMORTAL))
    for (there, a), c in o.pairs.items():
        if a == here and t.some(("refs", *there)) != "0":
            terms.append(t.var(("refs", *there)) if c == "1" else f"({c}) * {t.var(('refs', *there))}")
    if not terms:
        return both(negate(free), s.some(("refs", *here))), "0"
    held, left = s.var(("refs", *here)), " + ".join(terms)
    return both(negate(free), f"{held} > {left}"), both(negate(free), f"{held} < {left}")


def _missing(o: TwinOwed) -> str:
    """A reference that the outcome leaves on an object for which none stands here."""
    t, found = o.state, list[str]()
    for k in range(len(t.count)):
        for e in t.registers(k):
            paired = either(*(c for (there, _), c in o.pairs.items() if there == (k, e)))
            found.append(both(t.some(("refs", k, e)), negate(paired)))
    return either(*found)


def _freed(s: Scene, o: TwinOwed) -> str:
    """The memory of an object is gone that the outcome only gives away."""
    return either(
        *(both(c, s.eq(("lent", *a), FREED), negate(o.state.eq(("lent", *e), FREED))) for (e, a), c in o.pairs.items())
    )


def _is_held(s: Scene, cell: int) -> str:
    """A reference is held on what the cell names."""
    key, kind = ("cell", cell), s.cfg.cells[cell].resource if cell >= 0 else -1
    return either(*(both(s.eq(key, r), s.some(("refs", kind, r))) for r in objects_of(s, key))) if kind >= 0 else "0"


def _is_object(s: Scene, cell: int) -> str:
    """The cell names an object."""
    key = ("cell", cell)
    return s.among(key, objects_of(s, key)) if cell >= 0 and s.cfg.cells[cell].kind == "ptr" else "0"


# ---------------------------------------------------------------------------------------------- borrows
def _bad_borrow(s: Scene, o: TwinOwed) -> Breaks:
    """For each property when what goes back breaks it; the first that is found counts."""
    found: Breaks = {}
    clear = "1"
    for parts in _free_borrows(s) if s.cfg.came.free else _promised_borrows(s, o):
        for prop, c in parts.items():
            found[prop] = either(found.get(prop, "0"), both(clear, c))
        clear = s.keep(both(clear, negate(either(*parts.values()))))
    return {prop: c for prop, c in found.items() if c != "0"}


def _free_borrows(s: Scene) -> Iterator[Breaks]:
    for cell in _going_back(s):
        kind = s.cfg.cells[cell].resource
        for r in objects_of(s, ("cell", cell)):
            yield {prop: both(s.eq(("cell", cell), r), c) for prop, c in _dead(s, (kind, r)).items()}


def _promised_borrows(s: Scene, o: TwinOwed) -> Iterator[Breaks]:
    for (there, here), c in sorted(o.returned.items()):
        asked, dead = both(c, either(alive(o.state, *there), negate(o.came(there)))), _dead(s, here)
        parts = {prop: both(asked, d) for prop, d in dead.items()}
        weaker = both(asked, negate(either(*dead.values())), _weaker(s, o, there, here))
        yield {**parts, "noref-escape": either(parts["noref-escape"], weaker)}


def _dead(s: Scene, here: TwinObject) -> Breaks:
    """Nothing protects the object: the property that touching it breaks."""
    why: Question = ("why", *here)
    dead = both(negate(s.eq(why, REPORTED)), negate(alive(s, *here)))
    named = [s.eq(why, RELEASED), s.eq(why, CONSUMED)]
    return dict(zip(TOUCHED, (both(dead, c) for c in (*named, negate(either(*named)))), strict=True))


def _weaker(s: Scene, o: TwinOwed, there: TwinObject, here: TwinObject) -> str:
    """A section, a lock, a lender or an owner protects the object of the outcome, and not the one that stands for it."""
    t = o.state
    parts = [t.eq(("lent", *there), IMMORTAL), both(lent(t, *there), negate(lent(s, *here)))]
    bits = range(len(s.cfg.resources[there[0]].facts))
    parts += [both(t.some(("bit", *there, b)), negate(s.some(("bit", *here, b)))) for b in bits]
    for code, owner in owners(t, *there):
        same = [both(s.eq(("owner", *here), c), o.stands(owner, mine)) for c, mine in owners(s, *here)]
        parts.append(both(t.eq(("owner", *there), code), negate(either(*same))))
    return both(negate(s.eq(("why", *here), REPORTED)), negate(s.eq(("lent", *here), IMMORTAL)), either(*parts))


# ---------------------------------------------------------------------------------------------- slots
def _slots(s: Scene, o: TwinOwed) -> str:
    """The slots of all objects that the outcome leaves alive hold what it says, and nothing that protects it less."""
    parts = []
    for (there, here), c in o.pairs.items():
        slots = range(len(s.cfg.resources[there[0]].slots))
        fits = both(*(_slot(s, o, there, here, i) for i in slots))
        parts.append(either(negate(both(c, alive(o.state, *there))), fits) if slots else "1")
    return both(*parts)


def _slot(s: Scene, o: TwinOwed, there: TwinObject, here: TwinObject, i: int) -> str:
    t, target = o.state, s.cfg.resources[there[0]].slots[i].target
    mode: Question = ("mode", *there, i)
    left, right = ("content", *there, i), ("content", *here, i)
    contents = []
    for e in objects_of(t, left):
        good = either(negate(t.eq(mode, NOREF)), _good(s, o, (target, e), right))
        contents.append(either(negate(t.eq(left, e)), both(_stands(s, o, (target, e), right), good)))
    return both(_same(s, ("mode", *here, i), o, mode), either(t.eq(mode, EMPTY), both(*contents)))


def _good(s: Scene, o: TwinOwed, there: TwinObject, key: Question) -> str:
    """What a slot lends is protected as the outcome says."""
    lives, lasting = alive(o.state, *there), []
    for a in objects_of(s, key):
        here = (there[0], a)
        bad = either(*_dead(s, here).values(), _weaker(s, o, there, here))
        lasting.append(both(s.eq(key, a), negate(bad)))
    return either(both(lives, either(*lasting)), both(negate(lives), o.came(there)))
