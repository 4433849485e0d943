# SPDX-License-Identifier: GPL-2.0-only
"""Layered drawings of directed graphs: what stands above what, in which order, and where (no drawing program needed).

The steps are those of Sugiyama, Tagawa, Toda 1981 (doi 10.1109/TSMC.1981.4308636): edges that close a loop are set
aside, layers are the topological generations of the rest, long edges get a place in each layer that they cross, and
each layer is ordered by the mean place of its neighbours.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from refcheck.base.named import NamedTuple

N = TypeVar("N", bound=Hashable)
_SWEEPS, _GAP = 8, 18.0
_MOST = 5_000  # places for long edges; the longest of a graph that needs more are drawn straight


def ordered(
    layers: Sequence[Sequence[N]], before: Mapping[N, Iterable[N]], after: Mapping[N, Iterable[N]], sweeps: int
) -> list[list[N]]:
    """The layers, each ordered so that neighbours stand near each other; equal wishes keep their order."""
    found = [list(layer) for layer in layers]
    for sweep in range(sweeps):
        near = before if sweep % 2 == 0 else after
        place = {n: i / len(layer) for layer in found for i, n in enumerate(layer)}
        for layer in found if sweep % 2 == 0 else reversed(found):
            wish = {n: _mean([place[m] for m in near.get(n, ())], place[n]) for n in layer}
            layer.sort(key=wish.__getitem__)
            place |= {n: i / len(layer) for i, n in enumerate(layer)}
    return found


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


class Drawing(NamedTuple):
    """Where things stand: the middle of each node, its layer, the points of each edge, and the width of all.

    `back` has the edges that close a loop; they have no points.
    """

    x: dict[int, float]
    layer: dict[int, int]
    routes: dict[tuple[int, int], list[tuple[float, int]]]
    back: list[tuple[int, int]]
    width: float
    layers: int


def draw(widths: dict[int, float], edges: list[tuple[int, int]], start: int) -> Drawing:
    """Lay out nodes of the given widths; `start` stands on top."""
    import networkx as nx  # noqa: PLC0415  100 ms

    back = _closing(edges, start)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(widths)
    graph.add_edges_from(e for e in edges if e not in back)
    layer = {n: i for i, generation in enumerate(nx.topological_generations(graph)) for n in generation}
    size, chains = dict(widths), dict[tuple[int, int], list[int]]()
    layers: list[list[int]] = [[] for _ in range(max(layer.values()) + 1)]
    for n in widths:
        layers[layer[n]].append(n)
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    extra = max(widths) + 1
    left = _MOST
    for a, b in sorted(dict.fromkeys(graph.edges), key=lambda e: layer[e[1]] - layer[e[0]]):
        chain, left = [a], left - (layer[b] - layer[a] - 1)
        for between in range(layer[a] + 1, layer[b]) if left >= 0 else ():
            size[extra], layer[extra] = 6.0, between
            layers[between].append(extra)
            chain.append(extra)
            extra += 1
        chains[a, b] = [*chain, b]
        for m, n in pairwise(chains[a, b]):
            after.setdefault(m, []).append(n)
            before.setdefault(n, []).append(m)
    found = ordered(layers, before, after, _SWEEPS)
    x = _placed(found, size, before, after)
    routes = {e: [(x[n], layer[n]) for n in chain] for e, chain in chains.items()}
    width = max(x[n] + size[n] / 2 for n in size)
    return Drawing({n: x[n] for n in widths}, {n: layer[n] for n in widths}, routes, sorted(back), width, len(found))


def _closing(edges: list[tuple[int, int]], start: int) -> set[tuple[int, int]]:
    """The edges that lead back to a node on the way to them, in a walk from the start."""
    out: dict[int, list[int]] = {}
    for a, b in edges:
        out.setdefault(a, []).append(b)
    found: set[tuple[int, int]] = set()
    state: dict[int, int] = {}
    for root in [start, *out]:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(out.get(root, ())))]
        while stack:
            here, rest = stack[-1]
            there = next(rest, None)
            if there is None:
                state[here] = 2
                stack.pop()
            elif state.get(there) == 1:
                found.add((here, there))
            elif there not in state:
                state[there] = 1
                stack.append((there, iter(out.get(there, ()))))
    return found


def _placed(
    layers: list[list[int]], size: dict[int, float], before: dict[int, list[int]], after: dict[int, list[int]]
) -> dict[int, float]:
    """The middle of each node: near its neighbours, and no nearer to the next in its layer than their widths allow."""
    x: dict[int, float] = {}
    for layer in layers:
        at = 0.0
        for n in layer:
            x[n] = at + size[n] / 2
            at += size[n] + _GAP
    for sweep in range(_SWEEPS + 1):
        near = before if sweep % 2 == 0 else after
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wish = [_mean([x[m] for m in near.get(n, ())], x[n]) for n in layer]
            apart = [(size[a] + size[b]) / 2 + _GAP for a, b in pairwise(layer)]
            left, right = list(wish), list(wish)
            for i, gap in enumerate(apart):
                left[i + 1] = max(wish[i + 1], left[i] + gap)
            for i, gap in reversed(list(enumerate(apart))):
                right[i] = min(wish[i], right[i + 1] - gap)
            x |= {n: (a + b) / 2 for n, a, b in zip(layer, left, right, strict=True)}
    least = min(x[n] - size[n] / 2 for n in x)
    return {n: v - least for n, v in x.items()}
