# SPDX-License-Identifier: GPL-2.0-only
"""What the C corpus expects, judged by running it: before the fix a run goes wrong, after it none does.

This knows nothing of refcheck but its parser: counts are real, memory is freed for real, and the world drops what it lends.
"""

import shutil
from pathlib import Path

import pytest
from c_corpus import Input, inputs
from c_world import play, started, world

INPUTS = inputs()
pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return world(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("one", INPUTS, ids=lambda one: f"{one.folder}/{one.variant}")
def test_it_goes_wrong_as_expected(one: Input, made: list[Path], tmp_path: Path):
    found = {f: play(one, f, made, tmp_path) for f in started(one)}
    assert {f: bool(p.fault) for f, p in found.items()} == started(one), found
    assert all(p.fault or p.whole for p in found.values()), found
