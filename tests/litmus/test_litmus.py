# SPDX-License-Identifier: GPL-2.0-only
"""Litmus models: each small, each about one rule, each checked by everything that can check it."""

from pathlib import Path

import pytest
from agreement import compare
from command import ROOT
from reduction import disagreements
from rendered import records

from refcheck.base.verdicts import Verdict
from refcheck.result.record import status
from refcheck.result.standing import refuted_or_vacuous
from refcheck.run.tasks import prepare

FOLDER = Path(__file__).parent
MODELS = sorted(FOLDER.glob("*.rc"))


def tasks(path: Path):
    return prepare(path, ROOT / "specs", ())[0]


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_the_verdict_is_the_one_of_the_name(path: Path):
    found = records(path)
    if path.stem.endswith("_ok"):
        assert {r.verdict for r in found} == {Verdict.PROVED}
    else:
        assert path.stem.endswith("_bad")
        assert any(refuted_or_vacuous(r.properties) for r in found)
        assert all(r.as_expected for r in found if r.broken or refuted_or_vacuous(r.properties))
    assert status(found) == 0


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_prover_oracle_and_certificate_checker_agree(path: Path):
    for task in tasks(path):
        found = compare(task)
        assert found.disagreements == ()
        assert not found.cut_off


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_another_cpu_frees_exactly_what_nothing_protects(path: Path):
    # Given every interleaving with the updater, and those in which it never waits without need, then both say the same
    for task in tasks(path):
        assert disagreements(task.cfg, eager=False) == []
        assert disagreements(task.cfg, eager=True) == []


def test_each_model_is_small_and_listed():
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in MODELS:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len([line for line in lines if line.strip()]) <= 18, path.name
        assert f"`{path.stem}`" in listed
        assert lines[0].startswith("// ")
