# SPDX-License-Identifier: GPL-2.0-only
"""Where reading stopped, and what is said of it."""

import re
from typing import Any

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile, Span
from refcheck.syntax import grammar
from refcheck.syntax.slips import Slip


class Wrong(NamedTuple):
    """What is wrong, and how reading goes on: behind `insert` at the offset, or without what stands there.

    `drop` characters go where there are any; `whole` says that nothing can be made of the function around it.
    """

    diagnostic: Diagnostic
    at: int
    insert: str = ""
    drop: int = 0
    whole: bool = False


class Stop(NamedTuple):
    """Where reading stopped: the text and its code, the token there, and what could stand there."""

    source: SourceFile
    text: str
    code: str
    at: int
    token: str
    allowed: set[str]

    @property
    def before(self) -> str:
        """The code in front, without white space at its end."""
        return self.code[: self.at].rstrip()

    def span(self, at: int, width: int) -> Span:
        """A place of the text, which has the lines of the source."""
        front = self.text[:at]
        line, col = front.count("\n") + 1, at - front.rfind("\n")
        return Span(self.source.path, line, col, line, col + width)

    def said(self, message: str, help_text: str, at: int | None = None, **more: Any) -> Wrong:
        """That this is wrong, here or at another place."""
        place = self.at if at is None else at
        width = max(1, len(self.token)) if at is None else 1
        return Wrong(error("syntax-error", message, self.span(place, width), help_text), place, **more)


def words(names: set[str]) -> list[str]:
    """The words that some terminals stand for."""
    patterns = (d.pattern.value for d in grammar.parser().terminals if d.name in names)
    return [p for p in patterns if re.fullmatch(r"\w+", p)]


def meaning(w: Stop, s: Slip, text: str = "") -> Wrong:
    """That a word is none, and that reading goes on with the one that is meant."""
    width = len(s.word)
    help_text = f"did you mean `{s.meant}`?" if s.meant else "leave it out"
    said = error("syntax-error", text or f"there is no `{s.word}`", w.span(s.at, width), help_text)
    return Wrong(said, s.at, insert=s.meant, drop=width) if s.meant else Wrong(said, s.at)
