# SPDX-License-Identifier: GPL-2.0-only
"""What a process remembers of earlier proofs, which would hide a fault that is put in."""

from refcheck.lens import shape
from refcheck.prove import encode, solver
from refcheck.syntax import parser, reader


def forget() -> None:
    """Forget all of it."""
    shape.shapes_of_this_process.cache_clear()
    encode._encoded_in_this_process.cache_clear()
    solver._proved_in_this_process.cache_clear()
    parser._spec.cache_clear()
    reader._rules.cache_clear()
