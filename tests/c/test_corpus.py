# SPDX-License-Identifier: GPL-2.0-only
"""The C corpus: pairs before and after a fix, type-correct, and of the form that tools/c_corpus.py says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from c_corpus import FOLDER, Input, folders, inputs, read
from command import ROOT
from tables import CLASS_NAMES

from refcheck.graph.obligations import PROPERTIES

INPUTS = inputs()
GCC = shutil.which("gcc")
AT_LEAST = 30


def ident(one: Input) -> str:
    return f"{one.folder}/{one.variant}"


def without_comments(path: Path) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_enough_pairs_are_in_and_each_number_once():
    numbers = [f.split("-")[0] for f in folders()]
    assert len(numbers) >= AT_LEAST
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("folder", folders())
def test_a_folder_is_a_pair(folder: str):
    assert {p.name for p in (FOLDER / folder).iterdir()} == {"before.c", "after.c"}
    before, after = read(folder, "before"), read(folder, "after")
    assert (before.bug, before.source, before.kind) == (after.bug, after.source, after.kind)
    assert {e.function for e in before.expected} == {e.function for e in after.expected}
    assert any(e.refuted for e in before.expected)
    assert not any(e.refuted for e in after.expected)


@pytest.mark.parametrize("one", INPUTS, ids=ident)
def test_what_is_expected_is_of_functions_that_are_there(one: Input):
    text = without_comments(one.path)
    for e in one.expected:
        assert re.search(rf"^[\w \*]+\b{e.function}\([^;{{]*\)\n{{", text, re.MULTILINE), e.function
        assert set(e.refuted) <= {p.name for p in PROPERTIES}


@pytest.mark.parametrize("one", INPUTS, ids=ident)
def test_the_class_is_one_of_the_table_and_the_bug_one_of_the_corpus(one: Input):
    letter, words = one.kind.split(", ", 1)
    assert CLASS_NAMES[letter] == words
    assert not one.source or list((ROOT / "corpus").glob(f"{one.source}-*/before.rc"))


@pytest.mark.skipif(GCC is None, reason="gcc is not installed")
@pytest.mark.parametrize("config", [(), ("-DCONFIG_IPV6=1",)], ids=["plain", "ipv6"])
@pytest.mark.parametrize("one", INPUTS, ids=ident)
def test_it_is_c_with_the_right_types(one: Input, config: tuple[str, ...]):
    command = [GCC, "-std=gnu11", "-fsyntax-only", "-Wall", "-Werror", "-nostdinc", *config, "-I", str(FOLDER / "include")]
    done = subprocess.run([*command, str(one.path)], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
