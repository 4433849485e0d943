# SPDX-License-Identifier: GPL-2.0-only
"""The corpus of real bugs: refuted before the fix, proved after it, the trap as its model says."""

import re

import pytest
import tables
from command import ROOT

from refcheck.base.verdicts import Verdict
from refcheck.syntax import ast
from refcheck.unit.load import load

CORPUS = ROOT / "corpus"
FOLDERS = [p.name for p in tables.bugs()]
TRAPS = [n for n in FOLDERS if (CORPUS / n / "trap.rc").is_file()]
# The traps of these two are exits of their own flows: the put or the unlock that stands in the right place.
WITHOUT_TRAP = {"01", "28"}
# This flow takes one more reference in each round of its loop: what is not refuted stays unknown (docs/limitations.md).
UNBOUNDED = {"58"}
AT_LEAST = 27


def number(folder: str) -> str:
    return folder.split("-", 1)[0]


def rows(folder: str, name: str) -> tuple:
    return tables.rows_of(f"corpus/{folder}/{name}.rc")


def test_enough_bugs_are_in_and_each_number_once():
    assert len(FOLDERS) >= AT_LEAST
    assert len({number(f) for f in FOLDERS}) == len(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_the_models_of_one_bug(folder: str):
    names = {p.name for p in (CORPUS / folder).iterdir()}
    want = {"before.rc", "after.rc"} | (set() if number(folder) in WITHOUT_TRAP else {"trap.rc"})
    assert names == want


@pytest.mark.parametrize("folder", FOLDERS)
def test_before_the_fix_the_bug_is_found_and_nothing_else(folder: str):
    found = rows(folder, "before")
    assert [r.key for r in found if not r.as_expected] == []
    assert {Verdict.REFUTED, Verdict.VACUOUS} & {r.verdict for r in found}
    assert number(folder) in UNBOUNDED or [(r.key, r.unknown) for r in found if r.unknown] == []
    for r in found:
        assert len(r.shown) >= len(r.refuted)


@pytest.mark.parametrize("folder", FOLDERS)
def test_after_the_fix_all_is_proved(folder: str):
    found = rows(folder, "after")
    assert found
    assert [(r.key, r.verdict, r.unreached) for r in found if r.verdict != Verdict.PROVED] == []


@pytest.mark.parametrize("folder", TRAPS)
def test_the_trap_is_as_its_model_says(folder: str):
    found = rows(folder, "trap")
    assert found
    assert [(r.key, r.verdict) for r in found if not r.as_expected or r.unknown] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_after_flow_expects_nothing(folder: str):
    items = load(CORPUS / folder / "after.rc").model.items
    assert [i.sig.name for i in items if isinstance(i, ast.FunctionDef) and i.sig.expects] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_model_says_which_bug_it_is(folder: str):
    heads = [tables.header(p) for p in sorted((CORPUS / folder).glob("*.rc"))]
    for head in heads:
        assert {"bug", "commit", "where", "class"} <= set(head)
        assert all(head.values())
        assert re.match(r"[A-K], ", head["class"])
        assert (head["bug"], head["class"]) == (heads[0]["bug"], heads[0]["class"])
    assert [("trap" in head) for head in heads] == [p.name == "trap.rc" for p in sorted((CORPUS / folder).glob("*.rc"))]


def test_the_classes_of_the_table_are_named():
    used = {tables.header(CORPUS / f / "before.rc")["class"].split(",")[0] for f in FOLDERS}
    assert used <= set(tables.CLASS_NAMES)


def test_a_trap_that_is_not_there_is_on_the_list():
    assert {number(f) for f in FOLDERS if f not in TRAPS} <= WITHOUT_TRAP


def test_what_is_left_out_gives_a_reason():
    for left in tables.left_out():
        assert re.fullmatch(r"\d\d", left.number)
        assert left.title
        assert len(left.reason.split()) > 5, left.number


def test_every_row_of_the_left_out_file_is_read():
    text = (CORPUS / "LEFT_OUT.md").read_text(encoding="utf-8")
    assert len(tables.left_out()) == len(re.findall(r"^\| \d", text, re.MULTILINE))
