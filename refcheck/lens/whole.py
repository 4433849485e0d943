# SPDX-License-Identifier: GPL-2.0-only
"""Steps without lenses: the reference semantics on whole states, every edge for itself, nothing remembered.

This is what lenses are a shorter way to; `verify --no-lens` takes it.
"""

from collections.abc import Sequence
from typing import Any

from refcheck.graph.cfg import CFG, Edge
from refcheck.meaning.state import State, initial_state
from refcheck.meaning.step import StepResult, step


class WholeLens:
    """An edge that sees all of a state, and is its own shape: no other one does the same."""

    def __init__(self, cfg: CFG, edge: Edge) -> None:
        self.cells = range(len(cfg.cells))
        self.graph = cfg._replace(edges=(edge,))
        self.met: dict[tuple[tuple[int, ...], State], None] = {}

    @property
    def shape(self) -> "WholeLens":
        """The edge itself."""
        return self

    def cfg(self, kinds: tuple[int, ...]) -> CFG:
        """The graph of the edge; no object is named where it does not look."""
        assert not kinds
        return self.graph

    def step(self, kinds: tuple[int, ...], state: State) -> list[StepResult]:
        """The successors of a state."""
        assert not kinds
        return step(self.graph, state, self.graph.edges[0])

    def moves(self, row: Any) -> list[StepResult]:
        """The same; the state is noted."""
        self.met[(), row] = None
        return self.step((), row)

    def seen(self, state: State) -> tuple[tuple[int, ...], State]:
        """All of the state."""
        return (), state


class WholeSteps:
    """The steps of a graph, on whole states."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.start = initial_state(cfg)
        self.lenses: list[WholeLens | None] = [None] * len(cfg.edges)
        self.uncut = False

    def row(self, state: State) -> State:
        """The state itself."""
        return state

    def state(self, row: Any) -> State:
        """The state itself."""
        return State(*row)

    def lens(self, edge: Edge) -> WholeLens:
        """The edge by itself."""
        found = self.lenses[edge.number]
        if found is None:
            found = self.lenses[edge.number] = WholeLens(self.cfg, edge)
        return found

    def step(self, state: State, edge: Edge) -> Sequence[StepResult]:
        """All successors of a state along an edge."""
        return self.lens(edge).moves(state)

    def close(self) -> None:
        """Nothing is to be done."""
