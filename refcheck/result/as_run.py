# SPDX-License-Identifier: GPL-2.0-only
"""A review as a run: the functions as the series leaves them, with what it brings, for the forms that show runs."""

from typing import Any

from refcheck.result.record import Place, Record, Run
from refcheck.result.review import FoundBug, FunctionReview, Review


def as_run(review: Review) -> Run:
    """The last record of each function that the series reaches, at the lines that it has behind the series.

    What is older than the series, or known, is left out of it.
    """
    last: dict[tuple[str, str, str], FunctionReview] = {}
    for p in review.patches:
        last |= {(f.file, f.function, f.entry): f for f in p.functions}
    records = tuple(_record(f) for f in last.values() if f.record is not None)
    return Run(review.refcheck, review.z3, records, review.problems, review.sources)


def _record(f: FunctionReview) -> Record:
    """A record with the findings that the series brings."""
    assert f.record is not None
    shown = [b for b in f.found if b.since and not b.known]
    moved = [_moved(b.finding, f.file, _away(b)) for b in shown]
    made = f.record._replace(findings=tuple(moved))
    if made.from_c is None:
        return made
    return made._replace(from_c=made.from_c._replace(certain=tuple(b.certainty == "certain" for b in shown)))


def _away(b: FoundBug) -> int:
    """By how many lines the function has moved since it was looked at last."""
    return b.line - b.finding.place.line if b.line else 0


def _moved(value: Any, file: str, by: int) -> Any:
    """The value with the lines of a file moved."""
    if not by or not isinstance(value, tuple):
        return value
    if isinstance(value, Place):
        at = (value.line + by, value.end_line + by)
        return value._replace(line=at[0], end_line=at[1]) if value.file == file else value
    parts = [_moved(v, file, by) for v in value]
    return tuple(parts) if type(value) is tuple else type(value)(*parts)
