# SPDX-License-Identifier: GPL-2.0-only
"""Whether every path of one automaton is a path of another one: inclusion of languages by antichains.

De Wulf, Doyen, Henzinger, Raskin: Antichains (CAV 2006), doi 10.1007/11817963_5.  A pair is a state of the one side with
all states of the other in which the same events have led; of two pairs with one state, only that with fewer states on the
other side can tell anything.  Objects have names of their own on either side: which is which is what the events say.
"""

import time

from refcheck.base.named import NamedTuple
from refcheck.drift.events import Letter, Renumbered
from refcheck.drift.parts import END, Automaton, EventStep, Start, TooLargeError
from refcheck.meaning.state import Where

_MOST_PAIRS = 100_000
_SECONDS = 30.0

# Which object of the one side is which of the other; None where it is none that is still of interest there.
Same = frozenset[tuple[Where | None, Where | None]]
Element = tuple[int, Same]
StateBeside = tuple[int, frozenset[Element]]


class Lack(NamedTuple):
    """A shortest path that one side has and the other lacks.

    `ours` are the steps of the one side, the last of them the one that the other side lacks; `theirs` those of the other
    side beside it, one less; `instead` are the steps that the other side has there.  None of them where `start` is a way to
    begin that the other side does not know.
    """

    start: Start
    ours: tuple[EventStep, ...]
    theirs: tuple[EventStep, ...]
    instead: tuple[EventStep, ...]


def lacking(one: Automaton, other: Automaton, names: dict[str, str]) -> list[Lack]:
    """A shortest path of `one` to each event that `other` lacks; TooLargeError where there are too many pairs.

    Two events are one where line, words and shape are.  What comes behind one that is lacking is not looked at: there is
    nothing beside it.  `names` has what parameters are called on the other side, where that is not the same.
    """
    return list(_Search(one, other, names).lacks().values())


class _Search:
    def __init__(self, one: Automaton, other: Automaton, names: dict[str, str]) -> None:
        self.one, self.other, self.names = one, other, names
        self.behind: dict[StateBeside, tuple[StateBeside, EventStep] | None] = {}
        self.least: dict[int, list[frozenset[Element]]] = {}
        self.begun: dict[StateBeside, Start] = {}
        self.until = time.perf_counter() + _SECONDS

    def lacks(self) -> dict[object, Lack]:
        """The paths by what is lacking, shortest first."""
        todo: list[StateBeside] = []
        found: dict[object, Lack] = {}
        for start in self.one.starts:
            beside = frozenset(e for s in self.other.starts if (e := self._beside(start, s)) is not None)
            if not beside:
                found.setdefault(None, Lack(start, (), (), ()))
                continue
            pair = (start.state, beside)
            if self._new(pair):
                self.begun.setdefault(pair, start)
                self.behind[pair] = None
                todo.append(pair)
        for pair in todo:
            for step in self.one.steps[pair[0]]:
                after = self._after(pair[1], step)
                if not after:
                    told = self._told(pair, step)
                    where = tuple((e.span.line, e.text) for e in told.ours[-1].path[-1:])
                    found.setdefault((where, step.letter.shape), told)
                    continue
                if step.dst == END:
                    continue
                following = (step.dst, after)
                if self._new(following):
                    self.behind[following] = pair, step
                    todo.append(following)
                if len(todo) > _MOST_PAIRS or time.perf_counter() > self.until:
                    raise TooLargeError
        return found

    def _new(self, pair: StateBeside) -> bool:
        """No pair that was met tells at least as much."""
        state, beside = pair
        here = self.least.setdefault(state, [])
        if any(known <= beside for known in here):
            return False
        self.least[state] = [known for known in here if not beside <= known] + [beside]
        return True

    def _beside(self, start: Start, other: Start) -> Element | None:
        """A way to begin on the other side that is the same, as far as both sides know."""
        for name, value in start.facts.items():
            theirs = other.facts.get(_renamed(name, self.names), value)
            if theirs != value:
                return None
        pairs = set[tuple[Where | None, Where | None]]()
        for name, at in start.objects.items():
            there = other.objects.get(_renamed(name, self.names))
            if there is not None:
                pairs.add((at, there))
        return self._element(start.state, other.state, pairs)

    def _element(self, state: int, there: int, pairs: set[tuple[Where | None, Where | None]]) -> Element:
        """A state of the other side, with what is the same as far as later events can be about it."""
        if there == END:
            return END, frozenset()
        mine = self.one.later[state] if state != END else frozenset[Where]()
        yours = self.other.later[there]
        kept = {(a if a in mine else None, b if b in yours else None) for a, b in pairs}
        return there, frozenset(kept - {(None, None)})

    def _after(self, beside: frozenset[Element], step: EventStep) -> frozenset[Element]:
        """The states of the other side behind the same event."""
        return frozenset(e for here in beside for _, e in self._ways(here, step))

    def _ways(self, here: Element, step: EventStep) -> list[tuple[EventStep, Element]]:
        state, same = here
        found: list[tuple[EventStep, Element]] = []
        moved = _changed(same, step.change, 0)
        for theirs in self.other.steps[state] if state != END else ():
            if theirs.letter.shape != step.letter.shape or (theirs.dst == END) != (step.dst == END):
                continue
            pairs = _matched(_changed(moved, theirs.change, 1), step.letter, theirs.letter)
            if pairs is not None:
                found.append((theirs, self._element(step.dst, theirs.dst, pairs)))
        return found

    def _told(self, pair: StateBeside, last: EventStep) -> Lack:
        """The path to a pair, and one of the other side beside it."""
        pairs, ours = [pair], [last]
        while (before := self.behind[pairs[-1]]) is not None:
            pairs.append(before[0])
            ours.append(before[1])
        pairs, ours = pairs[::-1], ours[::-1]
        at, theirs = min(pair[1], key=str), list[EventStep]()
        for before_it, step in zip(pairs[-2::-1], ours[-2::-1], strict=True):
            came = ((way, e) for e in sorted(before_it[1], key=str) for way, to in self._ways(e, step) if to == at)
            way, at = next(came)
            theirs.append(way)
        start = self.begun[pairs[0]]
        other = next(s for s in self.other.starts if self._beside(start, s) == at)
        beside, state = self.other.walked(other.first, tuple(theirs[::-1]))
        here = () if state == END else self.other.whole[state]
        known = {s.letter for s in here}
        more = {s.letter: s for e in pair[1] if e[0] != END for s in self.other.steps[e[0]] if s.letter not in known}
        shown = self.one.walked(start.first, tuple(ours))[0]
        return Lack(start, tuple(shown), tuple(beside), (*here, *more.values()))


def _renamed(name: str, names: dict[str, str]) -> str:
    base, arrow, slot = name.partition("->")
    star = "*" if base.startswith("*") else ""
    plain = base.removeprefix("*")
    return f"{star}{names.get(plain, plain)}{arrow}{slot}"


def _changed(
    same: frozenset[tuple[Where | None, Where | None]], change: Renumbered, side: int
) -> frozenset[tuple[Where | None, Where | None]]:
    """What is the same behind a change of numbers on one side."""
    if not change:
        return same
    now = dict(change)
    if side == 0:
        return frozenset((now.get(a, a) if a is not None else None, b) for a, b in same)
    return frozenset((a, now.get(b, b) if b is not None else None) for a, b in same)


def _matched(
    same: frozenset[tuple[Where | None, Where | None]], one: Letter, other: Letter
) -> set[tuple[Where | None, Where | None]] | None:
    """What is the same behind an event on both sides; None where it is about other objects."""
    if any(x != y for x, y in zip(one.values, other.values, strict=False)):
        return None
    pairs = set(same)
    for (a, new), (b, also) in zip(one.objects, other.objects, strict=True):
        if new != also:
            return None
        if new:
            pairs = {(None if x == a else x, None if y == b else y) for x, y in pairs} | {(a, b)}
        elif (a, b) not in pairs:
            if any(x == a or y == b for x, y in pairs):
                return None
            pairs.add((a, b))
    return pairs
