# SPDX-License-Identifier: GPL-2.0-only
"""Inclusion on made-up automata: what the antichains say is what comes of comparing every path with every path."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from refcheck.drift.events import Letter
from refcheck.drift.inclusion import lacking
from refcheck.drift.parts import END, Automaton, EventStep, Start, reduced

LONGEST = 5
OBJECTS = ((0, 1), (0, 2))


class Event(NamedTuple):
    """An event of one path: its shape, and which objects it is about; each object of a path has a number of its own."""

    shape: str
    objects: tuple[int, ...]
    born: tuple[bool, ...]
    ends: bool


Steps = list[list[EventStep]]


def made(seed: random.Random, states: int, like: Steps | None = None) -> Steps:
    """The steps of some states, those of another automaton first; objects get other numbers on the way."""
    steps = [list(here) for here in like] if like is not None else Steps()
    states += len(steps)
    for _ in range(states - len(steps)):
        here = []
        for _ in range(seed.choice((1, 1, 2, 2, 3))):
            shape = seed.choice(("a", "a", "b"))
            count = seed.choice((0, 1, 1, 2))
            about = seed.sample(OBJECTS, count)
            born = [seed.random() < 0.4 for _ in about]
            change = {o: None for o, new in zip(about, born, strict=True) if new}
            if seed.random() < 0.2:
                change[seed.choice(OBJECTS)] = None
            dst = seed.choice((END, *range(states)))
            letter = Letter((shape, count), tuple(zip(about, born, strict=True)))
            here.append(EventStep(letter, frozenset(change.items()), dst, ()))
        steps.append(here)
    if like is not None and seed.random() < 0.7:
        steps[0] += steps[-1]
    elif like is not None:
        del seed.choice(steps)[:1]
    return steps


def automaton(steps: Steps) -> Automaton:
    """The automaton that begins in the first state, with one object that both sides know."""
    return reduced([Start({}, {"p": OBJECTS[0]}, 0, 0)], [list(here) for here in steps])


def paths(steps: Steps) -> Iterator[tuple[Event, ...]]:
    """Every path up to a length, with what each of its events is about."""
    todo = [((), 0, {OBJECTS[0]: 0, OBJECTS[1]: 1}, 2)]
    while todo:
        events, state, numbers, fresh = todo.pop()
        if events:
            yield events
        if state == END or len(events) == LONGEST:
            continue
        for s in steps[state]:
            now, following = dict(numbers), fresh
            for old in sorted({o for o, _ in s.change} | {o for o, new in s.letter.objects if new}):
                now[old] = following
                following += 1
            about = tuple(now[o] for o, _ in s.letter.objects)
            born = tuple(new for _, new in s.letter.objects)
            event = Event(str(s.letter.shape), about, born, s.dst == END)
            todo.append(((*events, event), s.dst, now, following))


def matches(one: tuple[Event, ...], other: tuple[Event, ...]) -> bool:
    """The two paths are one but for the names of objects; the parameter of the one is that of the other."""
    there, back = {0: 0}, {0: 0}
    for e, f in zip(one, other, strict=True):
        if (e.shape, e.born, e.ends) != (f.shape, f.born, f.ends):
            return False
        for a, b in zip(e.objects, f.objects, strict=True):
            if there.setdefault(a, b) != b or back.setdefault(b, a) != a:
                return False
    return True


def two(seed: int) -> tuple[Steps, Steps]:
    """Two automata, of which the second often has what the first has."""
    chance = random.Random(seed)
    one = made(chance, chance.choice((1, 2, 3)))
    return one, made(chance, chance.choice((1, 2)), one if chance.random() < 0.7 else None)


@pytest.mark.parametrize("seed", range(300))
def test_a_path_is_lacking_where_none_of_the_other_side_is_the_same(seed: int):
    one, other = two(seed)
    theirs = list(paths(other))
    lacks = [p for p in paths(one) if not any(len(p) == len(q) and matches(p, q) for q in theirs)]
    every = lacking(automaton(one), automaton(other), {})
    found = every[0] if every else None
    if found is None:
        assert lacks == []
    elif len(found.ours) <= LONGEST:
        # a shortest one
        assert lacks
        assert len(found.ours) == min(map(len, lacks))
    else:
        assert lacks == []
    if found is not None:
        assert len(found.theirs) == len(found.ours) - 1


def test_the_seeds_have_both_answers():
    answers = [lacking(*map(automaton, two(seed)), {}) == [] for seed in range(300)]
    assert 50 < sum(answers) < 250
