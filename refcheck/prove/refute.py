# SPDX-License-Identifier: GPL-2.0-only
"""A shortest counterexample: Z3 solves the path that breadth-first search proposes, the reference semantics replays.

Along the path the state is known but for what was chosen and is still open: values of scalars and error pointers.  The
script has symbols for those only; an edge that sees none of them and chooses nothing adds nothing to it.  A choice that
changes which objects there are, or what the contexts are, stays as proposed.
"""

import time
from itertools import product
from typing import TYPE_CHECKING

from refcheck.base.diagnostics import InternalError
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.lens.steps import Steps, steps_of
from refcheck.meaning.state import State, Violation
from refcheck.meaning.step import havocs
from refcheck.prove import solver
from refcheck.prove.choices import least
from refcheck.prove.encode import member, symbolic
from refcheck.prove.encoding.conditions import condition
from refcheck.prove.encoding.smt import Script, Term, disj, lit
from refcheck.prove.encoding.step import apply
from refcheck.prove.propose import Exploration, Found, path_to
from refcheck.verdict.check import replay
from refcheck.verdict.verdict import Trace

if TYPE_CHECKING:
    from refcheck.refinement.graph import RefinedFrom

TOGETHER = 16
Picks = tuple[int, ...]


class PathScript:
    """A path that is being written as a script: the states that it can be in, and terms for the cells that are open."""

    def __init__(self, cfg: CFG, steps: Steps) -> None:
        self.cfg, self.steps = cfg, steps
        self.script = Script("p")
        self.states: list[State] = []
        self.terms: dict[int, Term] = {}
        self.pointers = [c for c, cell in enumerate(cfg.cells) if cell.kind == "ptr"]

    def _alike(self, a: State, b: State) -> bool:
        """The states have the same contexts and objects, and the same variables name them."""
        if a is b:
            return True
        if a.contexts != b.contexts or a.pools != b.pools:
            return False
        return all(
            a.cells[c] == b.cells[c] or not (0 < a.cells[c] < UNINIT or 0 < b.cells[c] < UNINIT) for c in self.pointers
        )

    def open_cells(self) -> list[int]:
        """The cells in which the possible states differ."""
        first = self.states[0]
        found: set[int] = set()
        for other in self.states[1:]:
            found.update(c for c, (a, b) in enumerate(zip(first.cells, other.cells, strict=True)) if a != b)
        return sorted(found)

    def follow(self, edge: Edge, behind: State | None, breaks: Violation | None = None) -> tuple[str, ...]:
        """One edge onwards to states like `behind`, or one that `breaks` something.  Gives the symbols of its choices."""
        opened = self.open_cells() if len(self.states) > 1 else []
        seen = [c for c in opened if c in self.steps.lens(edge).cells]
        choices = havocs(edge)
        kept: dict[State, None] = {}
        rows: list[Picks] = []
        dropped = False
        for state in self.states:
            for picks, (after, broken) in zip(product(*choices), self.steps.step(state, edge), strict=False):
                fits = breaks in broken if breaks else self._fits(after, behind, kept)
                dropped = dropped or not fits
                if fits:
                    rows.append((*(state.cells[c] for c in opened), *picks))
                    if after is not None and not breaks:
                        kept[after] = None
        terms = [self.terms[c] for c in opened]
        names = self._write(edge, seen, breaks) if seen or choices or breaks else ()
        if dropped:
            self.script.lines.append(f"(assert {lit(member(self.script, [*terms, *names], rows))})")
        if behind is not None and not breaks:
            kept = {behind: None} | kept
            self.states = list(kept)
        return names

    def _fits(self, after: State | None, behind: State | None, kept: dict[State, None]) -> bool:
        if after is None or behind is None or not self._alike(after, behind):
            return False
        return after in kept or after == behind or len(kept) < TOGETHER

    def _write(self, edge: Edge, opened: list[int], breaks: Violation | None) -> tuple[str, ...]:
        """The edge as SMT-LIB 2: its guard holds, it changes the terms of its cells, and breaks what it should."""
        lens, script = self.steps.lens(edge), self.script
        seen = lens.seen(self.states[0])
        if seen is None:
            raise InternalError(f"{self.cfg.function}: a pointer names an object that does not exist")
        cfg = lens.shape.cfg(seen[0])
        sym = symbolic(cfg, script, seen[1])
        for i, c in enumerate(lens.cells):
            if c in opened:
                sym.cells[i] = self.terms[c]
        value, undefined = condition(sym, cfg.edges[0].guard, True)
        script.lines.append(f"(assert {lit(disj(value, undefined))})")
        names = []
        for op in cfg.edges[0].ops:
            if isinstance(op, ops.Havoc):
                names.append(f"{script.prefix}v{script.count}")
            apply(sym, op, True)
        if sym.pools:
            sym.collect()
        if breaks:
            script.lines.append(f"(assert {lit(disj(*sym.bad.get(breaks.property, [])))})")
        for i, c in enumerate(lens.cells):
            self.terms[c] = sym.cells[i]
        return tuple(names)


def path_script(
    cfg: CFG, steps: Steps, path: list[tuple[State, Edge]], breaks: Violation
) -> tuple[str, list[tuple[str, ...]]]:
    """The path as SMT-LIB 2, satisfiable where it can be taken and its last edge breaks what it should.

    Also returns, for each edge, the symbols that stand for its free choices.
    """
    found = PathScript(cfg, steps)
    found.states = [path[0][0]]
    behind = [state for state, _ in path[1:]]
    choices = [found.follow(edge, after) for (_, edge), after in zip(path, behind, strict=False)]
    choices.append(found.follow(path[-1][1], None, breaks))
    return "\n".join(found.script.lines), choices


def _integers(origin: "RefinedFrom", edges: list[Edge], choices: list[tuple[str, ...]]) -> str:
    """That there are integers with which the edges can be taken, which have the classes that are chosen."""
    from refcheck.refinement.reals import Integers  # noqa: PLC0415  few graphs are refined

    world = Integers(origin.cfg, "r")
    for edge, names in zip(edges, choices, strict=True):
        free = ops.choices(edge.ops)
        chosen = world.edge(origin.edge(edge.number))
        for op, name, symbol in zip(free, names, chosen, strict=False):
            if origin.cfg.cells[op.cell].kind != "ptr":
                for value in op.values:
                    world.suppose(f"(=> (= {name} {lit(value)}) {world.one_of(symbol, op.cell, (value,))})")
    return "\n".join(["", *world.lines])


def refute(
    cfg: CFG, exploration: Exploration, found: Found, timeout_ms: int, rlimit: int, known: Steps | None = None,
    origin: "RefinedFrom | None" = None,
) -> Trace | str | None:  # fmt: skip
    """The trace of a finding, solved by Z3 and replayed; a text with the reason where Z3 gives up.

    Where there is an `origin` integers are asked for as well, and None says that there are none; the trace is one of the
    graph without the refinement.  InternalError where Z3 finds no way along the path, or the replay fails.
    """
    steps, path = known or steps_of(cfg), path_to(exploration, found)
    script, choices = path_script(cfg, steps, path, found.violation)
    if origin is not None:
        script += _integers(origin, [edge for _, edge in path], choices)
    symbols = tuple(n for names in choices for n in names)
    answer = solver.check(script, symbols, timeout_ms, rlimit)
    if answer.status == "unknown":
        return answer.reason
    if answer.status == "unsat" and origin is not None:
        return None
    if answer.status == "unsat":
        raise InternalError(f"Z3 finds no way along the path to {found.violation.property} in {cfg.function}")
    edges = [edge for _, edge in path]
    offered = tuple(zip(symbols, (values for edge in edges for values in havocs(edge)), strict=True))
    until = time.monotonic() + timeout_ms / 1000

    def ask(more: str) -> solver.Answer:
        left = int(1000 * (until - time.monotonic())) if timeout_ms else 0
        if timeout_ms and left <= 0:
            return solver.Answer("unknown", "time-out", {})
        return solver.check(script + more, symbols, left, rlimit)

    values = least(offered, answer.values, ask)
    picks = [tuple(values[n] for n in names) for names in choices]
    if origin is not None:
        cfg, edges = origin.cfg, [origin.edge(e.number) for e in edges]
    done = replay(cfg, tuple(zip(edges, picks, strict=True)), found.violation, edges[-1])
    return Trace(done, found.violation, found.occurrences)
