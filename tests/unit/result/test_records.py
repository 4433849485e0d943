# SPDX-License-Identifier: GPL-2.0-only
"""Records: plain data that carries every fact of a result through JSON, and refuses what is not its own form."""

import json
from pathlib import Path

import pytest
from command import GENEVE, model, run
from rendered import records
from samples import LEAK

from refcheck.base.verdicts import Verdict
from refcheck.render.text import Style, render_finding
from refcheck.result import record as r
from refcheck.result.codec import DataError


@pytest.fixture(scope="module")
def leak(tmp_path_factory: pytest.TempPathFactory) -> r.Record:
    """A record with a finding."""
    text = GENEVE.read_text(encoding="utf-8").replace("if (!noref)\t\t\t\t\t@864\n", "if (noref)\t@864\n")
    path = model(tmp_path_factory.mktemp("geneve"), text, "geneve.rc")
    (found,) = [x for x in records(path) if x.function == "geneve_xmit_skb" and x.findings]
    return found


def test_a_record_survives_json(leak: r.Record):
    # Given a record with a finding, when it goes through JSON text, then it is the same, and renders the same
    again = r.record_from(json.loads(json.dumps(r.record_data(leak))))
    assert again == leak
    shown = [render_finding(f, leak, Style()) for f in leak.findings]
    assert [render_finding(f, again, Style()) for f in again.findings] == shown


def test_a_bare_record_has_the_verdicts_and_no_traces(leak: r.Record):
    bare = leak.bare()
    assert (bare.verdict, bare.properties, len(bare.findings)) == (leak.verdict, leak.properties, len(leak.findings))
    assert leak.findings[0].steps
    assert not bare.findings[0].steps
    assert bare.graph is None
    assert r.status([bare]) == r.status([leak])


def test_a_run_survives_json(leak: r.Record):
    run_ = r.Run("0.1", "4", (leak,), (), (r.Source(leak.model, "text"),))
    data = json.loads(json.dumps(r.to_data(run_)))
    assert data["schema"] == r.SCHEMA
    assert r.from_data(data) == run_


def test_a_step_has_the_whole_state(leak: r.Record):
    # Then each step has every context, and a variable that changed has its new value in the state of its step
    contexts = {tuple(level.name for level in s.state.contexts) for f in leak.findings for s in f.steps}
    assert len(contexts) == 1
    for f in leak.findings:
        for s in f.steps[:-1]:
            have = {*s.state.variables, *s.state.slots, *(r.Named(x.name, str(x.level)) for x in s.state.contexts)}
            assert set(s.changes) <= have
    # And the object that the finding is about is told with its worth
    last = leak.findings[0].steps[-1].state
    (route,) = [x for x in last.references if leak.findings[0].subject in x.names]
    assert route.held == 1 or "borrowed" in route.worth


def test_the_steps_walk_the_graph(leak: r.Record):
    # Given the graph of a refuted record, then the paths of the steps join into one path from the start
    graph = leak.graph
    assert graph is not None
    by_number = {a.number: a for a in graph.edges}
    for f in leak.findings:
        here = graph.start
        for s in f.steps:
            assert s.path
            for n in s.path:
                assert by_number[n].source == here
                here = by_number[n].target
        assert by_number[f.steps[-1].path[-1]].line == f.place.line


def test_the_graph_is_there_with_findings_and_where_asked_for():
    assert all((x.graph is not None) == bool(x.findings) for x in records(GENEVE))
    assert all(x.graph is not None for x in records(GENEVE, graph=True))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.pop("verdict"), "record.verdict"),
        (lambda d: d.update(extra=1), "record.extra"),
        (lambda d: d.update(states="7"), "record.states"),
        (lambda d: d.update(acyclic=1), "record.acyclic"),
        (lambda d: d["findings"][0]["steps"][0].update(number=True), "record.findings[0].steps[0].number"),
        (lambda d: d.update(findings={}), "record.findings"),
        (lambda d: d["findings"].append([]), "record.findings[2]"),
    ],
    ids=["missing", "unknown", "text", "number", "truth", "object", "list"],
)
def test_other_forms_are_refused(leak: r.Record, change, where: str):
    data = json.loads(json.dumps(r.record_data(leak)))
    change(data)
    with pytest.raises(DataError, match="expected") as caught:
        r.record_from(data)
    assert caught.value.where == where


@pytest.mark.parametrize("data", [[], {}, {"schema": 0}, {"schema": "1"}])
def test_another_version_is_refused(data: object):
    with pytest.raises(DataError, match="version"):
        r.from_data(data)


def test_the_json_of_verify_is_a_run(tmp_path: Path):
    ran = run("verify", model(tmp_path, LEAK), model(tmp_path, "void f( {\n}\n", "bad.rc"), "--format", "json")
    found = r.from_data(json.loads(ran.out))
    assert ran.status == 2
    assert [(x.function, x.verdict) for x in found.results] == [("look", Verdict.REFUTED)]
    assert [p.name for p in found.errors] == ["syntax-error"]
    assert found.errors[0].quote == "void f( {"
    assert found.sources == (r.Source(str(tmp_path / "m.rc"), LEAK),)
