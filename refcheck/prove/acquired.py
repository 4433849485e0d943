# SPDX-License-Identifier: GPL-2.0-only
"""Which edges acquired what is leaked: a leak of what two places acquired is two findings, with a trace each.

Breadth-first search knows one way to each state.  So where something is leaked, all steps among the reached states are
walked back from the states in front of the leak, and with them the reference that is lost there, until the edge that
acquired it.
"""

from collections import deque
from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, OWNED, Edge
from refcheck.lens.steps import Row
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import State, Violation, Where, initial_state
from refcheck.prove.propose import Exploration, Found, StepPath, path_to, shortest
from refcheck.verdict.verdict import Trace, root_cause


class HeldReference(NamedTuple):
    """A reference on an object: the `level`-th of the path, or that of a `slot` of a container."""

    at: Where
    level: int
    slot: tuple[Where, int] | None = None


class LossPoint(NamedTuple):
    """A reached state from which a reference is on its way to be lost."""

    location: int
    row: Row
    held: HeldReference


class Acquisition(NamedTuple):
    """An edge that acquires, the row in front of it, and where it leads."""

    edge: Edge
    row: Row
    then: LossPoint


def each_acquisition(cfg: CFG, x: Exploration) -> tuple[Found, ...]:
    """The violations of an exploration; behind each leak one more for each other place that acquired what is lost."""
    if all(f.violation.property != "leaked-ref" for f in x.violations):
        return x.violations
    work = _Backwards(cfg, x)
    return tuple(f for found in x.violations for f in work.split(found))


def _place(edge: Edge) -> object:
    """Where an edge acquires: all outcomes of a call are one place; a body that stands in two places is two."""
    inlined = edge.src if edge.stack[1:] else 0
    return "entry" if edge.kind == "entry" else (edge.span, edge.stack, inlined)


class _Backwards:
    """The steps among reached states, looked for from behind; those to a location are taken once."""

    def __init__(self, cfg: CFG, x: Exploration) -> None:
        assert x.walked is not None, "only what was explored has steps"
        self.cfg, self.x, self.steps = cfg, x, x.walked
        self.edges: list[list[Edge]] = [[] for _ in range(cfg.locations)]
        for edge in cfg.edges:
            self.edges[edge.dst].append(edge)
        self.known: dict[int, dict[Row, list[tuple[Row, Edge]]]] = {}
        self.behind: dict[LossPoint, tuple[Edge, LossPoint] | None] = {}
        self.ahead: dict[LossPoint, list[LossPoint]] = {}
        self.losing: set[tuple[int, Row]] = set()

    def split(self, found: Found) -> list[Found]:
        """A leak as one finding for each place that acquired what it loses, the one that was found first."""
        if found.violation.property != "leaked-ref":
            return [found]
        lost = self._lost(found)
        ways = self._walked(lost)
        first = self._acquiring(path_to(self.x, found), lost)
        if len(ways) < 2 or first not in ways:
            return [found]
        split = [found._replace(occurrences=self._leading(ways[first], lost))]
        for place, all_of in ways.items():
            paths = (self._through(a, lost) for a in all_of if place != first)
            if path := min((p for p in paths if not self._loses(p[:-1])), key=len, default=None):
                state, edge = path[-1]
                split.append(Found(edge, state, found.violation, self._leading(all_of, lost), path))
        return split

    # -- where it is lost
    def _lost(self, found: Found) -> dict[LossPoint, list[Edge]]:
        """What is lost by the same leak, in each state in front of it, with the edges that lose it."""
        lost = dict[LossPoint, list[Edge]]()
        cause = root_cause(found.edge, found.violation)
        for edge in self.cfg.edges:
            if root_cause(edge, found.violation) != cause:
                continue
            for row in self.x.first[edge.src]:
                for after, broken in self.steps.lens(edge).moves(row):
                    if found.violation in broken:
                        there = self.steps.state(after) if after is not None else None
                        for held in _losing(self.cfg, self.steps.state(row), there, found.violation):
                            lost.setdefault(LossPoint(edge.src, row, held), []).append(edge)
        return lost

    # -- from where it came
    def _walked(self, lost: dict[LossPoint, list[Edge]]) -> dict[object, list[Acquisition]]:
        """What acquired it, by place; `behind` gets the shortest way from each point to where it is lost."""
        ways = dict[object, list[Acquisition]]()
        self.behind, self.ahead = dict.fromkeys(lost), {}
        self.losing = {(edge.number, point.row) for point, edges in lost.items() for edge in edges}
        todo = deque(lost)
        while todo:
            point = todo.popleft()
            now = self.steps.state(point.row)
            for row, edge in self._to(point.location, point.row):
                if (edge.number, row) in self.losing:
                    continue  # the same is lost before: that way says nothing new
                held = _in_front(edge, Heap(self.cfg, self.steps.state(row)), Heap(self.cfg, now), point.held)
                if held is None:
                    ways.setdefault(_place(edge), []).append(Acquisition(edge, row, point))
                    continue
                front = LossPoint(edge.src, row, held)
                self.ahead.setdefault(front, []).append(point)
                if front not in self.behind:
                    self.behind[front] = edge, point
                    todo.append(front)
        return ways

    def _to(self, location: int, row: Row) -> list[tuple[Row, Edge]]:
        """The rows and edges that lead to a row of a location."""
        if location not in self.known:
            found = self.known[location] = dict[Row, list[tuple[Row, Edge]]]()
            for edge in self.edges[location]:
                for front in self.x.first[edge.src]:
                    for after in dict.fromkeys(after for after, _ in self.steps.lens(edge).moves(front)):
                        if after is not None:
                            found.setdefault(after, []).append((front, edge))
        return self.known[location].get(row, [])

    # -- the ways
    def _acquiring(self, path: StepPath, lost: dict[LossPoint, list[Edge]]) -> object:
        """The place that acquired what a path loses; None where it is not known."""
        state, edge = path[-1]
        held = next((p.held for p in lost if (p.location, p.row) == (edge.src, self.steps.row(state))), None)
        found = _acquired(self.cfg, path, held)
        return _place(found) if found is not None else None

    def _through(self, a: Acquisition, lost: dict[LossPoint, list[Edge]]) -> StepPath:
        """A shortest path through an edge that acquires, to where that is lost."""
        path = shortest(self.x, self.steps.state(a.row), a.edge)
        point = a.then
        while (further := self.behind[point]) is not None:
            path.append((self.steps.state(point.row), further[0]))
            point = further[1]
        return [*path, (self.steps.state(point.row), lost[point][0])]

    def _loses(self, path: StepPath) -> bool:
        """The same leak is on a path."""
        return any((edge.number, self.steps.row(state)) in self.losing for state, edge in path)

    def _leading(self, all_of: list[Acquisition], lost: dict[LossPoint, list[Edge]]) -> int:
        """How many states lose what some edges acquired."""
        seen = dict.fromkeys(a.then for a in all_of)
        todo = list(seen)
        while todo:
            for point in self.ahead.get(todo.pop(), ()):
                if point not in seen:
                    seen[point] = None
                    todo.append(point)
        return sum(len(lost[p]) for p in seen if p in lost)


# ---------------------------------------------------------------------------------------------- one reference


def acquired_by(cfg: CFG, trace: Trace) -> str:
    """The step of a trace that acquired what the trace leaks, as its text; empty where it leaks nothing, or nobody knows."""
    if trace.violation.property != "leaked-ref":
        return ""
    states = [initial_state(cfg), *(s.state for s in trace.steps)]
    path = [(state, s.edge) for state, s in zip(states, trace.steps, strict=False) if state is not None]
    held = next(_losing(cfg, path[-1][0], states[-1], trace.violation), None)
    edge = _acquired(cfg, path, held)
    return f"{edge.text} {edge.outcome}" if edge is not None else ""


def _acquired(cfg: CFG, path: StepPath, held: HeldReference | None) -> Edge | None:
    """The edge of a path that acquired what its last one loses."""
    now = path[-1][0]
    for was, edge in reversed(path[:-1]):
        if held is None:
            return None
        held, now = _in_front(edge, Heap(cfg, was), Heap(cfg, now), held), was
        if held is None:
            return edge
    return None


def _losing(cfg: CFG, was: State, now: State | None, v: Violation) -> Iterator[HeldReference]:
    """The references that a leak loses, as they are in the state in front of it; none where that is not clear."""
    heap, there = Heap(cfg, was), Heap(cfg, now) if now is not None else None
    if v.cell >= 0 and heap.get(heap.named(v.cell)) is not None:
        at = heap.named(v.cell)
        if v.reason == "at-exit":
            yield HeldReference(at, heap[at].refs)
            return
        for s, (slot, content) in enumerate(zip(cfg.resources[at[0]].slots, heap[at].slots, strict=True)):
            if slot.name == v.detail and content.mode == OWNED:
                yield HeldReference((slot.target, content.target), 0, (at, s))
    elif v.reason == "last-name-lost" and there is not None:
        gone = [at for at in heap.objects() if cfg.resources[at[0]].name == v.detail and there.get(at) is None]
        held = [HeldReference(at, heap[at].refs) for at in gone if heap[at].refs]
        yield from held or [HeldReference(at, 0, slot) for at in gone for slot in heap.all_owning(at)]


def _in_front(edge: Edge, was: Heap, now: Heap, held: HeldReference) -> HeldReference | None:
    """The reference as it was in front of an edge; None where the edge acquired it."""
    at, there = held.at, was.get(held.at)
    if held.slot is None and there is not None and there.refs >= held.level:
        return held
    owning = list(was.all_owning(at))
    if held.slot in owning:
        return held
    left = [slot for slot in owning if slot not in list(now.all_owning(at))]
    if left:
        return HeldReference(at, 0, left[0])
    here = now.get(at)
    if held.slot is not None and there is not None and there.refs > (here.refs if here is not None else 0):
        return HeldReference(at, there.refs)
    if any(isinstance(op, ops.Merge) for op in ops.flat(edge.ops)):
        for other in was.objects():
            if other[0] == at[0] and was[other].refs and now.get(other) is None:
                return HeldReference(other, was[other].refs)
    return None
