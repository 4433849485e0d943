# SPDX-License-Identifier: GPL-2.0-only
"""What solvers that took no part in a proof say of its obligations."""

from refcheck.base.named import NamedTuple


class Doubt(NamedTuple):
    """An obligation that a solver did not find unsatisfiable: which, what it is about, the answer and its reason."""

    obligation: str
    about: str
    answer: str
    reason: str


class Opinion(NamedTuple):
    """One solver's answers: how many obligations were asked, how many had nothing to ask, and what is not `unsat`."""

    solver: str
    asked: int
    settled: int
    doubts: tuple[Doubt, ...]
