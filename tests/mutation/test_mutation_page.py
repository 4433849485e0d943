# SPDX-License-Identifier: GPL-2.0-only
"""docs/mutation.md is current: its inputs are as they were, and three models judged anew give the lines that it has."""

import json
import sys
from pathlib import Path

import mutation
import pytest
from command import ROOT, run

from refcheck.mutation.report import escaped, score


def test_the_page_is_of_the_models_as_they_are():
    assert mutation.recorded() == mutation.digest(), "run tools/mutation.py"


def test_nothing_survives_that_is_not_explained():
    page = mutation.PAGE.read_text(encoding="utf-8")
    assert "\n## Survivors" not in page
    assert "the rest explained.\n" in page


@pytest.mark.parametrize(
    "files", [["before/udp_tunnel_core", "udp_tunnel_core"], ["before/ip_tunnel_core"], ["ip6_udp_tunnel"]]
)
def test_a_model_judged_anew_has_the_line_that_the_page_has(files: list[str], monkeypatch):
    monkeypatch.chdir(ROOT)
    paths = [f"models/{f}.rc" for f in files]
    functions = [w for n in owners(paths[-1]) for w in ("-f", n)]
    # A function that both files have is mutated in the first one, as in the run of all models
    ran = run("mutate", *paths, *functions, "--with", "models/geneve.rc", "--format", "json")
    mine = [r for r in mutation.rows_of(json.loads(ran.out)) if r.file == paths[-1]]
    assert mine
    assert [r.name for r in mine if r.status == "survived"] == []
    page = mutation.PAGE.read_text(encoding="utf-8").split("\n")
    (line,) = [x for x in page if x.startswith(f"| {escaped(paths[-1])} |")]
    assert line.endswith(f"| {score(mine)} |")


def owners(file: str) -> list[str]:
    """The functions of a model."""
    from refcheck.syntax import ast
    from refcheck.unit.load import load

    return [i.sig.name for i in load(Path(file)).model.items if isinstance(i, ast.FunctionDef)]


def test_the_tool_notices_a_page_that_is_not_current(tmp_path, monkeypatch, capsys):
    page = tmp_path / "mutation.md"
    page.write_text("Inputs: 0000\n", encoding="utf-8")
    monkeypatch.setattr(mutation, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["mutation.py", "--check"])
    assert mutation.main() == 1
    assert "not current" in capsys.readouterr().err
