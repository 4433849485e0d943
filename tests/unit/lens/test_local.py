# SPDX-License-Identifier: GPL-2.0-only
"""Seen through lenses, edges do what the reference says: on every state of every model and example, and in any order."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from command import ROOT

from refcheck.base.files import model_files
from refcheck.graph import ops as actions
from refcheck.graph.cfg import CFG
from refcheck.lens.local import LocalSteps
from refcheck.lens.shape import shapes_of_this_process
from refcheck.meaning.heap import Allowed, Heap
from refcheck.meaning.state import EXPIRED, State, initial_state
from refcheck.meaning.step import promises_at, step
from refcheck.prove.propose import explore
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH = 2_000
FILES = model_files([ROOT / "models", ROOT / "corpus", ROOT / "tests" / "litmus"])


def graphs(path: Path) -> list[CFG]:
    return [t.cfg for t in prepare(path, None, ())[0]]


def plain_states(cfg: CFG) -> list[set[State]]:
    """The states that the reference alone reaches; of some graphs there is no end."""
    found: list[set[State]] = [set() for _ in range(cfg.locations)]
    found[cfg.start].add(initial_state(cfg))
    todo = [(cfg.start, initial_state(cfg))]
    out = cfg.out_edges()
    while todo and sum(map(len, found)) < ENOUGH:
        location, state = todo.pop()
        for edge in out[location]:
            for after, _ in step(cfg, state, edge):
                if after is not None and after not in found[edge.dst]:
                    found[edge.dst].add(after)
                    todo.append((edge.dst, after))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_lenses_show_what_the_reference_does(path: Path):
    for cfg in graphs(path):
        states, steps = plain_states(cfg), LocalSteps(cfg)
        for edge in cfg.edges:
            for state in states[edge.src]:
                assert list(steps.step(state, edge)) == step(cfg, state, edge), (cfg.function, edge)
        assert not steps.uncut
        if sum(map(len, states)) < ENOUGH:
            assert [set(s) for s in explore(cfg, ENOUGH).states] == states


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_contract_allows_is_the_same_for_the_whole_walk(path: Path):
    for cfg in graphs(path):
        states, allowed = plain_states(cfg), Allowed()
        for edge in cfg.edges:
            if any(isinstance(op, actions.Exit) for op in edge.ops):
                for state in states[edge.src]:
                    assert step(cfg, state, edge, allowed) == step(cfg, state, edge), (cfg.function, edge)
                    assert promises_at(cfg, state, edge, allowed) == promises_at(cfg, state, edge), (cfg.function, edge)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_reachable_states_are_settled_and_collected(path: Path):
    # What the cut rests on: what an edge does not see would not change by itself
    for cfg in graphs(path):
        for states in plain_states(cfg):
            for state in states:
                heap = Heap(cfg, state)
                heap.settle(EXPIRED)
                heap.collect()
                assert heap.freeze() == state
                assert heap.violations == []


def test_verdicts_do_not_depend_on_what_was_verified_before():
    paths = [*FILES[:6], ROOT / "corpus" / "06-smc-neigh-and-rtable" / "before.rc"]

    def results(order: list[Path]) -> dict[tuple[str, str, str], object]:
        found: dict[tuple[str, str, str], object] = {}
        for p in order:
            for t in prepare(p, None, ())[0]:
                r = verify(t.cfg, Limits())
                found[str(p), t.cfg.function, t.cfg.entry] = r._replace(seconds=0.0)
        return found

    shapes_of_this_process().clear()
    forwards = results(paths)
    assert results(paths) == forwards
    shapes_of_this_process().clear()
    assert results(paths[::-1]) == forwards


def test_edges_that_differ_in_numbers_only_share_a_shape(check):
    # Given one function under two names, with its variables in another order
    body = "rt = ip_route_output_key(); if (IS_ERR(rt)) return; ip_rt_put(rt);"
    text = f'use "route.spec";\nvoid f() {{ dst rt; {body} }}\nvoid g() {{ int x; bool y; dst rt; {body} }}\n'
    first, second = (c.result.cfg for c in check(text).checked)
    shapes = [{LocalSteps(cfg).lens(e).shape for e in cfg.edges} for cfg in (first, second)]
    # Then nothing is new in the second
    assert shapes[0] == shapes[1]


def test_a_pointer_to_nothing_is_left_to_the_reference(check):
    # Given a state that cannot be reached: a pointer names an object that does not exist
    cfg = check('use "dst.spec";\nvoid f(dst d) { use(d); }\n').checked[0].result.cfg
    edge = next(e for e in cfg.edges if any(isinstance(op, actions.Use) for op in e.ops))
    state = initial_state(cfg)._replace(cells=tuple(7 for _ in cfg.cells))
    steps = LocalSteps(cfg)
    assert list(steps.step(state, edge)) == step(cfg, state, edge) != []
    assert steps.uncut


def test_a_proof_leaves_no_cycle_of_its_own():
    # Given functions that are lowered, when they are verified, then all that is given up goes at once
    tasks = prepare(ROOT / "models" / "geneve.rc", None, ())[0]
    kept = [verify(t.cfg, Limits()) for t in tasks]
    gc.collect()
    gc.disable()
    try:
        kept += [verify(t.cfg, Limits()) for t in tasks]
        assert gc.collect() == 0
    finally:
        gc.enable()
