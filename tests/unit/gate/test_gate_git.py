# SPDX-License-Identifier: GPL-2.0-only
"""The gate and git: what it reads, what it leaves alone, and what git cannot answer."""

import json
from pathlib import Path

import pytest
from command import run
from gated import broken, edit, gate
from repository import git


def snapshot(place: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(place.rglob("*")) if p.is_file()}


def test_the_work_tree_and_the_index_are_not_touched(repo: Path):
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    before = snapshot(repo)
    assert gate().status == 1
    assert snapshot(repo) == before


def test_another_working_folder_and_parts_of_the_repository(repo: Path, monkeypatch: pytest.MonkeyPatch):
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    whole = broken()
    monkeypatch.chdir(repo / "models")
    ran = run("gate", ".", "--base", "HEAD", "--format", "json")
    assert {b["rule"] for b in json.loads(ran.out)["breaches"]} == set(whole)
    assert {b["place"]["file"] for b in json.loads(ran.out)["breaches"]} == {"models/a.rc"}
    assert run("gate", "b.rc", "--base", "HEAD").status == 0
    assert run("gate", "--base", "HEAD").status == 1, "without a path it is the working folder"


def said(*args: object) -> str:
    ran = run("gate", *args)
    assert ran.status == 2, ran
    assert "Traceback" not in ran.err
    assert "help: " in ran.err
    return " ".join(ran.err.split())


def test_what_git_cannot_answer(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git(repo, "commit", "-q", "--allow-empty", "-m", "another")
    assert "there is no revision `nowhere`" in said("models", "--base", "nowhere")
    assert "there is no revision `--all`" in said("models", "--base=--all")
    assert "is outside of the repository" in said(tmp_path, "--base", "HEAD")
    assert "`gone` does not exist" in said("gone", "--base", "HEAD")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "this clone is shallow and has no revision `HEAD~1`" in said("models", "--base", "HEAD~1")
    monkeypatch.chdir(tmp_path)
    assert "is in no git work tree" in said("--base", "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no program `git`" in said("--base", "HEAD")


@pytest.mark.usefixtures("repo")
def test_without_a_base_models_are_held_against_their_expectations(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert run("gate", "models").status == 0
    edit("models/b.rc", (" expect refuted(leaked-ref)", ""))
    ran = run("gate", "models")
    assert ran.status == 1
    assert "error[unexpected-verdict]: leaks" in ran.out
    assert "against what the models expect" in ran.out


@pytest.mark.usefixtures("repo")
def test_an_input_error_is_status_2():
    Path("models/a.rc").write_text("int f(\n", encoding="utf-8")
    assert "error[syntax-error]" in said("models", "--base", "HEAD")
    assert "names no report" in said("models", "--output", "text")
    assert "names no report" in said("models", "--output", "pdf=x")
    assert "is no folder" in said("models", "--specs", "nowhere")
