# SPDX-License-Identifier: GPL-2.0-only
"""Changes of a text by its lines."""

from refcheck.result.record import Edit


def edited(text: str, edits: tuple[Edit, ...]) -> str | None:
    """The text with the edits applied; None where it does not have the lines that they replace."""
    lines = text.split("\n")
    for e in sorted(edits, key=lambda e: -e.line):
        if tuple(lines[e.line - 1 : e.line - 1 + len(e.old)]) != e.old:
            return None
        lines[e.line - 1 : e.line - 1 + len(e.old)] = e.new
    return "\n".join(lines)
