# SPDX-License-Identifier: GPL-2.0-only
"""Names in a text: every one is seen, and each means what the verifier takes it for."""

from collections import Counter
from pathlib import Path

import pytest
from command import ROOT

from refcheck.base.source import SourceFile, Span
from refcheck.lsp.names import occurrences
from refcheck.lsp.symbols import Occurrence
from refcheck.lsp.words import TextWords
from refcheck.syntax import ast, tables
from refcheck.syntax.parser import parse
from refcheck.unit.declare import BUILTINS, SCALARS

FILES = sorted((ROOT / "models").rglob("*.rc")) + sorted((ROOT / "specs").rglob("*.spec"))
# TextWords that are no names of things: of the language, of outcomes, states, properties and error codes
FREE = {*tables.WORDS, *tables.SPECIAL, *BUILTINS, *SCALARS, "owned", "empty", "noref", "result", "contexts"}


def found(text: str, name: str = "m.rc") -> list[Occurrence]:
    module, errors = parse(SourceFile(name, text))
    assert errors == []
    return occurrences(module, TextWords(text))


def outcome_names(module: ast.Module) -> set[tuple[int, int]]:
    """Where the outcomes of a module begin."""
    every = []
    for item in module.items:
        match item:
            case ast.ContractDef(_, outcomes) | ast.RoleDef(_, _, ast.ContractDef(_, outcomes)):
                every += outcomes
            case ast.FunctionDef(_, outcomes):
                every += outcomes or ()
    return {(o.span.line, o.span.col) for o in every}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_name_is_overlooked(path: Path):
    text = path.read_text(encoding="utf-8")
    module, errors = parse(SourceFile(path.name, text))
    assert errors == []
    words = TextWords(text)
    seen = {(o.span.line, o.span.col) for o in occurrences(module, words)} | outcome_names(module)
    left = []
    for before, w in zip([None, *words.all], words.all, strict=False):
        known = w.text in FREE or "-" in w.text or (before is not None and before.text in ("-", "("))
        if w.is_name() and not known and (w.line, w.column) not in seen:
            left.append((w.line, w.text))
    embeds = {m for item in module.items if isinstance(item, ast.ResourceDef | ast.Extension) for m in item.embeds}
    parts = {part for m in embeds for part in m.split(".")} | {"dst", "dev"}
    assert [x for x in left if x[1] not in parts] == []


def test_scopes_are_those_of_c():
    text = "void f(int a)\n{\n\tint b = a;\n\t{\n\t\tint b = a;\n\t\tb = 1;\n\t}\n\tb = 2;\n}\n"
    homes = {(o.span.line, o.symbol.home.line) for o in found(text) if o.symbol.name == "b"}
    assert homes == {(3, 3), (5, 5), (6, 5), (8, 3)}


def test_a_parameter_that_is_written_once_is_a_variable_and_a_type():
    kinds = Counter((o.symbol.kind, o.bare) for o in found("void f(skb)\n{\n\tuse(skb);\n}\n") if o.symbol.name == "skb")
    assert kinds == {("variable", True): 1, ("resource", True): 1, ("variable", False): 1}


def test_an_error_code_is_no_variable_unless_there_is_one_of_its_name():
    text = "int f(int EIO)\n{\n\tif (EIO)\n\t\treturn -ENOMEM;\n\treturn -EIO;\n}\n"
    assert [(o.symbol.kind, o.span.line) for o in found(text)] == [("function", 1), *[("variable", n) for n in (1, 3, 5)]]


def test_columns_are_units_of_utf_16():
    words = TextWords("/* \U0001f980 */ int a;")
    there = words.position(1, 9)
    assert there.character == 9
    assert words.place(there) == (1, 9)


@pytest.mark.parametrize(
    ("old", "new"),
    [("a\nb\nc\n", "a\nx\nc\n"), ("a\nb", "a\nb\n"), ("", "a\n"), ("a\nb\n", ""), ("a\nb\nc", "a\nb\nd"), ("a\n", "b\na\n")],
)
def test_the_edits_of_a_text_make_the_other(old: str, new: str):
    text, lines = old, old.split("\n")
    starts = [sum(len(row) + 1 for row in lines[:n]) for n in range(len(lines) + 1)]
    for e in reversed(TextWords(old).edits(new)):
        a, b = (starts[p.line] + p.character for p in (e.range.start, e.range.end))
        text = text[:a] + e.new_text + text[b:]
    assert text == new


def test_a_span_has_its_words():
    words = TextWords("a b\nc d\n")
    assert [w.text for w in words.within(Span("", 1, 3, 2, 2))] == ["b", "c"]
