# SPDX-License-Identifier: GPL-2.0-only
"""When a mutant is no mutant: what a caller can see of a function, from each entry to each exit.

Two functions in which nothing is wrong are equal where they lead from the same entry states to the same exit states: the
result, the level of every context, the references and the slots of every object that a caller knows or gets.  Every
property of refcheck speaks of these alone and of what is wrong on the way.  A function is *contained* in another where each
of its pairs of entry and exit is one of the other's: it does nothing that the other does not do, so that no property that
holds on all paths of one can fail on a path of the other.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator
from itertools import product

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Cell, Edge
from refcheck.meaning.conditions import evaluate
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import NOBODY, State
from refcheck.meaning.step import apply, havocs, step
from refcheck.prove.propose import Exploration

Configuration = tuple[int, State]
Observed = dict[Hashable, frozenset[Hashable]]
# What a caller knows of a function; its other variables end with it.
KNOWN = ("param", "ghost", "out")


class Common(NamedTuple):
    """What two functions both ask about: build options, and the numbers that stand for themselves."""

    options: frozenset[str]
    points: tuple[int, ...]

    def number(self, value: int) -> float:
        """A number, or the gap between the numbers that both name: no condition of a contract can tell more."""
        at = bisect_left(self.points, value)
        return value if value == UNINIT or value in self.points[at : at + 1] else UNINIT + at + 0.5


def common(old: CFG, new: CFG) -> Common:
    """What both graphs ask about."""
    a, b = ({c.name for c in g.cells if c.role == "config"} for g in (old, new))
    return Common(frozenset(a & b), tuple(sorted(set(old.points) & set(new.points))))


def behaviours(cfg: CFG, x: Exploration, both: Common) -> Observed:
    """For each entry state (parameters, contexts, options) what the exits look like that it leads to."""
    out = cfg.out_edges()
    exits: dict[Configuration, frozenset[Hashable]] = {}
    follow: dict[Configuration, list[Configuration]] = {}
    starts: dict[Configuration, Hashable] = {}
    for location, states in enumerate(x.states):
        entering = any(e.kind == "entry" for e in out[location])
        for state in states:
            node = (location, state)
            follow[node] = [
                (e.dst, after) for e in out[location] for after, _ in step(cfg, state, e) if after and e.dst != cfg.exit
            ]
            exits[node] = frozenset(s for e in out[location] for s in _exit(cfg, state, e, both))
            if entering:
                for there in follow[node]:
                    if all(e.kind != "entry" for e in out[there[0]]):
                        starts[there] = _entry(cfg, there[1], both)
    seen: dict[Hashable, set[Hashable]] = {}
    for start, key in starts.items():
        seen.setdefault(key, set()).update(*(exits[n] for n in _reach(start, follow)))
    return {key: frozenset(found) for key, found in seen.items()}


def _reach(start: Configuration, follow: dict[Configuration, list[Configuration]]) -> Iterator[Configuration]:
    reached, todo = {start}, [start]
    while todo:
        node = todo.pop()
        yield node
        for there in follow[node]:
            if there not in reached:
                reached.add(there)
                todo.append(there)


def _entry(cfg: CFG, state: State, both: Common) -> Hashable:
    own = [(i, c) for i, c in enumerate(cfg.cells) if c.role == "param" and c.function == cfg.function]
    asked = [(i, c) for i, c in enumerate(cfg.cells) if c.role == "config" and c.name in both.options]
    return _picture(Heap(cfg, state), own + asked, both)


def _exit(cfg: CFG, state: State, edge: Edge, both: Common) -> Iterator[Hashable]:
    """What a caller sees behind an exit edge; nothing where the edge is none, or is not taken."""
    if not any(isinstance(op, ops.Exit) for op in edge.ops):
        return
    for picks in product(*havocs(edge)):
        heap, left = Heap(cfg, state), iter(picks)
        if evaluate(heap, edge.guard) is not True:
            return
        for op in edge.ops:
            if isinstance(op, ops.Exit):
                own = [(i, c) for i, c in enumerate(cfg.cells) if c.function == cfg.function or i == op.result]
                known = [(i, c) for i, c in own if c.role in KNOWN or i == op.result]
                named = [(i, c._replace(name="", role="result") if i == op.result else c) for i, c in known]
                yield _picture(heap, named, both)
                break
            if isinstance(op, ops.Havoc):
                heap.cells[op.cell] = next(left)
            else:
                apply(heap, op)


def _picture(heap: Heap, roots: list[tuple[int, Cell]], both: Common) -> Hashable:
    """Cells by name and the objects that they lead to, numbered as they are met; then what is held all the same."""
    cfg, numbers, order = heap.cfg, dict[tuple[int, int], int](), list[tuple[int, int]]()

    def meet(kind: int, n: int) -> float:
        if n <= 0 or n == UNINIT:
            return both.number(n)
        if heap.get((kind, n)) is None:
            return -UNINIT
        if (kind, n) not in numbers:
            numbers[kind, n] = len(order) + 1
            order.append((kind, n))
        return numbers[kind, n]

    roots = sorted(roots, key=lambda r: (r[1].role, r[1].name))
    values = []
    for i, cell in roots:
        value = heap.cells[i]
        shown = meet(cell.resource, value) if cell.kind == "ptr" else value
        plain_int = cell.kind == "int" and cell.role != "ghost"
        values.append((cell.role, cell.name, both.number(value) if plain_int else shown))
    objects, done = [], 0
    while done < len(order):
        kind, n = order[done]
        objects.append(_object(heap, kind, n, meet))
        done += 1
    rest = []
    for kind, pool in enumerate(heap.pools):
        for n, obj in enumerate(pool, 1):
            if obj is not None and (kind, n) not in numbers and obj.refs:
                rest.append(_object(heap, kind, n, lambda _k, m: int(m > 0)))
    levels = tuple(sorted((name, level) for name, level in zip(cfg.contexts, heap.contexts, strict=True) if level))
    return (tuple(values), tuple(objects), tuple(sorted(map(repr, rest))), levels)


def _object(heap: Heap, kind: int, n: int, meet: object) -> Hashable:
    assert callable(meet)
    shape, obj = heap.cfg.resources[kind], heap[kind, n]
    bits = tuple(heap.cfg.facts[f].name for f, bit in zip(shape.facts, obj.protections, strict=True) if bit)
    owner = meet(*obj.owner) if obj.owner != NOBODY else 0
    both = zip(shape.slots, obj.slots, strict=True)
    slots = [(slot.name, it.mode, meet(slot.target, it.target) if it.target else 0) for slot, it in both]
    return (shape.name, obj.refs, obj.lending, bits, owner, tuple(slots))


def compare(old: Observed, new: Observed) -> str:
    """`equal`, `contained` (the new one does less), or nothing."""
    if old == new:
        return "equal"
    if all(key in old and found <= old[key] for key, found in new.items()):
        return "contained"
    return ""
