# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict rests on, and what the run has found of that."""

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
        assert text.startswith(f"\n{name}: PROVED   if the contract was kept by g; ")
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
