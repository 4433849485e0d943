# SPDX-License-Identifier: GPL-2.0-only
"""The gate's reports say the same in each form, and no text of a model steers one."""

import html
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from command import ROOT, run
from gated import edit, gate


@pytest.mark.usefixtures("repo")
def test_every_form_has_the_same_facts():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"))
    forms = ("text", "markdown", "json", "sarif", "junit", "github", "html")
    ran = gate(*[x for f in forms for x in ("--output", f"{f}=report.{f}")])
    assert ran.status == 1
    assert Path("report.text").read_text(encoding="utf-8") == ran.out
    data = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert len(data["breaches"]) == 4
    for form in forms:
        text = Path(f"report.{form}").read_text(encoding="utf-8")
        for b in data["breaches"]:
            assert b["rule"] in text or b["code"] in text, (form, b["rule"])
            plain = " ".join(text.replace("\\", "").split())
            for word in b["message"].split()[:4]:
                assert word in plain, (form, word)
    [one] = json.loads(Path("report.sarif").read_text(encoding="utf-8"))["runs"]
    assert [r["ruleId"] for r in one["results"]] == [b["code"] for b in data["breaches"]]
    assert all(one["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in one["results"])
    assert ET.parse("report.junit").getroot().get("failures") == "4"


@pytest.mark.usefixtures("repo")
def test_every_form_shows_the_path():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    for form in ("text", "markdown", "json", "sarif", "junit", "github", "html"):
        plain = " ".join(html.unescape(gate("--format", form).out).replace("\\", "").split())
        for part in ("ip_route_output_key", "too long", "return -EMSGSIZE"):
            assert part in plain, (form, part)
    [one] = json.loads(gate("--format", "sarif").out)["runs"]
    [flow] = one["results"][0]["codeFlows"]
    lines = [at["location"]["physicalLocation"]["region"]["startLine"] for at in flow["threadFlows"][0]["locations"]]
    text = Path("models/a.rc").read_text(encoding="utf-8").split("\n")
    assert [text[n - 1].strip() for n in lines][-1] == "return -EMSGSIZE;"


@pytest.mark.usefixtures("repo")
def test_a_contract_is_shown_as_one_writes_it():
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"))
    out = gate().out
    assert "- \tno: use d, return false;" in out or "- no: use d, return false;" in out.replace("\t", "")
    assert "Outcome name=" not in out


@pytest.mark.usefixtures("repo")
def test_what_is_as_it_was_is_no_difference():
    edit("models/a.rc", ("\tuse(rt);\n", ""))
    for form in ("text", "markdown", "junit", "github", "html", "sarif"):
        out = gate("--format", form).out
        assert "net/a.c, v6.19 (as it was)" in out, form
        assert "+ net/a.c" not in out, form


@pytest.mark.usefixtures("repo")
def test_a_model_that_cannot_be_read_leaves_the_others_judged():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    Path("models/b.rc").write_text("int f(\n", encoding="utf-8")
    for form in ("text", "markdown", "json", "sarif", "junit", "github", "html"):
        ran = gate("--format", form)
        assert ran.status == 2
        assert "worse-verdict" in ran.out, form
        assert "syntax-error" in ran.out.replace("\\", "") + ran.err, form
        assert "lost-model" not in ran.out.replace("\\", "") or form == "sarif", form
    data = json.loads(gate("--format", "json").out)
    assert (data["passed"], [e["place"]["file"] for e in data["errors"]]) == (False, ["models/b.rc"])
    schema = json.loads((ROOT / "tests" / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(gate("--format", "sarif").out), schema)
    ran = run("gate", "models", "--format", "json")
    assert (ran.status, len(json.loads(ran.out)["errors"])) == (2, 1)


@pytest.mark.usefixtures("repo")
def test_sarif_is_what_its_schema_says():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    schema = json.loads((ROOT / "tests" / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(gate("--format", "sarif").out), schema)


@pytest.mark.usefixtures("repo")
def test_what_a_model_contains_steers_no_report():
    evil = 'nondet("\x1b[31m | <script> ::error::x ##[error] ` ")'
    edit("models/b.rc", ("ok = may_send(rt);", f"ok = {evil};"))
    for form in ("text", "markdown", "github", "junit", "sarif"):
        ran = gate("--format", form)
        assert ran.status == 1
        assert "\x1b" not in ran.out
        assert not any(line.startswith("::error::x") for line in ran.out.splitlines())
    for form in ("markdown", "html"):
        assert "<script>" not in gate("--format", form).out


@pytest.mark.usefixtures("repo")
def test_a_comment_reproves_nothing():
    edit("models/a.rc", ("int xmit", "// a comment\nint xmit"))
    assert gate().status == 0
    ran = gate("--stats")
    assert ran.err == "work: 1 files unchanged, 3 functions recalled by certificate, 0 proved, 0 Z3 queries\n"
