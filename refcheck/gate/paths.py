# SPDX-License-Identifier: GPL-2.0-only
"""What the paths of a function meet: for each event the most that one path has of every other event.

An event is a call, a use, an answer of an unknown (by its text), a test of any kind, an error that is named.  Names of
variables, the order of lines, labels and what returns where do not matter, so that a release that moves behind a label loses
nothing, while a branch that is gone is missed though all that it calls is still called elsewhere.  A branch that does not
leave any more is missed by what follows on every way behind it now.  Loops count as one round.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.gate.side import plain
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.run.tasks import prepare_unit
from refcheck.unit.load import Unit

ANY, TEST = "any path", "a test"
_ERROR = re.compile(r"-E[A-Z0-9]+\b")
_GIVES_BACK = ops.Release | ops.Free | ops.Consume | ops.DropSlot | ops.PutSlot
_ANSWERS = ops.Havoc | ops.New
MetBy = dict[str, Counter[str]]


class Meets(NamedTuple):
    """What paths meet: `most` of each event, for each event and for ANY path; `least` of what answers, by branches."""

    most: MetBy
    least: dict[str, dict[str, float]]


class _Forward(NamedTuple):
    """The locations that are reached, each before those that follow it, and the edges that close no loop, by both ends."""

    exit: int
    order: list[int]
    edges: list[Edge]
    into: dict[int, list[Edge]]
    out: dict[int, list[Edge]]


def meets(unit: Unit, name: str, names: dict[str, str]) -> Meets | None:
    """What the paths of a function meet, with other names for variables; None where it is not verified."""
    try:
        tasks = prepare_unit(unit, (name,)).tasks
    except InputError:
        return None
    most: MetBy = {}
    least: dict[str, dict[str, float]] = {}
    for task in tasks:
        forward = _forward(task.cfg)
        for event, counts in _most(forward).items():
            most[event] = most.get(event, Counter()) | counts
        for answer, counted in _least(forward, names).items():
            there = least.setdefault(answer, counted)
            least[answer] = {e: min(n, there.get(e, math.inf)) for e, n in counted.items()}
    return Meets(most, least) if tasks else None


def lost(old: Meets, new: Meets) -> list[str]:
    """What paths met and meet no more, in words; a text that only changed loses nothing."""
    past = [(answer, e) for answer in sorted(old.least) for e in sorted(old.least[answer])
            if old.least[answer][e] == 0 and 0 < new.least.get(answer, {}).get(e, 0) < math.inf]  # fmt: skip
    return [*_less(old.most, new.most), *(f"a way out behind `{answer}` without {e}" for answer, e in past)]


def _less(old: MetBy, new: MetBy) -> list[str]:
    renamed = _renamed(old, new)
    found: dict[str, None] = {}
    for event in (ANY, *sorted(e for e in old if e != ANY)):
        if event in renamed:
            continue
        if event not in new:
            found[event] = None
            continue
        if _ERROR.match(event):
            continue
        less = [e for e in sorted(old[event]) if e not in renamed and not _ERROR.match(e) and old[event][e] > new[event][e]]
        found |= {e if event in (ANY, e) else f"{e} on a path with {event}": None for e in less if e not in found}
    return list(found)


def _renamed(old: MetBy, new: MetBy) -> set[str]:
    """Unknowns with another text, and other errors, on paths that meet as much."""
    return _another(old, new, lambda e: e.startswith("nondet")) | _another(old, new, lambda e: bool(_ERROR.match(e)))


def _another(old: MetBy, new: MetBy, is_one: Callable[[str], bool]) -> set[str]:
    free = [e for e in new if e not in old and is_one(e)]
    found = set[str]()
    for event in old:
        if event in new or not is_one(event):
            continue
        counts = {e: n for e, n in old[event].items() if not e.startswith("nondet") and not _ERROR.match(e)}
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
    if edge.kind not in ("choice", "branch"):
        found.update(dict.fromkeys(_ERROR.findall(edge.text), 1))
    return +found


def _least(g: _Forward, names: dict[str, str]) -> dict[str, dict[str, float]]:
    """For each answer the fewest calls of what answers, of each, on a path through it to the exit."""
    by_callee: dict[str, list[Edge]] = {}
    for e in g.edges:
        if e.callee:
            by_callee.setdefault(e.callee, []).append(e)
    least: dict[str, dict[str, float]] = {}
    for name in sorted(c for c, found in by_callee.items() if _answers(found)):
        through = _through(g, {e.number: 1 for e in by_callee[name]}, min, math.inf)
        for e in g.edges:
            if e.kind in ("branch", "choice"):
                counted = least.setdefault(plain([e.text], names)[0], {})
                counted[f"{name}()"] = min(through[e.number], counted.get(f"{name}()", math.inf))
    return least


def _answers(calls: list[Edge]) -> bool:
    """Whether what is called can answer in more ways than one, and gives nothing back as what cleans up does."""
    done = [op for e in calls for op in e.ops]
    more = len({e.outcome for e in calls}) > 1 or any(isinstance(op, _ANSWERS) for op in done)
    return more and not any(isinstance(op, _GIVES_BACK) for op in done)


def _most(g: _Forward) -> MetBy:
    events = {e.number: _events(e) for e in g.edges}
    names = sorted({name for counts in events.values() for name in counts})
    found: MetBy = {name: Counter() for name in (ANY, *names)}
    for name in names:
        through = _through(g, {number: counts[name] for number, counts in events.items()}, max, 0)
        for number, most in through.items():
            for event in (ANY, *events[number]):
                found[event][name] = max(found[event][name], int(most))
    return found


def _through(
    g: _Forward, counts: Mapping[int, int], best: Callable[[list[float]], float], elsewhere: float
) -> dict[int, float]:  # fmt: skip
    """For each edge the best sum of counts on a path through it, to the exit or to an end `elsewhere`, which adds that."""
    before, behind = dict[int, float](), dict[int, float]()
    for at in g.order:
        before[at] = best([before[e.src] + counts.get(e.number, 0) for e in g.into.get(at, ())] or [0])
    for at in reversed(g.order):
        end = 0 if at == g.exit else elsewhere
        behind[at] = best([behind[e.dst] + counts.get(e.number, 0) for e in g.out.get(at, ())] or [end])
    return {e.number: before[e.src] + counts.get(e.number, 0) + behind[e.dst] for e in g.edges}


def _forward(cfg: CFG) -> _Forward:
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
    into: dict[int, list[Edge]] = {}
    leaving: dict[int, list[Edge]] = {}
    for e in kept:
        into.setdefault(e.dst, []).append(e)
        leaving.setdefault(e.src, []).append(e)
    return _Forward(cfg.exit, order[::-1], kept, into, leaving)
