# SPDX-License-Identifier: GPL-2.0-only
"""Hunks put into a text, each as near to its place as it fits, and said of each how.

Exact where its lines stand; then with 1 to 3 lines of context less at its ends, as patch(1) does, but never by a context
that says nothing; then line by line inside of the function that its head names, where every line that it removes is there
and every line that it adds has a neighbour that is.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from refcheck.base.named import NamedTuple
from refcheck.series.patch import Hunk

EXACT, MOVED, FUZZ, LINES, THERE, FAILED = "exact", "moved", "fuzz", "line by line", "there already", "failed"
_MOST_FUZZ = 3
_SAYS = re.compile(r"\w")
_HEAD = re.compile(r"[A-Za-z_$](?!\w*:)")


class Put(NamedTuple):
    """What became of a hunk: how it was put in, at which line of the new text (of the old one where it failed).

    `by` is how many lines away from its place, or how much fuzz it took.
    """

    how: str
    line: int
    by: int = 0

    def __str__(self) -> str:
        """In words."""
        match self.how:
            case "moved":
                return f"exact, {abs(self.by)} line{'s' if abs(self.by) != 1 else ''} {'down' if self.by > 0 else 'up'}"
            case "fuzz":
                return f"with fuzz {self.by}"
            case "line by line":
                return "line by line in its function"
            case _:
                return self.how


def applied(text: str, hunks: tuple[Hunk, ...]) -> tuple[str, tuple[Put, ...]]:
    """The text with the hunks in it, and what became of each; those that failed have changed nothing."""
    crlf = text.count("\r\n") * 2 > text.count("\n")
    lines = text.replace("\r\n", "\n").split("\n")
    found, offset, low = list[Put](), 0, 0
    for h in hunks:
        want = h.start - (1 if h.old else 0) + offset
        at, fuzz = _place(lines, h, want, low)
        there = _already(lines, h, want) if at < 0 or fuzz else -1
        if there >= 0:
            found.append(Put(THERE, there + 1))
            continue
        whole = _line_by_line(lines, h, low) if at < 0 else None
        if at < 0 and whole is None:
            found.append(Put(FAILED, h.start))
            continue
        old, new = _trimmed(h, fuzz)
        start, end, rows = whole or (at, at + len(old), new)
        lines[start:end] = rows
        moved = 0 if whole else at - _ahead(h, fuzz) - want
        offset += len(rows) - (end - start) + moved
        low = start + len(rows)
        how = LINES if whole else FUZZ if fuzz else MOVED if moved else EXACT
        found.append(Put(how, start + 1, fuzz or moved))
    made = "\n".join(lines)
    return (made.replace("\n", "\r\n") if crlf else made), tuple(found)


def _already(lines: list[str], h: Hunk, want: int) -> int:
    """Where the lines stand that a hunk would leave; -1 where they do not."""
    return _nearest(lines, h.new, want, 0, h.function) if _SAYS.search("".join(h.new)) else -1


def _ahead(h: Hunk, fuzz: int) -> int:
    """How many lines of context are left out at the front."""
    front = next((i for i, (sign, _) in enumerate(h.lines) if sign != " "), len(h.lines))
    return min(fuzz, front)


def _trimmed(h: Hunk, fuzz: int) -> tuple[list[str], list[str]]:
    """The old and the new lines of a hunk with less context at its ends."""
    back = next((i for i, (sign, _) in enumerate(reversed(h.lines)) if sign != " "), len(h.lines))
    lines = h.lines[_ahead(h, fuzz) : len(h.lines) - min(fuzz, back)]
    return [t for s, t in lines if s != "+"], [t for s, t in lines if s != "-"]


def _place(lines: list[str], h: Hunk, want: int, low: int) -> tuple[int, int]:
    """Where the old lines of a hunk stand, with the least fuzz; -1 where they do not."""
    if not h.old:
        return min(max(want, low), len(lines)), 0
    for fuzz in range(_MOST_FUZZ + 1):
        old, _ = _trimmed(h, fuzz)
        if fuzz and not any(_SAYS.search(t) for t in old):
            break
        at = _nearest(lines, old, want + _ahead(h, fuzz), low, h.function)
        if at >= 0:
            return at, fuzz
    return -1, 0


def _nearest(lines: list[str], old: list[str], want: int, low: int, function: str) -> int:
    """The place of some lines that is nearest to a wanted one; in the function of a name, if there is one; -1 for none."""
    if lines[want : want + len(old)] == old and want >= low:
        return want
    places = [i for i in range(low, len(lines) - len(old) + 1) if lines[i] == old[0] and lines[i : i + len(old)] == old]
    if function and any(True for _ in _spans(lines, function)):
        places = [i for i in places if re.search(rf"\b{re.escape(function)}\s*\(", _head(lines, i))]
    return min(places, key=lambda i: abs(i - want), default=-1)


def _head(lines: list[str], at: int) -> str:
    """The line in front of a place that diff shows in the head of a hunk."""
    return next((lines[i] for i in range(at - 1, -1, -1) if _HEAD.match(lines[i])), "")


def _spans(lines: list[str], function: str) -> Iterator[tuple[int, int]]:
    """First and last line of each function of a name; in kernel style both stand at the left margin."""
    head = re.compile(rf"[A-Za-z_].*\b{re.escape(function)}\s*\(")
    for i, line in enumerate(lines):
        if not head.match(line) or line.rstrip().endswith(";"):
            continue
        end = next((j for j in range(i, len(lines)) if lines[j].startswith("}")), -1)
        opened = next((j for j in range(i, len(lines)) if lines[j].startswith("{") or lines[j].endswith("{")), -1)
        if i <= opened < end:
            yield i, end


def _line_by_line(lines: list[str], h: Hunk, low: int) -> tuple[int, int, list[str]] | None:
    """First and last line that a hunk changes in its function, and what stands there then; None where that is not clear."""
    spans = list(_spans(lines, h.function)) if h.function else []
    if len(spans) != 1 or spans[0][1] < low:
        return None
    start, end = max(spans[0][0], low), spans[0][1] + 1
    at = _found(lines[start:end], h.old)
    taken, added, number = set[int](), dict[int, list[str]](), 0
    for sign, line in h.lines:
        if sign == "+":
            place = _beside(at, h.old, number)
            if place < 0:
                return None
            added.setdefault(place, []).append(line)
            continue
        if sign == "-" and number not in at:
            return None
        taken |= {at[number]} if sign == "-" else set()
        number += 1
    rows = list[str]()
    for i in range(end - start + 1):
        rows += added.get(i, [])
        rows += [lines[start + i]] if i < end - start and i not in taken else []
    return start, end, rows


def _found(text: list[str], old: list[str]) -> dict[int, int]:
    """Which line of a text each line of a hunk is, in order; blanks around them do not count."""
    mine = [t.strip() for t in old]
    blocks = SequenceMatcher(None, [t.strip() for t in text], mine, autojunk=False).get_matching_blocks()
    return {b + i: a + i for a, b, n in blocks for i in range(n) if mine[b + i]}


def _beside(at: dict[int, int], old: list[str], number: int) -> int:
    """Where a line in front of the old line of a number goes: beside the neighbour that says something; -1 if none does."""
    for neighbour, step in ((number - 1, 1), (number, 0)):
        if neighbour in at and _SAYS.search(old[neighbour]):
            return at[neighbour] + step
    return -1
