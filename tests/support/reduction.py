# SPDX-License-Identifier: GPL-2.0-only
"""The reference semantics and the model of the updater, side by side along every path.

docs/semantics.md, section 9: the reference reports that an object is touched without protection exactly where some
interleaving with the updater has freed it.  For a plain hold the same is asked of a count of zero; there the
reference may be stricter, for objects that another promise than a count keeps.
"""

from itertools import product
from typing import NamedTuple

from oracles.updater import Machine
from oracles.world import COUNTED, LIVE, NOBODY, SECTION, Event, Thing, World

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.meaning.step import apply, evaluate, havocs

TOUCH = {"use-after-release", "use-after-consume", "noref-escape"}


class Pair(NamedTuple):
    """A state of the reference and one world that the same steps can lead to."""

    location: int
    state: State
    world: World


class Seen(NamedTuple):
    """What both said at one operation from one state of the reference: `asked` is touch or zero."""

    asked: dict[tuple[object, ...], tuple[bool, str]]
    answered: set[tuple[object, ...]]
    wrong: list[str]
    stricter: set[tuple[object, ...]]


def start(cfg: CFG) -> World:
    """Nothing written, nothing entered, no objects."""
    return World((UNINIT,) * len(cfg.cells), (0,) * len(cfg.contexts), ())


def reached(cfg: CFG, world: World, eager: bool) -> set[World]:
    """All worlds that the updater can make of one while the path waits."""
    found, todo = {world}, [world]
    while todo:
        here = todo.pop()
        for i in range(len(list(Machine(cfg, here, eager).moves()))):
            m = Machine(cfg, here, eager)
            list(m.moves())[i]()
            there = m.raw()
            if there not in found:
                found.add(there)
                todo.append(there)
    return found


def disagreements(cfg: CFG, *, eager: bool = True, most: int = 20_000) -> list[str] | None:
    """Where the two differ, in words; None where there are too many worlds to look at."""
    first = Pair(cfg.start, initial_state(cfg), start(cfg))
    pairs, todo = {first}, [first]
    seen = Seen({}, set(), [], set())
    out = cfg.out_edges()
    while todo:
        here = todo.pop()
        for edge in out[here.location]:
            for picks in product(*havocs(edge)):
                for there in _edge(cfg, here, edge, picks, seen, eager=eager):
                    if there not in pairs:
                        pairs.add(there)
                        todo.append(there)
        if len(pairs) > most:
            return None
    missed = [text for key, (_, text) in seen.asked.items() if key not in seen.answered | seen.stricter]
    return sorted({*seen.wrong, *missed})


def _edge(cfg: CFG, here: Pair, edge: Edge, picks: tuple[int, ...], seen: Seen, *, eager: bool) -> list[Pair]:
    """The pairs behind an edge; notes what was asked and answered on it."""
    heap = Heap(cfg, here.state)
    truth = evaluate(heap, edge.guard)
    if truth is not True:
        return []
    worlds = reached(cfg, here.world, eager)
    kept = set()
    for w in worlds:
        m = Machine(cfg, w, eager)
        try:
            if m.truth(edge.guard):
                kept.add(w)
        except Event:
            seen.wrong.append(f"{edge.span}: the guard of `{edge.text}` cannot be read")
    worlds, left = kept, iter(picks)
    for i, op in enumerate(edge.ops):
        if isinstance(op, ops.Exit):
            return []
        if isinstance(op, ops.Havoc):
            value = next(left)
            heap.cells[op.cell] = value
            worlds = {_set(w, op.cell, value) for w in worlds}
            continue
        before = len(heap.violations)
        apply(heap, op)
        worlds = _operation(cfg, (here, edge, picks, i), op, worlds, heap.violations[before:], seen, eager=eager)
        new = heap.violations[before:]
        if heap.stopped or any(v.property in TOUCH for v in new):
            return []
    heap.collect()
    state = heap.freeze()
    frozen = {Machine(cfg, w, eager).freeze() for w in worlds}
    return [Pair(edge.dst, state, w) for w in frozen] if not heap.stopped else []


def _set(world: World, cell: int, value: int) -> World:
    return world._replace(cells=(*world.cells[:cell], value, *world.cells[cell + 1 :]))


def _operation(
    cfg: CFG, where: tuple[Pair, Edge, tuple[int, ...], int], op: ops.Op, worlds: set[World], new: list[Violation],
    seen: Seen, *, eager: bool,
) -> set[World]:  # fmt: skip
    """One operation in every world, compared with what the reference reported of it."""
    here, edge, picks, i = where
    first = next((v for v in new if v.property in {*TOUCH, "hold-of-borrowed", "bad-pointer"}), None)
    # Behind a reference that the same operation loses, the reference goes on without it; here it may still be there.
    lost = any(v.property == "leaked-ref" for v in new)
    touched = first is not None and not lost and first.property in TOUCH and first.reason in ("touched", "slot-expired")
    other = first is not None and first.property in {*TOUCH, "bad-pointer"} and not touched
    zero = any(v.property == "hold-of-borrowed" for v in new)
    key = (here.location, here.state, edge.number, picks, i)
    name = f"{edge.span}: `{edge.text}`: {type(op).__name__}"
    if touched:
        seen.asked[*key, "touch"] = (True, f"{name} is a touch for the reference, and no updater has freed the object")
    if zero and not touched:
        seen.asked[*key, "zero"] = (True, f"{name} is hold-of-borrowed, and no updater makes the count zero")
    after: set[World] = set()
    for w in worlds:
        m = Machine(cfg, w, eager)
        try:
            m.apply(op)
        except Event as e:
            if e.what in ("touch", "zero"):
                seen.answered.add((*key, e.what))
                wanted = touched if e.what == "touch" else zero or touched
                if not wanted and not other:
                    met = "freed memory" if e.what == "touch" else "a count of zero"
                    seen.wrong.append(f"{name}: {met} can be met, and the reference does not say so: {e.thing}")
            continue
        if zero and _promised(cfg, m, op):
            seen.stricter.add((*key, "zero"))
        after |= reached(cfg, m.raw(), eager)
    return after


def _promised(cfg: CFG, m: Machine, op: ops.Op) -> bool:
    """Another promise than a count keeps the object: the checker asks for a count all the same."""
    for cell in [o.cell for o in ops.flat((op,)) if isinstance(o, ops.Hold | ops.NeedCount)]:
        x: Thing | None = m.things.get(m.cells[cell]) if cfg.cells[cell].kind == "ptr" else None
        if x is not None and x.life == LIVE and (x.pins or x.owner or x.lender not in (NOBODY, SECTION, COUNTED)):
            return True
    return False
