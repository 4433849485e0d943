# SPDX-License-Identifier: GPL-2.0-only
"""The models of the series: verdicts as expected, sources named, repairs proved, generated pages current."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tables
from command import ROOT
from rendered import records

from refcheck.base.verdicts import Verdict
from refcheck.render.text import Style, render_finding
from refcheck.syntax import ast
from refcheck.unit.load import load

POSTED = sorted((ROOT / "models").glob("*.rc"))
REPAIRED = sorted((ROOT / "models" / "repaired").glob("*.rc"))
BEFORE = sorted((ROOT / "models" / "before").glob("*.rc"))
MODELS = [str(p.relative_to(ROOT)) for p in (*POSTED, *REPAIRED, *BEFORE)]


@pytest.mark.parametrize("path", MODELS)
def test_every_verdict_is_as_the_model_expects(path: str):
    found = tables.rows_of(path)
    assert found, "the model has no function to verify"
    assert [r.key for r in found if not r.as_expected] == []
    assert [(r.key, r.unreached) for r in found if r.verdict == Verdict.VACUOUS] == []
    assert [(r.key, r.unknown) for r in found if r.unknown] == []


@pytest.mark.parametrize("path", MODELS)
def test_what_is_proved_reaches_every_outcome_of_its_contract(path: str):
    for r in tables.rows_of(path):
        assert r.own[0] == r.own[1] or r.verdict == Verdict.REFUTED, r.key
        assert r.own[0] or not r.own[1], r.key
        assert r.unreached == (), r.key


@pytest.mark.parametrize("path", MODELS)
def test_every_function_is_verified_in_each_of_its_entry_contexts(path: str):
    functions = [i for i in load(ROOT / path).model.items if isinstance(i, ast.FunctionDef)]
    for f in functions:
        entries = {r.entry for r in tables.rows_of(path) if r.function == f.sig.name}
        assert set(f.sig.entries) <= entries, f.sig.name
        assert entries, f.sig.name


# ------------------------------------------------------------------------------------------------ sources


def functions_of(path: Path) -> list[ast.FunctionDef]:
    return [i for i in load(path).model.items if isinstance(i, ast.FunctionDef)]


@pytest.mark.parametrize("path", POSTED, ids=lambda p: p.stem)
def test_what_a_model_leaves_out_stands_on_a_page_that_names_its_files(path: Path):
    page = (path.parent / "sources" / f"{path.stem}.md").read_text(encoding="utf-8")
    notes = [i for i in load(path).model.items if isinstance(i, ast.SourceNote)]
    assert notes
    assert [n.file for n in notes if n.file not in page] == []


def test_every_page_belongs_to_a_model():
    assert {p.stem for p in (ROOT / "models" / "sources").glob("*.md")} == {p.stem for p in POSTED}


# ------------------------------------------------------------------------------------------------ repairs


def refuted_functions() -> list[tuple[str, str]]:
    return [(p.stem, f.sig.name) for p in POSTED for f in functions_of(p) if f.sig.expects]


@pytest.mark.parametrize(("stem", "name"), refuted_functions())
def test_what_is_refuted_has_a_repaired_twin_that_is_proved(stem: str, name: str):
    posted = {r.entry for r in tables.rows_of(f"models/{stem}.rc") if r.function == name}
    twins = [r for r in tables.rows_of(f"models/repaired/{stem}.rc") if r.function == name]
    assert {r.verdict for r in twins} == {Verdict.PROVED}
    assert {r.entry for r in twins} == posted


@pytest.mark.parametrize("path", REPAIRED, ids=lambda p: p.stem)
def test_a_repaired_model_expects_nothing_and_asks_no_more_of_its_callers(path: Path):
    repaired = {f.sig.name: f for f in functions_of(path)}
    posted = {f.sig.name: f for f in functions_of(ROOT / "models" / path.name)}
    assert set(repaired) == set(posted)
    for name, f in repaired.items():
        assert f.sig.expects == (), name
        assert [(m.facts, m.when) for m in f.sig.must_hold] == [(m.facts, m.when) for m in posted[name].sig.must_hold], name
        assert f.sig.entries == posted[name].sig.entries, name
        assert len(f.sig.requires) <= len(posted[name].sig.requires), name


# ------------------------------------------------------------------------------------------------ pages


def test_the_generated_pages_are_current():
    assert tables.stale() == []


def test_the_findings_page_has_a_trace_of_every_refutation():
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    keys = set(re.findall(r"^<!-- trace (.+) -->$", page, re.MULTILINE))
    rows = {r.key: r for f in MODELS for r in tables.rows_of(f)}
    shown = {place(s.text) for k in keys for s in rows[k].shown}
    posted = [r for p in POSTED for r in tables.rows_of(f"models/{p.name}")]
    assert {place(s.text) for r in posted for s in r.shown} == shown


def place(text: str) -> tuple[str, str]:
    """The property and the place of a printed finding."""
    found = re.search(r"^error\[(.+?)\].*?^  --> (\S+)", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1], found[2]


def test_the_traces_are_what_verify_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    path = Path("models/bareudp.rc")
    found = next(r for r in records(path) if r.function == "bareudp_xmit_skb")
    printed = [render_finding(f, found, Style()) for f in found.findings]
    assert tables.traces("models/bareudp.rc bareudp_xmit_skb") == "\n\n".join(printed)


def test_every_repair_of_the_findings_page_stands_in_a_repaired_model():
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\(\.\./(models/repaired/\w+\.rc)\)", page))
    assert named == {str(p.relative_to(ROOT)) for p in REPAIRED}


def test_a_stale_page_is_noticed_and_written_whole(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("old\n", encoding="utf-8")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "pages", lambda: iter([(page, "new\n")]))
    monkeypatch.setattr(sys, "argv", ["tables.py", "--check"])
    assert tables.main() == 1
    assert page.read_text(encoding="utf-8") == "old\n"
    monkeypatch.setattr(sys, "argv", ["tables.py"])
    assert tables.main() == 0
    assert page.read_text(encoding="utf-8") == "new\n"
    assert list(tmp_path.iterdir()) == [page]


def test_the_tool_explains_itself():
    tool = [sys.executable, str(ROOT / "tools" / "tables.py"), "--help"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--check" in done.stdout
