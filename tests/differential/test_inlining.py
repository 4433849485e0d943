# SPDX-License-Identifier: GPL-2.0-only
"""What is proved apart is proved together: callers with a body in place of its contract (tests/support/inlining).

`make inline` asks about as many generated callers as one likes, and about every call of the models.
"""

from __future__ import annotations

import collections
import sys

import pytest
from command import ROOT
from examples import BLOCKS
from generated import unit_of
from inlining import joined, pairs

from refcheck.base.diagnostics import InputError
from refcheck.base.files import model_files
from refcheck.unit.load import load

sys.path.insert(0, str(ROOT / "tools"))

import inline

SEEDS = 250
# What contracts with callers that are proved must show at least once, else the question is about too little.
SHOWN = {
    "node", "pkt", "bool", "out", "io", "__must_hold", "__requires", "__counted", "__nullable", "__any", "use", "release",
    "consume", "drop", "enter", "leave", "= hold", "several outcomes", "an effect under a condition",
    "a condition on a slot",
}  # fmt: skip


def test_generated_callers_are_proved_with_the_body_in_place():
    figures, features, bad = inline.chunk(0, SEEDS, 10)
    assert bad == {}, f"{SEEDS * 10} callers, seeds 0 to {SEEDS - 1}: {dict(figures)}"
    assert figures["together"] > SEEDS
    assert features.keys() >= SHOWN


@pytest.mark.parametrize("path", [p for d in ("models", "corpus") for p in model_files([ROOT / d])], ids=lambda p: p.stem)
def test_callers_in_models_are_proved_with_the_body_in_place(path):
    assert [a for a in joined(load(path)) if a.what in ("found", "refused")] == []


def test_callers_in_examples_are_proved_with_the_body_in_place(tmp_path):
    figures = collections.Counter()
    for block in BLOCKS:
        path = tmp_path / "example.rc"
        path.write_text(block.text, encoding="utf-8")
        try:
            figures.update((a.what, block.name if a.what in ("found", "refused") else "") for a in joined(load(path)))
        except InputError:
            assert block.what == "error"
    assert figures["together", ""] > 0
    assert {what for what, _ in figures} <= {"together", "body", "caller"}


# A contract that keeps less than it says: the body looks at what the caller has given away already.
UNSOUND = """resource node;
node get() contract { ok: return hold; };
void put(node n) contract { ok: release n; };
void g(node n) contract { ok: release n; }
{
	put(n);
}
void f()
{
	g(get());
}
"""


def test_a_caller_that_is_wrong_together_is_found(monkeypatch: pytest.MonkeyPatch):
    # Given a reading of contracts for callers in which nothing is given away
    from refcheck.lower import outcome

    assert [a.what for a in joined(unit_of(UNSOUND))] == ["together"]
    broken = UNSOUND.replace("g(get());", "node n = get();\n\tg(n);\n\tput(n);")
    assert [a.what for a in joined(unit_of(broken))] == ["caller"]
    real = outcome.Outcomes.operations
    monkeypatch.setattr(
        outcome.Outcomes, "operations", lambda s, o, r: [] if s.sig.name == "g" else real(s, o, r)
    )  # fmt: skip
    assert [(a.what, a.broken) for a in joined(unit_of(broken))] == [("found", ("double-release",))]


def test_a_seed_gives_the_same_contract_and_callers_again():
    assert pairs(7, 3) == pairs(7, 3)
    assert pairs(7, 3) != pairs(8, 3)
