# SPDX-License-Identifier: GPL-2.0-only
"""The tables of the parser: made from the grammar as it stands, and read as lark reads it."""

import random
from pathlib import Path

import pytest
from command import ROOT
from generator import program
from lark import UnexpectedInput

from refcheck.syntax import grammar, tables
from refcheck.syntax.reader import read

FOLDERS = ("models", "specs", "corpus", "tests/litmus")
FILES = [p for f in FOLDERS for p in sorted((ROOT / f).rglob("*")) if p.suffix in (".rc", ".spec")]


def kind(path: Path) -> str:
    return "spec" if path.suffix == ".spec" else "model"


def test_the_tables_are_made_from_the_grammar_as_it_stands():
    # Run `python -m refcheck.syntax.grammar` after a change of the grammar
    assert Path(tables.__file__).read_text(encoding="utf-8") == grammar.tables()
    assert grammar.digest() == tables.DIGEST


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_read_as_lark_reads_it(path: Path):
    text = path.read_text(encoding="utf-8")
    # repr tells nodes of different classes apart
    assert repr(read(text, str(path), kind(path))[0]) == repr(grammar.parse(text, str(path), kind(path)))


@pytest.mark.parametrize("seed", range(40))
def test_a_generated_program_is_read_as_lark_reads_it(seed: int):
    text = program(seed)
    assert repr(read(text, "g.rc", "model")[0]) == repr(grammar.parse(text, "g.rc", "model"))


@pytest.mark.parametrize("seed", range(30))
def test_what_the_tables_accept_lark_accepts_and_reads_alike(seed: int):
    # Given files with one token dropped, doubled or put elsewhere, then nothing is accepted that lark refuses
    chosen = random.Random(seed)
    path = chosen.choice(FILES)
    words = path.read_text(encoding="utf-8").replace("(", " ( ").replace(")", " ) ").replace(";", " ; ").split(" ")
    for _ in range(8):
        changed = list(words)
        i, j = chosen.randrange(len(words)), chosen.randrange(len(words))
        changed[i : i + 1] = chosen.choice([[], [words[i], words[i]], [words[j]], [words[i] + words[j]]])
        text = " ".join(changed)
        got, _ = read(text, str(path), kind(path))
        if got is None:
            continue
        try:
            want = grammar.parse(text, str(path), kind(path))
        except UnexpectedInput as e:
            pytest.fail(f"lark refuses what the tables accept: {e}")
        assert repr(got) == repr(want)


def test_what_is_not_in_the_language_is_left_to_lark():
    for text in ("void f(", "void f() { return }", "void f() { } }", "\x00", '"', "/* no end", "void f() { a = 1 = 2; }"):
        assert read(text, "f.rc", "model")[0] is None
