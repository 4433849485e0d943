# SPDX-License-Identifier: GPL-2.0-only
"""A text and another one as edits of lines, and the edits made."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from refcheck.result.record import Edit


def edits(before: str, after: str) -> tuple[Edit, ...]:
    """The lines of a text that another one has otherwise, in order."""
    old, new = before.split("\n"), after.split("\n")
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "insert":  # beside a line that stays, so that the place is known by its text
            at, shift = (a, 0) if a < len(old) else (a - 1, 1)
            found.append(Edit(at + 1, (old[at],), tuple(new[c - shift : d + 1 - shift])))
        elif tag != "equal":
            found.append(Edit(a + 1, tuple(old[a:b]), tuple(new[c:d])))
    return tuple(found)


def edited(text: str, made: Iterable[Edit]) -> str | None:
    """The text with the edits made; None where it does not have the lines that they replace."""
    lines = text.split("\n")
    for e in sorted(made, key=lambda e: -e.line):
        if tuple(lines[e.line - 1 : e.line - 1 + len(e.old)]) != e.old:
            return None
        lines[e.line - 1 : e.line - 1 + len(e.old)] = e.new
    return "\n".join(lines)
