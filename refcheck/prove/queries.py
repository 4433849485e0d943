# SPDX-License-Identifier: GPL-2.0-only
"""The obligations of a certificate as SMT-LIB 2, for solvers that did not take part in the proof.

They are written from graph and certificate anew, without what makes the prover's own queries few and small: every
edge has a query of its own, over the whole state, and every position of the state is a symbol, also where all states
agree on it.  What is shared with the prover is the meaning of the operations (encoding/): another
solver confirms the solver, the reference semantics confirms the encoding (verdict/check.py).

A query is `initiation` (the initial state is in the invariant) or one edge (from every state of the invariant it leads
into the invariant, and breaks nothing that is claimed).  It holds where the script is unsatisfiable.
"""

from collections.abc import Iterable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.certificate.numbers import flat, width
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.graph.obligations import NAMES
from refcheck.meaning.state import State, initial_state
from refcheck.prove.encoding.conditions import condition
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import Script, Term, conj, disj, eq, ite, lit, neg
from refcheck.prove.encoding.state import SymObject
from refcheck.prove.encoding.step import apply
from refcheck.refinement.graph import refined
from refcheck.refinement.lemmas import lemmas
from refcheck.verdict.verdict import Certificate

CellValues = tuple[int, ...]


class Query(NamedTuple):
    """One obligation: its name, what it says in words, and its script.

    The script is empty where there is nothing to ask; then `settled` says why.
    """

    name: str
    about: str
    script: str
    settled: str = ""


def queries(cfg: CFG, certificate: Certificate, claimed: frozenset[str]) -> Iterator[Query]:
    """The lemmas of a refinement, initiation, then one query for each edge, in order."""
    if certificate.refinement is not None:
        for edge, script in lemmas(cfg, certificate.refinement):
            yield Query(f"lemma of edge {edge.number}", f"{edge.text} at {edge.span} goes one of its ways", script)
        cfg, _ = refined(cfg, certificate.refinement)
    yield _initiation(cfg, certificate.states[cfg.start])
    for edge in cfg.edges:
        yield _step(cfg, edge, certificate.states[edge.src], certificate.states[edge.dst], claimed)


def _initiation(cfg: CFG, states: tuple[State, ...]) -> Query:
    script = Script("i")
    sizes = _sizes(cfg, (), states)
    terms: list[Term] = [script.variable("Int") for _ in _row(cfg, initial_state(cfg), sizes)]
    _among(script, terms, [_row(cfg, initial_state(cfg), sizes)])
    outside = neg(_member(terms, [_row(cfg, s, sizes) for s in states]))
    return _query(script, "initiation", "the initial state is in the invariant", outside)


def _step(
    cfg: CFG, edge: Edge, before: tuple[State, ...], after: tuple[State, ...], claimed: frozenset[str]
) -> Query:  # fmt: skip
    name = f"edge {edge.number}"
    about = f"{edge.src} -> {edge.dst}: {edge.text} at {edge.span}"
    if not before:
        return Query(name, about, "", "the invariant has no state at its source")
    script = Script(f"e{edge.number}_")
    sizes = _sizes(cfg, (edge,), (*before, *after))
    terms: list[Term] = [script.variable("Int") for _ in _row(cfg, before[0], sizes)]
    _among(script, terms, [_row(cfg, s, sizes) for s in before])
    machine = _machine(cfg, script, terms, sizes)
    value, undefined = condition(machine, edge.guard, True)
    going = script.name(disj(value, undefined))
    for op in edge.ops:
        apply(machine, op, going)
    machine.collect()
    wrong = [t for p, found in sorted(machine.bad.items()) if p in claimed for t in found]
    outside = neg(_member(_terms(machine), [_row(cfg, s, sizes) for s in after]))
    failure = conj(going, disj(*wrong, conj(neg(machine.stopped), outside)))
    return _query(script, name, about, failure)


def _query(script: Script, name: str, about: str, failure: Term) -> Query:
    if failure is False:
        return Query(name, about, "", "it folds to a constant")
    return Query(name, about, "\n".join([*script.lines, f"(assert {lit(failure)})"]))


# ---------------------------------------------------------------------------------------------- states as rows


def _sizes(cfg: CFG, edges: tuple[Edge, ...], states: Iterable[State]) -> list[int]:
    """How many objects of each resource can be met: those of the states, and those that the edges make."""
    sizes = [0] * len(cfg.resources)
    for state in states:
        sizes = [max(n, len(pool)) for n, pool in zip(sizes, state.pools, strict=True)]
    made = [cfg.cells[op.cell].resource for e in edges for op in ops.flat(e.ops) if isinstance(op, ops.New)]
    return [n + made.count(r) for r, n in enumerate(sizes)]


def _row(cfg: CFG, state: State, sizes: list[int]) -> CellValues:
    """A state as numbers: cells, contexts, then for each place of a pool whether there is an object, and its fields."""
    row = [*state.cells, *state.contexts]
    for resource, size, pool in zip(cfg.resources, sizes, state.pools, strict=True):
        for obj in (*pool, *(None,) * (size - len(pool))):
            row += [0] * (width(resource) + 1) if obj is None else [1, *flat(obj)]
    return tuple(row)


def _among(script: Script, terms: list[Term], rows: list[CellValues]) -> None:
    """Assert that the symbols are one of the rows; what all rows share is asserted once."""
    shared = [len({row[i] for row in rows}) == 1 for i in range(len(terms))]
    for i, term in enumerate(terms):
        if shared[i]:
            script.lines.append(f"(assert {lit(eq(term, rows[0][i]))})")
    if not all(shared):
        rest = [i for i, s in enumerate(shared) if not s]
        cut = [tuple(row[i] for i in rest) for row in rows]
        script.lines.append(f"(assert {lit(_member([terms[i] for i in rest], cut))})")


def _member(terms: list[Term], rows: list[CellValues]) -> Term:
    """The terms are one of the rows."""
    distinct = dict.fromkeys(rows)
    return disj(*(conj(*(eq(t, n) for t, n in zip(terms, row, strict=True))) for row in distinct))


def _machine(cfg: CFG, script: Script, terms: list[Term], sizes: list[int]) -> SymHeap:
    """A symbolic state that is made of the symbols of a row."""
    left = iter(terms)
    cells = [next(left) for _ in cfg.cells]
    contexts = [next(left) for _ in cfg.contexts]
    pools = [
        [SymObject(eq(next(left), 1), [next(left) for _ in range(width(resource))], resource) for _ in range(size)]
        for resource, size in zip(cfg.resources, sizes, strict=True)
    ]
    return SymHeap(cfg, script, cells, contexts, pools)


def _terms(machine: SymHeap) -> list[Term]:
    """A symbolic state in the order of a row."""
    terms = [*machine.cells, *machine.contexts]
    for pool in machine.pools:
        for obj in pool:
            terms += [ite(obj.exists, 1, 0), *obj.flat()]
    return terms


# ---------------------------------------------------------------------------------------------- files


def text(cfg: CFG, certificate: Certificate, claimed: frozenset[str]) -> str:
    """All queries as one file; every `check-sat` must answer `unsat`.

    What is not asked is listed with its reason and counted.
    """
    found = list(queries(cfg, certificate, claimed))
    asked = [q for q in found if q.script]
    words = "edges" if certificate.refinement is None else "edges and lemmas"
    logic = "QF_LIA" if certificate.refinement is None else "ALL"
    head = f"{cfg.function} {cfg.entry}".rstrip()
    lines = [
        _comment(f"{head}: claimed to hold: {', '.join(sorted(claimed)) or 'nothing'}"),
        _comment(f"{len(found)} obligations: initiation and {len(found) - 1} {words}; {len(asked)} are asked"),
    ]
    for why in dict.fromkeys(q.settled for q in found if q.settled):
        same = [q for q in found if q.settled == why]
        lines += [_comment(f"{len(same)} not asked: {why}"), *(_comment(f"  {q.name}: {q.about}") for q in same)]
    lines += [f"(set-logic {logic})", "(set-info :status unsat)", *(line for q in asked for line in _asked(q))]
    return "\n".join(lines) + "\n"


def smtlib(cfg: CFG, states: Iterable[Iterable[State]]) -> str:
    """The queries for states of each location as one file; `unsat` means that one holds, whatever is claimed."""
    found = queries(cfg, Certificate(tuple(map(tuple, states))), frozenset(NAMES))
    lines = [_comment(f"{cfg.function} {cfg.entry}".rstrip()), "(set-logic QF_LIA)"]
    for q in found:
        lines += _asked(q) if q.script else [_comment(f"{q.name}: {q.about}: not asked, {q.settled}")]
    return "\n".join(lines)


def _asked(q: Query) -> list[str]:
    return [_comment(f"{q.name}: {q.about}"), "(push 1)", q.script, "(check-sat)", "(pop 1)"]


def _comment(words: str) -> str:
    """A line of comment: what a model contains cannot end it."""
    return "; " + "".join(c if c.isprintable() else " " for c in words)
