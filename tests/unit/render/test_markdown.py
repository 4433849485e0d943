# SPDX-License-Identifier: GPL-2.0-only
"""Markdown: rendered by a GitHub-flavoured parser, any text of a model reads as it is, and repairs can be applied."""

import html
import re
import subprocess
from pathlib import Path

import pytest
from command import ROOT, run
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rendered import records
from samples import PLANTED
from strategies import nasty, runs, some

from refcheck.render.diffs import repair_diff
from refcheck.render.formats import RenderOptions, render
from refcheck.render.markdown import block, code, escape, prose
from refcheck.render.text import clean
from refcheck.result import record as r
from refcheck.result.edits import edited

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def rendered(text: str) -> str:
    """What a reader sees of inline Markdown."""
    return html.unescape(re.sub(r"<[^>]*>", "", GFM.renderInline(text))).replace("\u2060", "").strip()


@some
@given(nasty)
def test_escaped_text_reads_as_it_is(text: str):
    wanted = " ".join(clean(text).split())
    assert " ".join(rendered(escape(text)).split()) == wanted
    assert " ".join(rendered(code(text)).split()) == wanted
    assert " ".join(rendered(code(text, cell=True)).split()) == wanted


@some
@given(st.lists(nasty, min_size=1, max_size=4))
def test_a_table_keeps_its_cells(texts: list[str]):
    table = "| a | b |\n| - | - |\n" + "".join(f"| {escape(t)} | {code(t, cell=True)} |\n" for t in texts)
    shown = GFM.render(table)
    assert shown.count("<tr>") == len(texts) + 1
    assert shown.count("<td>") == 2 * len(texts)
    assert "<script>" not in shown


@some
@given(st.lists(nasty, min_size=1, max_size=4))
def test_a_block_is_not_ended_by_its_lines(texts: list[str]):
    (token,) = GFM.parse("\n".join(block(texts, "text")))
    assert token.type == "fence"
    assert token.content == "".join(f"{clean(t)}\n" for t in texts)


def test_backquotes_of_a_sentence_are_code():
    assert prose("`rt` is *held*") == "`rt` is \\*held\\*"
    assert "<code>" not in GFM.renderInline(prose("an odd ` one"))


@some
@given(runs)
def test_no_text_of_a_model_becomes_html(run_: r.Run):
    text = render("markdown", run_, RenderOptions())
    shown = GFM.render(text)
    tags = set(re.findall(r"<(/?\w+)", shown))
    allowed = "h2 h3 p table thead tbody tr th td code strong pre br hr ul li ol details summary sub"
    assert {t.lstrip("/") for t in tags} <= set(allowed.split())
    assert shown.count("<details>") == shown.count("</details>")


# -- repairs
CASES = [
    "models/bareudp.rc", "corpus/01-mlx5-rtable/before.rc", "corpus/09-nft-flow-offload/before.rc",
]  # fmt: skip


def applied(folder: Path, path: Path, found: list[r.Record]) -> tuple[int, list[r.Record]]:
    """How many repairs were proposed, and the records after each diff was applied with `git apply`."""
    text = path.read_text(encoding="utf-8")
    run_ = r.Run("0", None, tuple(found), (), (r.Source(str(path), text),))
    count = 0
    for x in found:
        for f in x.findings:
            diff = repair_diff(run_, x, f, str(path.parent))
            if not diff:
                continue
            assert diff[0] == f"--- a/{path.name}"
            assert edited(text, f.repair) != text
            patch = "\n".join(diff) + "\n"
            done = subprocess.run(
                ["git", "apply", "--recount", "-"], input=patch, cwd=folder, text=True, capture_output=True, check=False
            )
            assert done.returncode == 0, done.stderr
            count += 1
    return count, records(path)


@pytest.mark.parametrize("name", ["geneve", *CASES])
def test_an_applied_repair_removes_its_findings(tmp_path: Path, name: str):
    # Given a refuted model, when every proposed diff is applied, then the findings that had one are gone
    path = tmp_path / "model.rc"
    path.write_text(PLANTED if name == "geneve" else (ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    before = records(path)
    gone = {(x.name, f.property, f.subject) for x in before for f in x.findings if f.repair}
    count, after = applied(tmp_path, path, before)
    assert count == len([f for x in before for f in x.findings if f.repair]) > 0
    left = {(x.name, f.property, f.subject) for x in after for f in x.findings}
    assert not gone & left
    assert len(left) <= len({(x.name, f.property, f.subject) for x in before for f in x.findings}) - len(gone)


def test_a_repair_of_another_text_is_not_made():
    assert edited("a\nb", (r.Edit(1, ("x",), ("y",)),)) is None
    assert edited("a\nb\nc", (r.Edit(1, ("a",), ("y", "z")), r.Edit(3, ("c",), ()))) == "y\nz\nb"


def test_a_model_without_a_release_gets_no_repair(tmp_path: Path):
    path = tmp_path / "m.rc"
    text = "resource a;\na get() contract { ok: return hold; };\nvoid f()\n{\n\ta x = get();\n}\n"
    path.write_text(text, encoding="utf-8")
    assert all(f.repair == () for x in records(path) for f in x.findings)


def test_verdicts_come_first_and_the_rest_is_folded():
    out = run("verify", ROOT / "models" / "bareudp.rc", "--format", "markdown").out
    assert out.startswith("## refcheck: 1 REFUTED, 3 PROVED, all as expected\n\n| | function |")
    assert out.index("| pass |") < out.index("### ") < out.index("```diff") < out.index("<details>")
    assert "+\tif (!noref)\n" in out
