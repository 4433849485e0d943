# SPDX-License-Identifier: GPL-2.0-only
"""A task with what was found of it."""

from refcheck.base.named import NamedTuple
from refcheck.lower.task import Task
from refcheck.verdict.verdict import REFUTED, VACUOUS, Result


class Checked(NamedTuple):
    """A task with its result; `as_expected` is None where nothing was expected."""

    task: Task
    result: Result

    @property
    def found(self) -> frozenset[tuple[str, str]]:
        """(verdict, property) for what is refuted; where nothing is, for what is vacuous."""
        refuted = frozenset((REFUTED, v.property) for v in self.result.verdicts if v.verdict == REFUTED)
        return refuted or frozenset((VACUOUS, v.property) for v in self.result.verdicts if v.verdict == VACUOUS)

    @property
    def as_expected(self) -> bool | None:
        """Whether the refuted (or vacuous) properties are exactly the expected ones; None where nothing is expected."""
        return None if self.task.expected is None else self.task.expected == self.found
