# SPDX-License-Identifier: GPL-2.0-only
"""When cycles are looked for: hardly ever, as what a run makes has next to none, and looking for them is slow.

Python's own rule looks whenever there are many new objects, at all of them, and the tuples of a proof are many.  A run
over files asks here instead, between two functions, when there is little to be looked at; what is left then stays
until the end, and is not looked at again.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects, not yet looked at, of which a process may have so many: about 20 MB.
MOST = 200_000


@contextmanager
def seldom() -> Iterator[None]:
    """Here cycles are looked for by `tidy` alone."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.unfreeze()
            gc.enable()


def tidy() -> None:
    """Look for cycles if there is much that could be one; nothing to do where Python looks by itself."""
    if not gc.isenabled() and gc.get_count()[0] > MOST:
        gc.collect()
        gc.freeze()
