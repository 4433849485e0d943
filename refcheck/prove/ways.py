# SPDX-License-Identifier: GPL-2.0-only
"""The ways in which an edge can go where predicates are followed: all that Z3 finds, one after the other.

The most exact abstraction over the predicates that have to do with the edge (Graf and Saidi 1997, doi
10.1007/3-540-63166-6_10).
Whether these are all is not for this module to say: refinement/lemmas.py asks again.
"""

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.graph.footprint import reads, touched
from refcheck.prove import solver
from refcheck.refinement.data import Refinement, Way, Ways, begun, cells_of, is_seen, moved
from refcheck.refinement.reals import Integers

MOST_WAYS = 256


class TooManyError(Exception):
    """An edge goes more ways than are worth following."""


def ways(cfg: CFG, r: Refinement, edge: Edge, timeout_ms: int, rlimit: int) -> Ways:
    """The ways of an edge under the predicates of a refinement; TooManyError where they are too many, or Z3 gives up."""
    kept = (p for p in r.at[edge.dst] if is_seen(cfg, r.predicates[p]) and not cells_of(r.predicates[p]) & moved(edge))
    here = {*r.at[edge.src], *kept}
    fresh = [p for p in begun(r, edge) if not is_seen(cfg, r.predicates[p])]
    asked = set[int]().union(reads(edge.guard), *(reads(op) for op in edge.ops))
    supposed = any(isinstance(op, ops.Suppose) for op in edge.ops)
    near = (asked if supposed or _is_integer_guard(cfg, edge) else set()).union(*(cells_of(r.predicates[p]) for p in fresh))
    if fresh:
        near |= asked
    before = [p for p in _linked(r, here, near) if not is_seen(cfg, r.predicates[p]) or cells_of(r.predicates[p]) <= asked]
    written = [c for op in edge.ops if not isinstance(op, ops.Kill) for c in touched(op)]
    free = ops.choices(edge.ops)
    told = [op for op in free if op.cell in near and written.count(op.cell) == 1 and cfg.cells[op.cell].kind != "ptr"]
    wanted = any(cells_of(r.predicates[p]) & {op.cell for op in told} for p in r.at[edge.dst])
    if not fresh and not before and not wanted:
        return None
    rows = _all(cfg, r, edge, EdgeQuestion(before, fresh, told), timeout_ms, rlimit)
    rows.sort()  # in which order Z3 finds them depends on what it was asked before
    for place in range(len(free)):
        rows = _merged(rows, place)
    everything = tuple(op.values for op in free)
    if not fresh and len(rows) == 2 ** len(before) and all(row.picks == everything for row in rows):
        return None
    return tuple(rows)


def _is_integer_guard(cfg: CFG, edge: Edge) -> bool:
    return any(cfg.cells[c].kind != "ptr" for c in reads(edge.guard))


def _linked(r: Refinement, here: set[int], near: set[int]) -> list[int]:
    """The predicates in front of an edge that speak of some cells, or of such that these are linked to by others."""
    found: set[int] = set()
    while more := {p for p in here - found if cells_of(r.predicates[p]) & near}:
        found |= more
        near = near.union(*(cells_of(r.predicates[p]) for p in more))
    return sorted(found)


class EdgeQuestion(NamedTuple):
    """What is asked of an edge: predicates in front of it and behind it, and choices of classes."""

    before: list[int]
    after: list[int]
    choices: list[ops.Havoc]


def _all(cfg: CFG, r: Refinement, edge: Edge, asked: EdgeQuestion, timeout_ms: int, rlimit: int) -> list[Way]:
    """A way for each combination of truths and classes that some integers have."""
    world = Integers(cfg, "w")
    names: list[str] = []

    def note(text: str) -> None:
        names.append(f"t{len(names)}")
        world.lines.append(f"(define-fun {names[-1]} () Int {text})")

    def note_truths(numbers: list[int]) -> None:
        for p in numbers:
            note(f"(ite {world.predicate(r.predicates[p])} 1 0)")

    note_truths(asked.before)
    chosen = world.edge(edge)
    note_truths(asked.after)
    free = ops.choices(edge.ops)
    for op, symbol in zip(free, chosen, strict=True):
        if op in asked.choices:
            note(_class_number(world, symbol, op))
    script, rows = "\n".join(world.lines), list[Way]()
    while True:
        answer = solver.check(script, tuple(names), timeout_ms, rlimit)
        if answer.status == "unsat":
            return rows
        if answer.status != "sat" or len(rows) >= MOST_WAYS:
            raise TooManyError
        values = iter([answer.values[n] for n in names])
        before = tuple((p, bool(next(values))) for p in asked.before)
        after = tuple((p, bool(next(values))) for p in asked.after)
        picks = tuple((op.values[next(values)],) if op in asked.choices else op.values for op in free)
        rows.append(Way(before, picks, after))
        if not names:
            return rows
        same = " ".join(f"(= {n} {answer.values[n]})" for n in names)
        script += f"\n(assert (not (and {same})))"


def _class_number(world: Integers, symbol: str, op: ops.Havoc) -> str:
    """Which of the classes that a choice has an integer is in."""
    text = str(len(op.values) - 1)
    for i, value in enumerate(op.values[:-1]):
        text = f"(ite {world.one_of(symbol, op.cell, (value,))} {i} {text})"
    return text


def _merged(rows: list[Way], place: int) -> list[Way]:
    """Ways that differ in what one choice gives only, as one."""
    found: dict[tuple[object, ...], Way] = {}
    for row in rows:
        key = row.before, row.after, row.picks[:place], row.picks[place + 1 :]
        known = found.get(key)
        values = tuple(sorted({*(known.picks[place] if known else ()), *row.picks[place]}))
        found[key] = row._replace(picks=(*row.picks[:place], values, *row.picks[place + 1 :]))
    return list(found.values())
