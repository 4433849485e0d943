# SPDX-License-Identifier: GPL-2.0-only
"""The results of all models, verified once for all tests of a run."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import tables  # noqa: E402

__all__ = ["ROOT", "tables"]
