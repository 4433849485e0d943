# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck fmt`: files are written whole or not at all, and only into what means the same."""

import os
import stat
from pathlib import Path
from unittest import mock

import pytest
from command import ROOT, model, run

from refcheck.cli import fmt as command
from refcheck.syntax import style

UGLY = "void f(skb){ g( ); }\n"
NEAT = "void f(skb)\n{\n\tg();\n}\n"


def test_a_file_is_written_in_style_and_then_left_alone(tmp_path: Path):
    path = model(tmp_path, UGLY)
    path.chmod(0o640)
    assert run("fmt", path) == (0, f"{path}: formatted\n", "")
    assert path.read_text() == NEAT
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert run("fmt", path) == (0, "", "")
    assert os.listdir(tmp_path) == ["m.rc"]


def test_check_and_diff_write_nothing(tmp_path: Path):
    path = model(tmp_path, UGLY)
    assert run("fmt", "--check", path) == (1, f"{path}: not in style\n", "")
    ran = run("fmt", "--diff", path)
    assert ran.status == 1
    assert ran.out.splitlines()[3:] == ["-void f(skb){ g( ); }", "+void f(skb)", "+{", "+\tg();", "+}"]
    assert path.read_text() == UGLY
    path.write_text(NEAT)
    assert run("fmt", "--check", "--diff", path) == (0, "", "")


def test_a_folder_has_models_and_specs(tmp_path: Path):
    model(tmp_path, UGLY)
    (tmp_path / "deep").mkdir()
    model(tmp_path / "deep", "void h() {ok:;}\n", "s.spec")
    model(tmp_path, "int x;", "a.c")
    ran = run("fmt", tmp_path)
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)
    assert (tmp_path / "deep" / "s.spec").read_text() == "void h() { ok: ; }\n"


def test_a_file_with_errors_is_left_alone_and_the_others_are_written(tmp_path: Path):
    bad, good = model(tmp_path, "void f(skb) {", "a.rc"), model(tmp_path, UGLY, "b.rc")
    ran = run("fmt", bad, good)
    assert ran.status == 2
    assert "error[syntax-error]" in ran.err
    assert bad.read_text() == "void f(skb) {"
    assert good.read_text() == NEAT


@pytest.mark.parametrize("name", ["m.c", "missing.rc"])
def test_what_cannot_be_formatted_is_said(tmp_path: Path, name: str):
    model(tmp_path, "int x;", "m.c")
    ran = run("fmt", tmp_path / name)
    assert (ran.status, ran.out) == (2, "")
    assert "error[" in ran.err


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path):
    path = model(tmp_path, UGLY)
    link = tmp_path / "link.rc"
    link.symlink_to(path)
    assert run("fmt", link).status == 0
    assert link.is_symlink()
    assert path.read_text() == NEAT


def test_a_style_that_changed_the_meaning_is_a_fault_and_nothing_is_written(tmp_path: Path):
    path = model(tmp_path, UGLY)
    with mock.patch.object(style, "_text", return_value="void f(skb)\n{\n\th();\n}\n"):
        assert run("fmt", path).status == 70
    with mock.patch.object(style, "_text", return_value=NEAT + "// new\n"):
        assert run("fmt", path).status == 70
    assert path.read_text() == UGLY


def test_a_write_that_fails_leaves_the_file(tmp_path: Path):
    path = model(tmp_path, UGLY)
    with mock.patch.object(command, "replace", side_effect=OSError(28, "No space left on device")):
        ran = run("fmt", path)
    assert ran.status == 2
    assert "No space left" in ran.err
    assert path.read_text() == UGLY


def test_the_models_specs_and_corpus_are_in_style():
    assert run("fmt", "--check", *(ROOT / name for name in ("models", "specs", "corpus"))) == (0, "", "")
