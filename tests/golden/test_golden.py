# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck show` prints of the inputs beside this file: trees and graphs of all, obligations of the small ones.

`make update` writes the dumps anew; the difference is to be read.
"""

from pathlib import Path

import pytest
import z3
from command import run

HERE = Path(__file__).parent
INPUTS = sorted(p.stem for p in HERE.glob("*.rc"))
LONG = {"contract", "goto", "inline", "slot"}  # hundreds of lines of obligations, which nobody would read
DUMPS = [
    (form, name) for form in ("ast", "cfg", "smt2") for name in INPUTS if form != "smt2" or name not in LONG
]  # fmt: skip


def place(form: str, name: str) -> Path:
    return HERE / form / (f"{name}.smt2" if form == "smt2" else f"{name}.txt")


@pytest.mark.parametrize(("form", "name"), DUMPS)
def test_a_dump_is_as_it_was(form: str, name: str, golden, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)  # paths stand in dumps
    shown = run("show", form, f"{name}.rc")
    assert (shown.status, shown.err) == (0, "")
    golden(place(form, name), shown.out)


def test_each_dump_is_of_an_input():
    assert {p for form in ("ast", "cfg", "smt2") for p in (HERE / form).iterdir()} == {place(*dump) for dump in DUMPS}


@pytest.mark.parametrize("name", [name for form, name in DUMPS if form == "smt2"])
def test_a_dump_is_a_script_that_holds_where_its_input_is_proved(name: str):
    context = z3.Context()
    said = z3.Z3_eval_smtlib2_string(context.ref(), place("smt2", name).read_text(encoding="utf-8")).split()
    refuted = "expect refuted" in (HERE / f"{name}.rc").read_text(encoding="utf-8")
    assert set(said) == ({"unsat", "sat"} if refuted else {"unsat"})
