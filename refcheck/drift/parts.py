# SPDX-License-Identifier: GPL-2.0-only
"""Lifecycle automata: what they are made of, made smaller without a change of what they do, and joined.

States from which the same goes on are one (Kanellakis and Smolka 1990, doi 10.1016/0890-5401(90)90025-D).
"""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.drift.events import Letter, Renumbered
from refcheck.graph.cfg import Edge
from refcheck.meaning.state import Where

_MOST_COPIES = 60_000
END = -1  # where a path ends: the function returned, or a value was used that is none
Path = tuple[Edge, ...]


class EventStep(NamedTuple):
    """An event on the way from a state: `change` is what became of objects before it, `path` the edges, the last its own."""

    letter: Letter
    change: Renumbered
    dst: int
    path: Path


class Start(NamedTuple):
    """A state in which the function can begin: what is the case by name, which objects have which name, and the state.

    `first` is the same state before equal ones were made one.
    """

    facts: dict[str, object]
    objects: dict[str, Where]
    state: int
    first: int


class Automaton(NamedTuple):
    """Starts, the steps from each state, and the objects of each state that a later event may be about.

    `whole` has the steps before equal states were made one, and `block` what became of each of those states.
    """

    starts: tuple[Start, ...]
    steps: tuple[tuple[EventStep, ...], ...]
    later: tuple[frozenset[Where], ...]
    whole: tuple[tuple[EventStep, ...], ...]
    block: tuple[int, ...]

    def walked(self, state: int, steps: tuple[EventStep, ...]) -> tuple[list[EventStep], int]:
        """The steps of `whole` from one of its states that stand behind some steps, and the state that they lead to."""
        found: list[EventStep] = []
        for s in steps:
            here = (x for x in self.whole[state] if x[:2] == s[:2] and self.becomes(x.dst) == s.dst)
            found.append(next(here))
            state = found[-1].dst
        return found, state

    def becomes(self, state: int) -> int:
        """What became of a state of `whole`."""
        return END if state == END else self.block[state]


class TooLargeError(Exception):
    """A function has more states than are looked at."""


def joined(first: Renumbered, then: Renumbered) -> Renumbered:
    """Two changes one after the other."""
    if not then:
        return first
    later = dict(then)
    made = {old: (later.get(new, new) if new is not None else None) for old, new in first}
    gone = {old for old, _ in first}
    return frozenset(made.items()) | {(old, new) for old, new in later.items() if old not in gone}


def union(parts: list[Automaton]) -> Automaton:
    """What any of some automata does."""
    starts: list[Start] = []
    later: list[frozenset[Where]] = []
    steps, whole = list[tuple[EventStep, ...]](), list[tuple[EventStep, ...]]()
    block: list[int] = []
    for part in parts:
        base, first = len(steps), len(whole)
        starts += [s._replace(state=s.state + base, first=s.first + first) for s in part.starts]
        steps += _shifted(part.steps, base)
        whole += _shifted(part.whole, first)
        block += [b + base for b in part.block]
        later += part.later
    return Automaton(tuple(starts), tuple(steps), tuple(later), tuple(whole), tuple(block))


def _shifted(steps: tuple[tuple[EventStep, ...], ...], by: int) -> Iterator[tuple[EventStep, ...]]:
    for here in steps:
        yield tuple(s if s.dst == END else s._replace(dst=s.dst + by) for s in here)


def reduced(starts: list[Start], steps: list[list[EventStep]]) -> Automaton:
    """The automaton of some states and what happens in them: no empty sections, and equal states made one."""
    without_empty_sections(steps)
    later = _later(steps)
    kept = [
        [s._replace(change=frozenset(x for x in s.change if x[0] in later[i])) for s in here] for i, here in enumerate(steps)
    ]
    return _merged(starts, kept, later)


def without_empty_sections(steps: list[list[EventStep]]) -> None:
    """A section that is entered and left with no event in between is no event: a lock around what has no lifecycle."""
    changed = True
    while changed:
        changed = False
        for i, here in enumerate(steps):
            for s in [s for s in here if s.dst != END and s.letter.section == 1]:
                ends = [e for e in steps[s.dst] if e.dst != END and closes(s.letter, e.letter)]
                if ends:
                    changed = True
                    if len(steps) > _MOST_COPIES:
                        raise TooLargeError
                    _skip(steps, i, s, ends)


def _skip(steps: list[list[EventStep]], i: int, s: EventStep, ends: list[EventStep]) -> None:
    """A state goes on behind a section as if there were none; inside of it, it may still be that something happens."""
    rest = [e for e in steps[s.dst] if e not in ends]
    here = [x for x in steps[i] if x != s]
    if rest:
        steps.append(rest)
        here.append(s._replace(dst=len(steps) - 1))
    for e in ends:
        for then in list(steps[e.dst]) if e.dst != i else []:
            change = joined(joined(s.change, e.change), then.change)
            made = then._replace(change=change, path=(*s.path, *e.path, *then.path))
            if not any((x.letter, x.change, x.dst) == (made.letter, made.change, made.dst) for x in here):
                here.append(made)
    steps[i] = here


def closes(one: Letter, other: Letter) -> bool:
    """The one enters what the other leaves, and neither does anything else."""
    return other.section == -1 and one.contexts == other.contexts


def _later(steps: list[list[EventStep]]) -> list[frozenset[Where]]:
    """For each state the objects, by the numbers that they have there, that a later event is about."""
    later: list[frozenset[Where]] = [frozenset()] * len(steps)
    before: list[set[int]] = [set() for _ in steps]
    for i, here in enumerate(steps):
        for s in here:
            if s.dst != END:
                before[s.dst].add(i)
    todo = set(range(len(steps)))
    while todo:
        i = todo.pop()
        needed: set[Where] = set()
        for s in steps[i]:
            born = {w for w, new in s.letter.objects if new}
            wanted = {w for w, new in s.letter.objects if not new} | ((later[s.dst] if s.dst != END else set()) - born)
            renamed = dict(s.change)
            needed |= {w for w in wanted if w not in renamed} | {w for w, now in s.change if now in wanted}
        if needed != later[i]:
            later[i] = frozenset(needed)
            todo |= before[i]
    return later


def _merged(starts: list[Start], steps: list[list[EventStep]], later: list[frozenset[Where]]) -> Automaton:
    """The automaton with states merged from which the same goes on."""
    block, blocks = [0] * len(steps), 1
    while True:
        signatures: dict[object, int] = {}
        fresh = []
        for i, here in enumerate(steps):
            goes = frozenset((s.letter, s.change, END if s.dst == END else block[s.dst]) for s in here)
            fresh.append(signatures.setdefault((block[i], goes), len(signatures)))
        if len(signatures) == blocks:
            break
        block, blocks = fresh, len(signatures)
    kept: dict[int, int] = {}
    for i, b in enumerate(block):
        kept.setdefault(b, i)
    index = {b: n for n, b in enumerate(kept)}
    into = tuple(index[b] for b in block)
    made: list[tuple[EventStep, ...]] = []
    for i in kept.values():
        moved = (s._replace(dst=END if s.dst == END else into[s.dst]) for s in steps[i])
        made.append(tuple({s[:3]: s for s in moved}.values()))
    first: dict[object, Start] = {}
    for start in starts:
        what = str(sorted(start.facts.items(), key=str)), str(sorted(start.objects.items()))
        first.setdefault((what, into[start.first]), start._replace(state=into[start.first]))
    whole = tuple(map(tuple, steps))
    return Automaton(tuple(first.values()), tuple(made), tuple(later[i] for i in kept.values()), whole, into)
