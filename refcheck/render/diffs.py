# SPDX-License-Identifier: GPL-2.0-only
"""A repair as a unified diff of the model's text, as `git apply` and `patch -p1` take it."""

import difflib

from refcheck.render.facts import relative
from refcheck.result.record import Edit, Finding, Record, Run


def edited(text: str, edits: tuple[Edit, ...]) -> str | None:
    """The text with the edits applied; None where it does not have the lines that they replace."""
    lines = text.split("\n")
    for e in sorted(edits, key=lambda e: -e.line):
        if tuple(lines[e.line - 1 : e.line - 1 + len(e.old)]) != e.old:
            return None
        lines[e.line - 1 : e.line - 1 + len(e.old)] = e.new
    return "\n".join(lines)


def repair_diff(run: Run, r: Record, f: Finding, base: str) -> list[str]:
    """The lines of the diff; none where there is no concrete repair, or no text to repair."""
    text = next((s.text for s in run.sources if s.file == r.model), None)
    new = edited(text, f.repair) if text is not None and f.repair else None
    if text is None or new is None:
        return []
    path = relative(r.model, base).lstrip("/")
    lines = difflib.unified_diff(text.split("\n"), new.split("\n"), f"a/{path}", f"b/{path}", lineterm="")
    return list(lines)
