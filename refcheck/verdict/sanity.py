# SPDX-License-Identifier: GPL-2.0-only
"""What nothing reaches: branches that are never taken, code behind a return, outcomes that the body never has.

A proof that holds because nothing gets there is worth nothing (Kupferman, CONCUR 2006, doi 10.1007/11817949_3).
What is reached is asked of the reference semantics, so that whoever has walked the states can say this without a prover.
"""

from collections.abc import Collection, Sequence

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.meaning.heap import Allowed
from refcheck.meaning.state import State
from refcheck.meaning.step import promises_at
from refcheck.verdict.verdict import Unreached


def unreached(
    cfg: CFG, states: Sequence[Collection[State]], taken: Collection[int], allowed: Allowed | None = None
) -> tuple[Unreached, ...]:  # fmt: skip
    """Everything of the function that no path reaches, outermost first.

    `states` has the reachable states of each location, `taken` the numbers of the edges that some state passes; `allowed`
    is what the contract allows, as far as the steps between them asked for it.
    """
    found = [Unreached("code", f"nothing reaches `{edge.text}`", edge) for edge in cfg.unreachable[:1]]
    out = cfg.out_edges()
    body = [e for e in cfg.edges if e.kind != "entry"]
    if body and not any(e.number in taken for e in body):
        return (Unreached("precondition", "no entry state satisfies what the function asks of its callers", None),)
    for edge in body:
        if edge.number in taken or not states[edge.src] or edge.stack[1:]:
            continue
        if edge.kind == "branch" and not _claimed(out[edge.dst]):
            found.append(Unreached("branch", f"`{edge.text}` on no path", edge))
        elif edge.kind == "outcome" and ops.key(edge.guard) == ops.key(ops.TRUE):
            found.append(Unreached("outcome", f"`{edge.text}` on no path", edge))
    found += _outcomes(cfg, states, {} if allowed is None else allowed)
    found += _endless(cfg, states, taken)
    return tuple(found)


def _endless(cfg: CFG, states: Sequence[Collection[State]], taken: Collection[int]) -> list[Unreached]:
    """The first place from which no path comes to an exit: what is held there is never owed, so that its proof is empty.

    A path that ends with a violation ends well enough: it is refuted.
    """
    into: list[list[int]] = [[] for _ in range(cfg.locations)]
    ending = {cfg.exit}
    for edge in cfg.edges:
        if edge.number in taken:
            into[edge.dst].append(edge.src)
            if not states[edge.dst]:
                ending.add(edge.dst)
    todo = list(ending)
    while todo:
        for src in into[todo.pop()]:
            if src not in ending:
                ending.add(src)
                todo.append(src)
    for edge in cfg.edges:
        if edge.number in taken and edge.dst not in ending:
            where = f"behind `{edge.text}` " if edge.kind != "entry" else ""
            return [Unreached("exit", f"no path {where}comes to an exit", edge)]
    return []


def _claimed(edges: list[Edge]) -> bool:
    """The model says itself that nothing comes here: unreachable("why")."""
    return bool(edges) and all(any(isinstance(op, ops.Unreachable) for op in e.ops) for e in edges)


def _outcomes(cfg: CFG, states: Sequence[Collection[State]], allowed: Allowed) -> list[Unreached]:
    """Outcomes of the function's own contract that no exit has."""
    names = {p.name for p in cfg.promises}
    if names == {"returns"}:
        return []
    for edge in cfg.edges:
        if any(isinstance(op, ops.Exit) for op in edge.ops):
            for state in states[edge.src]:
                names -= promises_at(cfg, state, edge, allowed)
                if not names:
                    return []
    return [Unreached("promise", f"no exit has the outcome `{n}` of the contract", None) for n in sorted(names)]
