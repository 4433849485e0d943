# SPDX-License-Identifier: GPL-2.0-only
"""What one edge can see of a state, cut out and renumbered, so that edges that do the same share one meaning.

An edge reads and changes few cells, the contexts of the facts that it asks for, and the objects that its pointers name
with all that is linked to them by slots and owners.  `LocalSteps` gives the successors of a state along the edges of a
graph: that part is cut out, its cells, contexts and objects are numbered anew, the shape of the edge (shape.py) gives
what the reference semantics says of it, and the result is remembered and put back.  A state that cannot be cut is
handed to the reference as it is.  docs/semantics.md section 12 says why this changes nothing, and tests compare the two.

Inside, a state is a row: the values of its cells, the levels of its contexts, and the number of its heap (heaps.py).
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Came, Cell, Edge, EntryLevel, Promise, exit_cells, level_cells
from refcheck.graph.footprint import FOOTPRINTS
from refcheck.lens.heaps import NO_PART, HeapPart, Heaps
from refcheck.lens.rename import Key, Renamer, cond_of, op_of
from refcheck.lens.shape import Numbered, SharedShape, numbered, shape_of
from refcheck.meaning.heap import Allowed
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.meaning.step import StepResult, step

OUTSIDE = 1 << 30  # a cell that no cut has: to read it is an error, not a wrong answer

Ints = tuple[int, ...]
LocalRow = tuple[int, ...]
NOTHING_CAME = Came((), (), (), (), (), False)

# A successor: what changes in the row in front (None where the path ends), and what the edge broke.
LocalMove = tuple[tuple[tuple[int, int], ...] | None, tuple[Violation, ...]]


class Cut(NamedTuple):
    """The part of a state that an edge sees: its shape's local state, and what the local numbers stand for.

    `kinds` and `outside` have, for each object that other cells name too, its resource and its number.
    """

    kinds: Ints
    local: State
    part: HeapPart
    outside: Ints


class LocalLens:
    """An edge of a graph, or several that do the same, and their shape; `met` are the local states that were seen so."""

    def __init__(self, steps: "LocalSteps", edge: Edge, names: "EdgeNames") -> None:
        self.cfg, self.edge, self.steps = steps.cfg, edge, steps
        self.met: dict[tuple[Ints, State], None] = {}
        self.known: dict[object, tuple[LocalMove, ...]] = {}
        cells, classes = steps.cfg.cells, names.classes
        self.exits = ops.Exit in classes
        left = {op.context for op in ops.flat(edge.ops) if isinstance(op, ops.Leave)} if ops.Leave in classes else set()
        for c in names.contexts if left else ():
            names.cell(steps.cfg.levels[c].cell)
        for c in sorted(left):
            names.cell(steps.cfg.levels[c].left)
        self.cells, self.contexts = tuple(names.cells), tuple(names.contexts)
        mine = [cells[c] for c in self.cells]
        self.pointers = [(i, c.resource) for i, c in enumerate(mine) if c.kind == "ptr"]
        moving = bool(self.pointers) and "ptr" in [cells[c].kind for c in names.written]
        self.heap = moving or not all(FOOTPRINTS[kind].plain for kind in classes)
        self.whole = self.exits or not {ops.Enter, ops.Leave, ops.Revoke, ops.Free}.isdisjoint(classes)
        self.made = steps.nothing_made
        if ops.New in classes:
            made = [cells[op.cell].resource for op in ops.flat(edge.ops) if isinstance(op, ops.New)]
            self.made = tuple([made.count(r) for r in range(len(self.made))])
        self.places = inside = frozenset(self.cells)
        self.others = [[c for c in every if c not in inside] for every in steps.pointers] if self.heap else []
        self.read = getter(self._read())
        self.shape = self._shape(names, mine, left)

    def _read(self) -> Ints:
        """The places of a row on which the successors depend."""
        width = len(self.cfg.cells)
        places = [*self.cells, *[width + c for c in self.contexts]]
        if self.heap:
            if not self.exits:
                places += [c for every in self.others for c in every]
            places.append(width + len(self.cfg.contexts))
        return tuple(places)

    def _shape(self, names: "EdgeNames", mine: list[Cell], left: set[int]) -> SharedShape:
        """The shape of the edge: what it does, its cells, and what else of the graph it depends on, renumbered."""
        cfg, n, classes = self.cfg, len(self.contexts), names.classes
        about, facts = "", self.steps.no_facts
        resources = self.steps.resources if self.heap or ops.MayBeSame in classes else self.steps.no_resources
        if self.heap or n:
            facts = self.steps.facts(self.contexts)
        levels = (EntryLevel(0, OUTSIDE, OUTSIDE),) * n
        if self.exits or left:
            levels = tuple([
                EntryLevel(level, names.cell(cell), names.cell(below) if self.exits or c in left else OUTSIDE)
                for c, (level, cell, below) in [(c, cfg.levels[c]) for c in self.contexts]
            ])  # fmt: skip
        if self.exits:
            about = names.promise_key
            kinds = tuple([(c.kind, c.resource, c.role) for c in mine])
        elif resources.value:
            kinds = tuple([(c.kind, c.resource, "") for c in mine])
        else:
            kinds = tuple([(c.kind, 0, "") for c in mine])
        contexts = tuple([cfg.contexts[c] for c in self.contexts])
        points = cfg.points if ops.CmpCells in classes else ()
        # levels name cells that are met last: all of those are among the cells already
        asked = (names.guard, names.ops, kinds, resources.number, facts.number, contexts, levels, points, about)

        def graph() -> CFG:
            local = tuple([Cell("", kind, resource, role, "") for kind, resource, role in kinds])
            edge = Edge(0, 0, 1, cond_of(names.guard), tuple([op_of(op) for op in names.ops]), NOWHERE, "", "")
            return CFG(
                "", "", local, resources.value, contexts, facts.value, (edge,), 0, 1, 2, levels, names.promises,
                names.entry, points, NOWHERE,
            )  # fmt: skip

        return shape_of(asked, graph, self.steps.allowed.setdefault(kinds, {}))

    # -- the steps
    def moves(self, row: LocalRow) -> Sequence[tuple[LocalRow | None, tuple[Violation, ...]]]:
        """The successors of a row, each with what the edge broke; empty where the guard is false."""
        found = self.known.get(self.read(row))
        if found is None:
            cut = self._cut(row)
            if cut is None:
                return self.steps.by_reference(row, self.edge)
            self.met[cut.kinds, cut.local] = None
            results = self.shape.step(cut.kinds, cut.local)
            found = self.known[self.read(row)] = tuple([self._move(row, cut, *result) for result in results])
        moves: list[tuple[LocalRow | None, tuple[Violation, ...]]] = []
        for changes, broken in found:
            if changes:
                after = list(row)
                for place, value in changes:
                    after[place] = value
                moves.append((tuple(after), broken))
            else:
                moves.append((None if changes is None else row, broken))
        return moves

    def seen(self, state: State) -> tuple[Ints, State] | None:
        """What the edge sees of a state; None where a pointer names what is not there."""
        cut = self._cut(self.steps.row(state))
        return None if cut is None else (cut.kinds, cut.local)

    def _cut(self, row: LocalRow) -> Cut | None:
        width = len(self.cfg.cells)
        inner, contexts = [row[c] for c in self.cells], tuple([row[width + c] for c in self.contexts])
        if not self.heap:
            return Cut((), State(tuple(inner), contexts, ()), NO_PART, ())
        named = [(r, inner[i]) for i, r in self.pointers if 0 < inner[i] < UNINIT]
        part = self.steps.heaps.part(row[-1], None if self.whole else tuple(named), self.made)
        if part is None or any(n not in part.inside[r] for r, n in named):
            return None
        for i, r in self.pointers:
            if 0 < inner[i] < UNINIT:
                inner[i] = part.inside[r][inner[i]]
        kinds, outside = list[int](), list[int]()
        for r, n in () if self.exits else part.objects:
            if n in [row[c] for c in self.others[r]]:
                kinds.append(r)
                outside.append(n)
                inner.append(part.inside[r][n])
        return Cut(tuple(kinds), State(tuple(inner), contexts, part.pools), part, tuple(outside))

    def _move(self, row: LocalRow, cut: Cut, local: State | None, broken: tuple[Violation, ...]) -> LocalMove:
        """A local successor as changes to the whole row."""
        if broken:
            broken = tuple([v if v.cell < 0 else v._replace(cell=self.cells[v.cell]) for v in broken])
        if local is None:
            return None, broken
        if self.exits:
            return self.steps.blank, broken
        changes: list[tuple[int, int]] = []
        if local.cells != cut.local.cells:
            kinds, names = dict(self.pointers) if self.heap else {}, cut.part.numbers
            for i, c in enumerate(self.cells):
                value = local.cells[i]
                if i in kinds and 0 < value < UNINIT:
                    value = names[kinds[i]][value - 1]
                if value != row[c]:
                    changes.append((c, value))
            for i, (r, n) in enumerate(zip(cut.kinds, cut.outside, strict=True), len(self.cells)):
                now = names[r][local.cells[i] - 1]
                changes += [(c, now) for c in self.others[r] if row[c] == n and now != n]
        if local.contexts != cut.local.contexts:
            width = len(self.cfg.cells)
            changes += [(width + c, v) for c, v in zip(self.contexts, local.contexts, strict=True) if v != row[width + c]]
        if self.heap and local.pools != cut.local.pools:
            changes.append((len(row) - 1, self.steps.heaps.put_back(row[-1], cut.part, local.pools)))
        return tuple(changes), broken


class EdgeNames(Renamer):
    """The numbers that the cells and contexts of an edge get, and the keys of its guard and operations with these."""

    def __init__(self, steps: "LocalSteps", edge: Edge) -> None:
        super().__init__(steps.cfg)
        self.promises: tuple[Promise, ...] = ()
        self.entry = NOTHING_CAME
        self.promise_key = ""
        if ops.Exit in [type(op) for op in ops.flat(edge.ops)]:
            self.promises, self.entry, self.promise_key = steps.promises(self)
        self.guard = self.cond(edge.guard)
        self.ops = tuple([self.op(op) for op in edge.ops if type(op) is not ops.Suppose])  # that changes no state


class LocalSteps:
    """The reference semantics of one graph, each edge seen through its lens; what was asked before is remembered."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.heaps = Heaps(cfg)
        self.pointers = [
            [i for i, c in enumerate(cfg.cells) if c.kind == "ptr" and c.resource == r] for r in range(len(cfg.resources))
        ]
        self.nothing_made = (0,) * len(cfg.resources)
        self.resources, self.no_resources, self.no_facts = (
            numbered("resources", cfg.resources), numbered("resources", ()), numbered("facts", ())
        )  # fmt: skip
        self.start = self.row(initial_state(cfg))
        self.blank = tuple(enumerate(self.start))  # behind an exit all is as at the start
        self.lenses: list[LocalLens | None] = [None] * len(cfg.edges)
        self.uncut = False
        self._alike: dict[tuple[Key, Key, Ints, Ints], LocalLens] = {}
        self.allowed: dict[tuple[tuple[str, int, str], ...], Allowed] = {}  # by the cells of an exit
        self._facts: dict[Ints, Numbered] = {}
        self._exit: tuple[dict[int, int], dict[int, int], tuple[Promise, ...], Came, str] | None = None

    def close(self) -> None:
        """No step is asked for any more.  Lenses know their Steps, so that this would be garbage for the collector only."""
        self.lenses.clear()
        self._alike.clear()

    def row(self, state: State) -> LocalRow:
        """A state as a row."""
        return (*state.cells, *state.contexts, self.heaps.number(state.pools))

    def state(self, row: LocalRow) -> State:
        """The state that a row stands for."""
        width = len(self.cfg.cells)
        return State(row[:width], row[width:-1], self.heaps.pools[row[-1]])

    def lens(self, edge: Edge) -> LocalLens:
        """The lens of an edge of the graph; edges with the same guard and operations have one."""
        found = self.lenses[edge.number]
        if found is None:
            names = EdgeNames(self, edge)
            asked = names.guard, names.ops, tuple(names.cells), tuple(names.contexts)
            found = self._alike.get(asked)
            if found is None:
                found = self._alike[asked] = LocalLens(self, edge, names)
            self.lenses[edge.number] = found
        return found

    def step(self, state: State, edge: Edge) -> Sequence[StepResult]:
        """All successors of a state along an edge, each with what the edge broke; empty where the guard is false."""
        moves = self.lens(edge).moves(self.row(state))
        return [(None if row is None else self.state(row), broken) for row, broken in moves]

    def by_reference(self, row: LocalRow, edge: Edge) -> list[tuple[LocalRow | None, tuple[Violation, ...]]]:
        """The same for a row that cannot be cut, which is noted."""
        self.uncut = True
        results = step(self.cfg, self.state(row), edge)
        return [(None if after is None else self.row(after), broken) for after, broken in results]

    def facts(self, contexts: Ints) -> Numbered:
        """The facts with the contexts that a cut has, renumbered."""
        found = self._facts.get(contexts)
        if found is None:
            place = {c: i for i, c in enumerate(contexts)}
            found = self._facts[contexts] = numbered(
                "facts",
                tuple([f._replace(contexts=tuple([place[c] for c in f.contexts if c in place])) for f in self.cfg.facts]),
            )
        return found

    def promises(self, names: Renamer) -> tuple[tuple[Promise, ...], Came, str]:
        """The promises as every exit of the graph sees them, after their cells, all pointers and all contexts."""
        if self._exit is None:
            for c in range(len(self.cfg.contexts)):
                names.context(c)
            for cell in sorted(exit_cells(self.cfg)):
                names.cell(cell)
            for cells in (sorted(level_cells(self.cfg)), *self.pointers):
                for cell in cells:
                    names.cell(cell)
            promises = tuple(names.promise(p) for p in self.cfg.promises)
            came = names.came(self.cfg.came)
            self._exit = dict(names.cells), dict(names.contexts), promises, came, ops.key((promises, came))
        names.cells, names.contexts = dict(self._exit[0]), dict(self._exit[1])
        return self._exit[2], self._exit[3], self._exit[4]


def getter(places: Ints) -> Any:
    """A function from a row to its values at these places, as a value that can be a key."""
    return itemgetter(*places) if places else lambda _: ()
