# SPDX-License-Identifier: GPL-2.0-only
"""A repair as a unified diff of the model's text, as `git apply` and `patch -p1` take it."""

import difflib

from refcheck.render.facts import relative
from refcheck.result.edits import edited
from refcheck.result.record import Finding, Record, Run


def repair_diff(run: Run, r: Record, f: Finding, base: str) -> list[str]:
    """The lines of the diff; none where there is no concrete repair, or no text to repair."""
    text = next((s.text for s in run.sources if s.file == r.model), None)
    new = edited(text, f.repair) if text is not None and f.repair else None
    if text is None or new is None:
        return []
    path = relative(r.model, base).lstrip("/")
    lines = difflib.unified_diff(text.split("\n"), new.split("\n"), f"a/{path}", f"b/{path}", lineterm="")
    return list(lines)
