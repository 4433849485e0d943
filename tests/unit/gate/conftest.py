# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the gate share."""

import shutil
from pathlib import Path

import pytest
from command import ROOT
from gated import MODEL, SPEC
from repository import LEAKS, commit, git


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests: the base is verified once."""
    return tmp_path_factory.mktemp("gate")


@pytest.fixture
def repo(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two models and their contracts, all of it committed; the working folder."""
    place = tmp_path / "repo"
    (place / "specs").mkdir(parents=True)
    for name in ("contexts", "dst", "netdev", "route", "skb", "sock"):
        shutil.copy(ROOT / "specs" / f"{name}.spec", place / "specs")
    (place / "models").mkdir()
    (place / "models" / "a.rc").write_text(MODEL, encoding="utf-8")
    (place / "models" / "b.rc").write_text(LEAKS, encoding="utf-8")
    (place / "specs" / "b.spec").write_text(SPEC, encoding="utf-8")
    git(place, "init", "-q")
    commit(place, "base")
    monkeypatch.chdir(place)
    monkeypatch.delenv("REFCHECK_NO_STORE")
    monkeypatch.setenv("REFCHECK_STORE", str(shared / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(shared / "data"))
    return place
