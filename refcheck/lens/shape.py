# SPDX-License-Identifier: GPL-2.0-only
"""Edges as such: those that do the same up to the numbers of cells and contexts have one shape, in all graphs of a process.

A shape is the graph of one edge.  It gives the successors of that edge's local states by the reference semantics
(semantics.py) and remembers them.
"""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, Cell
from refcheck.lens.rename import Key
from refcheck.meaning.heap import Allowed
from refcheck.meaning.state import State
from refcheck.meaning.step import StepResult, step

MOST = 400_000


class SharedShape:
    """An edge as such: the graph of this one edge, and the successors of its states that were asked for.

    `allowed` is what the contract allows at an exit, shared by the exits of a graph whose cells are of the same kinds.
    Behind the cells of the edge a local state has one cell for each object that is also named elsewhere; `kinds` are
    the resources of those.
    """

    def __init__(self, graph: CFG, allowed: Allowed) -> None:
        self.graph = graph
        self.allowed = allowed
        self.graphs: dict[tuple[int, ...], CFG] = {}
        self.known: dict[tuple[tuple[int, ...], State], tuple[StepResult, ...]] = {}

    def cfg(self, kinds: tuple[int, ...]) -> CFG:
        """The graph with cells for what names the objects elsewhere."""
        found = self.graphs.get(kinds)
        if found is None:
            cells = (*self.graph.cells, *(Cell("", "ptr", r, "", "") for r in kinds))
            found = self.graphs[kinds] = self.graph._replace(cells=cells)
        return found

    def step(self, kinds: tuple[int, ...], state: State) -> tuple[StepResult, ...]:
        """The successors of a local state, by the reference semantics."""
        asked = (kinds, state)
        found = self.known.get(asked)
        if found is None:
            cfg = self.cfg(kinds)
            found = self.known[asked] = tuple(step(cfg, state, cfg.edges[0], self.allowed))
        return found


class Numbered(NamedTuple):
    """A value and a number that stands for it in keys, where the value would be slow to compare."""

    value: Any
    number: int


NUMBERS = count()


@cache
def _numbered_in_this_process() -> dict[tuple[str, object], Numbered]:
    return {}


def numbered(what: str, value: object) -> Numbered:
    """A number for a value of a kind: the same one for equal values, never one that another value has."""
    table = _numbered_in_this_process()
    found = table.get((what, value))
    if found is None:
        if len(table) > 10_000:
            table.clear()
        found = table[what, value] = Numbered(value, next(NUMBERS))
    return found


@cache
def shapes_of_this_process() -> dict[Key, SharedShape]:
    """The shapes met so far.  What they remember are values of the reference semantics, whoever asked first."""
    return {}


def shape_of(asked: Key, make: Callable[[], CFG], allowed: Allowed) -> SharedShape:
    """The shape with a key; when there are too many they are forgotten, so that memory stays bounded."""
    table = shapes_of_this_process()
    found = table.get(asked)
    if found is None:
        if len(table) % 256 == 255 and sum(len(s.known) for s in table.values()) > MOST:
            table.clear()
        found = table[asked] = SharedShape(make(), allowed)
    return found
