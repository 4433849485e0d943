# SPDX-License-Identifier: GPL-2.0-only
"""One path through a graph: what is called on it, what is asked for in vain, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from refcheck.graph import ops
from refcheck.meaning.conditions import evaluate
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import initial_state
from refcheck.meaning.step import apply, run

if TYPE_CHECKING:
    from random import Random

    from refcheck.graph.cfg import CFG, Edge

MOST_STEPS = 400


class Unexpected(AssertionError):  # noqa: N818  like its base
    """A path breaks what no program of programs.py can break."""


class Path(NamedTuple):
    """What the tape said (answers of `more` and numbers of `num`, in order), the words that were said, how it ended.

    `ended` is the number that was returned, or `unset` (something was read that was never written), or `long`.
    """

    tape: tuple[int, ...]
    words: tuple[str, ...]
    ended: int | str


def walk(cfg: CFG, random: Random) -> Path:
    """A path that is chosen at random: `more` is true a few times, `num` is any number."""
    out = cfg.out_edges()
    state, at = initial_state(cfg), cfg.start
    tape, words = list[int](), list[str]()
    for _ in range(MOST_STEPS):
        edge = _chosen(cfg, state, out[at], random, len(tape))
        picks = tuple(random.choice(op.values) for op in edge.ops if isinstance(op, ops.Havoc))
        if edge.kind == "outcome":
            words.append(edge.callee)
            if edge.callee in ("more", "num"):
                tape.append(int(edge.outcome == "yes") if edge.callee == "more" else next(iter(picks), 0))
        result = _result(cfg, state, edge)
        done = run(cfg, state, edge, picks)
        assert done is not None
        after, broken = done
        if any(v.property == "bad-pointer" for v in broken):
            return Path(tuple(tape), tuple(words), "unset")
        words += [f"{edge.callee}!" for v in broken if v.property == "missing-context"]
        if any(v.property != "missing-context" for v in broken):
            raise Unexpected(broken)
        if edge.dst == cfg.exit:
            assert result is not None
            return Path(tuple(tape), tuple(words), result)
        assert after is not None
        state, at = after, edge.dst
    return Path(tuple(tape), tuple(words), "long")


def _chosen(cfg: CFG, state: object, edges: list[Edge], random: Random, asked: int) -> Edge:
    heap = Heap(cfg, state)
    enabled = [e for e in edges if evaluate(heap, e.guard) is not False]
    if enabled[0].callee == "more" and enabled[0].kind == "outcome":
        wanted = "yes" if asked < 8 and random.random() < 0.55 else "no"
        return next(e for e in enabled if e.outcome == wanted)
    if len(enabled) > 1 and isinstance(enabled[0].guard, ops.CmpCells):
        # Two numbers of one class compare either way; here each stands for itself.
        enabled = [e for e in enabled if ops.compare(e.guard.op, heap.cells[e.guard.left], heap.cells[e.guard.right])]
    assert len(enabled) == 1 or evaluate(heap, enabled[0].guard) is None, enabled
    return enabled[0]


def _result(cfg: CFG, state: object, edge: Edge) -> int | None:
    """The number that an edge to the exit returns."""
    for i, op in enumerate(edge.ops):
        if isinstance(op, ops.Exit):
            heap = Heap(cfg, state)
            for before in edge.ops[:i]:
                apply(heap, before)
            return heap.cells[op.result]
    return None
