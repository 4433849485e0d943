# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck drift` found, as plain data: whether model and source of each function have the same paths."""

from refcheck.base.named import NamedTuple
from refcheck.result.record import Problem

# The source has a path that the model lacks; only the model has one; both have the same; nothing is known.
DRIFTED, WIDER, SAME, OPEN = "drifted", "wider", "same", "not compared"


class Abreast(NamedTuple):
    """One event or answer of a path: line and words of the source and of the model, 0 and empty where one has none."""

    source_line: int
    source: str
    model_line: int
    model: str


class Difference(NamedTuple):
    """A shortest path that one side has and the other lacks: `only` says which, `instead` what the other can do there.

    `entry` is the entry context, `variant` the `#if`s of the source under which it is so.  It is not `sure` where the path
    goes on behind a switch that has no case for its value.  Where a file explains differences (`--explained`), `key`
    is its name there, and `because` the reason, empty where it has none.
    """

    only: str
    entry: str
    variant: tuple[str, ...]
    rows: tuple[Abreast, ...]
    instead: tuple[str, ...]
    sure: bool = True
    key: str = ""
    because: str = ""

    @property
    def is_error(self) -> bool:
        """The proof does not cover the source; anything else can only cost a false alarm."""
        return self.only == "source" and self.sure


class FunctionDrift(NamedTuple):
    """What became of one function of a model: its state, the line in the model and in the source, the differences.

    `reason` says why it was not compared, `because` why that is right.
    """

    model: str
    function: str
    file: str
    state: str
    line: int
    source_line: int
    differences: tuple[Difference, ...]
    reason: str
    because: str = ""


class Drift(NamedTuple):
    """A whole run: the functions of all models, and what could not be read; it `asks` for a reason for each difference."""

    tree: str
    functions: tuple[FunctionDrift, ...]
    problems: tuple[Problem, ...]
    asks: bool = False

    @property
    def status(self) -> int:
        """1 where a difference that counts has no reason, 2 where input is bad, 3 where one is not compared, else 0."""
        found = (d for f in self.functions for d in f.differences if d.is_error or self.asks)
        unread = any(f.state == OPEN for f in self.functions)
        return 1 if not all(d.because for d in found) else 2 if self.problems else 3 if unread else 0
