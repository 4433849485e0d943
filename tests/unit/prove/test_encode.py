# SPDX-License-Identifier: GPL-2.0-only
"""Obligations of edges: they hold for what the reference says, and for nothing else, whether they fold or Z3 decides."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from command import ROOT

from refcheck.certificate.numbers import flat, from_flat, width
from refcheck.lens.local import LocalSteps
from refcheck.meaning.state import State, Violation
from refcheck.prove import encode, solver
from refcheck.prove.encode import Obligation, StateResults
from refcheck.prove.propose import explore
from refcheck.run.tasks import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refcheck.graph.cfg import CFG
    from refcheck.meaning.step import StepResult

MODELS = ("models/geneve.rc", "models/tipc.rc", "models/before/wireguard.rc", "models/udp_tunnel_core.rc")
FILES = (*MODELS, *(f"tests/litmus/{n}.rc" for n in ("slot_stale_bad", "loop_overwrites_bad", "contract_kept_ok")))


def obligations(name: str) -> list[tuple[CFG, list[StateResults]]]:
    """The local graphs of a file's edges, each with what the reference says of some states of it."""
    found: list[tuple[CFG, list[StateResults]]] = []
    write = encode.encode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "encode", lambda cfg, cases, excused: found.append((cfg, cases)) or write(cfg, cases, excused))
        for task in prepare(ROOT / name, None, ())[0]:
            steps = LocalSteps(task.cfg)
            encode._encoded_in_this_process().clear()
            encode.shapes(task.cfg, explore(task.cfg, 3000, steps).states, steps, excused=True)
    return found


def holds(cfg: CFG, cases: list[StateResults], excused: bool = True) -> bool:
    """The obligation is true by constants, or Z3 proves it."""
    lines, failures = encode.encode(cfg, cases, excused)
    return not failures or solver.check(Obligation(lines, failures, ()).script).status == "unsat"


def instead(cases: list[StateResults], i: int, results: tuple[StepResult, ...]) -> list[StateResults]:
    return [*cases[:i], (cases[i][0], results), *cases[i + 1 :]]


def others(cfg: CFG, state: State) -> Iterator[State]:
    """States that differ from a state in one number, or in one object."""
    for i, value in enumerate(state.cells):
        yield state._replace(cells=(*state.cells[:i], value + 1, *state.cells[i + 1 :]))
    for i, value in enumerate(state.contexts):
        yield state._replace(contexts=(*state.contexts[:i], value + 1, *state.contexts[i + 1 :]))
    for r, pool in enumerate(state.pools):
        resource, before, behind = cfg.resources[r], state.pools[:r], state.pools[r + 1 :]
        for n, obj in enumerate(pool):
            numbers = (0,) * width(resource) if obj is None else flat(obj)
            other = from_flat(resource, numbers if obj is None else (*numbers[:-1], numbers[-1] + 1))
            for instead_of_it in (other,) if obj is None else (other, None):
                yield state._replace(pools=(*before, (*pool[:n], instead_of_it, *pool[n + 1 :]), *behind))
        yield state._replace(pools=(*before, (*pool, from_flat(resource, (1,) * width(resource))), *behind))


@pytest.mark.parametrize("name", FILES)
def test_an_obligation_holds_for_what_the_reference_says_and_for_nothing_else(name: str):
    found = obligations(name)
    refused = 0
    for cfg, cases in found:
        assert holds(cfg, cases)
        for i, (_, results) in enumerate(cases):
            for k, (after, broken) in enumerate(results):
                if after is None:
                    continue
                # One of the ends is missing
                assert not holds(cfg, instead(cases, i, results[:k] + results[k + 1 :])) or (after, broken) in (
                    results[:k] + results[k + 1 :]
                )
                # One of the ends is another
                for other in islice(others(cfg, after), 12):
                    if all(other != known for known, _ in results):
                        assert not holds(cfg, instead(cases, i, (*results[:k], (other, broken), *results[k + 1 :])))
                        refused += 1
    assert refused > 10


@pytest.mark.parametrize(
    "name",
    [
        "models/tipc.rc",
        "corpus/06-smc-neigh-and-rtable/before.rc",
        "tests/litmus/flag_unset_bad.rc",
        "tests/litmus/slot_stale_bad.rc",
    ],
)
def test_a_violation_is_excused_in_the_states_in_which_the_reference_sees_it_only(name: str):
    excused = 0
    for cfg, cases in obligations(name):
        for i, (_, results) in enumerate(cases):
            silent = tuple((after, ()) for after, _ in results)
            if any(broken for _, broken in results):
                excused += 1
                assert not holds(cfg, instead(cases, i, silent))
                assert not holds(cfg, cases, excused=False)
    assert excused > 0


def test_a_violation_that_nothing_breaks_excuses_nothing():
    # Given a violation of another property than the one that is broken
    found = [
        (cfg, cases)
        for cfg, cases in obligations("tests/litmus/flag_unset_bad.rc")
        if any(b for _, rs in cases for _, b in rs)
    ]
    assert found
    for cfg, cases in found:
        wrong = [(before, tuple((a, b and (Violation("sanity", "x"),)) for a, b in results)) for before, results in cases]
        assert not holds(cfg, wrong)
