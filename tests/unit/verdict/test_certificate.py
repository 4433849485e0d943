# SPDX-License-Identifier: GPL-2.0-only
"""Certificates as data: what is written is read back, what is damaged is refused in words, digests tell graphs apart."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from command import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from refcheck.base.source import Span
from refcheck.base.verdicts import Verdict
from refcheck.certificate.digest import LEFT_OUT, cfg_digest, left_out
from refcheck.certificate.document import Document, certificate_of, from_data, to_data
from refcheck.certificate.fits import misfit
from refcheck.certificate.numbers import flat, from_flat
from refcheck.graph import cfg as program
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.prove.propose import explore
from refcheck.run.tasks import prepare
from refcheck.verdict.check import Refusal, check
from refcheck.verdict.verdict import Certificate

MODELS = ("bareudp.rc", "geneve.rc", "ovpn.rc", "tipc.rc")


@cache
def proposals() -> tuple[tuple[CFG, Certificate], ...]:
    """Graphs of real models, each with its reachable states."""
    found = []
    for name in MODELS:
        for task in prepare(ROOT / "models" / name, None, ())[0]:
            states = explore(task.cfg, 10_000).states
            found.append((task.cfg, Certificate(tuple(tuple(s) for s in states))))
    return tuple(found)


@cache
def written() -> str:
    """A real certificate with objects and slots in it, as a text of JSON."""
    cfg, certificate = next(p for p in proposals() if p[0].function == "geneve_xmit_skb")
    return json.dumps(to_data(cfg, certificate, {"leaked-ref": Verdict.PROVED}, "geneve.rc"))


def invariant(data: object) -> Certificate | str:
    """What is read of a JSON value as a certificate of that function."""
    document = from_data(data)
    cfg = next(cfg for cfg, _ in proposals() if cfg.function == "geneve_xmit_skb")
    return document if isinstance(document, str) else certificate_of(cfg, document)


def read(change: dict[str, object]) -> Certificate | str:
    """What is read of the real certificate with some keys changed; `invariant.x` is a key of the invariant."""
    data = json.loads(written())
    for where, value in change.items():
        at = data
        *outer, last = where.split(".")
        for part in outer:
            at = at[part]
        at[last] = value
    return invariant(data)


# ---------------------------------------------------------------------------------------------- there and back


def test_what_is_written_is_read_back():
    for cfg, certificate in proposals():
        data = json.loads(json.dumps(to_data(cfg, certificate, {"leaked-ref": Verdict.PROVED}, "m.rc")))
        got = from_data(data)
        assert isinstance(got, Document)
        assert got[:-1] == (cfg.function, cfg.entry, cfg_digest(cfg), "m.rc", {"leaked-ref": Verdict.PROVED})
        assert certificate_of(cfg, got) == certificate


def test_equal_states_are_written_once():
    for cfg, certificate in proposals():
        invariant: Any = to_data(cfg, certificate, {})["invariant"]
        distinct = {s for here in certificate.states for s in here}
        assert len(invariant["states"]) == len(distinct)
        assert len(invariant["heaps"]) == len({(s.contexts, s.pools) for s in distinct})


# ---------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "other"}, "no object with"),
        ({"version": 2}, "its version is 2, this refcheck reads version 1"),
        ({"version": True}, "its version is True"),
        ({"version": 1.0}, "its version is 1.0"),
        ({"extra": 1}, "an unknown key 'extra'"),
        ({"digest": "0" * 63}, "no SHA-256"),
        ({"digest": "A" * 64}, "no SHA-256"),
        ({"digest": None}, "`digest` is no text"),
        ({"function": 7}, "`function` is no text"),
        ({"function": "a\nb"}, "control characters"),
        ({"model": "x" * 5000}, "longer than 4096"),
        ({"verdicts": []}, "`verdicts` is no object"),
        ({"verdicts": {"leaked-ref": "SURE"}}, "'leaked-ref': 'SURE'"),
        ({"verdicts": {"nothing": "PROVED"}}, "'nothing': 'PROVED'"),
        ({"verdicts": {"leaked-ref": []}}, "'leaked-ref': list"),
        ({"invariant": 1}, "`invariant` is no object"),
        ({"invariant.kind": "magic"}, "the kind of the invariant is 'magic', not 'states'"),
        ({"invariant.kind": []}, "the kind of the invariant is list"),
        ({"invariant.more": 0}, "an unknown key 'more'"),
        ({"invariant.cells": -1}, "`cells` is -1"),
        ({"invariant.cells": True}, "`cells` is True"),
        ({"invariant.cells": 10**9}, "`cells` is 1000000000"),
        ({"invariant.heaps": {}}, "`heaps` is no list"),
        ({"invariant.heaps": [[]]}, "no pair"),
        ({"invariant.heaps": [[[0], 1]]}, "the pools of a heap is no list"),
        ({"invariant.heaps": [[[-1], []]]}, "-1, not an integer from 0"),
        ({"invariant.heaps": [[[0], [[[1.5]]]]]}, "an object has 1.5"),
        ({"invariant.heaps": [[[0], []]]}, "not one pool for each resource"),
        ({"invariant.heaps": [[[0], [[[1]], []]]]}, "numbers, not 1"),
        ({"invariant.states": [[]]}, "not the number of a heap and pairs"),
        ({"invariant.states": [[10**6]]}, "1000000, not an integer"),
        ({"invariant.states": [[9999]]}, "a state has the heap 9999"),
        ({"invariant.states": [[-1]]}, "a state has the heap -1"),
        ({"invariant.states": [[0, 3, 1, 2, 1]]}, "do not ascend"),
        ({"invariant.states": [[0, 3, 1, 3, 1]]}, "do not ascend"),
        ({"invariant.states": [[0, -1, 1]]}, "do not ascend"),
        ({"invariant.states": [[0, 9999, 1]]}, "do not ascend"),
        ({"invariant.locations": [[0, 0]]}, "one state twice"),
        ({"invariant.locations": [[10**5]]}, "100000, not an integer"),
        ({"invariant.locations": [[True]]}, "True, not an integer"),
    ],
)  # fmt: skip
def test_damage_is_named(change: dict[str, object], reason: str):
    got = read(change)
    assert isinstance(got, str)
    assert reason.replace("no pair", "not a pair") in got


@pytest.mark.parametrize("key", list(json.loads(written())))
def test_every_key_is_needed(key: str):
    data = json.loads(written())
    del data[key]
    assert isinstance(from_data(data), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_no_json_value_is_a_surprise(value: object):
    assert isinstance(from_data(value), str)


def places(data: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values inside a JSON value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [p for key, value in inner for p in ((*path, key), *places(value, (*path, key)))]


PLACES = places(json.loads(written()))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_a_value_anywhere_is_read_or_refused(place: tuple[Any, ...], value: object):
    # Given a real certificate with any one value replaced by any other, then it is read or refused in words
    data: Any = json.loads(written())
    at = data
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    got = invariant(data)
    assert isinstance(got, Certificate) or (got and got.isprintable())


# ---------------------------------------------------------------------------------------------- fit


def test_what_cannot_be_a_state_of_the_graph_does_not_fit():
    cfg, certificate = next(p for p in proposals() if p[0].function == "geneve_xmit_skb")
    refusal = check(cfg, Certificate(certificate.states[:-1]), {})
    assert isinstance(refusal, Refusal)
    assert refusal.text.startswith("it has ")
    at, state = next((i, s) for i, here in enumerate(certificate.states) for s in here if all(s.pools[:1]))
    pool = state.pools[0]
    obj = pool[0]
    assert obj is not None
    numbers = flat(obj)
    unlike = [from_flat(cfg.resources[0], (*numbers[:f], 999, *numbers[f + 1 :])) for f in range(1, len(numbers))]
    pointer = next(i for i, c in enumerate(cfg.cells) if c.kind == "ptr")
    cells = list(state.cells)
    cells[pointer] = 99
    bad = [
        state._replace(cells=state.cells[:-1]),
        state._replace(contexts=(*state.contexts, 0)),
        state._replace(pools=state.pools[:-1]),
        state._replace(cells=tuple(cells)),
        state._replace(pools=((*pool, None), *state.pools[1:])),
        *(state._replace(pools=((one,), *state.pools[1:])) for one in unlike),
    ]
    for one in bad:
        states = list(certificate.states)
        states[at] = (*states[at], one)
        assert misfit(cfg, Certificate(tuple(states))) != "", one


# ---------------------------------------------------------------------------------------------- digests


def test_digests_tell_graphs_apart_and_leave_names_out():
    here = Span("x.rc", 9, 9, 9, 9)
    found = set()
    for cfg, _ in proposals():
        found.add(cfg_digest(cfg))
        other = cfg._replace(
            function="other", entry="else", span=here,
            contexts=tuple(f"c{i}" for i in range(len(cfg.contexts))),
            cells=tuple(c._replace(name="n", role="temp", function="f") for c in cfg.cells),
            facts=tuple(f._replace(name="n") for f in cfg.facts),
            resources=tuple(r._replace(name="n", slots=tuple(s._replace(name="n") for s in r.slots)) for r in cfg.resources),
            edges=tuple(e._replace(text="t", outcome="o", line=7, callee="c", span=here) for e in cfg.edges),
        )  # fmt: skip
        assert cfg_digest(other) == cfg_digest(cfg)
    assert len(found) > len(proposals()) // 2


def test_classes_count():
    # Given two graphs whose tuples are equal and mean different things, then their digests differ
    cfg = proposals()[0][0]
    edge = cfg.edges[-1]
    pairs = [
        ((ops.Set(1, 2),), (ops.Copy(1, 2),)),
        ((ops.Kill(1),), (ops.Use(1),)),
        ((ops.Kill(1), ops.Kill(2)), (ops.Kill(1),)),
    ]
    for left, right in pairs:
        a, b = (cfg._replace(edges=(*cfg.edges[:-1], edge._replace(ops=todo))) for todo in (left, right))
        assert cfg_digest(a) != cfg_digest(b)


def other(value: object) -> object:
    """A value of the same type that is not equal."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if value is None:
        return 0
    assert isinstance(value, tuple)
    if hasattr(value, "_fields"):
        return value._replace(**{value._fields[-1]: other(value[-1])})
    return (*value, value[-1] if value else 7)


def nodes(value: object) -> list[tuple[Any, ...]]:
    """All named tuples inside a value."""
    inner = [n for v in value for n in nodes(v)] if isinstance(value, tuple) else []
    return [value, *inner] if hasattr(value, "_fields") else inner  # type: ignore[list-item]


def replaced(value: Any, old: object, new: object) -> Any:
    """A value in which each named tuple that is `old` is `new`."""
    if value is old:
        return new
    if not isinstance(value, tuple):
        return value
    items = [replaced(v, old, new) for v in value]
    return type(value)(*items) if hasattr(value, "_fields") else tuple(items)


def test_every_field_counts_unless_it_is_left_out():
    # Given one node of each class in real graphs, when one field is changed, then the digest changes,
    # and does not where the field is left out
    of_their_own = {("Edge", "stack"), ("CFG", "contexts"), ("Promise", "name")}
    seen: set[tuple[str, str]] = set()
    for cfg, _ in proposals():
        digest = cfg_digest(cfg)
        for node in nodes(cfg._replace(span=None)):
            kind = type(node).__name__
            if (kind, "") in seen or kind == "Span":
                continue
            seen.add((kind, ""))
            for field in node._fields:  # type: ignore[attr-defined]
                value = getattr(node, field)
                if (kind, field) in of_their_own:
                    continue
                seen.add((kind, field))
                new = node._replace(**{field: other(value)}) if field != "span" else node._replace(span=None)  # type: ignore[attr-defined]
                changed_cfg = new if node is cfg or kind == "CFG" else replaced(cfg, node, new)
                assert (cfg_digest(changed_cfg) == digest) == (field in left_out(type(node))), (kind, field)
    kinds = {k for k, _ in seen}
    assert {"CFG", "Edge", "Cell", "Resource", "Slot", "Fact", "Promise", "Came", "EntryLevel"} <= kinds
    assert {"Set", "New", "Kill"} <= kinds


def test_what_is_left_out_exists():
    for kind, fields in LEFT_OUT.items():
        assert fields <= set(getattr(program, kind)._fields)


def test_sanity_asks_for_names_and_inlined_functions():
    cfg = proposals()[0][0]
    inlined = cfg._replace(edges=(*cfg.edges[:-1], cfg.edges[-1]._replace(stack=("a", "b"))))
    assert cfg_digest(inlined) != cfg_digest(cfg)
    contract = next(c for c, _ in proposals() if len(c.promises) > 1)
    joined = contract._replace(promises=tuple(p._replace(name="x") for p in contract.promises))
    renamed = contract._replace(promises=tuple(p._replace(name=f"{p.name}x") for p in contract.promises))
    assert cfg_digest(joined) != cfg_digest(contract) == cfg_digest(renamed)


def test_an_edge_is_bound_to_its_number():
    cfg = proposals()[0][0]
    swapped: tuple[Edge, ...] = (*cfg.edges[:-2], cfg.edges[-1], cfg.edges[-2])
    assert cfg_digest(cfg._replace(edges=swapped)) != cfg_digest(cfg)
