# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of certificates share."""

from __future__ import annotations

from pathlib import Path

import pytest
from certified import GOOD, SPECS
from command import model, run

from refcheck.run import certificates as certfiles


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The file of a certificate, written by the command line beside its model."""
    path = model(tmp_path, GOOD, "m.rc")
    got = run("verify", path, "--certify", tmp_path / "certs", "-q", "--specs", SPECS)
    assert got.status == 0, got.err
    found = certfiles.certificates([tmp_path / "certs"])
    assert [p.name for p in found] == ["f.cert.json"]
    return found[0]
