"""Obligations of a proposed invariant as SMT-LIB 2: consecution and safety of every edge.

An edge sees a part of each state only (local.py), and edges that do the same up to the numbers of cells, contexts and
objects have one shape.  For a shape and the local states that it is met in, an obligation says: from each of these
states the edge leads into one of the successors that the reference gives, and breaks nothing but what the reference
says.  That the successors, put back into the whole, are in the invariant again is a matter of sets (prove.py).
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from refcheck.diagnostics import InternalError
from refcheck.engine.operations import Machine
from refcheck.engine.propose import Exploration
from refcheck.engine.smt import Script, Term, conj, disj, eq, ite, lit, neg
from refcheck.heap import State
from refcheck.local import Steps
from refcheck.program import BITS, CFG, New, flat
from refcheck.semantics import Result
from refcheck.shape import Shape

Vector = tuple[int, ...]
Kinds = tuple[int, ...]
Case = tuple[State, tuple[Result, ...]]


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
        steps = Steps(cfg)
        for edge in cfg.edges:
            for state in states[edge.src]:
                steps.step(state, edge)
    if steps.uncut:
        raise InternalError(f"{cfg.function}: a pointer names an object that does not exist")
    met: dict[Shape, tuple[dict[tuple[Kinds, State], None], list[int]]] = {}
    for number, lens in enumerate(steps.lenses):
        if lens is not None and lens.met:
            seen, edges = met.setdefault(lens.shape, ({}, []))
            seen.update(lens.met)
            edges.append(number)
    return [
        Obligation(*encoded(shape, kinds, pre, excused), tuple(edges))
        for shape, (seen, edges) in met.items() for kinds, pre in _groups(shape, seen)
    ]  # fmt: skip


def _groups(shape: Shape, seen: Iterable[tuple[Kinds, State]]) -> list[tuple[Kinds, frozenset[State]]]:
    """The local states of a shape, those together that differ in numbers and flags only."""
    scalar = [i for i, c in enumerate(shape.graph.cells) if c.kind != "ptr"]
    groups: dict[tuple[object, ...], list[State]] = {}
    for kinds, state in seen:
        cells = list(state.cells)
        for i in scalar:
            cells[i] = 0
        groups.setdefault((kinds, tuple(cells), state.contexts, state.pools), []).append(state)
    return [(asked[0], frozenset(pre)) for asked, pre in groups.items()]  # type: ignore[misc]


Encoded = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


@cache
def _encoded_in_this_process() -> dict[tuple[Shape, Kinds, frozenset[State], bool], Encoded]:
    """The scripts that were written so far; each is determined by its key."""
    return {}


def encoded(shape: Shape, kinds: Kinds, pre: frozenset[State], excused: bool) -> Encoded:
    """Script and failures of a shape in some local states."""
    table = _encoded_in_this_process()
    found = table.get((shape, kinds, pre, excused))
    if found is None:
        if len(table) > 100_000:
            table.clear()
        cases = [(s, shape.step(kinds, s)) for s in sorted(pre, key=lambda s: s.cells)]
        found = table[shape, kinds, pre, excused] = encode(shape.cfg(kinds), cases, excused)
    return found


def pool_sizes(cfg: CFG, states: list[State]) -> list[int]:
    """How many objects of each resource the edge can meet; none where it does not look at objects."""
    if not states[0].pools:
        return []
    sizes = [0] * len(cfg.resources)
    for state in states:
        sizes = [max(a, len(p)) for a, p in zip(sizes, state.pools, strict=True)]
    made = [cfg.cells[op.cell].resource for op in flat(cfg.edges[0].ops) if isinstance(op, New)]
    return [n + made.count(r) for r, n in enumerate(sizes)]


def _vector(cfg: CFG, state: State, sizes: list[int]) -> Vector:
    """A local state as numbers: cells, contexts, then each object's existence and fields."""
    numbers = [*state.cells, *state.contexts]
    for r, pool in enumerate(state.pools):
        width = BITS + len(cfg.resources[r].facts) + 2 * len(cfg.resources[r].slots)
        for i in range(sizes[r]):
            obj = pool[i] if i < len(pool) else None
            numbers += [0] * (width + 1) if obj is None else [1, *obj]
    return tuple(numbers)


def encode(cfg: CFG, cases: list[Case], excused: bool) -> Encoded:
    """The obligation of the only edge of a graph: in each case it breaks nothing and leads to what the case says."""
    script, edge = Script("o"), cfg.edges[0]
    sizes = pool_sizes(cfg, [s for before, results in cases for s in (before, *(r[0] for r in results)) if s is not None])
    rows = [_vector(cfg, s, sizes) for s, _ in cases]
    terms, assumed = _variables(script, rows)
    sym = _symbolic(cfg, script, sizes, terms)
    value, undefined = sym.condition(edge.guard, assumed)
    going = script.name(conj(assumed, disj(value, undefined)))
    for op in edge.ops:
        sym.apply(op, going)
    if sizes:
        sym.collect()
    failures: dict[str, Term] = {}
    for prop, found in sym.bad.items():
        known = [row for row, (_, rs) in zip(rows, cases, strict=True) if excused and any(_breaks(r, prop) for r in rs)]
        failures[prop] = conj(going, disj(*found), neg(member(script, terms, known)))
    end = _terms(sym)
    pairs = [
        (*row, *_vector(cfg, after, sizes))
        for row, (_, results) in zip(rows, cases, strict=True) for after, _ in results if after is not None
    ]  # fmt: skip
    failures["consecution"] = conj(going, neg(sym.stopped), neg(member(script, [*terms, *end], pairs)))
    kept = tuple((p, lit(t)) for p, t in sorted(failures.items()) if t is not False)
    return tuple(script.lines), kept


def _breaks(result: Result, prop: str) -> bool:
    return any(v.property == prop for v in result[1])


def _variables(script: Script, vectors: list[Vector]) -> tuple[list[Term], Term]:
    """Terms for the positions of some vectors, and the term that says they are one of these vectors.

    What all vectors have in common is a constant; the rest are symbols.
    """
    first = vectors[0]
    if len(vectors) == 1:
        return list(first), True
    columns = zip(*vectors, strict=True)
    names: list[Term] = [
        n if len(set(column)) == 1 else script.variable("Int") for n, column in zip(first, columns, strict=True)
    ]
    return names, member(script, names, vectors)


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


def symbolic(cfg: CFG, script: Script, sizes: list[int], state: State) -> Machine:
    """A symbolic state that is a local state."""
    return _symbolic(cfg, script, sizes, list(_vector(cfg, state, sizes)))


def _symbolic(cfg: CFG, script: Script, sizes: list[int], terms: list[Term]) -> Machine:
    """A symbolic state that is made of the given terms."""
    taken = iter(terms)
    cells: list[Term] = [next(taken) for _ in cfg.cells]
    contexts: list[Term] = [next(taken) for _ in cfg.contexts]
    pools: list[list[list[Term]]] = []
    exists: list[list[Term]] = []
    for r, size in enumerate(sizes):
        width = BITS + len(cfg.resources[r].facts) + 2 * len(cfg.resources[r].slots)
        here: list[list[Term]] = []
        there: list[Term] = []
        for _ in range(size):
            there.append(eq(next(taken), 1))
            here.append([next(taken) for _ in range(width)])
        pools.append(here)
        exists.append(there)
    return Machine(cfg, script, cells, contexts, pools, exists)


def _terms(sym: Machine) -> list[Term]:
    """A symbolic state in the order of `_vector`."""
    terms: list[Term] = [*sym.cells, *sym.contexts]
    for there, pool in zip(sym.exists, sym.pools, strict=True):
        for exists, fields in zip(there, pool, strict=True):
            terms += [ite(exists, 1, 0), *fields]
    return terms


def smtlib(cfg: CFG, exploration: Exploration) -> str:
    """All obligations of a function as one SMT-LIB 2 script with a check-sat for each; `unsat` means that it holds."""
    lines = [f"; {cfg.function} {cfg.entry}".rstrip(), "(set-logic QF_LIA)"]
    for o in shapes(cfg, exploration.states):
        edge = cfg.edges[o.edges[0]]
        about = ", ".join(p for p, _ in o.failures) or "holds by constant folding"
        comment = f"; {about}: {edge.text} at {edge.span}"
        lines.append("".join(c if c.isprintable() else " " for c in comment))
        if o.failures:
            lines += ["(push 1)", o.script, "(check-sat)", "(pop 1)"]
    return "\n".join(lines)
