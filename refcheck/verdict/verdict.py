# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts and what stands behind them: certificates for PROVED, traces for REFUTED, reasons for the rest."""

from collections.abc import Set as AbstractSet

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict, worst
from refcheck.graph.cfg import CFG, Edge
from refcheck.meaning.state import State, Violation
from refcheck.refinement.data import Refinement


class TraceStep(NamedTuple):
    """One edge of a trace with the choices made on it and the state behind it (None where the path ends)."""

    edge: Edge
    picks: tuple[int, ...]
    state: State | None


def root_cause(edge: Edge, violation: Violation) -> tuple[object, ...]:
    """Violations with the same root cause are one finding: same place, same property, same reason."""
    return (edge.span, edge.stack, violation.property, violation.reason, violation.cell, violation.detail)


class Trace(NamedTuple):
    """A path to a violation, replayed by the reference semantics; `occurrences` states share its root cause."""

    steps: tuple[TraceStep, ...]
    violation: Violation
    occurrences: int


class Certificate(NamedTuple):
    """The invariant: for each location the states that can be there.  Checked by check.py.

    With a `refinement` these are states of the refined graph.
    """

    states: tuple[tuple[State, ...], ...]
    refinement: Refinement | None = None


class PropertyVerdict(NamedTuple):
    """The verdict of one property: how many obligations it has, how many are reached, and the reason of an UNKNOWN."""

    property: str
    verdict: Verdict
    obligations: int
    reached: int
    reason: str = ""


def settled(name: str, owed: list[int], taken: AbstractSet[int], broken: AbstractSet[str], idle: bool) -> PropertyVerdict:
    """The verdict of a property about which nothing is open.

    `owed` has the edges with its obligations, `taken` the edges that some path takes, `broken` the properties that are
    refuted; `idle` tells whether something of the model is reached by nothing.
    """
    reached = sum(n in taken for n in owed)
    if name in broken:
        return PropertyVerdict(name, Verdict.REFUTED, len(owed), reached)
    if name == "sanity":
        return PropertyVerdict(name, Verdict.VACUOUS if idle else Verdict.PROVED, len(owed), reached)
    if not owed:
        return PropertyVerdict(name, Verdict.NOTHING, 0, 0)
    return PropertyVerdict(name, Verdict.PROVED if reached else Verdict.VACUOUS, len(owed), reached)


class Unreached(NamedTuple):
    """Something of the model that nothing reaches: an edge, a statement, an outcome of the function's contract."""

    what: str
    text: str
    edge: Edge | None


class Result(NamedTuple):
    """All that was found about one function in one entry context; `taken` has the edges that some path takes."""

    cfg: CFG
    verdicts: tuple[PropertyVerdict, ...]
    traces: tuple[Trace, ...]
    certificate: Certificate | None
    unreached: tuple[Unreached, ...]
    locations: int
    states: int
    queries: int
    seconds: float
    taken: frozenset[int] = frozenset()

    @property
    def verdict(self) -> Verdict:
        """The worst of the properties."""
        return worst(v.verdict for v in self.verdicts)
