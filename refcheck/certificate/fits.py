# SPDX-License-Identifier: GPL-2.0-only
"""Whether what is said to be an invariant speaks of states of a graph at all, wherever it comes from."""

from refcheck.graph.cfg import CFG, UNINIT, UNSPOKEN
from refcheck.meaning.state import IMMORTAL, NOBODY, UNSAID, Object, Pool, Where
from refcheck.verdict.verdict import Certificate


def misfit(cfg: CFG, certificate: Certificate) -> str:
    """Why the states of a certificate cannot be states of a graph; empty where they can.

    What fits can be given to the reference semantics without surprise.
    """
    seen_pools: set[tuple[Pool, ...]] = set()
    pointers = [(i, cell.resource) for i, cell in enumerate(cfg.cells) if cell.kind == "ptr"]
    for state in dict.fromkeys(s for here in certificate.states for s in here):
        if len(state.cells) != len(cfg.cells) or len(state.contexts) != len(cfg.contexts):
            return "a state has not one value for each cell and context of the graph"
        if state.pools not in seen_pools:
            seen_pools.add(state.pools)
            if why := _pools_misfit(cfg, state.pools):
                return why
        for i, resource in pointers:
            value = state.cells[i]
            if 0 < value != UNINIT and not _exists(state.pools, (resource, value)):
                return f"the cell `{cfg.cells[i].name}` names an object that does not exist"
    return ""


def _exists(pools: tuple[Pool, ...], at: Where) -> bool:
    return at[0] < len(pools) and 0 < at[1] <= len(pools[at[0]]) and pools[at[0]][at[1] - 1] is not None


def _pools_misfit(cfg: CFG, pools: tuple[Pool, ...]) -> str:
    if len(pools) != len(cfg.resources):
        return "a state has not one pool for each resource of the graph"
    for resource, pool in zip(cfg.resources, pools, strict=True):
        if pool and pool[-1] is None:
            return "a pool ends with a missing object"
        for obj in set(pool):
            if obj is not None and not _object_fits(pools, obj, [slot.target for slot in resource.slots]):
                return f"an object of `{resource.name}` is not one that the graph can have"
    return ""


def _object_fits(pools: tuple[Pool, ...], obj: Object, targets: list[int]) -> bool:
    """Every field of the object is in its range, and what it points to exists."""
    flags = obj.refs >= 0 and obj.lending <= IMMORTAL and obj.why <= UNSAID and all(bit <= 1 for bit in obj.protections)
    named = [(kind, slot.target) for kind, slot in zip(targets, obj.slots, strict=True) if slot.target]
    owner = [obj.owner] if obj.owner != NOBODY else []
    return flags and all(slot.mode <= UNSPOKEN for slot in obj.slots) and all(_exists(pools, at) for at in (*owner, *named))
