"""What one edge can see of a state, cut out and renumbered, so that edges that do the same share one meaning.

An edge reads and changes few cells, the contexts of the facts that it asks for, and the objects that its pointers name
with all that is linked to them by slots and owners.  `Steps` gives the successors of a state along the edges of a
graph: that part is cut out, its cells, contexts and objects are numbered anew, the reference semantics (semantics.py)
runs on the graph of this one edge, and the result is remembered and put back.  A state that cannot be cut is handed to
the reference as it is.  docs/semantics.md section 12 says why this changes nothing, and tests compare the two.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from operator import itemgetter
from typing import Any, NamedTuple

from refcheck.footprint import promise_cells, touched
from refcheck.heap import Object, Pool, State, Violation
from refcheck.program import (
    CFG,
    EMPTY,
    OWNER,
    OWNER_KIND,
    UNINIT,
    And,
    Cell,
    CheckInit,
    CmpCells,
    Cond,
    Copy,
    Edge,
    Enter,
    Exit,
    Fact,
    Forget,
    Havoc,
    Kill,
    Leave,
    MayBeSame,
    Need,
    NeedNone,
    New,
    Not,
    Or,
    Promise,
    Require,
    Resource,
    Set,
    SlotIs,
    Snapshot,
    Stuck,
    Unreachable,
    When,
    flat,
    key,
    slot_index,
)  # fmt: skip
from refcheck.rename import Key, Renamer
from refcheck.semantics import Result, havocs, step
from refcheck.source import NOWHERE

LIGHT = (Require, Snapshot, Set, Copy, Forget, Havoc, Kill, CheckInit, Need, NeedNone, Unreachable, Stuck)
MOST = 400_000
OUTSIDE = 1 << 30  # a cell that no cut has: to read it is an error, not a wrong answer


class Shape:
    """An edge as such: the graph of this one edge, and the successors of its states that were asked for.

    Behind the cells of the edge a local state has one cell for each object that is also named elsewhere; `kinds` are
    the resources of those.
    """

    def __init__(self, graph: CFG) -> None:
        self.graph = graph
        self.graphs: dict[tuple[int, ...], CFG] = {}
        self.known: dict[tuple[tuple[int, ...], State], tuple[Result, ...]] = {}

    def cfg(self, kinds: tuple[int, ...]) -> CFG:
        """The graph with cells for what names the objects elsewhere."""
        found = self.graphs.get(kinds)
        if found is None:
            cells = (*self.graph.cells, *(Cell("", "ptr", r, "", "") for r in kinds))
            found = self.graphs[kinds] = self.graph._replace(cells=cells)
        return found

    def step(self, kinds: tuple[int, ...], state: State) -> tuple[Result, ...]:
        """The successors of a local state, by the reference semantics."""
        asked = (kinds, state)
        found = self.known.get(asked)
        if found is None:
            cfg = self.cfg(kinds)
            found = self.known[asked] = tuple(step(cfg, state, cfg.edges[0]))
        return found


@cache
def shapes_of_this_process() -> dict[Key, Shape]:
    """The shapes met so far.  What they remember are values of the reference semantics, whoever asked first."""
    return {}


def _shape(asked: Key, make: Any) -> Shape:
    """The shape with a key; when there are too many they are forgotten, so that memory stays bounded."""
    table = shapes_of_this_process()
    found = table.get(asked)
    if found is None:
        if len(table) % 256 == 255 and sum(len(s.known) for s in table.values()) > MOST:
            table.clear()
        found = table[asked] = Shape(make())
    return found


Ints = tuple[int, ...]
Tables = tuple[tuple[Resource, ...], tuple[Fact, ...], tuple[str, ...], Ints, Ints, Ints, Ints]


class Cut(NamedTuple):
    """The part of a state that an edge sees: its shape's local state, and what the local numbers stand for."""

    kinds: tuple[int, ...]
    local: State
    numbers: tuple[tuple[int, ...], ...]
    outside: tuple[int, ...]


class After(NamedTuple):
    """A successor as changes to the state in front: cells, contexts, and pools (None where they stay)."""

    ends: bool
    cells: tuple[tuple[int, int], ...]
    contexts: tuple[tuple[int, int], ...]
    pools: tuple[Pool, ...] | None
    broken: tuple[Violation, ...]


class Lens:
    """An edge of a graph, or several that do the same, and their shape; `met` are the local states that were seen so."""

    def __init__(self, steps: "Steps", edge: Edge) -> None:
        self.cfg, self.edge, self.steps = steps.cfg, edge, steps
        self.met: dict[tuple[tuple[int, ...], State], None] = {}
        ops, cells = flat(edge.ops), steps.cfg.cells
        names = Renamer(steps.cfg)
        self.exits = any(isinstance(op, Exit) for op in ops)
        promises, promise_key = steps.promises(names) if self.exits else ((), "")
        guard, guard_key = names.cond(edge.guard)
        renamed = [names.op(op) for op in edge.ops]
        left = {op.context for op in ops if isinstance(op, Leave)}
        for c in names.contexts if left else ():
            names.cell(steps.cfg.floor_cells[c])
        for c in sorted(left):
            names.cell(steps.cfg.dip_cells[c])
        self.cells, self.contexts = tuple(names.cells), tuple(names.contexts)
        self.heap = self.exits or not all(isinstance(op, LIGHT) for op in ops) or self._moves_pointers()
        self.whole = self.exits or any(isinstance(op, Enter | Leave) for op in ops)
        made = [cells[op.cell].resource for op in ops if isinstance(op, New)]
        self.made = [made.count(r) for r in range(len(steps.cfg.resources))]
        self.pointers = [(i, cells[c].resource) for i, c in enumerate(self.cells) if cells[c].kind == "ptr"]
        self.places = inside = frozenset(self.cells)
        self.others = tuple(tuple(c for c in every if c not in inside) for every in steps.pointers) if self.heap else ()
        self.get_cells, self.get_contexts = getter(self.cells), getter(self.contexts)
        self.get_pointers = steps.get_pointers if self.heap and not self.exits else getter(())
        self.seen: dict[object, tuple[After, ...]] = {}
        tables = self._tables(names, left)
        kinds = tuple(
            (c.kind, c.resource if tables[0] else 0, c.role if self.exits else "") for c in (cells[i] for i in names.cells)
        )
        asked = (guard_key, *(k for _, k in renamed), None, kinds, *tables, promise_key)

        def graph() -> CFG:
            resources, facts, contexts, floor, floors, dips, points = tables
            local_cells = tuple(Cell("", kind, resource, role, "") for kind, resource, role in kinds)
            edge = Edge(0, 0, 1, guard, tuple(op for op, _ in renamed), NOWHERE, "", "")
            return CFG(
                "", "", local_cells, resources, contexts, facts, (edge,), 0, 1, 2, floor, floors, dips, promises, points,
                NOWHERE,
            )  # fmt: skip

        self.shape = _shape(asked, graph)

    def _moves_pointers(self) -> bool:
        """The edge changes what a pointer names, or looks into a slot."""
        cells = self.cfg.cells
        if any(cells[c].kind == "ptr" for op in self.edge.ops for c in touched(op)):
            return True
        if any(isinstance(op, Kill) and cells[op.cell].kind == "ptr" for op in flat(self.edge.ops)):
            return True
        return _asks(self.edge.guard, SlotIs) or _any_cond(self.edge.ops, SlotIs)

    def _tables(self, names: Renamer, left: set[int]) -> Tables:
        """What else of the graph the edge depends on, renumbered."""
        cfg, edge = self.cfg, self.edge
        same = _asks(edge.guard, MayBeSame) or _any_cond(edge.ops, MayBeSame)
        compared = _asks(edge.guard, CmpCells) or _any_cond(edge.ops, CmpCells)
        facts = self.steps.facts(self.contexts) if self.heap or self.contexts else ()
        floors, floor, dips = (OUTSIDE,) * len(self.contexts), (0,) * len(self.contexts), (OUTSIDE,) * len(self.contexts)
        if self.exits or left:
            floor = tuple(cfg.floor[c] for c in self.contexts)
            floors = tuple(names.cell(cfg.floor_cells[c]) for c in self.contexts)
            dips = tuple(names.cell(cfg.dip_cells[c]) if self.exits or c in left else OUTSIDE for c in self.contexts)
        return (
            cfg.resources if self.heap or same else (), facts, tuple(cfg.contexts[c] for c in self.contexts),
            floor, floors, dips, cfg.points if compared else (),
        )  # fmt: skip

    # -- the steps
    def step(self, state: State) -> Sequence[Result]:
        """The successors of a state, as the reference gives them."""
        cells, contexts = self.get_cells(state.cells), self.get_contexts(state.contexts)
        asked = (cells, contexts, self.get_pointers(state.cells), state.pools) if self.heap else (cells, contexts)
        found = self.seen.get(asked)
        if found is None:
            cut = self.cut(state, cells, contexts)
            if cut is None:
                self.steps.uncut = True
                return step(self.cfg, state, self.edge)
            self.met[cut.kinds, cut.local] = None
            results = self.shape.step(cut.kinds, cut.local)
            found = self.seen[asked] = tuple([self._after(state, cut, *result) for result in results])
        if self.exits:
            return [(None if a.ends else _blank(self.cfg), a.broken) for a in found]
        return [(None if a.ends else _changed(state, a), a.broken) for a in found]

    def cut_of(self, state: State) -> Cut | None:
        """The part of a state that the edge sees; None where a pointer names what is not there."""
        return self.cut(state, self.get_cells(state.cells), self.get_contexts(state.contexts))

    def cut(self, state: State, cells: tuple[int, ...], contexts: tuple[int, ...]) -> Cut | None:
        """As `cut_of`, with what was taken from the state already."""
        if not self.heap:
            return Cut((), State(cells, contexts, ()), (), ())
        found = self._objects(state, cells)
        if found is None:
            return None
        numbers = tuple(self._with_gaps(r, ns, state.pools[r]) for r, ns in enumerate(found))
        index = [{n: i for i, n in enumerate(ns, 1)} for ns in numbers]
        inner = list(cells)
        for i, r in self.pointers:
            if 0 < inner[i] < UNINIT:
                inner[i] = index[r][inner[i]]
        kinds, outside = list[int](), list[int]()
        for r, ns in enumerate(found):
            if ns and self.others[r] and not self.exits:
                elsewhere = {state.cells[c] for c in self.others[r]}
                for n in sorted(ns):
                    if n in elsewhere:
                        kinds.append(r)
                        outside.append(n)
                        inner.append(index[r][n])
        pools = tuple(self._local_pool(r, ns, state.pools[r], index) for r, ns in enumerate(numbers))
        return Cut(tuple(kinds), State(tuple(inner), contexts, pools), numbers, tuple(outside))

    def _objects(self, state: State, cells: tuple[int, ...]) -> list[set[int]] | None:
        """The objects that the edge's pointers name, with all that is linked to them; for some operations, all."""
        cfg, pools = self.cfg, state.pools
        if self.whole:
            return [{n for n, o in enumerate(pool, 1) if o is not None} for pool in pools]
        found: list[set[int]] = [set() for _ in pools]
        todo = [(r, cells[i]) for i, r in self.pointers if 0 < cells[i] < UNINIT]
        while todo:
            r, n = todo.pop()
            if n in found[r]:
                continue
            obj = pools[r][n - 1] if n <= len(pools[r]) else None
            if obj is None:
                return None
            found[r].add(n)
            todo += _links(cfg, r, obj)
            for k, resource in enumerate(cfg.resources):
                if r in resource.owners or any(s.target == r for s in resource.slots):
                    todo += [(k, m) for m, o in enumerate(pools[k], 1) if o is not None and (r, n) in _links(cfg, k, o)]
        return found

    def _with_gaps(self, r: int, found: set[int], pool: Pool) -> tuple[int, ...]:
        """The numbers of the objects in order, with the free ones that operations of the edge will give away."""
        taken, n = set(found), 0
        for _ in range(self.made[r]):
            n = pool.index(None, n) + 1 if None in pool[n:] else max(len(pool), n) + 1
            taken.add(n)
        return tuple(sorted(taken))

    def _local_pool(self, r: int, numbers: tuple[int, ...], pool: Pool, index: list[dict[int, int]]) -> Pool:
        objects = [_renumbered(self.cfg, r, pool[n - 1] if n <= len(pool) else None, index) for n in numbers]
        while objects and objects[-1] is None:
            objects.pop()
        return tuple(objects)

    def _after(self, state: State, cut: Cut, local: State | None, broken: tuple[Violation, ...]) -> After:
        """A local successor as changes to the whole state."""
        named = tuple(v if v.cell < 0 else v._replace(cell=self.cells[v.cell]) for v in broken)
        if local is None or self.exits:
            return After(local is None, (), (), None, named)
        names = [dict(enumerate(ns, 1)) for ns in cut.numbers]
        changed: list[tuple[int, int]] = []
        kinds = dict(self.pointers) if self.heap else {}
        for i, c in enumerate(self.cells):
            value = local.cells[i]
            if i in kinds and 0 < value < UNINIT:
                value = names[kinds[i]][value]
            if value != state.cells[c]:
                changed.append((c, value))
        for i, (r, n) in enumerate(zip(cut.kinds, cut.outside, strict=True), len(self.cells)):
            now = names[r][local.cells[i]]
            changed += [(c, now) for c in self.others[r] if state.cells[c] == n and now != n]
        contexts = tuple(
            (c, v) for c, v in zip(self.contexts, local.contexts, strict=True) if v != state.contexts[c]
        )
        pools = None if not self.heap or local.pools == cut.local.pools else self._pools(state, cut, local, names)
        return After(False, tuple(changed), contexts, pools, named)

    def _pools(self, state: State, cut: Cut, local: State, names: list[dict[int, int]]) -> tuple[Pool, ...]:
        pools = []
        for r, pool in enumerate(state.pools):
            if local.pools[r] == cut.local.pools[r]:
                pools.append(pool)
                continue
            objects: list[Object | None] = list(pool)
            for i, n in enumerate(cut.numbers[r]):
                obj = local.pools[r][i] if i < len(local.pools[r]) else None
                objects += [None] * (n - len(objects))
                objects[n - 1] = _renumbered(self.cfg, r, obj, names)
            while objects and objects[-1] is None:
                objects.pop()
            pools.append(tuple(objects))
        return tuple(pools)


class Steps:
    """The reference semantics of one graph, each edge seen through its lens; what was asked before is remembered."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.pointers = [
            [i for i, c in enumerate(cfg.cells) if c.kind == "ptr" and c.resource == r] for r in range(len(cfg.resources))
        ]
        self.get_pointers = getter(tuple(c for cells in self.pointers for c in cells))
        self.lenses: list[Lens | None] = [None] * len(cfg.edges)
        self.uncut = False
        self._alike: dict[tuple[str, str], Lens] = {}
        self._facts: dict[tuple[int, ...], tuple[Fact, ...]] = {}
        self._exit: tuple[dict[int, int], dict[int, int], tuple[Promise, ...], str] | None = None

    def lens(self, edge: Edge) -> Lens:
        """The lens of an edge of the graph; edges with the same guard and operations have one."""
        found = self.lenses[edge.number]
        if found is None:
            asked = key(edge.guard), key(edge.ops)
            found = self._alike.get(asked)
            if found is None:
                found = self._alike[asked] = Lens(self, edge)
            self.lenses[edge.number] = found
        return found

    def step(self, state: State, edge: Edge) -> Sequence[Result]:
        """All successors of a state along an edge, each with what the edge broke; empty where the guard is false."""
        return self.lens(edge).step(state)

    def run(self, state: State, edge: Edge, picks: tuple[int, ...]) -> Result | None:
        """The successor for one set of choices; None where the guard is false or there is no such choice."""
        for chosen, result in zip(product(*havocs(edge)), self.step(state, edge), strict=False):
            if chosen == picks:
                return result
        return None

    def facts(self, contexts: tuple[int, ...]) -> tuple[Fact, ...]:
        """The facts with the contexts that a cut has, renumbered."""
        found = self._facts.get(contexts)
        if found is None:
            place = {c: i for i, c in enumerate(contexts)}
            found = self._facts[contexts] = tuple(
                f._replace(contexts=tuple(place[c] for c in f.contexts if c in place)) for f in self.cfg.facts
            )
        return found

    def promises(self, names: Renamer) -> tuple[tuple[Promise, ...], str]:
        """The promises as every exit of the graph sees them, after their cells, all pointers and all contexts."""
        if self._exit is None:
            for c in range(len(self.cfg.contexts)):
                names.context(c)
            for cell in sorted(promise_cells(self.cfg.promises)):
                names.cell(cell)
            for cells in ((*self.cfg.floor_cells, *self.cfg.dip_cells), *self.pointers):
                for cell in cells:
                    names.cell(cell)
            promises = tuple(names.promise(p) for p in self.cfg.promises)
            self._exit = dict(names.cells), dict(names.contexts), promises, key(promises)
        names.cells, names.contexts = dict(self._exit[0]), dict(self._exit[1])
        return self._exit[2:]


def getter(places: tuple[int, ...]) -> Any:
    """A function from a tuple to the tuple of its values at these places."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        place = places[0]
        return lambda values: (values[place],)
    return itemgetter(*places)


def _blank(cfg: CFG) -> State:
    """The state behind an exit."""
    return State((UNINIT,) * len(cfg.cells), (0,) * len(cfg.contexts), ((),) * len(cfg.resources))


def _changed(state: State, after: After) -> State:
    """The state with the changes of a successor."""
    cells, contexts, pools = state
    if after.cells:
        row = list(cells)
        for c, value in after.cells:
            row[c] = value
        cells = tuple(row)
    elif after.pools is None and not after.contexts:
        return state
    if after.contexts:
        levels = list(contexts)
        for c, level in after.contexts:
            levels[c] = level
        contexts = tuple(levels)
    return State(cells, contexts, pools if after.pools is None else after.pools)


def _links(cfg: CFG, r: int, obj: Object) -> list[tuple[int, int]]:
    """The objects that an object names: its owner, and what stands in its slots."""
    resource, found = cfg.resources[r], list[tuple[int, int]]()
    if obj[OWNER]:
        found.append((obj[OWNER_KIND], obj[OWNER]))
    for s, slot in enumerate(resource.slots):
        at = slot_index(resource, s)
        if obj[at] != EMPTY and obj[at + 1]:
            found.append((slot.target, obj[at + 1]))
    return found


def _renumbered(cfg: CFG, r: int, obj: Object | None, index: list[dict[int, int]]) -> Object | None:
    """An object with the numbers of its owner and of what its slots hold replaced."""
    resource = cfg.resources[r]
    if obj is None or not (obj[OWNER] or resource.slots):
        return obj
    fields = list(obj)
    if fields[OWNER]:
        fields[OWNER] = index[fields[OWNER_KIND]][fields[OWNER]]
    for s, slot in enumerate(resource.slots):
        at = slot_index(resource, s)
        if fields[at] != EMPTY and fields[at + 1]:
            fields[at + 1] = index[slot.target][fields[at + 1]]
    return tuple(fields)


def _asks(cond: Cond, kind: type) -> bool:
    """The condition has a part of a class."""
    match cond:
        case And(args) | Or(args):
            return any(_asks(a, kind) for a in args)
        case Not(arg):
            return _asks(arg, kind)
        case _:
            return isinstance(cond, kind)


def _any_cond(ops: tuple[object, ...], kind: type) -> bool:
    """A condition of one of the operations has a part of a class."""
    for op in ops:
        if isinstance(op, When) and (_asks(op.cond, kind) or _any_cond(op.ops, kind)):
            return True
        if isinstance(op, Require) and _asks(op.cond, kind):
            return True
    return False
