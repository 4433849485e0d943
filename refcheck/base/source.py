# SPDX-License-Identifier: GPL-2.0-only
"""Source positions: spans in model and spec files.

A span names its file by the path that the user gave, so that every diagnostic and every step of a trace can be
found again.  Lines and columns count from 1.  This module imports nothing of refcheck.
"""

from functools import lru_cache

from refcheck.base.named import NamedTuple


class Span(NamedTuple):
    """A stretch of text: file, first line and column, and the line and column just behind its end."""

    path: str
    line: int
    col: int
    end_line: int
    end_col: int

    def to(self, other: "Span") -> "Span":
        """The span from the start of this one to the end of `other` (same file)."""
        return Span(self.path, self.line, self.col, other.end_line, other.end_col)

    def last(self) -> "Span":
        """Its last character: the brace that closes a block."""
        return self._replace(line=self.end_line, col=max(1, self.end_col - 1))

    def __str__(self) -> str:
        """`path:line:col`, as compilers print it."""
        return f"{self.path}:{self.line}:{self.col}"


NOWHERE = Span("", 0, 0, 0, 0)


class SourceFile(NamedTuple):
    """A text that was read: the path to show and the text itself."""

    path: str
    text: str

    def lines(self) -> tuple[str, ...]:
        """The lines without their ends; a trace quotes them."""
        return _lines(self.text)


@lru_cache(maxsize=16)
def _lines(text: str) -> tuple[str, ...]:
    """The lines of a text, which is asked for each place that is quoted."""
    return tuple(text.split("\n"))
