# SPDX-License-Identifier: GPL-2.0-only
"""A repair of a finding as a diff of the C file, where one is concrete and verified: it is gone, and none has come."""

import difflib

from refcheck.result.edits import edited
from refcheck.result.record import Finding, Record
from refcheck.result.review import cause
from refcheck.series.sides import TreeState


def mended(state: TreeState, path: str, record: Record, f: Finding) -> tuple[str, ...]:
    """The lines of the diff; none where there is no concrete repair, or it does not hold."""
    given = state.parsed(path)
    text = edited(given[0].text, f.repair) if given is not None and f.repair else None
    if given is None or text is None:
        return ()
    tried = state.with_texts({path: text.encode("utf-8", "surrogateescape")}).judged(
        path, record.function, (record.function,)
    )
    found = next((r for r in tried.records if r.entry == record.entry), None) if tried is not None else None
    entry = record.entry or ""
    had = {cause(record.function, entry, x) for x in record.findings}
    if found is None or found.verdict == "UNKNOWN" or {cause(record.function, entry, x) for x in found.findings} >= had:
        return ()
    if not {cause(record.function, entry, x) for x in found.findings} <= had - {cause(record.function, entry, f)}:
        return ()
    lines = difflib.unified_diff(given[0].text.split("\n"), text.split("\n"), f"a/{path}", f"b/{path}", lineterm="")
    return tuple(lines)
