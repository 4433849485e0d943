# SPDX-License-Identifier: GPL-2.0-only
"""The words of a verdict: the same in the checker, in records, in JSON and on the terminal."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a property, or of a function as a whole, which is never NOTHING."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    VACUOUS = "VACUOUS"
    UNKNOWN = "UNKNOWN"
    NOTHING = "NOTHING"


# What a function can be; as a text for people lists it, what wants attention first.
OF_FUNCTIONS = (Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNKNOWN)
ATTENTION_FIRST = (Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNKNOWN, Verdict.PROVED)
# What says of a property that nothing breaks it.
HOLDS = frozenset((Verdict.PROVED, Verdict.VACUOUS, Verdict.NOTHING))


# Where a function of C is not read, in place of how its contract was come by.
UNREAD = "not read"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts: REFUTED, then UNKNOWN, then VACUOUS, then PROVED."""
    have = set(verdicts)
    return next((v for v in (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS) if v in have), Verdict.PROVED)
