"""A state is put into words from the words of the state before, and says what it would say on its own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from verified import ROOT

from refcheck.engine.propose import explore
from refcheck.files import model_files
from refcheck.heap import Heap, State
from refcheck.program import CFG, UNINIT
from refcheck.report.describe import Wording, cell_name, cell_text, shown_cells
from refcheck.report.record import Shown
from refcheck.run import prepare

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
