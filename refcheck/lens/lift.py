# SPDX-License-Identifier: GPL-2.0-only
"""Many flags that are alive at once: families of states instead of states, where enumeration would double with each flag.

The locations are worked through in reverse postorder, so that both arms of a branch have arrived where they meet.  There
families that differ in one flag, and in at most one reference that goes with it, become one family in which the flag
is open.  A family can hold states that no path reaches (where a sum tells cases apart, the case is widened to all of
its members), so that nothing is believed here: a violation counts when a path to it was walked by the reference
semantics, an edge is taken when such a walk took it, and what holds is proved and checked again as for states.
"""

import heapq
import math
import time
from itertools import pairwise

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, REFS, Edge
from refcheck.lens.families import Case, Family, Values, cases, covers, exists, member, steps_of
from refcheck.lens.local import Steps
from refcheck.meaning.heap import State, Violation, initial_state
from refcheck.prove.propose import Exploration, Found, root_cause
from refcheck.verdict.sanity import unreached

AT_ONE_PLACE = 200


class TooCoarseError(Exception):
    """The families do not suffice; the text says why."""


class Depth(NamedTuple):
    """How many edges a shortest path to a member has: `least`, and for each open flag how many more if it is 1."""

    least: int
    more: Values

    def at(self, values: Values) -> int:
        """The depth of the member with these values."""
        return self.least + sum(self.more.get(f, 0) for f, v in values.items() if v)

    def lowest(self) -> int:
        """The least depth of a member."""
        return self.least + sum(n for n in self.more.values() if n < 0)


class Node:
    """A family at a location, and where it comes from: along an edge, or from two families that differ in one flag.

    `again` came with the same family later.
    """

    def __init__(self, family: Family, depth: Depth) -> None:
        self.family, self.depth = family, depth
        self.step: tuple[Node, Edge, Case] | None = None
        self.halves: tuple[int, Node, Node] | None = None
        self.again: Node | None = None

    def met_again(self, other: "Node") -> None:
        """The same family came another way: the shorter one is kept, and the first of the others."""
        if other.depth.lowest() < self.depth.lowest():
            self.depth, other.depth = other.depth, self.depth
            self.step, other.step = other.step, self.step
            self.halves, other.halves = other.halves, self.halves
        self.again = self.again or other


class Break(NamedTuple):
    """A violation that a case of a family meets on an edge."""

    node: Node
    edge: Edge
    case: Case
    violation: Violation


class Lift:
    """The families of a graph."""

    def __init__(self, cfg: CFG, steps: Steps, limit: int, until: float) -> None:
        self.cfg, self.steps, self.limit, self.until = cfg, steps, limit, until
        self.at: list[list[Node]] = [[] for _ in range(cfg.locations)]
        self.arrived: list[list[Node]] = [[] for _ in range(cfg.locations)]
        self.breaks: dict[tuple[object, ...], list[Break]] = {}
        self.taken: dict[int, tuple[Node, Edge, Case]] = {}
        self.number = 0

    def run(self) -> None:
        """To the fixed point; TooCoarseError where it is not reached."""
        out, order = self.cfg.out_edges(), reverse_postorder(self.cfg)
        self.arrived[self.cfg.start].append(Node(Family(initial_state(self.cfg), (), ()), Depth(0, {})))
        waiting = [(order[self.cfg.start], self.cfg.start)]
        queued = {self.cfg.start}
        while waiting:
            if time.perf_counter() > self.until:
                raise TooCoarseError("the time is over")
            location = heapq.heappop(waiting)[1]
            queued.discard(location)
            for node in self._settle(location):
                for edge in out[location]:
                    if self._expand(node, edge) and edge.dst not in queued:
                        queued.add(edge.dst)
                        heapq.heappush(waiting, (order[edge.dst], edge.dst))

    def _settle(self, location: int) -> list[Node]:
        """What arrived joins what is there; the families that are new."""
        old, new = self.at[location], list[Node]()
        todo = self.arrived[location][::-1]
        self.arrived[location] = []
        while todo:
            node = todo.pop()
            known = next((other for other in (*old, *new) if covers(other.family, node.family)), None)
            if known is not None:
                if known.family == node.family:
                    known.met_again(node)
                continue
            joined = next((j for other in (*new, *old) if (j := join(self.cfg, other, node))), None)
            if joined is not None:
                todo.append(joined)
                continue
            kept = [o for o in new if not covers(node.family, o.family)]
            new = [*kept, node]
            self.number += 1
            if len(old) + len(new) > AT_ONE_PLACE or self.number > self.limit:
                raise TooCoarseError("the states are too many, also as families of states")
        self.at[location] = [o for o in old if not any(covers(n.family, o.family) for n in new)] + new
        return new

    def _expand(self, node: Node, edge: Edge) -> bool:
        """Send a family along an edge; whether something went."""
        went, before = False, None
        for case, _, family, broken in steps_of(node.family, self.steps, edge):
            went = True
            self.taken.setdefault(edge.number, (node, edge, case))
            for violation in broken:
                self.breaks.setdefault(root_cause(edge, violation), []).append(Break(node, edge, case, violation))
            if family is not None and family != before:
                before = family
                if any(o is not None and o[REFS] < 0 for pool in family.base.pools for o in pool):
                    raise TooCoarseError("a count is not the sum of flags")
                depth = behind_depth(node.depth, case, family)
                last = self.arrived[edge.dst][-1] if self.arrived[edge.dst] else None
                if last is None or last.family != family or last.depth.least > depth.least:
                    found = Node(family, depth)
                    found.step = (node, edge, case)
                    self.arrived[edge.dst].append(found)
        return went

    # -- from families back to states
    def walk(self, node: Node, edge: Edge, case: Case, winding: bool = False) -> list[tuple[State, Edge]] | None:
        """A path that ends with the edge in a member of the case, walked by the reference; None if there is none.

        It is one of the shortest where the depths are right, or one that takes what others leave out.
        """
        values, turned = choose(node, case), set[Node]()
        path = [(member(node.family, values), edge)]
        while node.step is not None or node.halves is not None:
            if winding and node.again is not None and node not in turned:
                turned.add(node)
                node = node.again
            if node.halves is not None:
                flag, zero, one = node.halves
                node = one if values.get(flag) else zero
                values = {f: values.get(f, 0) for f in node.family.open}
                continue
            assert node.step is not None
            node, edge, case = node.step
            known = case.values | {f: v for f, v in ((f, path[-1][0].cells[f]) for f in case.rest) if v in (0, 1)}
            free = {f: v for f, v in choose(node, case).items() if f not in known}
            values = known | free
            path.append((member(node.family, values), edge))
        path.reverse()
        if path[0][0] != initial_state(self.cfg):
            return None
        for (state, along), (after, _) in pairwise(path):
            if all(found != after for found, _ in self.steps.step(state, along)):
                return None
        return path if self.steps.step(*path[-1]) else None


def choose(node: Node, case: Case) -> Values:
    """Values for all open flags that fit a case: those with which the path is shortest."""
    adds = dict(zip(case.rest, case.adds, strict=True))
    cheap = sorted(case.rest, key=lambda f: (node.depth.more.get(f, 0), f))
    values = dict(case.values)
    left = {where: some for where, some, _ in case.sums}
    for f in cheap:
        where = adds[f]
        if where is None or where not in left:
            values[f] = int(node.depth.more.get(f, 0) < 0)
        else:
            values[f] = int(left[where] > 0)
            left[where] -= values[f]
    return values


def behind_depth(depth: Depth, case: Case, family: Family) -> Depth:
    """The depth behind an edge."""
    fixed = case.values | {f: family.base.cells[f] for f in case.rest if f not in family.open}
    fixed = {f: v for f, v in fixed.items() if v in (0, 1)}
    return Depth(depth.at(fixed) + 1, {f: depth.more[f] for f in family.open})


def join(cfg: CFG, a: Node, b: Node) -> Node | None:
    """One family for two that differ in one flag, and in at most one reference that goes with it; None if they do not."""
    x, y = a.family, b.family
    if x.open != y.open or x.adds != y.adds or x.base.contexts != y.base.contexts:
        return None
    apart = [c for c, (v, w) in enumerate(zip(x.base.cells, y.base.cells, strict=True)) if v != w]
    if len(apart) != 1:
        return None
    flag = apart[0]
    values = (x.base.cells[flag], y.base.cells[flag])
    if cfg.cells[flag].kind != "bool" or set(values) != {0, 1}:
        return None
    zero, one = (a, b) if values == (0, 1) else (b, a)
    where = _added_reference(zero.family.base, one.family.base)
    if where == "unlike":
        return None
    open_now = sorted([*zip(x.open, x.adds, strict=True), (flag, where)], key=lambda pair: pair[0])
    family = Family(zero.family.base, tuple(f for f, _ in open_now), tuple(w for _, w in open_now))  # type: ignore[misc]
    found = Node(family, Depth(zero.depth.least, zero.depth.more | {flag: one.depth.least - zero.depth.least}))
    found.halves = (flag, zero, one)
    return found


def _added_reference(zero: State, one: State) -> tuple[int, int] | str | None:
    """The object that has one reference more in the second state; None if there is none, `unlike` if more differs."""
    if zero.pools == one.pools:
        return None
    found: list[tuple[int, int]] = []
    for r, (left, right) in enumerate(zip(zero.pools, one.pools, strict=True)):
        if len(left) != len(right):
            return "unlike"
        for n, (o, p) in enumerate(zip(left, right, strict=True), 1):
            if o == p:
                continue
            if o is None or p is None or o[:REFS] + o[REFS + 1 :] != p[:REFS] + p[REFS + 1 :] or p[REFS] != o[REFS] + 1:
                return "unlike"
            found.append((r, n))
    return found[0] if len(found) == 1 and exists(zero, found[0]) else "unlike"


def reverse_postorder(cfg: CFG) -> list[int]:
    """For each location its place in reverse postorder of a depth-first search."""
    out, place, left = cfg.out_edges(), [cfg.locations] * cfg.locations, cfg.locations
    seen = {cfg.start}
    stack = [(cfg.start, iter(out[cfg.start]))]
    while stack:
        location, edges = stack[-1]
        for edge in edges:
            if edge.dst not in seen:
                seen.add(edge.dst)
                stack.append((edge.dst, iter(out[edge.dst])))
                break
        else:
            stack.pop()
            left -= 1
            place[location] = left
    return place


class Lifted(NamedTuple):
    """Families per location; the exploration that was confirmed, and paths to its findings; properties in doubt."""

    families: tuple[tuple[Family, ...], ...]
    exploration: Exploration
    paths: tuple[list[tuple[State, Edge]], ...]
    doubt: dict[str, str]


def lift(cfg: CFG, steps: Steps, limit: int, until: float = math.inf) -> Lifted | str:
    """The families of a graph, or the reason why there are none; `until` by time.perf_counter()."""
    lifted = Lift(cfg, steps, limit, until)
    try:
        lifted.run()
    except TooCoarseError as e:
        return str(e)
    states: tuple[dict[State, None], ...] = tuple({} for _ in range(cfg.locations))
    taken: set[int] = set()

    def note(path: list[tuple[State, Edge]]) -> None:
        for state, edge in path:
            states[edge.src][state] = None
            taken.add(edge.number)
        for after, _ in steps.step(*path[-1]):
            if after is not None:
                states[path[-1][1].dst][after] = None

    found, paths, doubt = list[Found](), list[list[tuple[State, Edge]]](), dict[str, str]()
    broken: set[tuple[int, str]] = set()
    for breaks in lifted.breaks.values():
        edge, violation = breaks[0].edge, breaks[0].violation
        ways = sorted(breaks, key=lambda b: b.node.depth.at(choose(b.node, b.case)))
        path = next((p for b in ways if (p := lifted.walk(b.node, b.edge, b.case)) and _breaks(steps, p, violation)), None)
        if path is None:
            doubt[violation.property] = f"a violation was proposed at {edge.span}, but no path to it was found"
            continue
        note(path)
        broken.add((edge.number, violation.property))
        found.append(Found(edge, path[-1][0], violation, len(breaks)))
        paths.append(path)
    order = reverse_postorder(cfg)
    for node, edge, case in sorted(lifted.taken.values(), key=lambda t: -order[t[1].src]):
        for winding in (True, False):
            if edge.number not in taken and (path := lifted.walk(node, edge, case, winding)):
                note(path)
        if edge.number not in taken:
            doubt["sanity"] = f"whether {edge.span} is reached was not found out"
    for edge in (e for e in cfg.edges if any(isinstance(op, ops.Exit) for op in e.ops)):
        # every outcome that an exit has
        for node in lifted.at[edge.src]:
            for case, state in cases(node.family, steps, edge):
                if state not in states[edge.src] and steps.step(state, edge) and (path := lifted.walk(node, edge, case)):
                    note(path)
    # walks pass through some members only: an outcome that they do not have may be had by others
    lacking = [u.text for u in unreached(cfg, states, taken, []) if u.what == "promise"]
    if lacking:
        doubt.setdefault("sanity", f"{lacking[0]}, on the paths that were walked")
    families = tuple(tuple(n.family for n in nodes) for nodes in lifted.at)
    met = tuple(map(tuple, states))
    done = Exploration(met, tuple(found), frozenset(taken), frozenset(broken), complete=True, steps=lifted.number)
    return Lifted(families, done, tuple(paths), doubt)


def _breaks(steps: Steps, path: list[tuple[State, Edge]], violation: Violation) -> bool:
    return any(violation in broken for _, broken in steps.step(*path[-1]))
