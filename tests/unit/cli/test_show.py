# SPDX-License-Identifier: GPL-2.0-only
"""`show`, `explain`, the version and what a shell may complete."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import z3
from command import GENEVE, ROOT, model, run
from samples import LEAK

from refcheck import __version__
from refcheck.base.diagnostics import CODES


# -- explain
@pytest.mark.parametrize("number", CODES)
def test_explain_takes_numbers_and_names(number: str):
    # When a code is explained by number and by name, in any case, then both print meaning and page
    by_number = run("explain", number.lower())
    by_name = run("explain", CODES[number].name.upper())
    assert by_number.status == 0
    assert by_number.out == by_name.out
    assert by_number.out.startswith(f"{number} {CODES[number].name}: {CODES[number].meaning}\n")
    page = (ROOT / "docs" / "diagnostics" / f"{number}.md").read_text(encoding="utf-8")
    assert page.split("\n", 2)[2].strip() in by_number.out


@pytest.mark.parametrize(
    ("code", "near"), [("leaked-reff", "leaked-ref"), ("noref-escpe", "noref-escape"), ("RC1001", "RC101")]
)
def test_explain_suggests_the_near_code(code: str, near: str):
    ran = run("explain", code)
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.splitlines()[0] == f"error[usage]: there is no code `{code}`"
    assert f"did you mean `{near}`?" in ran.err


def test_explain_takes_what_a_report_says_under_more(tmp_path: Path):
    # Given a report whose last line names two pages
    text = 'use "route.spec";\nvoid f(int n)\n{\n\tdst d = ip_route_output_key();\n\n\tif (!d)\n\t\treturn;\n\tuse(d);\n}\n'
    line = next(x for x in run("verify", model(tmp_path, text)).out.splitlines() if "more: " in x)
    words = line.partition("refcheck ")[2].split()
    assert words == ["explain", "RC107,", "RC101,", "RC302"]
    # Then it can be typed as it stands
    ran = run(*words)
    assert ran.status == 0
    assert [x.split()[0] for x in ran.out.splitlines() if x.startswith("RC")] == ["RC107", "RC101", "RC302"]


def test_explain_alone_lists_every_code():
    ran = run("explain")
    assert (ran.status, [x.split()[0] for x in ran.out.splitlines()]) == (0, list(CODES))


# -- show
def test_show_ast_prints_the_tree(tmp_path: Path):
    ran = run("show", "ast", model(tmp_path, LEAK))
    assert ran.status == 0
    assert [line.strip() for line in ran.out.splitlines() if "Errno" in line] == ["Errno name='ENOMEM'"]
    assert "Nondet text='no headroom'" in ran.out
    assert "Return line=25" in ran.out


def test_show_cfg_prints_every_edge_of_what_was_asked_for(tmp_path: Path):
    path = model(tmp_path, LEAK + "\nvoid other()\n{\n}\n")
    both, one = run("show", "cfg", path), run("show", "cfg", path, "-f", "look")
    assert re.findall(r"^function (\w+)", both.out, re.MULTILINE) == ["look", "other"]
    assert re.findall(r"^function (\w+)", one.out, re.MULTILINE) == ["look"]
    assert "Exit(" in one.out
    dot = run("show", "cfg", path, "-f", "look", "--format", "dot").out
    assert dot.startswith('digraph "look" {')
    arrows = re.findall(r"^  (\d+) -> (\d+) ", dot, re.MULTILINE)
    assert sorted(arrows) == sorted(re.findall(r"^  (\d+) -> (\d+)  ", one.out, re.MULTILINE))


def _answers(script: str) -> list[str]:
    """What Z3 says to each check-sat of a script with scopes."""
    blocks = re.findall(r"^\(push 1\)\n(.*?)^\(check-sat\)\n\(pop 1\)$", script, re.MULTILINE | re.DOTALL)
    assert len(blocks) == script.count("(check-sat)") > 0
    answers = []
    for block in blocks:
        solver = z3.Solver()
        solver.from_string(block)
        answers.append(str(solver.check()))
    return answers


@pytest.mark.parametrize("function", ["geneve_build_skb", "geneve_xmit_skb", "geneve_xmit", "geneve_fill_metadata_dst"])
def test_every_check_of_a_proved_function_is_unsat(function: str):
    ran = run("show", "smt2", GENEVE, "-f", function)
    assert ran.status == 0
    assert set(_answers(ran.out)) == {"unsat"}


def test_the_check_of_what_is_refuted_is_sat(tmp_path: Path):
    answers = _answers(run("show", "smt2", model(tmp_path, LEAK)).out)
    assert answers.count("sat") == 1


# -- version
def test_version():
    ran = run("--version")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.split()[-1] == __version__


def test_python_m_refcheck_is_the_same_command(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "refcheck", "verify", "-q", str(model(tmp_path, LEAK))],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == run("verify", "-q", tmp_path / "m.rc").out
