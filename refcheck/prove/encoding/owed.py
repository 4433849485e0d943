# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes, as SMT terms: the states that the outcomes of its contract leave, and what stands for their objects.

Written apart from meaning/owed.py, step by step beside it.
"""

from collections.abc import Callable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.certificate.numbers import width
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, UNINIT, Promise
from refcheck.meaning.state import Where
from refcheck.prove.encoding.conditions import condition
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.references import Chosen, select
from refcheck.prove.encoding.smt import Term, among, conj, disj, eq, ite, neg, some
from refcheck.prove.encoding.state import SymObject

SymPairs = dict[tuple[Where, Where], Term]
SymRunner = Callable[[SymHeap, ops.Op, Term], None]


class SymOwed(NamedTuple):
    """An outcome, the state that it would have left, and which objects of that state stand for which objects here."""

    promise: Promise
    state: SymHeap
    pairs: SymPairs
    given: SymPairs
    returned: SymPairs

    def came(self, there: Where) -> Term:
        """The object came in with the entry."""
        return some(t for (e, _), t in self.given.items() if e == there)


SymFit = tuple[SymOwed, Term]


def entered(sym: SymHeap, run: SymRunner) -> SymHeap:
    """The state in which the function was entered, as far as its exits are concerned."""
    cfg, came = sym.cfg, sym.cfg.came
    state = SymHeap(cfg, sym.script, [UNINIT] * len(sym.cells), [], _room(sym, came.built))
    for cell in came.kept:
        state.cells[cell] = sym.cells[cell]
    for level in cfg.levels:
        if level.cell >= 0:
            state.cells[level.cell] = sym.cells[level.cell]
    state.contexts = [sym.entry_level(c) for c in range(len(cfg.contexts))]
    for op in came.built:
        run(state, op, True)
    return state


def owed_by(sym: SymHeap, entry: SymHeap, promise: Promise, result: int, run: SymRunner) -> SymFit:
    """The state that an outcome would have left, and whether it was possible on entry."""
    value, undefined = condition(entry, promise.cond, False)
    possible = sym.script.name(conj(value, neg(undefined)))
    if possible is False:
        return SymOwed(promise, entry, {}, {}, {}), False
    pools = [
        [*(SymObject(obj.exists, obj.flat(), resource) for obj in pool), *more]
        for resource, pool, more in zip(sym.cfg.resources, entry.pools, _room(sym, promise.ops), strict=True)
    ]
    state = SymHeap(sym.cfg, sym.script, list(entry.cells), list(entry.contexts), pools)
    for op in promise.ops:
        if isinstance(op, ops.Havoc):
            have = sym.cells[op.cell]
            state.cells[op.cell] = sym.script.name(ite(among(have, op.values), have, op.values[0]), "Int")
        else:
            run(state, op, True)
    given = _named(sym, state, sym.cfg.came.names)
    returned = _named(sym, state, tuple(c for c in (result, *sym.cfg.came.outs) if c >= 0))
    return SymOwed(promise, state, _closed(sym, state, given, returned), given, returned), possible


def _room(sym: SymHeap, todo: tuple[ops.Op, ...]) -> list[list[SymObject]]:
    """For each resource places for the objects that some operations make."""
    made = [sym.cfg.cells[op.cell].resource for op in ops.flat(todo) if isinstance(op, ops.New)]
    return [
        [SymObject(False, [0] * width(resource), resource) for _ in range(made.count(r))]
        for r, resource in enumerate(sym.cfg.resources)
    ]


def _named(sym: SymHeap, state: SymHeap, cells: tuple[int, ...]) -> SymPairs:
    """The objects that a variable names in both states."""
    found: SymPairs = {}
    for cell in cells:
        kind = sym.cfg.cells[cell].resource
        if kind < 0:
            continue
        for there, s in select(state, cell, True):
            for here, t in select(sym, cell, True):
                _add(found, (there, here), conj(s, t))
    return found


def _add(pairs: SymPairs, pair: tuple[Where, Where], when: Term) -> None:
    if when is not False:
        pairs[pair] = disj(pairs.get(pair, False), when)


def _closed(sym: SymHeap, state: SymHeap, given: SymPairs, returned: SymPairs) -> SymPairs:
    """The pairs with what their slots hold in both states, and so on."""
    start = dict(given)
    for pair, when in returned.items():
        _add(start, pair, when)
    pairs = start
    for _ in state.objects:
        further = dict(start)
        for pair, when in pairs.items():
            for inner, there in _contents(sym, state, *pair):
                _add(further, inner, sym.script.name(conj(when, there)))
        if further == pairs:
            break
        pairs = further
    return {pair: sym.script.name(when) for pair, when in pairs.items()}


def _contents(sym: SymHeap, state: SymHeap, there: Where, here: Where) -> Iterator[tuple[tuple[Where, Where], Term]]:
    both = zip(sym.cfg.resources[there[0]].slots, state[there].slots, sym[here].slots, strict=True)
    for slot, left, right in both:
        filled = conj(neg(eq(left.mode, EMPTY)), neg(eq(right.mode, EMPTY)))
        for inner, is_there in contained(state, slot.target, left.target):
            for other, is_here in contained(sym, slot.target, right.target):
                yield (inner, other), conj(filled, is_there, is_here)


def contained(sym: SymHeap, kind: int, number: Term) -> Chosen:
    """The objects of a kind that have a number."""
    found = [(at, conj(sym[at].exists, eq(number, at[1]))) for at in sym.places(kind)]
    return [(at, t) for at, t in found if t is not False]
