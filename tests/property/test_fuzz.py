# SPDX-License-Identifier: GPL-2.0-only
"""The fuzzers of tools/fuzz.py, a few cases of each kind; `make fuzz` runs many."""

import random
from pathlib import Path

import fuzz
import pytest


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_a_few_cases_of_each_kind_end_as_the_manual_says(kind: str):
    ended = dict(fuzz.bounded(kind, 7, 0, 4))
    assert list(ended) == [0, 1, 2, 3]
    assert [e.wrong for e in ended.values() if e.wrong] == []


def test_damaged_functions_of_a_tree_come_to_a_verdict():
    ended = [e for _, e in fuzz.bounded("c-tree", 1, 0, 12)]
    assert sum(e.decided for e in ended) > 0


def test_a_case_is_made_from_its_kind_seed_and_number_alone(tmp_path):
    for kind in ("model", "spec", "bytes", "args", "deep", "c-tree"):
        made = [fuzz.KINDS[kind](random.Random(f"{kind} 1 5"), tmp_path) for _ in range(2)]
        assert made[0] == made[1]


def test_most_sentences_of_the_grammar_parse():
    from refcheck.base.source import SourceFile
    from refcheck.syntax.parser import parse

    texts = [fuzz.derive(random.Random(n), "model", 60) + "\n" for n in range(40)]
    # Names may be words of the language too, which is not right everywhere
    assert sum(not parse(SourceFile("m.rc", text))[1] for text in texts) >= 30


def test_what_goes_wrong_is_reported(monkeypatch, tmp_path):
    def bad(_rng: random.Random, _folder: Path) -> tuple[str, ...]:
        raise ValueError("boom")

    monkeypatch.setitem(fuzz.KINDS, "bad", bad)
    assert fuzz.one("bad", 1, 0, tmp_path) == fuzz.Ended("ValueError: boom")
    assert fuzz.wrong("model", 70, "", "x").startswith("status 70")
    assert fuzz.wrong("model", 2, "", "")
    assert fuzz.wrong("model", 0, "a\x1b[2J", "")
    assert fuzz.wrong("model", 0, "fine\n", "") == ""
