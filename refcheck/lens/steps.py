# SPDX-License-Identifier: GPL-2.0-only
"""The steps of one graph as the prover takes them: all that it knows of this folder.

`steps_of` gives them through lenses (local.py) or, where these are switched off, on whole states (whole.py).  The two
say the same of every state, which tests compare; the checker (verdict/check.py) uses neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from refcheck.graph.cfg import CFG, Edge
from refcheck.lens.local import LocalSteps
from refcheck.lens.whole import WholeSteps
from refcheck.meaning.state import State, Violation
from refcheck.meaning.step import StepResult

Row = tuple[Any, ...]  # a state in the form in which it is walked: `Steps.row` and `Steps.state` lead there and back
Kinds = tuple[int, ...]
Met = tuple[Kinds, State]
Move = tuple[Row | None, tuple[Violation, ...]]


class Shape(Protocol):
    """Edges that do the same: the graph of one such edge, and what it does to the states that are seen of it.

    `kinds` has the resources of objects that are named where the edge does not look; each has a cell behind its own.
    """

    @property
    def graph(self) -> CFG:
        """The graph of the edge alone."""

    def cfg(self, kinds: Kinds) -> CFG:
        """The graph with cells for what is named elsewhere."""

    def step(self, kinds: Kinds, state: State) -> Sequence[StepResult]:
        """The successors of a state that is seen, as the reference semantics gives them."""


class Lens(Protocol):
    """One edge, or several that do the same, and what is seen of the states in front of it.

    `cells` are the cells of the graph that the first cells of what is seen stand for, `met` what was seen so far.
    """

    @property
    def cells(self) -> Sequence[int]:
        """See the class."""

    @property
    def shape(self) -> Shape:
        """What the edge does."""

    @property
    def met(self) -> Mapping[Met, None]:
        """See the class."""

    def moves(self, row: Row) -> Sequence[Move]:
        """The successors of a row, each with what the edge broke; empty where the guard is false."""

    def seen(self, state: State) -> Met | None:
        """What is seen of a state; None where a pointer names what is not there."""


class Steps(Protocol):
    """The steps of one graph; what was asked before may be remembered.

    `lenses` has those that were asked for, by the numbers of their edges; `uncut` tells that some state could not be seen
    through one.
    """

    @property
    def start(self) -> Row:
        """The initial state."""

    @property
    def lenses(self) -> Sequence[Lens | None]:
        """See the class."""

    @property
    def uncut(self) -> bool:
        """See the class."""

    def row(self, state: State) -> Row:
        """A state as a row."""

    def state(self, row: Row) -> State:
        """The state that a row stands for."""

    def lens(self, edge: Edge) -> Lens:
        """The lens of an edge."""

    def step(self, state: State, edge: Edge) -> Sequence[StepResult]:
        """All successors of a state along an edge, each with what the edge broke; empty where the guard is false."""

    def close(self) -> None:
        """No step is asked for any more."""


def steps_of(cfg: CFG, lens: bool = True) -> Steps:
    """The steps of a graph: through lenses, or on whole states."""
    return LocalSteps(cfg) if lens else WholeSteps(cfg)
