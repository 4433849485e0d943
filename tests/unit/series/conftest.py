# SPDX-License-Identifier: GPL-2.0-only
"""The small series of corpus/series, and the tree that it is for."""

import json
import shutil
from pathlib import Path

import pytest
from command import ROOT, run

from refcheck.result.review import Review, from_data

SERIES = ROOT / "corpus" / "series" / "ripple.mbox"


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("tree")
    for name in ("net", "drivers"):
        shutil.copytree(ROOT / "corpus" / "series" / name, where / name)
    shutil.copytree(ROOT / "corpus" / "c" / "include", where / "include")
    return where


@pytest.fixture(scope="session")
def found(tree: Path) -> Review:
    """The review of the whole series."""
    ran = run("review", SERIES, "--tree", tree, "--no-store", "--format", "json")
    return from_data(json.loads(ran.out))
