# SPDX-License-Identifier: GPL-2.0-only
"""The machine-readable renderings: valid by their schemas, safe with any text, written whole or not at all."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from command import GENEVE, ROOT, model, run
from hypothesis import given
from rendered import records, unescaped
from samples import GOOD, LEAK
from strategies import runs, some

from refcheck.base.verdicts import Verdict
from refcheck.render.facts import verdict_text
from refcheck.render.formats import WHOLE, RenderOptions, render
from refcheck.result import record as r

DATA = ROOT / "tests" / "data"
SARIF = json.loads((DATA / "sarif-2.1.0.json").read_text(encoding="utf-8"))
JUNIT = xmlschema.XMLSchema(DATA / "junit-10.xsd")
OWN = json.loads((ROOT / "refcheck" / "render" / "run-2.schema.json").read_text(encoding="utf-8"))
BROKEN = "void f( {\n}\n"
VACUOUS = "void look() __must_hold(rcu)\n{\n\tif (1 == 2)\n\t\treturn;\n}\n"

@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> r.Run:
    """A run with every verdict but UNKNOWN, with loops, entries, an expectation and an input error."""
    folder = tmp_path_factory.mktemp("mixed")
    paths = [model(folder, LEAK), model(folder, GOOD.replace("look", "seek"), "n.rc"), model(folder, BROKEN, "bad.rc")]
    ran = run("verify", *paths, GENEVE, "--format", "json")
    return r.from_data(json.loads(ran.out))


# -- schemas
def test_the_schema_of_json_is_current():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "schema.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/schema.py"


def test_json_fits_its_schema(mixed: r.Run):
    jsonschema.Draft202012Validator.check_schema(OWN)
    data = json.loads(render("json", mixed, RenderOptions()))
    jsonschema.validate(data, OWN, cls=jsonschema.Draft202012Validator)
    # And the schema notices what does not fit
    data["results"][0]["verdict"] = "FINE"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, OWN, cls=jsonschema.Draft202012Validator)


def test_sarif_fits_the_published_schema(mixed: r.Run):
    log = json.loads(render("sarif", mixed, RenderOptions(base=str(ROOT))))
    jsonschema.Draft4Validator(SARIF).validate(log)
    (ran,) = log["runs"]
    # Then a result per finding, with a rule that has help, a code flow with every step, and a place relative to the root
    found = [f for x in mixed.results for f in x.findings]
    assert [x["ruleId"] for x in ran["results"]] == [f.code for f in found]
    for result, f in zip(ran["results"], found, strict=True):
        rule = ran["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == f.code
        assert rule["help"]["text"]
        assert "```" in rule["help"]["markdown"]
        (flow,) = result["codeFlows"]
        (thread,) = flow["threadFlows"]
        assert len(thread["locations"]) == len(f.steps)
        assert all(s["state"] for s in thread["locations"])
    assert ran["columnKind"] == "unicodeCodePoints"
    (problem,) = ran["invocations"][0]["toolExecutionNotifications"]
    assert problem["descriptor"]["id"] == "RC001"
    assert ran["invocations"][0]["exitCode"] == 2


def test_sarif_names_files_relative_to_the_folder_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = model(tmp_path, LEAK, "a b.rc")
    monkeypatch.chdir(tmp_path)
    (result,) = json.loads(run("verify", path, "--format", "sarif").out)["runs"][0]["results"]
    where = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": "a%20b.rc", "uriBaseId": "SRCROOT"}
    monkeypatch.chdir("/")
    (result,) = json.loads(run("verify", path, "--format", "sarif").out)["runs"][0]["results"]
    assert not result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("/")


def test_fingerprints_do_not_depend_on_lines(tmp_path: Path):
    # Given the same model with lines in front, then the fingerprint is the same; another function has another
    def prints(text: str) -> list[str]:
        log = json.loads(run("verify", model(tmp_path, text), "--format", "sarif").out)
        return [x["partialFingerprints"]["refcheckFinding/v1"] for x in log["runs"][0]["results"]]

    assert prints(LEAK) == prints(LEAK.replace("\nint look", "\n\n\n/* more */\nint look"))
    assert prints(LEAK) != prints(LEAK.replace("look(", "seek("))


def test_findings_that_are_alike_have_fingerprints_of_their_own(tmp_path: Path):
    # Given a leak at one exit of what two calls acquired, then readers of SARIF keep both
    either = '\tdst rt;\n\n\tif (nondet("a"))\n\t\trt = ip_route_output_key();\n\telse\n\t\trt = ip_route_output_flow();\n'
    text = f'use "route.spec";\n\nvoid f()\n{{\n{either}\tif (IS_ERR(rt))\n\t\treturn;\n\tuse(rt);\n}}\n'
    log = json.loads(run("verify", model(tmp_path, text), "--format", "sarif").out)
    prints = [x["partialFingerprints"]["refcheckFinding/v1"] for x in log["runs"][0]["results"]]
    assert len(prints) == len(set(prints)) == 2


def test_what_a_model_expects_is_suppressed_in_sarif():
    log = json.loads(run("verify", ROOT / "models" / "bareudp.rc", "--format", "sarif").out)
    assert [x["suppressions"][0]["kind"] for x in log["runs"][0]["results"]] == ["inSource"]


def test_junit_fits_the_schema_of_its_readers(mixed: r.Run):
    text = render("junit", mixed, RenderOptions())
    JUNIT.validate(text)
    root = ET.fromstring(text)
    cases = list(root.iter("testcase"))
    assert [c.get("name") for c in cases[:-1]] == [x.name for x in mixed.results]
    assert root.get("tests") == str(len(mixed.results) + 1)
    failed = [c.get("name") for c in cases if c.find("failure") is not None]
    assert failed == [x.name for x in mixed.results if x.verdict == Verdict.REFUTED and not x.as_expected]
    assert cases[-1].find("error").get("type") == "syntax-error"


def test_an_expected_refutation_passes_in_junit_and_is_shown():
    out = run("verify", ROOT / "models" / "bareudp.rc", "--format", "junit").out
    root = ET.fromstring(out)
    assert root.get("failures") == "0"
    assert "error[release-of-borrowed]" in next(c.findtext("system-out") for c in root.iter("testcase"))


# -- any text
@some
@given(runs)
def test_workflow_commands_stay_within_their_lines(run_: r.Run):
    lines = render("github", run_, RenderOptions()).splitlines()
    start = lines.index("::group::refcheck verdicts")
    folded = lines.index("::group::what verdicts from C assume") if any(x.from_c for x in run_.results) else start
    for line in lines[:folded]:
        found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert found, line
        keys = [field.partition("=")[0] for field in found[2].split(",")]
        assert set(keys) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "\n" not in unescaped(found[2])
    plain = lines[start + 1 : -1]
    assert len(plain) == len(run_.results)
    assert not [p for p in plain if p.lstrip().startswith("::") or "##[" in p]


@some
@given(runs)
def test_junit_survives_any_text(run_: r.Run):
    text = render("junit", run_, RenderOptions())
    JUNIT.validate(text)
    assert len(list(ET.fromstring(text).iter("testcase"))) == len(run_.results) + len(run_.errors)


@some
@given(runs)
def test_sarif_and_json_survive_any_text(run_: r.Run):
    jsonschema.Draft4Validator(SARIF).validate(json.loads(render("sarif", run_, RenderOptions())))
    data = json.loads(render("json", run_, RenderOptions()))
    assert r.from_data(data) == run_


# -- files
def test_reports_are_written_beside_the_text(tmp_path: Path):
    path = model(tmp_path, LEAK)
    forms = ["json", "sarif", "junit", "github", "text"]
    wanted = [x for f in forms for x in ("--output", f"{f}={tmp_path / f}")]
    plain, ran = run("verify", path), run("verify", path, *wanted)
    assert ran == plain
    for f in forms:
        assert (tmp_path / f).read_text(encoding="utf-8") == run("verify", path, "--format", f).out
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["m.rc", *forms])


def test_a_report_keeps_the_mode_of_what_it_replaces(tmp_path: Path):
    target = model(tmp_path, "old", "r.json")
    target.chmod(0o640)
    run("verify", model(tmp_path, GOOD), "--output", f"json={target}")
    assert target.stat().st_mode & 0o777 == 0o640
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("json", "names no file"),
        ("json=", "names no file"),
        ("jsn=x", "there is no format `jsn`"),
        ("json={}/none/x", "there is no folder"),
        ("json={}", "is a folder"),
    ],
    ids=["no-file", "empty", "format", "parent", "folder"],
)
def test_a_report_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path, given: str, says: str):
    path = model(tmp_path, LEAK)
    ran = run("verify", path, "--output", given.format(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())
    assert "help:" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["m.rc"]


def test_two_reports_need_two_files(tmp_path: Path):
    one = f"={tmp_path / 'x'}"
    assert "two reports" in run("verify", model(tmp_path, GOOD), "--output", f"json{one}", "--output", f"junit{one}").err


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a report from before, when the new one cannot be renamed, then the old one stands and nothing else does
    target = model(tmp_path, "old", "r.json")
    path = model(tmp_path, GOOD)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    ran = run("verify", path, "--output", f"json={target}")
    assert ran.status == 2
    assert "cannot be written: No space left" in ran.err
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.rc", "r.json"]


@pytest.mark.parametrize("form", [f for f in WHOLE if f not in ("html", "markdown")])
def test_the_verdicts_stand_in_every_form(mixed: r.Run, form: str):
    text = render(form, mixed, RenderOptions())
    if form in ("github", "junit", "sarif"):
        assert all(verdict_text(x) in text for x in mixed.results)
    assert all(x.verdict in text for x in mixed.results)


def test_quiet_text_is_what_verify_prints(tmp_path: Path):
    paths = [model(tmp_path, LEAK), model(tmp_path, GOOD.replace("look", "seek"), "n.rc")]
    ran = run("verify", "-q", *paths, "--output", f"text={tmp_path / 't'}")
    assert (tmp_path / "t").read_text(encoding="utf-8") == ran.out


def test_records_of_proved_functions_have_no_graph(mixed: r.Run):
    assert all((x.graph is None) == (not x.findings) for x in mixed.results)
    assert {x.model for x in mixed.results} == {s.file for s in mixed.sources}
    assert records(GENEVE)[0].certificate
