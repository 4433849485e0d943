# SPDX-License-Identifier: GPL-2.0-only
"""What the paths of a function meet: for each event the most that one path has of every other event.

An event is a call, a use, an answer of an unknown (by its text), a test of any kind.  Names of variables, the order of
lines, labels and what returns where do not matter, so that a release that moves behind a label loses nothing, while a branch
that is gone is missed though all that it calls is still called elsewhere.  Loops count as one round.
"""

from collections import Counter

from refcheck.base.diagnostics import InputError
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.run.tasks import prepare_unit
from refcheck.unit.load import Unit

ANY, TEST = "any path", "a test"
Meets = dict[str, Counter[str]]


def meets(unit: Unit, name: str) -> Meets:
    """For each event of a function, and for ANY path, how often a path through it can meet each event; {} if unverified."""
    try:
        tasks = prepare_unit(unit, (name,)).tasks
    except InputError:
        return {}
    found: Meets = {}
    for task in tasks:
        for event, counts in _of(task.cfg).items():
            found[event] = found.get(event, Counter()) | counts
    return found


def lost(old: Meets, new: Meets) -> list[str]:
    """What paths met and meet no more, in words; a text that only changed loses nothing."""
    renamed = _renamed(old, new)
    found: dict[str, None] = {}
    for event in (ANY, *sorted(e for e in old if e != ANY)):
        if event in renamed:
            continue
        if event not in new:
            found[event] = None
            continue
        less = [e for e in sorted(old[event]) if e not in renamed and old[event][e] > new[event][e]]
        found |= {e if event in (ANY, e) else f"{e} on a path with {event}": None for e in less if e not in found}
    return list(found)


def _renamed(old: Meets, new: Meets) -> set[str]:
    """Unknowns with another text on paths that meet as much."""
    free = [e for e in new if e not in old and e.startswith("nondet")]
    found = set[str]()
    for event in old:
        if event in new or not event.startswith("nondet"):
            continue
        counts = {e: n for e, n in old[event].items() if not e.startswith("nondet")}
        same = next((e for e in free if all(new[e][c] >= n for c, n in counts.items())), None)
        if same is not None:
            free.remove(same)
            found.add(event)
    return found


def _events(edge: Edge) -> Counter[str]:
    found = Counter[str]()
    if edge.kind == "choice":
        found[f'nondet("{edge.text.removesuffix(f": {edge.outcome}")}") {edge.outcome}'] = 1
    if edge.kind in ("choice", "branch"):
        found[TEST] = 1
    if edge.callee:
        found[f"{edge.callee}()"] = 1
    elif edge.text.startswith("return from "):
        found[f"{edge.text.removeprefix('return from ')}()"] = 1
    else:
        found["use()"] = sum(isinstance(op, ops.Use) for op in edge.ops)
    return +found


def _of(cfg: CFG) -> Meets:
    order, edges = _forward(cfg)
    events = {e.number: _events(e) for e in edges}
    names = sorted({name for counts in events.values() for name in counts})
    into: dict[int, list[Edge]] = {}
    out: dict[int, list[Edge]] = {}
    for e in edges:
        into.setdefault(e.dst, []).append(e)
        out.setdefault(e.src, []).append(e)
    found: Meets = {name: Counter() for name in (ANY, *names)}
    for name in names:
        before, behind = dict[int, int](), dict[int, int]()
        for at in order:
            before[at] = max((before[e.src] + events[e.number][name] for e in into.get(at, ())), default=0)
        for at in reversed(order):
            behind[at] = max((behind[e.dst] + events[e.number][name] for e in out.get(at, ())), default=0)
        found[ANY][name] = behind[cfg.start]
        for e in edges:
            through = before[e.src] + events[e.number][name] + behind[e.dst]
            for event in events[e.number]:
                found[event][name] = max(found[event][name], through)
    return found


def _forward(cfg: CFG) -> tuple[list[int], list[Edge]]:
    """The locations that are reached, each before those that follow it, and the edges that close no loop."""
    out = cfg.out_edges()
    done, open_, order, kept = set[int](), {cfg.start}, list[int](), list[Edge]()
    stack = [(cfg.start, iter(out[cfg.start]))]
    while stack:
        at, rest = stack[-1]
        edge = next(rest, None)
        if edge is None:
            stack.pop()
            open_.discard(at)
            done.add(at)
            order.append(at)
        elif edge.dst not in open_:
            kept.append(edge)
            if edge.dst not in done:
                open_.add(edge.dst)
                stack.append((edge.dst, iter(out[edge.dst])))
    return order[::-1], kept
