# SPDX-License-Identifier: GPL-2.0-only
"""One change of a certificate at a time: it is refused for a named reason, or harmless."""

from __future__ import annotations

from typing import Any

import pytest
from certified import Case, real

from refcheck.base.verdicts import Verdict
from refcheck.certificate.document import Document, certificate_of, confirm, from_data, to_data
from refcheck.graph.cfg import CFG
from refcheck.meaning.state import initial_state
from refcheck.prove.propose import explore
from refcheck.verdict.check import Confirmed, Refusal
from refcheck.verdict.verdict import Certificate


def harmless(right: Case, data: object) -> bool:
    """The invariant has every state that can be reached: more states are allowed as long as the proof holds."""
    document = from_data(data)
    assert isinstance(document, Document)
    certificate = certificate_of(right.cfg, document)
    assert isinstance(certificate, Certificate)
    reachable = explore(right.cfg, 100_000).states
    return all(set(here) <= set(there) for here, there in zip(reachable, certificate.states, strict=True))


def test_a_missing_state_is_seen():
    right = real()
    total = 0
    for location, numbers in enumerate(right.data["invariant"]["locations"]):
        for i in range(len(numbers)):
            total += 1
            got = right.answer(right.changed("invariant", "locations", location, to=numbers[:i] + numbers[i + 1 :]))
            assert isinstance(got, Refusal), (location, i)
            assert got.name == "unproved-certificate"
            assert got.text.split(":")[0] in {"initiation", "consecution"}
    assert total == right.result.states


def test_a_missing_row_is_seen():
    right = real()
    rows = right.data["invariant"]["states"]
    for i in range(len(rows)):
        got = right.answer(right.changed("invariant", "states", to=rows[:i] + rows[i + 1 :]))
        assert isinstance(got, Refusal | str)


def numbers(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], int]]:
    """The paths of all numbers in a JSON value, with their values."""
    if type(data) is int:
        return [(path, data)]
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in inner for found in numbers(value, (*path, key))]


@pytest.mark.parametrize("by", [-1, 1, 2, 1000])
def test_an_altered_number_is_refused_or_harmless(by: int):
    right = real()
    refused = 0
    for path, value in numbers(right.data):
        data = right.changed(*path, to=value + by)
        got = right.answer(data)
        if isinstance(got, Confirmed):
            assert got.verdicts == right.data["verdicts"]
            assert harmless(right, data), path
        else:
            refused += 1
    assert refused > len(numbers(right.data)) * 9 // 10


def test_more_states_than_can_be_reached_are_allowed():
    # Given a state that is not reached, from which every edge leads back into the invariant, then the proof holds
    right = real()
    reachable = explore(right.cfg, 100_000).states
    exit_state = next(iter(reachable[right.cfg.exit]))
    states = [list(here) for here in reachable]
    values = zip(right.cfg.cells, exit_state.cells, strict=True)
    spare = exit_state._replace(cells=tuple(v if c.kind == "ptr" else 0 for c, v in values))
    assert spare not in reachable[right.cfg.exit]
    states[right.cfg.exit].append(spare)
    more = Certificate(tuple(tuple(s) for s in states))
    got = right.answer(to_data(right.cfg, more, right.data["verdicts"]))
    assert isinstance(got, Confirmed)
    assert got.states == right.result.states + 1


def test_an_empty_invariant_proves_nothing():
    right = real()
    nothing = Certificate(tuple(() for _ in range(right.cfg.locations)))
    got = right.answer(to_data(right.cfg, nothing, right.data["verdicts"]))
    assert got == Refusal("unproved-certificate", "initiation: the initial state is not in the invariant")


def test_a_graph_that_leads_nowhere_is_not_proved():
    right = real()
    last = max(e.number for e in right.cfg.edges if e.dst == right.cfg.exit)
    edges = tuple(e._replace(kind="statement", src=e.dst) if e.number == last else e for e in right.cfg.edges)
    stuck = right.cfg._replace(edges=edges)
    states = explore_anyway(stuck)
    got = confirm(stuck, _document(stuck, states, dict.fromkeys(right.data["verdicts"], Verdict.UNKNOWN)))
    assert isinstance(got, Refusal)
    assert got.text.startswith("progress: ")


def explore_anyway(cfg: CFG) -> Certificate:
    """The reachable states of a graph in which a path may end anywhere."""
    from refcheck.meaning.step import step

    found = [{initial_state(cfg): None} if i == cfg.start else {} for i in range(cfg.locations)]
    todo = [(cfg.start, initial_state(cfg))]
    out = cfg.out_edges()
    while todo:
        location, state = todo.pop()
        for edge in out[location]:
            for after, _ in step(cfg, state, edge):
                if after is not None and after not in found[edge.dst]:
                    found[edge.dst][after] = None
                    todo.append((edge.dst, after))
    return Certificate(tuple(tuple(here) for here in found))


def _document(cfg: CFG, certificate: Certificate, verdicts: dict[str, str]) -> Document:
    document = from_data(to_data(cfg, certificate, verdicts))
    assert isinstance(document, Document)
    return document
