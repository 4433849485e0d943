# SPDX-License-Identifier: GPL-2.0-only
"""From a finished builder to a CFG: empty edges contracted, unreachable code cut, dead cells forgotten.

A cell is dead where no path reads it before writing it (backward liveness; Kildall 1973, doi 10.1145/512927.512945).
Forgetting dead cells keeps the number of states per location small; it is an operation of the program (`Kill`), so
that every interpretation of the CFG does the same.
"""

from functools import lru_cache

from refcheck.graph import ops
from refcheck.graph.cfg import Edge
from refcheck.graph.footprint import reads, touched, writes
from refcheck.lower.builder import Builder
from refcheck.lower.logic import is_true


def contract_joins(b: Builder) -> list[Edge]:
    """Edges without empty unconditional steps: a location whose only way on is such a step is its target."""
    out: dict[int, list[Edge]] = {}
    for e in b.edges:
        out.setdefault(e.src, []).append(e)
    goes: dict[int, int] = {}
    for src, edges in out.items():
        if len(edges) == 1 and src != 0:
            only = edges[0]
            if only.kind == "join" and not only.ops and is_true(only.guard) and only.dst != src:
                goes[src] = only.dst

    def final(location: int) -> int:
        """Where a chain of empty steps ends; what was found is remembered for the whole chain."""
        seen = {location: None}
        while location in goes:
            location = goes[location]
            if location in seen:
                break
            seen[location] = None
        if location not in goes:
            goes.update((s, location) for s in seen if s != location)
        return location

    kept: list[Edge] = []
    follow: dict[int, list[int]] = {}
    for e in b.edges:
        if e.src in goes and final(e.src) != e.src:
            continue
        moved = Edge._make((*e[:2], final(e.dst), *e[3:])) if e.dst in goes else e
        kept.append(moved)
        follow.setdefault(e.src, []).append(moved.dst)
    reached, todo = {0}, [0]
    while todo:
        for dst in follow.get(todo.pop(), []):
            if dst not in reached:
                reached.add(dst)
                todo.append(dst)
    return [e for e in kept if e.src in reached]


def unreachable_code(b: Builder, kept: list[Edge]) -> list[Edge]:
    """The edges of the user's own statements that no path in the graph comes to, outermost first."""
    reached = {0} | {e.dst for e in kept}
    numbers = {e.number for e in kept}
    cut = [e for e in b.edges if e.number not in numbers and e.src not in reached]
    own = ("statement", "outcome", "choice", "branch", "exit")
    said = [e for e in cut if e.kind in own and not e.stack[1:] and e.number not in b.implied]
    return [e for e in said if e.text != "end of function"]


def renumber(edges: list[Edge], exit_location: int) -> tuple[list[Edge], int]:
    """Locations numbered in order of first appearance, 0 the start, 1 the exit; returns edges and their number."""
    index = {0: 0, exit_location: 1}
    for e in edges:
        for location in (e.src, e.dst):
            index.setdefault(location, len(index))
    return [Edge._make((i, index[e.src], index[e.dst], *e[3:])) for i, e in enumerate(edges)], len(index)


def add_kills(edges: list[Edge], locations: int, pinned: set[int]) -> list[Edge]:
    """Each edge forgets what it leaves dead; pinned cells are kept to the exit.

    Sets of cells are the bits of an integer.  Locations are visited in postorder, so that a graph without loops needs one
    round, and one with loops about one more than they nest.
    """
    uses, defs, written = [0] * len(edges), [0] * len(edges), [0] * len(edges)
    out: list[list[int]] = [[] for _ in range(locations)]
    for i, e in enumerate(edges):
        used, defined, may = 0 if is_true(e.guard) else _bits(reads(e.guard)), 0, 0
        for op in e.ops:
            read, wrote, perhaps = _cells_of(op)
            used |= read & ~defined
            defined |= wrote
            may |= perhaps
        uses[i], defs[i], written[i] = used, defined, may
        out[e.src].append(i)
    live, changed = [0] * locations, True
    order = _postorder(edges, out)
    while changed:
        changed = False
        for location in order:
            now = 0
            for i in out[location]:
                now |= uses[i] | (live[edges[i].dst] & ~defs[i])
            if now != live[location]:
                live[location], changed = now, True
    kept = ~_bits(pinned - {-1})
    result = []
    for i, e in enumerate(edges):
        dead = (live[e.src] | written[i] | uses[i]) & ~live[e.dst] & kept
        if dead and not any(isinstance(op, ops.Exit) for op in e.ops):
            result.append(Edge._make((*e[:4], (*e.ops, *map(ops.Kill, _cells(dead))), *e[5:])))
        else:
            result.append(e)
    return result


def _cells_of(op: ops.Op) -> tuple[int, int, int]:
    """The cells of an operation as bits: read, certainly written, perhaps written."""
    # Operations of different classes can be equal; those that hold others are looked at each time.
    return _footprint(op) if isinstance(op, ops.When | ops.Require | ops.Suppose) else _known_footprint(op)


def _footprint(op: ops.Op) -> tuple[int, int, int]:
    return _bits(reads(op)), _bits(writes(op)), _bits(touched(op))


@lru_cache(maxsize=4096, typed=True)
def _known_footprint(op: ops.Op) -> tuple[int, int, int]:
    return _footprint(op)


def _bits(cells: set[int]) -> int:
    found = 0
    for c in cells:
        found |= 1 << c
    return found


def _cells(bits: int) -> list[int]:
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def _postorder(edges: list[Edge], out: list[list[int]]) -> list[int]:
    """The locations that the start reaches, each behind those that it leads to (loops aside)."""
    order: list[int] = []
    seen, path = {0}, [(0, iter(out[0]))]
    while path:
        location, left = path[-1]
        for i in left:
            dst = edges[i].dst
            if dst not in seen:
                seen.add(dst)
                path.append((dst, iter(out[dst])))
                break
        else:
            order.append(location)
            path.pop()
    return order
