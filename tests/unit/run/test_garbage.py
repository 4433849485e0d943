# SPDX-License-Identifier: GPL-2.0-only
"""A run looks for cycles only where memory runs large (cli/app.py), so that no file may leave many."""

import gc

from command import ROOT

from refcheck.run.one_file import Options
from refcheck.run.proof import verified
from refcheck.run.shared import Shared


def test_a_c_file_leaves_no_cycle():
    # Given what imports and the first file leave, when the file is verified, then all that is given up goes at once
    shared, path = Shared(), next(iter(sorted((ROOT / "corpus" / "c").glob("*/before.c"))))
    kept = [verified(path, Options(), None, shared)]
    gc.collect()
    gc.disable()
    try:
        kept.append(verified(path, Options(), None, shared))
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found = [type(o) for o in gc.garbage if type(o).__module__.startswith("refcheck.")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert found == []
    assert kept[1].records
