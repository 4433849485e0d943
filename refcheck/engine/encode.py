"""Obligations of a proposed invariant as SMT-LIB 2: consecution and safety of every edge.

An edge changes and reads few cells; states that agree on all others are dealt with together, and obligations that
are equal as texts are written once, so that the solver sees one query per distinct edge shape.
"""

from typing import NamedTuple

from refcheck.engine.operations import Machine
from refcheck.engine.propose import Exploration
from refcheck.engine.smt import Script, Term, conj, disj, eq, ite, lit, neg
from refcheck.footprint import cond_cells, promise_cells, reads, touched
from refcheck.heap import State
from refcheck.program import (
    BITS,
    CFG,
    CheckInit,
    Copy,
    Edge,
    Exit,
    Forget,
    Havoc,
    Kill,
    Need,
    NeedNone,
    New,
    Require,
    Set,
    Snapshot,
    Unreachable,
    flat,
)  # fmt: skip

Local = tuple[int, ...]


class Obligation(NamedTuple):
    """One distinct edge shape: its script, the terms that must be unsatisfiable, and the edges that have it."""

    lines: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]
    edges: tuple[int, ...]


class Footprint(NamedTuple):
    """What an edge reads or changes: cells, and whether contexts and objects are among it."""

    cells: tuple[int, ...]
    contexts: bool
    heap: bool


def footprint(cfg: CFG, edge: Edge) -> Footprint:
    """The part of the state that an edge can depend on or change."""
    ops = flat(edge.ops)
    cells = cond_cells(edge.guard).union(*(reads(o) | touched(o) for o in edge.ops))
    cells |= {op.cell for op in ops if isinstance(op, Kill)}
    light = (Require, Snapshot, Set, Copy, Forget, Havoc, Kill, CheckInit, Need, NeedNone, Unreachable)
    pointers = {c for c in cells if cfg.cells[c].kind == "ptr"}
    moved = any(isinstance(op, Set | Copy | Forget | Havoc | Kill) and op.cell in pointers for op in ops)
    heap = moved or any(not isinstance(op, light) for op in ops) or "SlotIs" in repr((edge.guard, ops))
    contexts = heap or any(isinstance(op, Need | NeedNone | Snapshot) for op in ops)
    if any(isinstance(op, Exit) for op in ops):
        cells |= promise_cells(cfg.promises)
        cells |= set(range(len(cfg.cells)))
    if heap:
        cells |= {i for i, c in enumerate(cfg.cells) if c.kind == "ptr"}
        cells |= {c for c in (*cfg.floor_cells, *cfg.dip_cells) if c >= 0}
    return Footprint(tuple(sorted(cells)), contexts, heap)


def split(state: State, fp: Footprint) -> tuple[State, State]:
    """A state cut into the part in the footprint and the rest."""
    inside = set(fp.cells)
    local = State(
        tuple(state.cells[c] for c in fp.cells), state.contexts if fp.contexts else (), state.pools if fp.heap else ()
    )
    rest = State(
        tuple(v for c, v in enumerate(state.cells) if c not in inside),
        () if fp.contexts else state.contexts,
        () if fp.heap else state.pools,
    )
    return local, rest


def shapes(cfg: CFG, states: tuple[dict[State, None], ...]) -> list[Obligation]:
    """The obligations of all edges for a proposed invariant, equal ones joined."""
    found: dict[tuple[object, ...], list[int]] = {}
    sources: dict[tuple[object, ...], tuple[Edge, Footprint, tuple[State, ...], tuple[State, ...]]] = {}
    for edge in cfg.edges:
        fp = footprint(cfg, edge)
        before: dict[State, dict[State, None]] = {}
        for s in states[edge.src]:
            local, rest = split(s, fp)
            before.setdefault(rest, {})[local] = None
        after: dict[State, dict[State, None]] = {}
        for s in states[edge.dst]:
            local, rest = split(s, fp)
            after.setdefault(rest, {})[local] = None
        for rest, group in before.items():
            pre = tuple(sorted(group, key=_order))
            post = tuple(sorted(after.get(rest, {}), key=_order))
            key = (repr(edge.guard), repr(edge.ops), pre, post)
            sources.setdefault(key, (edge, fp, pre, post))
            found.setdefault(key, []).append(edge.number)
    return [encode(cfg, i, *sources[key], tuple(numbers)) for i, (key, numbers) in enumerate(found.items())]


def _order(state: State) -> str:
    return repr(state)


def _pool_sizes(cfg: CFG, edge: Edge, states: tuple[State, ...]) -> list[int]:
    """How many objects of each resource the edge can meet."""
    sizes = [0] * len(cfg.resources)
    for s in states:
        sizes = [max(a, len(p)) for a, p in zip(sizes, s.pools, strict=True)] if s.pools else sizes
    made = [cfg.cells[op.cell].resource for op in flat(edge.ops) if isinstance(op, New)]
    return [n + made.count(r) for r, n in enumerate(sizes)]


def _vector(cfg: CFG, state: State, sizes: list[int]) -> Local:
    """The local part of a state as numbers: cells, contexts, then each object's existence and fields."""
    numbers = [*state.cells, *state.contexts]
    for r, pool in enumerate(state.pools):
        width = BITS + len(cfg.resources[r].facts) + 2 * len(cfg.resources[r].slots)
        for i in range(sizes[r]):
            obj = pool[i] if i < len(pool) else None
            numbers += [0] * (width + 1) if obj is None else [1, *obj]
    return tuple(numbers)


def encode(
    cfg: CFG, number: int, edge: Edge, fp: Footprint, pre: tuple[State, ...], post: tuple[State, ...],
    edges: tuple[int, ...],
) -> Obligation:  # fmt: skip
    """The obligation of one edge shape: from every state of `pre` the edge breaks nothing and ends in `post`."""
    script = Script(f"o{number}")
    sizes = _pool_sizes(cfg, edge, (*pre, *post)) if fp.heap else [0] * len(cfg.resources)
    start = [_vector(cfg, s, sizes) for s in pre]
    terms, assumed = _variables(script, start)
    sym = _symbolic(cfg, script, fp, sizes, terms)
    value, undefined = sym.condition(edge.guard, assumed)
    going = script.name(conj(assumed, disj(value, undefined)))
    for op in edge.ops:
        sym.apply(op, going)
    if fp.heap:
        sym.collect()
    failures = {p: disj(*(conj(going, t) for t in ts)) for p, ts in sym.bad.items()}
    end = _terms(sym, fp)
    goal = [_vector(cfg, s, sizes) for s in post]
    failures["consecution"] = conj(going, neg(sym.stopped), neg(_member(script, end, goal)))
    kept = tuple((p, lit(t)) for p, t in sorted(failures.items()) if t is not False)
    return Obligation(tuple(script.lines), kept, edges)


def _variables(script: Script, vectors: list[Local]) -> tuple[list[Term], Term]:
    """Terms for the positions of some vectors, and the term that says they are one of these vectors.

    What all vectors have in common is a constant; the rest are symbols.
    """
    first = vectors[0]
    names: list[Term] = [
        n if all(v[i] == n for v in vectors) else script.variable("Int") for i, n in enumerate(first)
    ]  # fmt: skip
    return names, _member(script, names, vectors)


def _member(script: Script, terms: list[Term], vectors: list[Local]) -> Term:
    """The terms are one of the vectors: what is common to all is said once."""
    if not vectors:
        return False
    common = [i for i in range(len(terms)) if all(v[i] == vectors[0][i] for v in vectors)]
    varying = [i for i in range(len(terms)) if i not in set(common)]
    once = conj(*(eq(terms[i], vectors[0][i]) for i in common))
    rows = dict.fromkeys(tuple(v[i] for i in varying) for v in vectors)
    some = disj(*(conj(*(eq(terms[i], n) for i, n in zip(varying, row, strict=True))) for row in rows))
    return script.name(conj(once, some))


def _symbolic(cfg: CFG, script: Script, fp: Footprint, sizes: list[int], terms: list[Term]) -> Machine:
    """A symbolic state whose local part is made of the given terms; the rest is never looked at."""
    taken = iter(terms)
    cells: list[Term] = ["outside"] * len(cfg.cells)
    for c in fp.cells:
        cells[c] = next(taken)
    contexts: list[Term] = [next(taken) if fp.contexts else "outside" for _ in cfg.contexts]
    pools: list[list[list[Term]]] = []
    exists: list[list[Term]] = []
    for r, resource in enumerate(cfg.resources):
        width = BITS + len(resource.facts) + 2 * len(resource.slots)
        here: list[list[Term]] = []
        there: list[Term] = []
        for _ in range(sizes[r] if fp.heap else 0):
            there.append(eq(next(taken), 1))
            here.append([next(taken) for _ in range(width)])
        pools.append(here)
        exists.append(there)
    return Machine(cfg, script, cells, contexts, pools, exists)


def _terms(sym: Machine, fp: Footprint) -> list[Term]:
    """The local part of a symbolic state in the order of `_vector`."""
    terms: list[Term] = [sym.cells[c] for c in fp.cells]
    terms += sym.contexts if fp.contexts else []
    for r, pool in enumerate(sym.pools if fp.heap else []):
        for i, fields in enumerate(pool):
            terms += [ite(sym.exists[r][i], 1, 0), *fields]
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
            goal = f"(assert (or {' '.join(t for _, t in o.failures)} false))"
            lines += ["(push 1)", *o.lines, goal, "(check-sat)", "(pop 1)"]
    return "\n".join(lines)
