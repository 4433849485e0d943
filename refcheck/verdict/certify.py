# SPDX-License-Identifier: GPL-2.0-only
"""The checks that stand between the prover and a verdict; nothing of the engine is imported here.

A trace is replayed step by step by the reference semantics.  A certificate is re-checked by it: the initial state is
in the invariant, every edge leads from the invariant into the invariant, and no edge breaks what is claimed.
"""

from refcheck.base.diagnostics import InternalError
from refcheck.graph.cfg import CFG, Edge
from refcheck.lens.local import Steps
from refcheck.meaning.heap import State, initial_state
from refcheck.verdict.verdict import Certificate, Step


def replay(
    cfg: CFG, path: tuple[tuple[Edge, tuple[int, ...]], ...], prop: str, place: Edge, known: Steps | None = None
) -> tuple[Step, ...]:
    """Run a path; the last edge must be `place` and break `prop`.  InternalError where it does not.

    `known` can be the steps of an earlier run over the same graph, which remember what the reference semantics gave.
    """
    reference = known or Steps(cfg)
    state: State | None = initial_state(cfg)
    location, steps = cfg.start, list[Step]()
    broken: set[str] = set()
    for edge, picks in path:
        if state is None or edge.src != location:
            raise InternalError(f"replay of {cfg.function}: edge {edge.number} does not follow")
        result = reference.run(state, edge, picks)
        if result is None:
            raise InternalError(f"replay of {cfg.function}: the guard of edge {edge.number} is false")
        state, location = result[0], edge.dst
        broken = {v.property for v in result[1]}
        steps.append(Step(edge, picks, state))
    if not path or path[-1][0] != place or prop not in broken:
        raise InternalError(f"replay of {cfg.function}: the path does not break {prop}")
    return tuple(steps)


def check_certificate(
    cfg: CFG, certificate: Certificate, claimed: frozenset[str], steps: Steps | None = None
) -> int:
    """Initiation, consecution and safety for the claimed properties; returns the number of steps that were checked.

    `steps` can be those of an earlier run over the same graph, which remember what the reference semantics gave.
    InternalError names the first edge that fails.
    """
    steps = steps or Steps(cfg)
    if len(certificate.states) != cfg.locations:
        raise InternalError(f"certificate of {cfg.function}: {len(certificate.states)} locations, not {cfg.locations}")
    inside = [frozenset(map(steps.row, states)) for states in certificate.states]
    if steps.row(initial_state(cfg)) not in inside[cfg.start]:
        raise InternalError(f"certificate of {cfg.function}: the initial state is missing")
    checked = 0
    for edge in cfg.edges:
        behind, lens = inside[edge.dst], steps.lens(edge)
        for row in inside[edge.src]:
            for after, broken in lens.moves(row):
                checked += 1
                if after is not None and after not in behind:
                    raise InternalError(f"certificate of {cfg.function}: edge {edge.number} leaves the invariant")
                if broken and any(v.property in claimed for v in broken):
                    raise InternalError(f"certificate of {cfg.function}: edge {edge.number} breaks a claimed property")
    return checked
