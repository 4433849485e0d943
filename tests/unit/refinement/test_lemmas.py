# SPDX-License-Identifier: GPL-2.0-only
"""Refinements that are wrong are refused: ways that are taken out, turned round, or that ask for what is not there.

Each comes from one that `verify` found, so that all else about it is right.
"""

from __future__ import annotations

import json
from functools import cache

import pytest
from command import ROOT

from refcheck.base.limits import Limits
from refcheck.base.verdicts import Verdict
from refcheck.certificate.document import Document, confirm, from_data, to_data
from refcheck.graph import ops
from refcheck.lower.function import lower
from refcheck.prove import cvc5
from refcheck.prove.prove import verify
from refcheck.prove.solver import unsat
from refcheck.refinement.data import Refinement, Way, misfit
from refcheck.refinement.graph import refined
from refcheck.refinement.lemmas import lemma, lemmas
from refcheck.unit.declare import declare
from refcheck.unit.load import load
from refcheck.verdict.check import Confirmed, Refusal, check
from refcheck.verdict.verdict import Certificate, Result

MODELS = ("relation_is_known_ok", "same_mask_ok", "copied_integers_are_equal_ok", "counted_to_three_ok")


@cache
def proved(model: str) -> tuple[Result, Certificate, Refinement]:
    """A litmus model that is proved by predicates."""
    result = verify(lower(declare(load(ROOT / "tests" / "litmus" / f"{model}.rc")), "f", None), Limits(timeout=0))
    certificate = result.certificate
    assert result.verdict == Verdict.PROVED
    assert certificate is not None
    assert certificate.refinement is not None
    return result, certificate, certificate.refinement


def claims(result: Result) -> dict[str, Verdict]:
    """What a result claims."""
    return {v.property: v.verdict for v in result.verdicts}


@pytest.mark.parametrize("model", MODELS)
def test_what_was_found_is_confirmed_and_not_without_a_solver(model: str):
    result, certificate, _ = proved(model)
    assert isinstance(check(result.cfg, certificate, claims(result), unsat), Confirmed)
    assert isinstance(check(result.cfg, certificate, claims(result)), Refusal)
    assert isinstance(check(result.cfg, certificate, claims(result), lambda _: False), Refusal)


@pytest.mark.parametrize("model", MODELS)
def test_without_the_refinement_it_proves_nothing(model: str):
    result, certificate, _ = proved(model)
    assert isinstance(check(result.cfg, certificate._replace(refinement=None), claims(result), unsat), Refusal)


@pytest.mark.parametrize("model", MODELS)
def test_each_way_is_needed(model: str):
    # Given an edge without one of its ways, then its lemma does not hold
    result, _, r = proved(model)
    for edge, ways in zip(result.cfg.edges, r.rows, strict=True):
        for i in range(len(ways or ())):
            assert ways is not None
            fewer = (*ways[:i], *ways[i + 1 :])
            assert not unsat(lemma(result.cfg, r, edge, fewer)), f"{edge.text}: way {i} of {len(ways)}"


@pytest.mark.parametrize("model", MODELS)
def test_a_truth_that_is_turned_round_is_noticed(model: str):
    result, _, r = proved(model)
    for edge, ways in zip(result.cfg.edges, r.rows, strict=True):
        for i, way in enumerate(ways or ()):
            assert ways is not None
            for k, (p, truth) in enumerate(way.after):
                other = way._replace(after=(*way.after[:k], (p, not truth), *way.after[k + 1 :]))
                changed = (*ways[:i], other, *ways[i + 1 :])
                assert other in ways or not unsat(lemma(result.cfg, r, edge, changed)), f"{edge.text}: way {i}"


@pytest.mark.parametrize("model", MODELS)
def test_another_solver_confirms_each_lemma(model: str):
    if not cvc5.version():
        pytest.skip("cvc5 is not installed")
    result, _, r = proved(model)
    found = lemmas(result.cfg, r)
    assert found
    assert {cvc5.check(one.script).status for one in found} == {"unsat"}


@pytest.mark.parametrize("model", MODELS)
def test_it_is_the_same_after_json(model: str):
    result, certificate, r = proved(model)
    document = from_data(json.loads(json.dumps(to_data(result.cfg, certificate, claims(result)))))
    assert isinstance(document, Document)
    answer = confirm(result.cfg, document, unsat)
    assert isinstance(answer, Confirmed)
    assert answer.certificate.refinement == r


@pytest.mark.parametrize("model", MODELS)
def test_the_refined_graph_does_what_the_graph_does(model: str):
    # Given an edge of the refined graph, then its operations are those of the edge that it is a way of, and flags
    result, _, r = proved(model)
    graph, origin = refined(result.cfg, r)
    flags = range(len(result.cfg.cells), len(graph.cells))
    for edge in graph.edges:
        was = origin.edge(edge.number)
        own = [op for op in edge.ops if not (isinstance(op, ops.Set | ops.Forget) and op.cell in flags)]
        assert [type(op) for op in own] == [type(op) for op in was.ops]
        assert [op for op in own if not isinstance(op, ops.Havoc)] == [op for op in was.ops if not isinstance(op, ops.Havoc)]
        assert (edge.src, edge.dst, edge.text) == (was.src, was.dst, was.text)


def spoiled(model: str) -> list[tuple[str, Refinement]]:
    """Refinements that are none of the graph, each with what is wrong."""
    result, _, r = proved(model)
    edges = result.cfg.edges
    n = next(i for i, ways in enumerate(r.rows) if ways and any(w.before for w in ways))
    pointer = next((i for i, c in enumerate(result.cfg.cells) if c.kind == "ptr"), len(result.cfg.cells))
    told = r.predicates[0]._replace(left=ops.ValueOf(pointer))

    def with_ways(ways: tuple[Way, ...] | None, at: int = n) -> Refinement:
        return r._replace(rows=(*r.rows[:at], ways, *r.rows[at + 1 :]))

    begun = next(i for i, ways in enumerate(r.rows) if ways and ways[0].after)
    return [
        ("is not one of this graph", r._replace(at=r.at[:-1])),
        ("is not one of this graph", r._replace(rows=r.rows[1:])),
        ("what is no integer", r._replace(predicates=(told, *r.predicates[1:]))),
        ("is not there", r._replace(at=(*r.at[:2], (99,), *r.at[3:]))),
        ("where nothing is known", r._replace(at=((0,), *r.at[1:]))),
        ("that it may change", with_ways(None, begun)),
        ("that the edge may change", with_ways((Way((), tuple(() for _ in havocs(edges[begun])), ()),), begun)),
    ]


def havocs(edge: object) -> list[ops.Havoc]:
    """The free choices of an edge."""
    return [op for op in edge.ops if isinstance(op, ops.Havoc)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_refinement_of_the_graph_is_said_in_words(model: str):
    result, certificate, r = proved(model)
    assert misfit(result.cfg, r) == ""
    for words, wrong in spoiled(model):
        assert words in misfit(result.cfg, wrong)
        answer = check(result.cfg, certificate._replace(refinement=wrong), claims(result), unsat)
        assert isinstance(answer, Refusal)
        assert answer.name == "damaged-certificate"


def test_values_that_are_no_refinement_are_refused_in_words():
    result, certificate, _ = proved("same_mask_ok")
    good = to_data(result.cfg, certificate, claims(result))
    for spoil in (None, {}, {"predicates": [], "at": [], "ways": []}, {"predicates": [["<", 1]], "at": [], "ways": []}):
        data = json.loads(json.dumps(good))
        data["invariant"]["refinement"] = spoil
        document = from_data(data)
        assert isinstance(document, Document)
        answer = confirm(result.cfg, document, unsat)
        assert isinstance(answer, Refusal)
        assert answer.name == "damaged-certificate"
