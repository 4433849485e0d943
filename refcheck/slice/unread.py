# SPDX-License-Identifier: GPL-2.0-only
"""What cannot be read stays unread: a function with something that the slicer does not express gets no verdict."""

from refcheck.base.source import Span


class UnreadError(Exception):
    """A function that is not read: why, and the place in the C file."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(f"{span}: {reason}")
        self.reason = reason
        self.span = span
