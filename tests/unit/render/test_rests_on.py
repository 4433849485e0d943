# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict rests on, and what the run has found of that."""

import json
import re
from pathlib import Path

import pytest
from command import model, run

MODEL = """resource node;
node node_get() contract { ok: return hold; };
void node_put(node n) contract { ok: release n; };
void g(node n) expect refuted(leaked-ref) contract { ok: release n; } { use(n); }
void h(node n) contract { ok: release n; } { g(n); }
void k(node n) contract { ok: release n; } { node_put(n); }
void f() { h(node_get()); }
void e() { k(node_get()); }
"""


def test_what_is_refuted_is_named_by_all_who_rest_on_it(tmp_path: Path):
    out = run("verify", "--no-store", model(tmp_path, MODEL)).out
    for name, callee in (("h", "g"), ("f", "h (proved)")):
        text = out[out.index(f"\n{name}: PROVED") :]
        assert " ".join(text.split()).startswith(f"{name}: PROVED if the contract was kept by g; ")
        assert f"\n  rests on: {callee}\n  if kept: g (REFUTED)\n" in text
    assert "\ne: PROVED   9 obligations" in out
    assert "\n  rests on: k (proved)\n" in out


def test_what_is_not_in_the_run_is_not_said_to_be_proved(tmp_path: Path):
    out = run("verify", "--no-store", "-f", "e", model(tmp_path, MODEL)).out
    assert "e: PROVED   if the contract was kept by k; " in out
    assert "\n  if kept: k (not verified here)\n" in out


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_other_renderings_say_the_same(tmp_path: Path, form: str):
    out = run("verify", "--no-store", "--format", form, model(tmp_path, MODEL)).out
    assert "if kept: g (REFUTED)" in out.replace("&#40;", "(").replace("&#41;", ")").replace("\\", "")


def verdicts(path: Path, *args: str) -> tuple[int, dict[str, bool | None], str]:
    """The status, what is as expected, and the text report."""
    report = path.parent / "run.json"
    ran = run("verify", "--no-store", "--output", f"json={report}", *args, path)
    return ran.status, {r["function"]: r["as_expected"] for r in json.loads(report.read_text())["results"]}, ran.out


def test_a_proof_on_what_is_refuted_is_not_as_expected(tmp_path: Path):
    status, expected, out = verdicts(model(tmp_path, MODEL))
    assert (status, expected) == (1, {"g": True, "h": False, "k": None, "f": False, "e": None})
    assert out.count("not as expected: it rests on `g`, which is refuted") == 2


def test_a_model_can_say_that_it_means_that(tmp_path: Path):
    # Given callers that say which callee is believed all the same, one of them directly and one through another
    text = MODEL.replace("void h(node n)", "void h(node n) expect kept(g)").replace("void f()", "void f() expect kept(g)")
    status, expected, _ = verdicts(model(tmp_path, text))
    assert (status, expected) == (0, {"g": True, "h": True, "k": None, "f": True, "e": None})


@pytest.mark.parametrize(("who", "named"), [("void f() ", "h"), ("void e() ", "k"), ("void f() ", "g, h")])
def test_what_is_said_to_be_kept_is_exact(tmp_path: Path, who: str, named: str):
    text = MODEL.replace("void h(node n) ", "void h(node n) expect kept(g) ").replace(who, f"{who}expect kept({named}) ")
    status, expected, _ = verdicts(model(tmp_path, text))
    assert (status, expected[who[5]]) == (1, False)


def test_what_this_run_does_not_verify_is_not_held_against_it(tmp_path: Path):
    text = MODEL.replace("void h(node n) ", "void h(node n) expect kept(g) ")
    assert verdicts(model(tmp_path, text), "-f", "h")[:2] == (0, {"h": True})


def test_parts_are_joined_before_that_is_asked(tmp_path: Path):
    # Given parts of a run of which none has both a caller and the refuted callee
    path = model(tmp_path, MODEL.replace("h(node_get())", "g(node_get())").replace("k(node_get())", "node_put(node_get())"))
    parts = [tmp_path / f"{i}.json" for i in range(1, 5)]
    statuses = [
        run("verify", "--no-store", "--shard", f"{i}/4", "--output", f"json={part}", path).status
        for i, part in enumerate(parts, 1)
    ]
    # When they are joined, then the callers are not as expected, as in one run
    assert run("merge", *parts).status == 1
    assert set(statuses) <= {0, 1}
    whole = verdicts(path)[1]
    joined = json.loads(run("merge", "--format", "json", *parts).out)["results"]
    assert {r["function"]: r["as_expected"] for r in joined} == whole
    assert whole["f"] is False


@pytest.mark.parametrize("form", ["markdown", "html", "junit", "sarif", "github"])
def test_every_form_says_that_it_does_not_pass(tmp_path: Path, form: str):
    out = run("verify", "--no-store", "--format", form, "-f", "g", "-f", "f", "-f", "h", model(tmp_path, MODEL)).out
    assert "which is refuted: repair that" in out


def test_a_page_does_not_paint_it_as_good_news(tmp_path: Path):
    out = run("verify", "--no-store", "--format", "html", model(tmp_path, MODEL)).out
    painted = re.findall(r'<span class="verdict (\w+)">(PROVED[^<]*)</span>', out)
    assert {(c, v) for c, v in painted} == {("PROVED", "PROVED"), ("bad", "PROVED if kept by g (NOT as expected)")}
