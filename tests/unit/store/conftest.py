# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the store share."""

from pathlib import Path

import pytest
from command import ROOT
from stored import MODEL


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the contracts and one model."""
    (tmp_path / "specs").mkdir()
    for name in ("dst.spec", "route.spec", "contexts.spec"):
        (tmp_path / "specs" / name).write_bytes((ROOT / "specs" / name).read_bytes())
    (tmp_path / "m.rc").write_text(MODEL, encoding="utf-8")
    return tmp_path
