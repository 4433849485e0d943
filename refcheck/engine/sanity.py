"""What nothing reaches: branches that are never taken, code behind a return, outcomes that the body never has.

A proof that holds because nothing gets there is worth nothing (Kupferman, CONCUR 2006, doi 10.1007/11817949_3).
"""

from refcheck.engine.propose import Exploration
from refcheck.program import CFG, TRUE, Edge, Exit, Unreachable, key
from refcheck.semantics import promises_at
from refcheck.source import Span
from refcheck.verdict import Unreached


def unreached(cfg: CFG, x: Exploration, dead: list[Span]) -> tuple[Unreached, ...]:
    """Everything of the function that no path reaches, outermost first."""
    found = [Unreached("code", f"nothing reaches {span}", None) for span in dead[:1]]
    out = cfg.out_edges()
    body = [e for e in cfg.edges if e.kind != "entry"]
    if body and not any(e.number in x.taken for e in body):
        return (Unreached("precondition", "no entry state satisfies what the function asks of its callers", None),)
    for edge in body:
        if edge.number in x.taken or not x.states[edge.src] or edge.stack[1:]:
            continue
        if edge.kind == "branch" and not _claimed(out[edge.dst]):
            found.append(Unreached("branch", f"`{edge.text}` on no path", edge))
        elif edge.kind == "outcome" and key(edge.guard) == key(TRUE):
            found.append(Unreached("outcome", f"`{edge.text}` on no path", edge))
    found += _outcomes(cfg, x)
    return tuple(found)


def _claimed(edges: list[Edge]) -> bool:
    """The model says itself that nothing comes here: unreachable("why")."""
    return bool(edges) and all(any(isinstance(op, Unreachable) for op in e.ops) for e in edges)


def _outcomes(cfg: CFG, x: Exploration) -> list[Unreached]:
    """Outcomes of the function's own contract that no exit has."""
    names = {p.name for p in cfg.promises}
    if names == {"returns"}:
        return []
    for edge in cfg.edges:
        if not names:
            break
        for op in edge.ops:
            if isinstance(op, Exit):
                for state in x.states[edge.src]:
                    names -= promises_at(cfg, state, edge)
    return [Unreached("promise", f"no exit has the outcome `{n}` of the contract", None) for n in sorted(names)]
