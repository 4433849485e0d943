# SPDX-License-Identifier: GPL-2.0-only
"""Statements mean what a C compiler says: the same text through the graph and through gcc (tests/support/as_c)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from as_c import DECLARED, Unexpected, disagreements, outputs, walk
from generated import tasks

from refcheck.graph import ops
from refcheck.lower.conversions import Conversions
from refcheck.lower.expressions import Expressions
from refcheck.lower.jumps import Jumps
from refcheck.syntax import code

if TYPE_CHECKING:
    import pathlib

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed: run `make peers`")
PROGRAMS = range(300)


def test_the_graph_of_a_program_does_what_gcc_makes_of_it(tmp_path: pathlib.Path):
    # Given programs that both read, when each runs on the same answers, then the same functions are called in the same
    # order, the same sections are open, and the same number comes out
    found = disagreements(PROGRAMS, tmp_path)
    assert found.differ == ()
    assert found.compared > 2 * len(PROGRAMS)


def test_gcc_takes_an_enum_for_unsigned(tmp_path: pathlib.Path):
    # which is why an enum is not compared with what may be negative
    text = "int f() { enum kind k = A; if (k > -1) return 1; return 0; }"
    assert outputs({"f": text}, [("f", ())], tmp_path) == [([], 0)]


def number(self: Conversions, cell: int, src: object, span: object, text: str) -> None:
    """What becomes a flag keeps its number."""
    op = ops.Copy(cell, src.cell) if src.cell >= 0 else ops.Set(cell, src.value)
    self.b.then(span, text, "statement", (op,), self.line)


def outer(original):
    """`break` in a scoped_guard leaves the loop around it."""

    def jump(self: Jumps, kind: str, span: object) -> None:
        loops = self.frames[-1].loops
        kept = [t for t in loops if t.after != t.step] or loops
        frame = self.frames[-1]
        self.frames[-1] = frame._replace(loops=kept)
        original(self, kind, span)
        self.frames[-1] = frame

    return jump


def through(original):
    """`likely` is its argument."""

    def value(self: Expressions, e: code.Expr, into: int = -1, kind: str = "") -> object:
        plain = isinstance(e, code.Call) and e.name == "likely"
        return original(self, e.args[0] if plain else e, into, kind)

    return value




MISTAKES = {
    "guards stay locked": (Jumps, "unwind", lambda _: lambda *_args, **_more: None),
    "flags are numbers": (Conversions, "_truth", lambda _: number),
    "break leaves the loop around a scoped_guard": (Jumps, "jump", outer),
    "likely is its argument": (Expressions, "value", through),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_lowering_is_noticed(name: str, tmp_path: pathlib.Path):
    owner, attribute, wrap = MISTAKES[name]
    wrong = mock.patch.object(owner, attribute, wrap(getattr(owner, attribute)))
    with wrong, suppress(Unexpected):  # a section that is left open is noticed on the way
        assert disagreements(range(60), tmp_path).differ != ()


def test_a_variable_begins_anew_in_each_round():
    # Given what gcc cannot show: there such a variable has any value
    text = f"{DECLARED}\nint p()\n{{\nwhile (more()) {{\nint v;\nif (more()) v = 1;\nif (v) return v;\n}}\nreturn 0;\n}}\n"
    assert {walk(tasks(text)[-1].cfg, Random(n)).ended for n in range(30)} == {0, 1, "unset"}
