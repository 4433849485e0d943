# SPDX-License-Identifier: GPL-2.0-only
"""What a patch makes of a file that cannot be read: nothing is known of what stands in such text, and no verdict is given.

A syntax error swallows whatever stands behind it, so that functions are not gone because they are not found.
"""

from collections import Counter
from collections.abc import Iterator

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.series.sides import TreeState
from refcheck.slice.unread import why_broken

_MOST_SHOWN = 3
_HELP = "nothing in it has a verdict; look whether the file compiles with the series applied"


def made_unread(old: TreeState, new: TreeState, path: str, patch: str) -> Iterator[Diagnostic]:
    """A line for each text of a file that is not understood behind a patch, and was not there before it."""
    if new.is_no_text(path):
        if not old.is_no_text(path):
            yield error("unread-text", f"{patch}: `{path}` is no text any more", Span(path, 1, 1, 1, 1), _HELP)
        return
    inside = path.endswith(".h")  # where functions have no verdict of their own, which would say it
    before = Counter(_words(old, path, b) for b in old.broken(path, inside))
    fresh = list[c.Broken]()
    for b in new.broken(path, inside):
        words = _words(new, path, b)
        if before[words]:
            before[words] -= 1
        else:
            fresh.append(b)
    for b in fresh[:_MOST_SHOWN]:
        yield error("unread-text", f"{patch}: {why_broken(b)} (`{path}`, line {b.span.line})", b.span, _HELP)
    if len(fresh) > _MOST_SHOWN:
        more = len(fresh) - _MOST_SHOWN
        at = fresh[_MOST_SHOWN].span
        yield error("unread-text", f"{patch}: the same of {more} more places of `{path}`", at, _HELP)


def _words(state: TreeState, path: str, b: c.Broken) -> str:
    """The text of a place without layout."""
    given = state.parsed(path)
    return " ".join(" ".join(given.source.lines()[b.span.line - 1 : b.span.end_line]).split()) if given is not None else ""
