"""A shortest counterexample: Z3 solves the path that breadth-first search proposes, the reference semantics replays."""

from refcheck.certify import replay
from refcheck.diagnostics import InternalError
from refcheck.engine import solver
from refcheck.engine.operations import Machine
from refcheck.engine.propose import Exploration, Found, path_to
from refcheck.engine.smt import Script, Term, disj, lit
from refcheck.heap import initial_state
from refcheck.program import BITS, CFG, Edge, Havoc, New, flat
from refcheck.semantics import havocs
from refcheck.verdict import Trace


def path_script(cfg: CFG, path: tuple[Edge, ...], prop: str) -> tuple[str, list[list[str]]]:
    """The path as SMT-LIB 2, satisfiable where it can be taken and its last edge breaks `prop`.

    Also returns, for each edge, the symbols that stand for its free choices.
    """
    script = Script("p")
    made = [cfg.cells[op.cell].resource for e in path for op in flat(e.ops) if isinstance(op, New)]
    pointers = [sum(c.kind == "ptr" and c.resource == r for c in cfg.cells) for r in range(len(cfg.resources))]
    pools: list[list[list[Term]]] = []
    for r, resource in enumerate(cfg.resources):
        width = BITS + len(resource.facts) + 2 * len(resource.slots)
        size = min(made.count(r), pointers[r] + 4)
        pools.append([[0] * width for _ in range(size)])
    start = initial_state(cfg)
    exists: list[list[Term]] = [[False] * len(p) for p in pools]
    sym = Machine(cfg, script, list(start.cells), list(start.contexts), pools, exists)
    choices: list[list[str]] = []
    for edge in path:
        sym.bad = {}
        value, undefined = sym.condition(edge.guard, True)
        script.lines.append(f"(assert {lit(disj(value, undefined))})")
        names = []
        for op in edge.ops:
            if isinstance(op, Havoc):
                names.append(f"{script.prefix}v{script.count}")
            sym.apply(op, True)
        choices.append(names)
        sym.collect()
    script.lines.append(f"(assert {lit(disj(*sym.bad.get(prop, [])))})")
    return "\n".join(script.lines), choices


def refute(cfg: CFG, exploration: Exploration, found: Found, timeout_ms: int, rlimit: int) -> Trace | str:
    """The trace of a finding, solved by Z3 and replayed; a text with the reason where Z3 gives up.

    InternalError where Z3 finds no way along the path, or the replay fails.
    """
    path = path_to(exploration, found)
    script, choices = path_script(cfg, path, found.violation.property)
    answer = solver.check(script, tuple(n for names in choices for n in names), timeout_ms, rlimit)
    if answer.status == "unknown":
        return answer.reason
    if answer.status == "unsat":
        raise InternalError(f"Z3 finds no way along the path to {found.violation.property} in {cfg.function}")
    picks = [tuple(answer.values[n] for n in names) for names in choices]
    for edge, picked in zip(path, picks, strict=True):
        if any(p not in allowed for p, allowed in zip(picked, havocs(edge), strict=True)):
            raise InternalError(f"Z3 chose a value that edge {edge.number} of {cfg.function} does not offer")
    steps = replay(cfg, tuple(zip(path, picks, strict=True)), found.violation.property, found.edge)
    return Trace(steps, found.violation, found.occurrences)

