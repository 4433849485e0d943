# SPDX-License-Identifier: GPL-2.0-only
"""What a C file bears out of the guesses about owning fields is known in the next run, as long as nothing changes."""

import difflib
import shutil
from pathlib import Path

import pytest
from command import ROOT, run
from owning import OWNING

from refcheck.infer.owners import FileSurvey
from refcheck.infer.surveyed import Survey
from refcheck.run.from_c import read
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared
from refcheck.store.place import Store
from refcheck.syntax import write

TEXT = "#include <net/weir.h>\n" + OWNING


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "corpus" / "c" / "include", tmp_path / "tree" / "include")
    (tmp_path / "tree" / "include" / "net" / "weir.h").write_text("int weir_mtu(int mtu);\n")
    (tmp_path / "tree" / "weir.c").write_text(TEXT)
    return tmp_path / "tree"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of which all functions were surveyed to find out."""
    found, real = list[str](), FileSurvey._borne_out

    def noted(self: FileSurvey) -> object:
        found.append(Path(self.source.path).name)
        return real(self)

    monkeypatch.setattr(FileSurvey, "_borne_out", noted)
    return found


def surveyed(tree: Path, *only: str, secret: str = "key") -> Survey:
    store = Store(tree.parent / "store", tree.parent / secret)
    return read(tree / "weir.c", Options(tree=tree, only=only), store, Shared()).found


def said(found: Survey) -> list[object]:
    return [found.containers, *(write.function(f.function) for f in found.functions if f.function is not None)]


def test_another_run_knows_which_fields_own(tree: Path, asked: list[str]):
    whole = surveyed(tree)
    assert [c.name for c in whole.containers] == ["gill"]
    assert said(surveyed(tree)) == said(whole)
    assert surveyed(tree, "gill_drop").functions[0].followed == {"gill", "dst"}
    assert asked == ["weir.c"]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("weir.c", "dst_hold(dst);", "dst_hold(dst);\n\tdst_hold(dst);"),
        ("include/net/weir.h", "int mtu", "long mtu"),
    ],
)
def test_what_it_rests_on_has_changed(tree: Path, asked: list[str], file: str, before: str, after: str):
    surveyed(tree)
    changed = tree / file
    changed.write_text(changed.read_text().replace(before, after))
    surveyed(tree)
    assert asked == ["weir.c", "weir.c"]


def test_what_somebody_else_has_found_is_not_believed(tree: Path, asked: list[str]):
    surveyed(tree)
    surveyed(tree, secret="another")
    assert asked == ["weir.c", "weir.c"]


def test_one_struct_more_is_asked_for_anew(tree: Path, asked: list[str]):
    surveyed(tree)
    more = TEXT.replace("gill", "lode").partition("struct lode")[2]
    (tree / "weir.c").write_text(TEXT + "struct lode" + more)
    assert [c.name for c in surveyed(tree).containers] == ["gill", "lode"]
    assert asked == ["weir.c", "weir.c"]


def test_a_review_knows_what_a_run_has_found_of_the_file(tree: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REFCHECK_NO_STORE")
    store = ("--tree", tree, "--store", tree.parent / "store", "--jobs", 1)
    assert run("verify", tree / "weir.c", *store).status == 0
    asked.clear()
    after = TEXT.replace("\tdst_hold(dst);\n", "\tdst_hold(dst);\n\tdst_hold(dst);\n")
    lines = difflib.unified_diff(TEXT.splitlines(), after.splitlines(), "a/weir.c", "b/weir.c", lineterm="")
    (tree.parent / "weir.patch").write_text("\n".join(lines) + "\n")
    first = run("review", tree.parent / "weir.patch", *store)
    assert asked == []  # the guess is the same in both texts
    assert first.out == run("review", tree.parent / "weir.patch", "--tree", tree, "--no-store").out
    assert "gill_fill: PROVED, as before" in first.out
    assert asked == ["weir.c"]
