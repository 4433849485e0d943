# SPDX-License-Identifier: GPL-2.0-only
"""What cannot be read stays unread: a function with something that the slicer does not express gets no verdict."""

from refcheck.base.source import Span
from refcheck.c import tree as c


class UnreadError(Exception):
    """A function that is not read: why, and the place in the C file."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(f"{span}: {reason}")
        self.reason = reason
        self.span = span


def why_broken(text: c.Broken) -> str:
    """What is to be said of text at file scope that was not understood."""
    if text.calls == ("#if",):
        return "an `#if` without its `#endif`, or the other way round"
    if text.calls[:1] == ("/*",):
        return "a comment without its end"
    return "this text was not understood" + (f"; it calls {', '.join(text.calls[:3])}" if text.calls else "")
