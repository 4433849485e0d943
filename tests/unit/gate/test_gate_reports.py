# SPDX-License-Identifier: GPL-2.0-only
"""The gate's reports say the same in each form, and no text of a model steers one."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from command import ROOT
from gated import edit, gate


@pytest.mark.usefixtures("repo")
def test_every_form_has_the_same_facts():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"))
    forms = ("text", "markdown", "json", "sarif", "junit", "github")
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
    assert "<script>" not in gate("--format", "markdown").out


@pytest.mark.usefixtures("repo")
def test_a_comment_reproves_nothing():
    edit("models/a.rc", ("int xmit", "// a comment\nint xmit"))
    assert gate().status == 0
    ran = gate("--stats")
    assert ran.err == "work: 1 files unchanged, 3 functions recalled by certificate, 0 proved, 0 Z3 queries\n"
