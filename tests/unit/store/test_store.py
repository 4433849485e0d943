# SPDX-License-Identifier: GPL-2.0-only
"""What is answered from the store, and what is proved again."""

import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT
from stored import ENDLESS, MODEL, check, cost, edit, entries, verify

from refcheck.base.limits import Limits
from refcheck.run.one_file import KIND as FILE
from refcheck.run.one_file import Options
from refcheck.store.recall import KIND as FUNCTION

# ------------------------------------------------------------------------------------------------ what is proved again


def test_an_unchanged_file_is_answered_from_the_store_with_the_same_records(place: Path):
    first, second = verify(place), verify(place)
    assert cost(first) == (0, 0, 2)
    assert first.work.queries > 0
    assert cost(second) == (1, 0, 0)
    assert second.records == first.records
    assert [r.verdict for r in second.records] == ["REFUTED", "PROVED"]
    assert second.source == first.source


def test_a_comment_reproves_nothing_and_moves_every_line(place: Path):
    first = verify(place)
    edit(place, "m.rc", "int leaks()", "// a comment\n// of two lines\nint leaks()")
    second = verify(place)
    assert cost(second) == (0, 2, 0)
    assert second.work.queries == 0
    assert [r.verdict for r in second.records] == [r.verdict for r in first.records]
    lines = [s.place.line for s in first.records[0].findings[0].steps]
    assert [s.place.line for s in second.records[0].findings[0].steps] == [n + 2 for n in lines]


def test_a_rename_of_file_function_and_variable_reproves_nothing(place: Path):
    verify(place)
    (place / "m.rc").rename(place / "other.rc")
    assert cost(verify(place, "other.rc")) == (0, 2, 0)
    text = (place / "other.rc").read_text(encoding="utf-8")
    renamed = text.replace("rt ", "way ").replace("(rt)", "(way)").replace("leaks", "spills")
    (place / "other.rc").write_text(renamed, encoding="utf-8")
    found = verify(place, "other.rc")
    assert cost(found) == (0, 2, 0)
    assert found.records[0].function == "spills"
    assert "`way`" in found.records[0].findings[0].title


def test_traces_of_very_many_words_are_worded_anew(place: Path, monkeypatch: pytest.MonkeyPatch):
    # Given records that say more than is kept, then the verdicts are recalled and the words are the same
    monkeypatch.setattr("refcheck.run.one_file.MANY_WORDS", 1)
    proved = verify(place)
    recalled = verify(place)
    assert cost(recalled) == (0, 2, 0)
    assert recalled.records == proved.records


def test_a_recalled_record_is_the_one_that_is_proved(place: Path):
    verify(place)
    edit(place, "m.rc", "int leaks()", "\n\nint leaks()")
    recalled = verify(place)
    proved = check(place / "m.rc", Options(), None)
    assert cost(recalled) == (0, 2, 0)
    assert recalled.records == proved.records


def test_a_contract_reproves_just_its_dependants(place: Path):
    text = MODEL + "\nvoid flows()\n{\n\tdst rt = ip_route_output_flow();\n\n\tif (!IS_ERR(rt))\n\t\tdst_release(rt);\n}\n"
    (place / "m.rc").write_text(text, encoding="utf-8")
    assert cost(verify(place)) == (0, 0, 3)
    old = '"net/ipv4/route.c:ip_route_output_flow") {\n\tok:   return hold;\n\tfail: return ERR_PTR;'
    edit(place, "specs/route.spec", old, old.replace("ERR_PTR;", "ERR_PTR(-ENETUNREACH);"))
    found = verify(place)
    assert cost(found) == (0, 2, 1)


def test_a_spec_that_comes_to_stand_in_front_is_seen(place: Path):
    verify(place)
    assert cost(verify(place)) == (1, 0, 0)
    shadow = (place / "specs" / "route.spec").read_text(encoding="utf-8").replace("return hold;", "return borrow(gp);")
    (place / "route.spec").write_text(shadow, encoding="utf-8")
    found = verify(place)
    assert cost(found)[0] == 0
    assert found.records[1].verdict == "REFUTED"
    (place / "route.spec").unlink()
    assert verify(place).records[1].verdict == "PROVED"


def test_other_limits_and_selections_are_other_entries(place: Path):
    verify(place)
    assert cost(verify(place, only=("holds",))) == (0, 1, 0)
    assert cost(verify(place, limits=Limits(timeout=30))) == (0, 0, 2)


def test_other_versions_are_other_entries(place: Path, monkeypatch: pytest.MonkeyPatch):
    from refcheck.store import keys

    verify(place)
    before = keys.versions()
    keys.versions.cache_clear()
    monkeypatch.setattr(keys, "library", lambda name: (name, "another"))
    after = keys.versions()
    keys.versions.cache_clear()
    assert before != after


def test_the_version_of_z3_is_read_without_importing_it():
    code = "import sys; from refcheck.store import keys; keys.versions(); print(keys.z3_version(), 'z3' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    from importlib.metadata import version

    assert out.split() == [version("z3-solver"), "False"]


def test_what_is_unknown_is_asked_again(place: Path):
    (place / "m.rc").write_text(ENDLESS, encoding="utf-8")
    few = {"limits": Limits(states=200)}
    assert "UNKNOWN" in {p.verdict for p in verify(place, **few).records[0].properties}
    assert entries(place, FILE) == entries(place, FUNCTION) == []
    assert cost(verify(place, **few)) == (0, 0, 1)


def test_recheck_asks_every_certificate_and_no_solver(place: Path, monkeypatch: pytest.MonkeyPatch):
    first = verify(place)
    monkeypatch.setattr("refcheck.run.function.verify", None)
    found = verify(place, recheck=True)
    assert cost(found) == (0, 2, 0)
    assert found.records == first.records
