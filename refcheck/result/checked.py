# SPDX-License-Identifier: GPL-2.0-only
"""A task with what was found of it."""

from refcheck.base.named import NamedTuple
from refcheck.lower.task import Task
from refcheck.verdict.verdict import Result


class Checked(NamedTuple):
    """A task with its result."""

    task: Task
    result: Result
