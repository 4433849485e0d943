# SPDX-License-Identifier: GPL-2.0-only
"""What the gate finds: breaches of its rules, and what it let pass with a reason."""

from refcheck.base.named import NamedTuple
from refcheck.result.record import Finding, Place, Problem

UNEXPECTED, WORSE, LOST, WEAKER, HIDDEN, SANITY, THINNER, ASSUMED, INCOMPARABLE, DRIFTED_MODEL = (
    "unexpected-verdict", "worse-verdict", "lost-model", "weaker-contract", "hidden-refutation", "new-sanity-finding",
    "thinner-model", "new-assumption", "incomparable-base", "drifted-model",
)  # fmt: skip
RULES = (UNEXPECTED, WORSE, LOST, WEAKER, HIDDEN, SANITY, THINNER, ASSUMED, INCOMPARABLE, DRIFTED_MODEL)


class Breach(NamedTuple):
    """A rule that a change breaks: about whom, what was and what is, who is affected, and what to do.

    `unknown` marks a breach that more time could heal: nothing is refuted.  `findings` show how it is broken, step by step.
    """

    rule: str
    subject: str
    message: str
    place: Place
    base: str
    head: str
    affected: tuple[str, ...]
    help: str
    unknown: bool = False
    findings: tuple[Finding, ...] = ()


class Judgement(NamedTuple):
    """What a gate run found: against which base, what it verified, what passed with a reason, and the breaches.

    `errors` are input errors of the head: the models that have some are not judged.
    """

    refcheck: str
    base: str | None
    models: tuple[str, ...]
    verified: int
    untouched: int
    passed: tuple[str, ...]
    breaches: tuple[Breach, ...]
    errors: tuple[Problem, ...] = ()

    @property
    def status(self) -> int:
        """0 nothing, 2 input errors, 3 only what more time could heal, 1 otherwise."""
        if self.errors:
            return 2
        if not self.breaches:
            return 0
        return 3 if all(b.unknown for b in self.breaches) else 1
