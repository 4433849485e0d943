# SPDX-License-Identifier: GPL-2.0-only
"""The ways past the gate of 0.1.0, by name: each is refused for what it is, at its place."""

from pathlib import Path

import pytest
from command import ROOT
from gate_holes import HOLES, Hole, stage
from gate_world import World
from gated import judged

NAMES = [f"{h.kind}: {h.how}" for h in HOLES]


@pytest.fixture
def world(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Folders of its own, contracts that ship and temporary files included; the working folder."""
    made = World(*(tmp_path / n for n in ("repo", "beside", "shipped")))
    for folder in (*made, tmp_path / "tmp"):
        folder.mkdir()
    monkeypatch.chdir(made.repo)
    monkeypatch.setattr("refcheck.unit.load.SHIPPED", made.shipped)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv("REFCHECK_NO_STORE")
    monkeypatch.setenv("REFCHECK_STORE", str(shared / "holes"))
    monkeypatch.setenv("XDG_DATA_HOME", str(shared / "data"))
    return made


@pytest.mark.parametrize("hole", HOLES, ids=NAMES)
def test_a_hole_is_refused_for_what_it_is(hole: Hole, world: World):
    stage(hole, world)
    assert judged()["passed"]
    hole.change(world)
    said = judged()["breaches"]
    want = hole.refused
    [b] = [b for b in said if (b["rule"], b["subject"]) == (want.rule, want.subject)]
    assert want.says in b["message"]
    assert b["place"]["file"] == want.file
    text = hole_text(world, want.file)
    assert want.line in text[b["place"]["line"] - 1], b["place"]
    assert {other["subject"] for other in said} == {want.subject}, said


def hole_text(world: World, file: str) -> list[str]:
    """The lines of the file that a report names, of the base where the change took it away."""
    path = world.shipped / file.removeprefix("<refcheck>/") if file.startswith("<") else world.repo / file
    if not path.exists():
        path = path.with_suffix(".txt")
    return path.read_text(encoding="utf-8").split("\n")


def test_the_page_has_each_hole_and_the_rule_that_closes_it():
    page = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    for hole in HOLES:
        assert f"| {hole.kind} | {hole.how} | passed | {hole.refused.rule} |" in page
