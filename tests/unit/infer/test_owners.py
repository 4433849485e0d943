# SPDX-License-Identifier: GPL-2.0-only
"""What the fields of structs own is asked of a whole file only where the functions that are wanted have to do with them."""

from pathlib import Path

import pytest
from command import ROOT
from owning import OWNING

from refcheck.infer import owners
from refcheck.infer.surveyed import Survey
from refcheck.run.from_c import read
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared
from refcheck.syntax import write

TREE = ROOT / "corpus" / "c"
TEXT = OWNING + """static void plain_put(struct dst_entry *dst)
{
	dst_release(dst);
}
void plain_twice(struct dst_entry *dst)
{
	dst_hold(dst);
	plain_put(dst);
}
"""


def survey_of(path: Path, *only: str) -> Survey:
    return read(path, Options(tree=TREE, only=only), None, Shared()).found


def texts(found: Survey) -> dict[str, str]:
    return {f.name: write.function(f.function) for f in found.functions if f.function is not None}


@pytest.fixture
def gill(tmp_path: Path) -> Path:
    path = tmp_path / "gill.c"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_functions_apart_from_owning_fields_are_what_they_are_in_the_whole_file(gill: Path, monkeypatch: pytest.MonkeyPatch):
    whole = texts(survey_of(gill))

    def never(*_: object) -> None:
        raise AssertionError("the whole file was read")

    monkeypatch.setattr(owners.FileSurvey, "_borne_out", never)
    assert texts(survey_of(gill, "plain_twice")) == {"plain_twice": whole["plain_twice"]}


@pytest.mark.parametrize("name", ["gill_swap", "gill_drop"])
def test_functions_that_use_an_owning_field_ask_the_whole_file(gill: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    whole, asked, real = texts(survey_of(gill)), list[str](), owners.FileSurvey._borne_out

    def noted(self: owners.FileSurvey) -> object:
        asked.append("")
        return real(self)

    monkeypatch.setattr(owners.FileSurvey, "_borne_out", noted)
    assert "gill" in whole["gill_swap"]
    assert texts(survey_of(gill, name)) == {name: whole[name]}
    assert asked == [""]


def test_a_struct_is_given_up_where_a_function_is_read_without_it_only(tmp_path: Path):
    path = tmp_path / "gill.c"
    lost = "void gill_lost(struct gill *g)\n{\n\tstruct gill *h = g;\n\n\tstash(&h);\n\tdst_release(h->dst);\n}\n"
    path.write_text(TEXT + lost, encoding="utf-8")
    found = survey_of(path)
    assert [f.how for f in found.functions if f.name == "gill_lost"] != ["unread"]
