# SPDX-License-Identifier: GPL-2.0-only
"""With lenses or without, a function has the same verdicts, traces and certificate: `verify --no-lens` compares."""

from pathlib import Path

import pytest
from command import GENEVE, ROOT, run

from refcheck.base.files import model_files
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

FILES = model_files([ROOT / "models", ROOT / "tests" / "litmus"])


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_all_is_the_same_on_whole_states(path: Path):
    for task in prepare(path, None, ())[0]:
        seen, whole = (verify(task.cfg, Limits(lens=lens)) for lens in (True, False))
        # but for the time it took, and how often Z3 was asked: whole states have more shapes of edges
        assert whole._replace(seconds=0, queries=0) == seen._replace(seconds=0, queries=0)


def test_the_command_takes_no_lens(monkeypatch: pytest.MonkeyPatch):
    args = ("verify", "-q", "--no-store", "-j", "1", GENEVE)
    seen = run(*args)
    monkeypatch.setattr("refcheck.lens.steps.LocalSteps", None)
    assert run(*args, "--no-lens") == seen
    assert run(*args).status == 70


def test_a_kept_verdict_is_not_one_without_lenses(tmp_path: Path):
    args = ("verify", "-q", "--store", tmp_path / "store", "--stats", GENEVE)
    assert "0 functions recalled by certificate, 5 proved" in run(*args).err
    assert "0 functions recalled by certificate, 5 proved" in run(*args, "--no-lens").err
