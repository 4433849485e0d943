# SPDX-License-Identifier: GPL-2.0-only
"""What the review of a series found, as plain data: patch by patch, and function by function.

`to_data` and `from_data` carry it through JSON (docs/review.md has the form; `SCHEMA` names its version).
"""

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.result.codec import DataError, decode, encode
from refcheck.result.record import Finding, Problem, Record, Source, in_context

SCHEMA = 1


class HunkPut(NamedTuple):
    """One hunk: its file, the line at which it stands after the patch, and how it was put in."""

    file: str
    line: int
    how: str

    @property
    def plain(self) -> bool:
        """It was put in as it was sent: at its place, or by a merge with the file that it was made from."""
        return self.how in ("exact", "merged")


class ChangedContract(NamedTuple):
    """A function that other files call, with another contract behind the patch.

    `old` and `new` are texts, empty for none; `old_from` and `new_from` say where each is taken from: `specs`, `body`, or
    `nobody`; `note` is what is not clear.
    """

    function: str
    file: str
    old: str
    old_from: str
    new: str
    new_from: str
    note: str


class FoundBug(NamedTuple):
    """A finding in a function behind a patch.

    `since` is the number of the patch that brings it, 0 where it is older than the series; `repaired` that of the patch that
    takes it away, 0 where the series leaves it.  `known` says that `--base` has it.  `line` is where it stands behind the
    whole series, 0 where it does not; `tree_line` where it stood before it, 0 where it did not.  `hunk` has the lines
    of the hunk that is nearest to it, as mail quotes them; `diff` is a repair as a unified diff, which was verified.
    """

    finding: Finding
    certainty: str
    since: int
    repaired: int
    known: bool
    line: int
    tree_line: int
    hunk: tuple[str, ...]
    diff: tuple[str, ...]

    def is_news(self, number: int) -> bool:
        """The patch of that number brings it, and it is not known: it is told in full."""
        return self.since == number and not self.known


class FunctionReview(NamedTuple):
    """A function that a patch changes, or one whose callee it changes (`because` says which).

    `before` and `after` are verdicts in words, `lifecycle` lines that say what changed of who owns, who releases, and what
    is needed.  `gone` are findings that the patch takes away, as texts.  `records` are those behind the patch.
    """

    file: str
    function: str
    entry: str
    because: str
    before: str
    after: str
    lifecycle: tuple[str, ...]
    found: tuple[FoundBug, ...]
    gone: tuple[str, ...]
    record: Record | None

    @property
    def name(self) -> str:
        """The function's name, with its entry context where it has one."""
        return in_context(self.function, self.entry)

    @property
    def undecided(self) -> str:
        """Why there is no verdict behind the patch; empty where there is one."""
        properties = self.record.properties if self.record is not None else ()
        return next((p.reason or "" for p in properties if p.verdict == Verdict.UNKNOWN), "")


class PatchReview(NamedTuple):
    """One patch: its number (its place where its subject has none), the heads of its mail, and what it does.

    `unreviewed` are functions that get no verdict because a hunk failed.
    """

    number: int
    total: int
    subject: str
    ident: str
    references: str
    author: str
    cc: tuple[str, ...]
    date: str
    hunks: tuple[HunkPut, ...]
    contracts: tuple[ChangedContract, ...]
    functions: tuple[FunctionReview, ...]
    unreviewed: tuple[str, ...]


class LeftOver(NamedTuple):
    """Something that the series leaves broken: the patch that brings it (0: it is older than the series), and what it is."""

    patch: int
    file: str
    function: str
    entry: str
    property: str
    title: str
    line: int
    certainty: str


class Review(NamedTuple):
    """The review of a series: versions, patches in order, what is left broken, what could not be done, texts at the end."""

    refcheck: str
    z3: str | None
    patches: tuple[PatchReview, ...]
    left: tuple[LeftOver, ...]
    problems: tuple[Problem, ...]
    sources: tuple[Source, ...]


def to_data(review: Review) -> dict[str, object]:
    """A review as JSON data, headed by the version of its form."""
    return {"schema": f"review-{SCHEMA}", **encode(review)}


def from_data(data: object) -> Review:
    """The review that `to_data` wrote; DataError where it has another form or version."""
    if not isinstance(data, dict) or data.get("schema") != f"review-{SCHEMA}":
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise DataError("schema", f"review-{SCHEMA}", found)
    return decode(Review, {k: v for k, v in data.items() if k != "schema"})


def cause(function: str, entry: str, f: Finding) -> tuple[str, ...]:
    """What one finding has in common with itself in another state of the tree: no line."""
    return (function, entry, f.property, f.reason, f.subject)


def brings(p: PatchReview, possible: bool) -> list[tuple[FunctionReview, FoundBug]]:
    """What a patch brings that was not there before, and `--base` does not know: certain, or `possible` as well."""
    return [
        (f, b) for f in p.functions for b in f.found if b.is_news(p.number) and (possible or b.certainty == "certain")
    ]


def new_findings(review: Review, possible: bool) -> int:
    """How many findings all patches bring."""
    return sum(len(brings(p, possible)) for p in review.patches)


def status(review: Review, possible: bool) -> int:
    """0 where the series brings nothing, 1 where it brings a finding, 3 where something could not be decided."""
    if new_findings(review, possible):
        return 1
    undecided = any(f.after.startswith("UNKNOWN") for p in review.patches for f in p.functions)
    return 3 if undecided or review.problems or any(p.unreviewed for p in review.patches) else 0
