# SPDX-License-Identifier: GPL-2.0-only
"""What can become of a mutant."""


from refcheck.base.named import NamedTuple
from refcheck.mutation.trees import Mutant

KILLED, SURVIVED, EQUIVALENT, CONTAINED, INVALID = "killed", "survived", "equivalent", "contained", "invalid"


class Judged(NamedTuple):
    """What became of a mutant: `by` names the property that kills it, `where` the function and its entry context."""

    mutant: Mutant
    status: str
    by: str = ""
    where: str = ""
    reason: str = ""
