# SPDX-License-Identifier: GPL-2.0-only
"""A state is put into words from the words of the state before, and says what it would say on its own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from command import ROOT

from refcheck.base.files import model_files
from refcheck.graph.cfg import CFG, UNINIT
from refcheck.meaning.heap import Heap, State
from refcheck.prove.propose import explore
from refcheck.result.describe import Wording, cell_name, cell_text, shown_cells
from refcheck.result.record import Shown
from refcheck.result.steps import rows
from refcheck.run.tasks import prepare

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH = 400
FILES = model_files([ROOT / "models", ROOT / "corpus", ROOT / "tests" / "litmus"])


def alone(cfg: CFG, state: State) -> Shown:
    words = Wording(cfg)
    words.move(state)
    return words.shown()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_words_do_not_depend_on_the_states_before(path: Path):
    for cfg in [t.cfg for t in prepare(path, None, ())[0]]:
        words, before = Wording(cfg), None
        for state in islice(dict.fromkeys(s for states in explore(cfg, ENOUGH).states for s in states), ENOUGH):
            # When the words move to a state, whatever they were before
            changed = words.move(state)
            # Then they are those of that state alone, its variables as one heap for all tells them
            shown, heap = words.shown(), Heap(cfg, state)
            assert shown == alone(cfg, state)
            values = [(cell_name(cfg, i), cell_text(heap, i)) for i in shown_cells(cfg) if state.cells[i] != UNINIT]
            assert list(shown.variables) == values
            # and what changed is what is said otherwise now
            if before is not None:
                named = dict(changed)
                assert {n: v for n, v in shown.variables if (n, v) not in before.variables}.items() <= named.items()
                levels = {n: str(v) for n, v in shown.contexts if (n, v) not in before.contexts}
                assert levels.items() <= named.items()
            before = shown


@pytest.mark.parametrize("depth", [5, 6, 40])
def test_a_step_deep_in_calls_names_the_first_and_the_last_of_them(check, depth):
    # Given functions without contracts that call each other, and a leak in the innermost one
    inner = "void f0() { dst rt = ip_route_output_key(); }\n"
    outer = "".join(f"void f{i}() {{ f{i - 1}(); }}\n" for i in range(1, depth + 1))
    results = [c.result for c in check(f'use "route.spec";\n{inner}{outer}').checked]
    result = next(r for r in results if r.cfg.function == f"f{depth}")
    event = next(r.event for r in rows(result.cfg, result.traces[0], "rt") if "ip_route_output_key" in r.event)
    calls = event.partition(":")[0].split(" > ")
    assert calls[:2] == [f"f{depth - 1}", f"f{depth - 2}"]
    assert calls[-2:] == ["f1", "f0"]
    assert len(calls) == 5
    assert ("..." in calls) == (depth > 5)
