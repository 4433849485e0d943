# SPDX-License-Identifier: GPL-2.0-only
"""The exit obligation as SMT terms: some outcome of the contract explains the state that the function leaves.

Written apart from meaning/exits.py, step by step beside it: the state of the entry is built again as terms, each outcome
is run on it, and both states are compared along the pairs of objects that go by the same name.
"""

from collections.abc import Callable, Iterator

from refcheck.graph.cfg import EMPTY, NOREF, UNINIT
from refcheck.meaning.state import CONSUMED, FREED, IMMORTAL, LENT, RELEASED, REPORTED, Where
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.owed import SymFit, SymOwed, SymRunner, contained, entered, owed_by
from refcheck.prove.encoding.references import select
from refcheck.prove.encoding.smt import Term, compare, conj, disj, eq, every, ite, neg, plus, positive, some


def encode_exit(sym: SymHeap, result: int, run: SymRunner) -> None:
    """Report what no promise allows, then clear the state.

    A promise that is out by constants is not looked at further: most of them, where the state is known.
    """
    unset = eq(sym.cells[result], UNINIT) if result >= 0 else False
    sym.report("bad-pointer", unset)
    entry = entered(sym, run)
    owed = [found for p in sym.cfg.promises if (found := owed_by(sym, entry, p, result, run))[1] is not False]
    live = _those(sym, [(o, conj(possible, neg(unset))) for o, possible in owed], lambda _sym, _owed: True)
    fits, none = _fitting(sym, live, lambda sym, o: sym.cfg.came.free or result < 0 or _value(sym, o, result))
    sym.report("broken-contract", disj(none, conj(neg(unset), neg(_one_of(sym, live)))))
    level, none = _fitting(sym, fits, _contexts)
    sym.report("unbalanced-context", none)
    lasting = _borrows(sym, _references(sym, level, result), result)
    done = _those(sym, _those(sym, _those(sym, lasting, _slots), _outs), _revoked)
    sym.report("broken-contract", conj(_one_of(sym, lasting), neg(_one_of(sym, done))))
    for at in sym.objects:
        left = conj(neg(unset), sym[at].exists, sym.stale(at))
        sym.report("double-release", left is not False and conj(left, sym.alive(at), neg(some(_compared(sym, at)))))
    sym.cells = [UNINIT] * len(sym.cells)
    sym.contexts = [0] * len(sym.contexts)
    for at in sym.objects:
        sym.drop(at, True)


def _those(sym: SymHeap, owed: list[SymFit], fits: Callable[[SymHeap, SymOwed], Term]) -> list[SymFit]:
    """The outcomes that fit in one more way, each with the condition under which it does."""
    found: list[SymFit] = []
    for o, so_far in owed:
        both = conj(so_far, fits(sym, o))
        if both is not False:
            found.append((o, sym.script.name(both)))
    return found


def _fitting(
    sym: SymHeap, owed: list[SymFit], fits: Callable[[SymHeap, SymOwed], Term]
) -> tuple[list[SymFit], Term]:  # fmt: skip
    """As `_those`; where none of them fits, which is the second, all that are there are left."""
    found = _those(sym, owed, fits)
    return _or_all(sym, owed, found)


def _or_all(sym: SymHeap, owed: list[SymFit], found: list[SymFit]) -> tuple[list[SymFit], Term]:
    none = sym.script.name(conj(_one_of(sym, owed), neg(_one_of(sym, found))))
    if none is False:
        return found, none
    fits = {id(o): when for o, when in found}
    return [(o, sym.script.name(disj(fits.get(id(o), False), conj(none, when)))) for o, when in owed], none


def _one_of(sym: SymHeap, owed: list[SymFit]) -> Term:
    return sym.script.name(some([t for _, t in owed]))


# ---------------------------------------------------------------------------------------------- the comparison


def _value(sym: SymHeap, owed: SymOwed, cell: int) -> Term:
    """The values are the same, or name objects that can stand for each other."""
    want, have, kind = owed.state.cells[cell], sym.cells[cell], sym.cfg.cells[cell].resource
    if kind < 0:
        return eq(want, have)
    fits: list[Term] = [conj(disj(compare("<=", want, 0), eq(want, UNINIT)), eq(want, have))]
    fits += [conj(named, _stands(sym, owed, there, have)) for there, named in select(owed.state, cell, True)]
    return sym.script.name(disj(*fits))


def _stands(sym: SymHeap, owed: SymOwed, there: Where, have: Term) -> Term:
    """The object `have` can stand for one of the outcome's: it is the same one, or stands for nothing else."""
    kind, came = there[0], owed.came(there)
    same = some(conj(t, eq(have, a[1])) for (e, a), t in owed.given.items() if e == there)
    taken: Term = False
    if not sym.cfg.resources[kind].shared:
        taken = some(conj(t, eq(have, a[1])) for (e, a), t in owed.pairs.items() if e[0] == kind and e != there)
    is_object = conj(positive(have), neg(eq(have, UNINIT)))
    return disj(conj(came, same), conj(neg(came), is_object, neg(taken)))


def _contexts(sym: SymHeap, owed: SymOwed) -> Term:
    parts = [eq(level, want) for level, want in zip(sym.contexts, owed.state.contexts, strict=True)]
    left = [level.left for level in sym.cfg.levels if level.left >= 0]
    parts += [neg(conj(eq(sym.cells[cell], 1), eq(owed.state.cells[cell], 0))) for cell in left]
    return conj(*parts)


def _going_back(sym: SymHeap) -> tuple[int, ...]:
    return (*(i for i, c in enumerate(sym.cfg.cells) if c.role == "result"), *sym.cfg.came.outs)


def _compared(sym: SymHeap, at: Where) -> list[Term]:
    """Where a variable names the object whose slots are compared with those that an outcome leaves."""
    came = sym.cfg.came
    cells = came.names if came.free else (*came.names, *_going_back(sym))
    return [eq(sym.cells[c], at[1]) for c in cells if sym.cfg.cells[c].resource == at[0]]


def _balances(sym: SymHeap, owed: SymOwed) -> list[tuple[Term, Term]]:
    """(the object exists and counts, references held less those that the outcome leaves) for all objects."""
    found: list[tuple[Term, Term]] = []
    for k, j in sym.objects:
        exists, total = sym[k, j].exists, sym[k, j].refs
        if exists is False:
            continue
        for (e, a), when in owed.pairs.items():
            if a == (k, j):
                total = plus(total, ite(when, _less(owed.state[e].refs), 0))
        if sym.cfg.came.free:
            back = [c for c in _going_back(sym) if sym.cfg.cells[c].resource == k]
            exists = conj(exists, neg(some(eq(sym.cells[c], j) for c in back)))
        found.append((conj(exists, neg(eq(sym[k, j].lending, IMMORTAL))), total))
    return found


def _less(number: Term) -> Term:
    """The number below zero."""
    return -number if isinstance(number, int) else f"(- {number})"


def _missing(owed: SymOwed) -> Term:
    """A reference that the outcome leaves on an object for which none stands here."""
    state = owed.state
    held = ((at, conj(state[at].exists, positive(state[at].refs))) for at in state.objects)
    return some(conj(t, neg(some(p for (e, _), p in owed.pairs.items() if e == at))) for at, t in held if t is not False)


def _freed(sym: SymHeap, owed: SymOwed) -> Term:
    """The memory of an object is gone that the outcome only gives away."""
    pairs = owed.pairs.items()
    return some(conj(t, eq(sym[a].lending, FREED), neg(eq(owed.state[e].lending, FREED))) for (e, a), t in pairs)


def _references(sym: SymHeap, level: list[SymFit], result: int) -> list[SymFit]:
    """The outcomes that account for every reference; reports where none does."""
    off = [_balances(sym, o) for o, _ in level]
    over = [sym.script.name(some(conj(e, positive(d)) for e, d in ds)) for ds in off]
    lacks = [
        sym.script.name(disj(_missing(o), _freed(sym, o), *(conj(e, compare("<", d, 0)) for e, d in ds)))
        for (o, _), ds in zip(level, off, strict=True)
    ]
    exact = [(o, sym.script.name(conj(v, neg(a), neg(b)))) for (o, v), a, b in zip(level, over, lacks, strict=True)]
    left, astray = _or_all(sym, level, [(o, e) for o, e in exact if e is not False])
    if astray is not False:
        all_over, all_lack = (
            sym.script.name(every(disj(neg(v), t) for (_, v), t in zip(level, terms, strict=True)))
            for terms in (over, lacks)
        )
        escapes: Term = False
        if result >= 0:
            wanted = some(conj(v, _is_held(o.state, result)) for o, v in level)
            escapes = sym.script.name(conj(wanted, _is_object(sym, result), neg(_is_held(sym, result))))
        sym.report("leaked-ref", conj(astray, all_over))
        sym.report("noref-escape", conj(astray, escapes))
        sym.report("broken-contract", conj(astray, neg(escapes), disj(neg(all_over), all_lack)))
    return left


def _is_object(sym: SymHeap, cell: int) -> Term:
    return sym.cfg.cells[cell].resource >= 0 and some(s for _, s in select(sym, cell, True))


def _is_held(sym: SymHeap, cell: int) -> Term:
    kind = sym.cfg.cells[cell].resource
    return kind >= 0 and some(conj(s, positive(sym[at].refs)) for at, s in select(sym, cell, True))


def _borrows(sym: SymHeap, exact: list[SymFit], result: int) -> list[SymFit]:
    """The outcomes whose protections are there for what goes back; reports where none is, as the first one says."""
    bad = [_bad_borrow(sym, o, result) for o, _ in exact]
    if not any(bad):
        return exact
    sound = [(o, sym.script.name(conj(e, neg(disj(*b.values()))))) for (o, e), b in zip(exact, bad, strict=True)]
    left, all_bad = _or_all(sym, exact, [(o, s) for o, s in sound if s is not False])
    earlier: Term = False
    for (_, e), b in zip(exact, bad, strict=True):
        first = conj(all_bad, e, neg(earlier))
        for prop, when in b.items():
            sym.report(prop, conj(first, when))
        earlier = sym.script.name(disj(earlier, e))
    return left


def _bad_borrow(sym: SymHeap, owed: SymOwed, result: int) -> dict[str, Term]:
    """The properties that what goes back breaks, each with its condition: the first object that breaks one decides."""
    found: dict[str, Term] = {}
    clear: Term = True
    for parts in _free_borrows(sym, result) if sym.cfg.came.free else _promised_borrows(sym, owed):
        for prop, when in parts.items():
            found[prop] = disj(found.get(prop, False), conj(clear, when))
        clear = sym.script.name(conj(clear, neg(disj(*parts.values()))))
    return {prop: sym.script.name(when) for prop, when in found.items() if when is not False}


def _free_borrows(sym: SymHeap, result: int) -> Iterator[dict[str, Term]]:
    for cell in _going_back(sym):
        kind = sym.cfg.cells[cell].resource
        if kind >= 0 and (sym.cfg.cells[cell].role != "result" or cell == result):
            for here, s in select(sym, cell, True):
                yield {prop: conj(s, t) for prop, t in _dead(sym, here).items()}


def _promised_borrows(sym: SymHeap, owed: SymOwed) -> Iterator[dict[str, Term]]:
    for (there, here), when in sorted(owed.returned.items(), key=lambda item: item[0]):
        asked = conj(when, disj(owed.state.alive(there), neg(owed.came(there))))
        parts = {prop: conj(asked, t) for prop, t in _dead(sym, here).items()}
        dead = disj(*_dead(sym, here).values())
        escapes = conj(asked, neg(dead), _weaker(sym, owed, there, here))
        parts["noref-escape"] = disj(parts.get("noref-escape", False), escapes)
        yield {prop: t for prop, t in parts.items() if t is not False}


def _dead(sym: SymHeap, here: Where) -> dict[str, Term]:
    """Nothing protects the object: the property that touching it breaks."""
    why = sym[here].why
    dead = sym.script.name(conj(neg(eq(why, REPORTED)), neg(sym.alive(here))))
    if dead is False:
        return {}
    escaped = conj(dead, neg(eq(why, RELEASED)), neg(eq(why, CONSUMED)))
    parts = {
        "use-after-release": conj(dead, eq(why, RELEASED)), "use-after-consume": conj(dead, eq(why, CONSUMED)),
        "noref-escape": escaped,
    }  # fmt: skip
    return {prop: t for prop, t in parts.items() if t is not False}


def _weaker(sym: SymHeap, owed: SymOwed, there: Where, here: Where) -> Term:
    """A section, a lock, a lender or an owner protects the object of the outcome, and not the one that stands for it."""
    left, right = owed.state[there], sym[here]
    parts = [eq(left.lending, IMMORTAL), conj(compare(">=", left.lending, LENT), compare("<", right.lending, LENT))]
    parts += [conj(eq(a, 1), eq(b, 0)) for a, b in zip(left.protections, right.protections, strict=True)]
    for owner, owns in owed.state.owners(there):
        same = some(
            conj(t, eq(right.owner[0], owner[0]), eq(right.owner[1], a[1]))
            for (e, a), t in owed.pairs.items() if e == owner
        )  # fmt: skip
        parts.append(conj(owns, neg(same)))
    return sym.script.name(conj(neg(eq(right.why, REPORTED)), neg(eq(right.lending, IMMORTAL)), disj(*parts)))


def _slots(sym: SymHeap, owed: SymOwed) -> Term:
    """The slots of all objects that the outcome leaves alive hold what it says, and nothing that protects it less."""
    parts: list[Term] = []
    for (there, here), when in owed.pairs.items():
        resource = sym.cfg.resources[there[0]]
        if resource.slots:
            asked = conj(when, owed.state.alive(there))
            fits = conj(*(_slot(sym, owed, there, here, s) for s in range(len(resource.slots))))
            parts.append(disj(neg(asked), fits))
    return sym.script.name(conj(*parts))


def _slot(sym: SymHeap, owed: SymOwed, there: Where, here: Where, slot: int) -> Term:
    kind = sym.cfg.resources[there[0]].slots[slot].target
    left, right = owed.state[there].slots[slot], sym[here].slots[slot]
    mode = eq(left.mode, right.mode)
    if mode is False:
        return False
    contents = [
        disj(neg(named), conj(_stands(sym, owed, content, right.target),
                              disj(neg(eq(left.mode, NOREF)), _good(sym, owed, content, right.target))))
        for content, named in contained(owed.state, kind, left.target)
    ]  # fmt: skip
    return conj(mode, disj(eq(left.mode, EMPTY), conj(*contents)))


def _good(sym: SymHeap, owed: SymOwed, there: Where, have: Term) -> Term:
    """What a slot lends is protected as the outcome says."""
    lasting = some(
        conj(named, neg(disj(*_dead(sym, here).values())), neg(_weaker(sym, owed, there, here)))
        for here, named in contained(sym, there[0], have)
    )
    alive = owed.state.alive(there)
    return disj(conj(alive, lasting), conj(neg(alive), owed.came(there)))


def _outs(sym: SymHeap, owed: SymOwed) -> Term:
    return sym.cfg.came.free or conj(*(_value(sym, owed, cell) for cell in sym.cfg.came.outs))


def _revoked(sym: SymHeap, owed: SymOwed) -> Term:
    """No loan of a lock has ended that the outcome leaves."""
    return conj(*(neg(conj(eq(sym.cells[c], 1), eq(owed.state.cells[c], 0))) for c in sym.cfg.came.revoked))
