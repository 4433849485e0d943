# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes: the states that the outcomes of its contract leave, and what stands for their objects at an exit.

The state in which the function was entered is built again, and each outcome that was possible there is run on it, with
the operations that a call of the function runs.
"""

from collections.abc import Callable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, EMPTY, Promise
from refcheck.meaning.heap import CameIn, Heap
from refcheck.meaning.state import Where, initial_state

Runner = Callable[[Heap, ops.Op], None]
Ask = Callable[[Heap, ops.Cond], bool | None]


class Owed(NamedTuple):
    """An outcome and the state that it would have left.

    `pairs` has the objects of that state and those that stand for them here; `given` those that came in, `returned`
    those that go back in the result and the out-parameters.
    """

    promise: Promise
    state: Heap
    pairs: frozenset[tuple[Where, Where]]
    given: frozenset[tuple[Where, Where]]
    returned: frozenset[tuple[Where, Where]]

    def here(self, there: Where) -> set[Where]:
        """What stands here for an object of the other state."""
        return {a for e, a in self.pairs if e == there}


def outcomes(heap: Heap, run: Runner, ask: Ask) -> list[tuple[Promise, Heap]]:
    """The outcomes that were possible on entry, each with the state that it would have left."""
    cfg = heap.cfg
    came = CameIn(
        kept=tuple([heap.cells[c] for c in cfg.came.kept]),
        levels=tuple([heap.entry_level(c) for c in range(len(cfg.contexts))]),
        chosen=tuple([_chosen(op, heap.cells[op.cell]) for p in cfg.promises for op in p.ops if isinstance(op, ops.Havoc)]),
    )
    left = heap.allowed.get(came)
    if left is None:
        left = heap.allowed[came] = _left(cfg, came, run, ask)
    return left


def _chosen(op: ops.Havoc, have: int) -> int:
    """Any of the values will do: the one that is there, if it is one of them."""
    return have if have in op.values else op.values[0]


def _left(cfg: CFG, came: CameIn, run: Runner, ask: Ask) -> list[tuple[Promise, Heap]]:
    """The outcomes that are possible on an entry, and the states that they leave."""
    entry, chosen, found = _entered(cfg, came, run), iter(came.chosen), list[tuple[Promise, Heap]]()
    frozen = entry.freeze()
    for promise in cfg.promises:
        state, possible = Heap(cfg, frozen), ask(entry, promise.cond) is True
        for op in promise.ops:
            if isinstance(op, ops.Havoc):
                state.cells[op.cell] = next(chosen)
            elif possible:
                run(state, op)
        if possible:
            found.append((promise, state))
    return found


def _entered(cfg: CFG, came: CameIn, run: Runner) -> Heap:
    """The state in which the function was entered, as far as its exits are concerned."""
    state = Heap(cfg, initial_state(cfg))
    for cell, value in zip(cfg.came.kept, came.kept, strict=True):
        state.cells[cell] = value
    for level, value in zip(cfg.levels, came.levels, strict=True):
        if level.cell >= 0:
            state.cells[level.cell] = value
    state.contexts = list(came.levels)
    for op in cfg.came.built:
        run(state, op)
    return state


def paired(heap: Heap, promise: Promise, state: Heap, result: int) -> Owed:
    """The objects that a variable names in both states, and what their slots hold in both."""
    cfg = heap.cfg
    given = set(_named(heap, state, cfg.came.names))
    returned = set(_named(heap, state, tuple(c for c in (result, *cfg.came.outs) if c >= 0)))
    pairs, todo = set[tuple[Where, Where]](), [*given, *returned]
    while todo:
        pair = todo.pop()
        if pair not in pairs:
            pairs.add(pair)
            todo += _contents(heap, state, *pair)
    return Owed(promise, state, frozenset(pairs), frozenset(given), frozenset(returned))


def _named(heap: Heap, state: Heap, cells: tuple[int, ...]) -> Iterator[tuple[Where, Where]]:
    for cell in cells:
        kind, there, here = heap.cfg.cells[cell].resource, state.cells[cell], heap.cells[cell]
        if kind >= 0 and state.get((kind, there)) is not None and heap.get((kind, here)) is not None:
            yield (kind, there), (kind, here)


def _contents(heap: Heap, state: Heap, there: Where, here: Where) -> Iterator[tuple[Where, Where]]:
    both = zip(heap.cfg.resources[there[0]].slots, state[there].slots, heap[here].slots, strict=True)
    for slot, left, right in both:
        pair = (slot.target, left.target), (slot.target, right.target)
        if EMPTY not in (left.mode, right.mode) and state.get(pair[0]) is not None and heap.get(pair[1]) is not None:
            yield pair
