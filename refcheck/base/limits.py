# SPDX-License-Identifier: GPL-2.0-only
"""What a proof may cost.  Nothing is imported here, so that asking for a verdict that is known costs nothing."""

from refcheck.base.named import NamedTuple


class Limits(NamedTuple):
    """What a proof may cost: seconds of wall clock and Z3's rlimit (0: none), and states of the proposal.

    Without `lens` the prover takes every step on whole states.
    """

    timeout: float = 60.0
    rlimit: int = 0
    states: int = 200_000
    lens: bool = True
