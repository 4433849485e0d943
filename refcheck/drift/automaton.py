# SPDX-License-Identifier: GPL-2.0-only
"""The lifecycle automaton of a graph: the states behind events, and the events that lead on from them.

The reachable states are those of the reference semantics.  Empty steps are left out.
"""

import time
from itertools import product

from refcheck.drift.events import NO_CHANGE, Alphabet, Letter, Renumbered
from refcheck.drift.parts import END, Automaton, EventStep, Path, Start, TooLargeError, joined, reduced
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning.state import State, Where, initial_state

_MOST_STATES = 60_000
_SECONDS = 30.0

StateAt = tuple[int, State]
Raw = list[tuple[Letter | None, Renumbered, StateAt | None, Edge]]


class _Explorer:
    """The steps of states, worked out when they are asked for."""

    def __init__(self, cfg: CFG, alphabet: Alphabet) -> None:
        self.cfg, self.alphabet = cfg, alphabet
        self.out = cfg.out_edges()
        self.known: dict[StateAt, Raw] = {}
        self.until = time.perf_counter() + _SECONDS

    def moves(self, node: StateAt) -> Raw:
        """All ways on from a state."""
        found = self.known.get(node)
        if found is None:
            if len(self.known) > _MOST_STATES or time.perf_counter() > self.until:
                raise TooLargeError
            found = self.known[node] = self._moves(node)
        return found

    def _moves(self, node: StateAt) -> Raw:
        at, state = node
        found: Raw = []
        for edge in self.out[at] if at != self.cfg.exit else ():
            for picks in product(*(op.values for op in ops.choices(edge.ops))):
                moved = self.alphabet.moves(state, edge, picks)
                if moved is None:
                    break
                ends = edge.kind == "exit" or moved.after is None
                after = None if ends or moved.after is None else (edge.dst, moved.after)
                if after is not None or moved.letter is not None:
                    found.append((moved.letter, moved.change, after, edge))
        return found

    def entered(self) -> list[tuple[StateAt, Path]]:
        """The states behind the entry edges."""
        first = (self.cfg.start, initial_state(self.cfg))
        seen, todo, found = {first}, [first], list[tuple[StateAt, Path]]()
        for node in todo:
            entering = any(e.kind == "entry" for e in self.out[node[0]])
            if not entering:
                found.append((node, ()))
                continue
            for _, _, after, _ in self.moves(node):
                if after is not None and after not in seen:
                    seen.add(after)
                    todo.append(after)
        return found

    def events(self, node: StateAt) -> list[tuple[Letter, Renumbered, StateAt | None, Path]]:
        """What can happen next in a state, each with a shortest way to it."""
        first: tuple[StateAt, Renumbered] = (node, NO_CHANGE)
        behind: dict[tuple[StateAt, Renumbered], tuple[tuple[StateAt, Renumbered], Edge] | None] = {first: None}
        todo, found = [first], dict[tuple[Letter, Renumbered, StateAt | None], Path]()
        for here in todo:
            for letter, change, after, edge in self.moves(here[0]):
                net = joined(here[1], change)
                if letter is not None:
                    if (letter, net, after) not in found:
                        found[letter, net, after] = (*_way(behind, here), edge)
                elif after is not None and (after, net) not in behind:
                    behind[after, net] = here, edge
                    todo.append((after, net))
        return [(letter, net, after, path) for (letter, net, after), path in found.items()]


def _way(
    behind: dict[tuple[StateAt, Renumbered], tuple[tuple[StateAt, Renumbered], Edge] | None],
    here: tuple[StateAt, Renumbered],
) -> Path:
    edges: list[Edge] = []
    while (before := behind[here]) is not None:
        here, edge = before
        edges.append(edge)
    return tuple(edges[::-1])


def automaton(cfg: CFG, alphabet: Alphabet) -> Automaton:
    """The automaton of a graph; TooLargeError where it has too many states."""
    explorer = _Explorer(cfg, alphabet)
    numbers: dict[StateAt, int] = {}
    order: list[StateAt] = []

    def number(node: StateAt | None) -> int:
        if node is None:
            return END
        if node not in numbers:
            numbers[node] = len(order)
            order.append(node)
        return numbers[node]

    starts = [_start(cfg, node, number(node)) for node, _ in explorer.entered()]
    steps: list[list[EventStep]] = []
    while len(steps) < len(order):
        here = explorer.events(order[len(steps)])
        steps.append([EventStep(letter, change, number(after), path) for letter, change, after, path in here])
    return reduced(starts, steps)


def _start(cfg: CFG, node: StateAt, number: int) -> Start:
    """What a function begins with, by the names of its parameters."""
    state, facts, objects = node[1], dict[str, object](), dict[str, Where]()
    for c, value in zip(cfg.cells, state.cells, strict=True):
        named = c.role in ("param", "out", "ghost") and c.function == cfg.function and "@" not in c.name
        if not named or value == UNINIT:  # nobody asks for it
            continue
        if c.kind != "ptr":
            facts[c.name] = "<0" if value < 0 else ">0" if value > 1 else value
            continue
        facts[c.name] = "an object" if value > 0 else "NULL" if value == 0 else "an error"
        if value > 0:
            objects[c.name] = (c.resource, value)
            held = state.pools[c.resource][value - 1]
            for slot, content in zip(cfg.resources[c.resource].slots, held.slots if held else (), strict=False):
                facts[f"{c.name}->{slot.name}"] = content.mode
                if content.target:
                    objects[f"{c.name}->{slot.name}"] = (slot.target, content.target)
    facts |= {f"in {name}": level for name, level in zip(cfg.contexts, state.contexts, strict=True)}
    return Start(facts, objects, number, number)
