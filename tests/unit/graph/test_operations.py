# SPDX-License-Identifier: GPL-2.0-only
"""What is said beside each condition and operation: nothing is forgotten, and it is what the reference semantics does."""

from __future__ import annotations

import subprocess
import sys
import typing

import pytest

from refcheck.graph import ops
from refcheck.graph.footprint import FOOTPRINTS, owed, reads, touched, writes
from refcheck.graph.obligations import NAMES

CLASSES = (*typing.get_args(ops.Cond), *typing.get_args(ops.Op))
NUMBERS = {"slot", "src_slot", "value"}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_number_of_an_operation_is_a_cell_a_context_or_said_to_be_a_number(kind: type):
    mine = FOOTPRINTS[kind]
    said = {kind._fields[i] for i in (*mine.reads, *mine.writes, *mine.forgets, *mine.contexts)}  # type: ignore[attr-defined]
    numbers = {name for name, type_ in kind.__annotations__.items() if type_ is int}
    assert numbers - NUMBERS <= said
    assert said & NUMBERS == set()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_what_is_inside_of_an_operation_is_said_to_be_there(kind: type):
    inner = {kind._fields[i] for i in FOOTPRINTS[kind].inner}  # type: ignore[attr-defined]
    parts = ("Cond", "Op", "ValueOf")
    holding = {n for n, t in kind.__annotations__.items() if any(p in str(t) for p in parts) or t == ops.Cond}
    assert inner == holding


def test_operations_break_properties_that_there_are():
    made = ops.New(2, "hold"), ops.New(2, "owner", (), 3)
    op = ops.When(ops.Truth(0), (ops.Consume(1, False, True), ops.Free(1, False, True), *made))
    assert {"release-of-borrowed", "leaked-ref", "noref-escape", "broken-contract"} <= set(owed(op)) <= set(NAMES)
    for kind in set(CLASSES) - {ops.When, ops.Consume, ops.Free, ops.New, ops.Require}:
        assert set(FOOTPRINTS[kind].owes(None)) <= set(NAMES), kind


def test_the_cells_of_an_operation_are_those_of_what_is_inside_of_it_too():
    inner = (ops.ReadSlot(1, 2, 0), ops.Kill(3), ops.Exit(-1))
    op = ops.When(ops.And((ops.Not(ops.Truth(4)), ops.CmpCells(5, "<", 6))), inner)
    assert reads(op) == {2, 4, 5, 6}
    assert writes(op) == set()
    assert touched(op) == {1, 3}
    assert writes(inner[0]) == {1}


def test_an_operation_of_which_nothing_is_said_is_an_error():
    # Given a class in the union without a word about it, when the module is imported, then that is said
    text = "import refcheck.graph.ops as o, pathlib; t = pathlib.Path(o.__file__).read_text()\n"
    text += "exec(t.replace('@does(reads=\"left right\")\\nclass Merge', 'class Merge'), {'__name__': 'm'})"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert "what do these read, write and owe?  say it by `does`: ['Merge']" in done.stderr
