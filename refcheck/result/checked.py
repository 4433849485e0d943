# SPDX-License-Identifier: GPL-2.0-only
"""A task with what was found of it."""

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.lower.task import Task
from refcheck.verdict.verdict import Result


class Checked(NamedTuple):
    """A task with its result; `as_expected` is None where nothing was expected."""

    task: Task
    result: Result

    @property
    def found(self) -> frozenset[tuple[str, str]]:
        """(verdict, property) for what is refuted; where nothing is, for what is vacuous."""
        verdicts = self.result.verdicts
        refuted = frozenset((Verdict.REFUTED, v.property) for v in verdicts if v.verdict == Verdict.REFUTED)
        return refuted or frozenset((Verdict.VACUOUS, v.property) for v in verdicts if v.verdict == Verdict.VACUOUS)

    @property
    def as_expected(self) -> bool | None:
        """Whether the refuted (or vacuous) properties are exactly the expected ones; None where nothing is expected."""
        return None if self.task.expected is None else self.task.expected == self.found
