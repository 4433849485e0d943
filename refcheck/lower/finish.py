"""From a finished builder to a CFG: empty edges contracted, unreachable code cut, dead cells forgotten.

A cell is dead where no path reads it before writing it (backward liveness; Kildall 1973, doi 10.1145/512927.512945).
Forgetting dead cells keeps the number of states per location small; it is an operation of the program (`Kill`), so
that every interpretation of the CFG does the same.
"""

from refcheck.footprint import cond_cells, reads, touched, writes
from refcheck.lower.builder import Builder
from refcheck.program import TRUE, Edge, Exit, Kill, key
from refcheck.source import Span


def contract_joins(b: Builder) -> list[Edge]:
    """Edges without empty unconditional steps: a location whose only way on is such a step is its target."""
    out: dict[int, list[Edge]] = {}
    for e in b.edges:
        out.setdefault(e.src, []).append(e)
    goes: dict[int, int] = {}
    for src, edges in out.items():
        first = edges[0]
        plain = not first.ops and key(first.guard) == key(TRUE)
        if src != 0 and len(edges) == 1 and first.kind == "join" and plain and first.dst != src:
            goes[src] = first.dst

    def final(location: int) -> int:
        seen = [location]
        while location in goes:
            location = goes[location]
            if location in seen:
                return location
            seen.append(location)
        return location

    kept = [e._replace(dst=final(e.dst)) for e in b.edges if e.src not in goes or final(e.src) == e.src]
    reached, todo = {0}, [0]
    follow: dict[int, list[int]] = {}
    for e in kept:
        follow.setdefault(e.src, []).append(e.dst)
    while todo:
        for dst in follow.get(todo.pop(), []):
            if dst not in reached:
                reached.add(dst)
                todo.append(dst)
    return [e for e in kept if e.src in reached]


def unreachable_code(b: Builder, kept: list[Edge]) -> list[Span]:
    """Spans of the user's own statements that no path in the graph comes to, outermost first."""
    reached = {0} | {e.dst for e in kept}
    numbers = {e.number for e in kept}
    cut = [e for e in b.edges if e.number not in numbers and e.src not in reached]
    own = ("statement", "outcome", "choice", "branch", "exit")
    return [e.span for e in cut if e.kind in own and not e.stack[1:] and e.text != "end of function"]


def renumber(edges: list[Edge], exit_location: int) -> tuple[list[Edge], int]:
    """Locations numbered in order of first appearance, 0 the start, 1 the exit; returns edges and their number."""
    index = {0: 0, exit_location: 1}
    for e in edges:
        for location in (e.src, e.dst):
            index.setdefault(location, len(index))
    return [e._replace(number=i, src=index[e.src], dst=index[e.dst]) for i, e in enumerate(edges)], len(index)


def add_kills(edges: list[Edge], locations: int, pinned: set[int]) -> list[Edge]:
    """Each edge forgets what it leaves dead; pinned cells are kept to the exit."""
    uses: list[set[int]] = []
    defs: list[set[int]] = []
    for e in edges:
        live_in, defined = cond_cells(e.guard), set[int]()
        for op in e.ops:
            live_in |= reads(op) - defined
            defined |= writes(op)
        uses.append(live_in)
        defs.append(defined)
    live: list[set[int]] = [set() for _ in range(locations)]
    preds: list[list[int]] = [[] for _ in range(locations)]
    for i, e in enumerate(edges):
        preds[e.dst].append(i)
    todo = list(range(locations))
    waiting = [True] * locations
    while todo:
        location = todo.pop()
        waiting[location] = False
        for i in preds[location]:
            src = edges[i].src
            more = uses[i] | (live[location] - defs[i])
            if not more <= live[src]:
                live[src] |= more
                if not waiting[src]:
                    waiting[src] = True
                    todo.append(src)
    result = []
    for i, e in enumerate(edges):
        written = set[int]().union(*(touched(op) for op in e.ops)) if e.ops else set()
        dead = sorted((live[e.src] | written | uses[i]) - live[e.dst] - pinned)
        is_exit = any(isinstance(op, Exit) for op in e.ops)
        kills = tuple(Kill(c) for c in dead) if not is_exit else ()
        result.append(e._replace(ops=(*e.ops, *kills)))
    return result

