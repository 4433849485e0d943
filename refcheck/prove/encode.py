# SPDX-License-Identifier: GPL-2.0-only
"""Obligations of a proposed invariant as SMT-LIB 2: consecution and safety of every edge.

An edge sees a part of each state only (local.py), and edges that do the same up to the numbers of cells, contexts and
objects have one shape.  For a shape and the local states that it is met in, an obligation says: from each of these
states the edge leads into one of the successors that the reference gives, and breaks nothing but what the reference
says.  That the successors, put back into the whole, are in the invariant again is a matter of sets (prove.py).
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from refcheck.base.diagnostics import InternalError
from refcheck.base.named import NamedTuple
from refcheck.certificate.numbers import flat, width
from refcheck.graph import ops
from refcheck.graph.cfg import CFG
from refcheck.lens.steps import Lens, Met, Shape, Steps, steps_of
from refcheck.meaning.state import State
from refcheck.meaning.step import StepResult
from refcheck.prove.encoding.conditions import condition
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.ranged import Ranged
from refcheck.prove.encoding.smt import RangedScript, Script, Term, among, conj, disj, eq, ite, lit, neg, values_of
from refcheck.prove.encoding.state import SymObject
from refcheck.prove.encoding.step import apply

Vector = tuple[int, ...]
StateResults = tuple[State, Sequence[StepResult]]
Encoded = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class Obligation(NamedTuple):
    """One distinct edge shape and what it is met in: its script, the terms that must be unsatisfiable, and the edges."""

    lines: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]
    edges: tuple[int, ...]

    @property
    def script(self) -> str:
        """The obligation as a script; it holds where this is unsatisfiable."""
        return "\n".join([*self.lines, f"(assert (or {' '.join(t for _, t in self.failures)} false))"])


def shapes(
    cfg: CFG, states: Sequence[Iterable[State]], steps: Steps | None = None, excused: bool = False
) -> list[Obligation]:
    """The obligations of all edges for a proposed invariant, equal ones joined.

    `steps` can be those with which all of the states were explored.  Where `excused`, a violation that the reference
    sees in a local state is left out there, so that every obligation holds if the two meanings agree.
    """
    if steps is None:
        steps = steps_of(cfg)
        for edge in cfg.edges:
            for state in states[edge.src]:
                steps.step(state, edge)
    if steps.uncut:
        raise InternalError(f"{cfg.function}: a pointer names an object that does not exist")
    met: dict[Shape, tuple[dict[Met, None], list[int]]] = {}
    known: set[Lens] = set()
    for number, lens in enumerate(steps.lenses):
        if lens is not None and lens.met:
            seen, edges = met.setdefault(lens.shape, ({}, []))
            edges.append(number)
            if lens not in known:
                known.add(lens)
                seen.update(lens.met)
    return [
        Obligation(*script, tuple(edges)) for shape, (seen, edges) in met.items() for script in scripts(shape, seen, excused)
    ]


@cache
def _encoded_in_this_process() -> dict[tuple[Shape, frozenset[Met], bool], list[Encoded]]:
    """The scripts that were written so far; they are determined by the key."""
    return {}


def scripts(shape: Shape, seen: Collection[Met], excused: bool) -> list[Encoded]:
    """Script and failures of a shape, for each group of the local states that it is met in."""
    table, asked = _encoded_in_this_process(), (shape, frozenset(seen), excused)
    found = table.get(asked)
    if found is None:
        if len(table) > 100_000:
            table.clear()
        groups = _groups(shape, seen) if len(seen) > 1 else [seen]
        if len(groups) == 1:
            cases = [(state, shape.step(kinds, state)) for kinds, state in sorted(seen, key=lambda one: one[1].cells)]
            found = [encode(shape.cfg(next(iter(seen))[0]), cases, excused)]
        else:
            found = [script for group in groups for script in scripts(shape, group, excused)]
        table[asked] = found
    return found


def _groups(shape: Shape, seen: Iterable[Met]) -> Sequence[Collection[Met]]:
    """The local states of a shape, those together that differ in numbers and flags only."""
    scalar = [i for i, c in enumerate(shape.graph.cells) if c.kind != "ptr"]
    groups: dict[tuple[object, ...], list[Met]] = {}
    for one in seen:
        kinds, state = one
        cells = list(state.cells)
        for i in scalar:
            cells[i] = 0
        groups.setdefault((kinds, tuple(cells), state.contexts, state.pools), []).append(one)
    return list(groups.values())


def encode(cfg: CFG, cases: Sequence[StateResults], excused: bool) -> Encoded:
    """The obligation of the only edge of a graph: in each case it breaks nothing and leads to what the case says.

    The states in front differ in cells only; where they do, the cell is a symbol.
    """
    script, edge = RangedScript("o"), cfg.edges[0]
    sym = symbolic(cfg, script, cases[0][0])
    going, doubt = _taken(sym, edge.guard, cases)
    if not going:
        return (), ()
    given = Given(script, [before.cells for before, _ in going])
    sym.cells = list(given.terms)
    if doubt:
        condition(sym, edge.guard, True)
    for op in edge.ops:
        apply(sym, op, True)
    if sym.objects:
        sym.collect()
    failures: dict[str, Term] = {}
    for prop, found in sym.bad.items():
        known = {before.cells for before, results in going if excused and any(_breaks(r, prop) for r in results)}
        failures[prop] = conj(disj(*found), neg(given.among(known)))
    if sym.stopped is not True:
        failures["consecution"] = conj(neg(sym.stopped), neg(_arrives(sym, given, going)))
    kept = tuple([(p, lit(t)) for p, t in sorted(failures.items()) if t is not False])
    return (*script.lines, *given.assumed) if kept else (), kept


def _taken(sym: SymHeap, guard: ops.Cond, cases: Sequence[StateResults]) -> tuple[Sequence[StateResults], bool]:
    """The cases in which the edge is taken, and whether the guard reads in one of them what was never written."""
    if isinstance(guard, ops.And) and not guard.args:
        return cases, False
    going, doubt = list[StateResults](), False
    for case in cases:
        sym.cells = list(case[0].cells)
        value, undefined = condition(sym, guard, False)
        if value is not False or undefined is not False:
            going.append(case)
            doubt = doubt or undefined is not False
    return going, doubt


def _breaks(result: StepResult, prop: str) -> bool:
    return any(v.property == prop for v in result[1])


class Given:
    """The cells in front of an edge, which are one of some rows: a constant where the rows agree, otherwise a symbol.

    `assumed` are the assertions that say so.
    """

    def __init__(self, script: Script, rows: list[Vector]) -> None:
        self.script = script
        self.rows = rows
        self.terms: list[Term] = list(rows[0])
        self.column: dict[Term, int] = {}
        self.assumed: tuple[str, ...] = ()
        if len(rows) > 1:
            for i, values in enumerate(map(set, zip(*rows, strict=True))):
                if len(values) > 1:
                    self.terms[i] = Ranged(script.variable("Int"), values)
                    self.column[self.terms[i]] = i
            self.assumed = (f"(assert {lit(disj(*map(self.row, rows)))})",)

    def row(self, row: Vector) -> Term:
        """The cells are this row."""
        return conj(*(f"(= {term} {lit(row[i])})" for term, i in self.column.items()))

    def among(self, rows: Collection[Vector]) -> Term:
        """The cells are one of some of the rows."""
        if len(rows) in (0, len(self.rows)):
            return bool(rows)
        return self.script.name(disj(*(self.row(row) for row in self.rows if row in rows)))


def _arrives(sym: SymHeap, given: Given, cases: Sequence[StateResults]) -> Term:
    """The state behind the edge is one of those that the cases say for what was in front."""
    behind = _, contexts, pools = tuple(sym.cells), tuple(sym.contexts), sym.frozen()
    if all(behind in [after for after, _ in results] for _, results in cases):
        return True
    pairs = [(before.cells, after) for before, results in cases for after, _ in results if after is not None]
    if all(after.contexts == contexts and after.pools == pools for _, after in pairs):
        terms, rows = sym.cells, [(row, after.cells) for row, after in pairs]
    else:
        sizes = [len(pool) for pool in sym.pools]
        fitting = [p for p in pairs if all(len(pool) <= n for pool, n in zip(p[1].pools, sizes, strict=True))]
        terms, rows = _terms(sym), [(row, _vector(sym.cfg, after, sizes)) for row, after in fitting]
    opened: dict[Term, int] = {}
    for j, term in enumerate(terms):
        # A row of the cases that says something else here is out.
        if isinstance(term, int):
            rows = [(row, after) for row, after in rows if after[j] == term]
        elif term in given.column:
            i = given.column[term]
            rows = [(row, after) for row, after in rows if after[j] == row[i]]
        elif opened.setdefault(term, j) != j:
            i = opened[term]
            rows = [(row, after) for row, after in rows if after[j] == after[i]]
    if not opened:
        return given.among({row for row, _ in rows})
    ways: dict[Vector, dict[Vector, None]] = {}
    for row, after in rows:
        ways.setdefault(row, {})[tuple([after[j] for j in opened.values()])] = None
    return disj(*_ways(given, list(opened), ways))


def _ways(given: Given, opened: list[Term], ways: dict[Vector, dict[Vector, None]]) -> Iterator[Term]:
    """For the rows with the same ends: the cells are one of these rows, and the open terms one of these ends."""
    alike: dict[frozenset[Vector], list[Vector]] = {}
    for row, ends in ways.items():
        alike.setdefault(frozenset(ends), []).append(row)
    for same, rows in alike.items():
        yield conj(given.among(rows), given.script.name(_all_of(opened, same)))


def _all_of(terms: list[Term], rows: frozenset[Vector]) -> Term:
    """The terms are one of the rows; true where the rows are all that the terms can be."""
    known = [values_of(t) for t in terms]
    if all(v is not None for v in known):
        possible = sum(all(n in v for n, v in zip(row, known, strict=True) if v is not None) for row in rows)
        if possible == math.prod(len(v) for v in known if v is not None):
            return True
    if len(terms) == 1:
        return among(terms[0], [row[0] for row in rows])
    return disj(*(conj(*(eq(t, n) for t, n in zip(terms, row, strict=True))) for row in sorted(rows)))


def member(script: Script, terms: list[Term], vectors: Sequence[Vector]) -> Term:
    """The terms are one of the vectors: what is common to all is said once."""
    if not vectors:
        return False
    first = vectors[0]
    once: list[Term] = []
    varying: list[int] = []
    for i, term in enumerate(terms):
        if len(vectors) > 1 and any(v[i] != first[i] for v in vectors):
            varying.append(i)
        elif isinstance(term, str):
            once.append(eq(term, first[i]))
        elif term != first[i]:
            return False
    if not varying:
        return script.name(conj(*once))
    rows = dict.fromkeys(tuple(v[i] for i in varying) for v in vectors)
    some = disj(*(conj(*(eq(terms[i], n) for i, n in zip(varying, row, strict=True))) for row in rows))
    return script.name(conj(*once, some))


def symbolic(cfg: CFG, script: Script, state: State) -> SymHeap:
    """The machine in a local state, with places for the objects that the only edge of the graph makes."""
    pools: list[list[SymObject]] = []
    if state.pools:
        made = [cfg.cells[op.cell].resource for op in ops.flat(cfg.edges[0].ops) if isinstance(op, ops.New)]
        for r, pool in enumerate(state.pools):
            resource = cfg.resources[r]
            absent = (0,) * width(resource)
            objects = (*pool, *(None,) * made.count(r))
            values = [absent if obj is None else flat(obj) for obj in objects]
            pools.append([SymObject(obj is not None, v, resource) for obj, v in zip(objects, values, strict=True)])
    return SymHeap(cfg, script, list(state.cells), list(state.contexts), pools)


def _vector(cfg: CFG, state: State, sizes: list[int]) -> Vector:
    """A local state as numbers: cells, contexts, then each object's existence and fields."""
    numbers = [*state.cells, *state.contexts]
    for resource, size, pool in zip(cfg.resources, sizes, state.pools, strict=True):
        for obj in (*pool, *(None,) * (size - len(pool))):
            numbers += [0] * (width(resource) + 1) if obj is None else [1, *flat(obj)]
    return tuple(numbers)


def _terms(sym: SymHeap) -> list[Term]:
    """A symbolic state in the order of `_vector`."""
    terms: list[Term] = [*sym.cells, *sym.contexts]
    for pool in sym.pools:
        for obj in pool:
            terms += [ite(obj.exists, 1, 0), *obj.flat()]
    return terms
