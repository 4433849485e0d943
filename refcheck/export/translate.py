# SPDX-License-Identifier: GPL-2.0-only
"""From a CFG to a plain program: the analysis runs to a fixpoint, then every edge is written."""

import heapq

from refcheck.export.conditions import evaluate, guard_read, refine
from refcheck.export.known import Possible, join
from refcheck.export.objects import collect
from refcheck.export.operations import operate
from refcheck.export.plain import CEILING, STOP, Plain, PlainVariable, Transition, either, grown, in_order, joined
from refcheck.export.scene import Scene
from refcheck.graph.cfg import CFG, Edge


def translate(cfg: CFG, name: str) -> Plain:
    """One function in one entry context; InputError where it has what no plain program can say."""
    scene = Scene(cfg, {})
    known = _fixpoint(scene)
    scene.forget_names()
    arcs: dict[int, list[Transition]] = {}
    for edge in cfg.edges:
        before = known.get(edge.src)
        guard = _edge(scene, edge, before) if before is not None else "0"
        if guard != "0":
            note = f"line {edge.span.line}: {edge.text}"
            arcs.setdefault(edge.src, []).append(Transition(edge.dst, guard, tuple(scene.code), scene.stops, (note,)))
    merged = joined(arcs, cfg.start, cfg.exit)
    order = in_order(merged, cfg.start)
    up, acyclic = grown(merged), _acyclic(merged, order)
    variables = tuple(_narrow(v, up, acyclic) for v in scene.variables())
    if any(a.stops for out in merged.values() for a in out):
        variables = (*variables, PlainVariable(STOP, 0, 1, 0, "the path ends"))
    title = cfg.function + (f" in {cfg.entry}" if cfg.entry else "")
    body = tuple((location, tuple(merged.get(location, ()))) for location in order if location != cfg.exit)
    return Plain(name, title, variables, body, cfg.start, cfg.exit)


def _acyclic(arcs: dict[int, list[Transition]], order: list[int]) -> bool:
    height = {location: i for i, location in enumerate(order)}
    return all(height[a.dst] > height[src] for src, out in arcs.items() for a in out)


def _narrow(v: PlainVariable, up: dict[str, int], acyclic: bool) -> PlainVariable:
    """A count that no path brings past 200 needs one byte."""
    return v._replace(high=250) if v.high == 2 * CEILING and acyclic and up.get(v.name, 0) <= 200 else v


def _fixpoint(scene: Scene) -> dict[int, Possible]:
    """What is known at each location on all paths; locations are visited in an order in which only loops go back."""
    cfg, out = scene.cfg, scene.cfg.out_edges()
    plain = {n: [Transition(e.dst, "1", (), False, ()) for e in edges] for n, edges in enumerate(out)}
    height = {location: i for i, location in enumerate(in_order(plain, cfg.start))}
    known: dict[int, Possible] = {cfg.start: {}}
    todo, waiting = [(0, cfg.start)], {cfg.start}
    while todo:
        _, location = heapq.heappop(todo)
        waiting.discard(location)
        for edge in out[location]:
            if edge.dst == cfg.exit or _edge(scene, edge, known[location]) == "0" or scene.ended:
                continue
            old = known.get(edge.dst)
            new = scene.known if old is None else join(old, scene.known)
            if new != old:
                known[edge.dst] = new
                if edge.dst not in waiting:
                    waiting.add(edge.dst)
                    heapq.heappush(todo, (height[edge.dst], edge.dst))
    return known


def _edge(s: Scene, edge: Edge, known: Possible) -> str:
    """Translate an edge into `s.code`; returns when it can be taken."""
    s.begin(edge.number, known)
    asked = evaluate(s, edge.guard)
    guard = either(asked.true, asked.unwritten)
    if guard == "0" or (asked.unwritten == "0" and not refine(s, edge.guard, True)):
        return "0"
    asked.report(s)
    if asked.unwritten != "0":
        refine(s, edge.guard, True)
        guard_read(s, edge.guard)
    for op in edge.ops:
        operate(s, op)
    if edge.dst != s.cfg.exit:
        collect(s)
    for key, values in s.valid.items():
        left = s.get(key) & values
        s.ended = s.ended or not left
        s.known[key] = left or s.get(key)
    return guard
