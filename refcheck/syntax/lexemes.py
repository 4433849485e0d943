# SPDX-License-Identifier: GPL-2.0-only
"""A text as the words and signs that it is made of, each with the comments around it: what a layout is made from."""

import re
from functools import cache

from refcheck.base.named import NamedTuple
from refcheck.syntax import tables

TAB = 8


class Comment(NamedTuple):
    """A comment, how many line ends stand before it, and the column (from 0, tabs expanded) where it begins."""

    text: str
    newlines: int
    column: int

    def to_line_end(self) -> bool:
        """Nothing can follow it on its line."""
        return self.text.startswith("//")


class Lexeme(NamedTuple):
    """A word or sign; `newlines` and `before` are what stands in front of it, `marks` and `trail` what ends its line.

    `column` is where the first of `marks` and `trail` begins.  The last lexeme of a text is empty.
    """

    text: str
    newlines: int
    before: tuple[Comment, ...] = ()
    marks: tuple[str, ...] = ()
    trail: tuple[Comment, ...] = ()
    column: int = 0

    def breaks(self) -> bool:
        """The author put it, or a comment in front of it, on a line of its own."""
        return self.newlines > 0 or any(c.newlines for c in self.before)

    def ends_line(self) -> bool:
        """A mark or comment stands behind it up to the end of its line."""
        return bool(self.marks or self.trail)


@cache
def _skipped() -> re.Pattern[str]:
    return re.compile(r"//[^\n]*|/\*(?:.|\n)*?\*/|[ \t\f\r\n]+")


def lexemes(text: str) -> list[Lexeme]:
    """The lexemes of a text in order, with an empty one for its end."""
    found: list[Lexeme] = []
    comments: list[Comment] = []
    newlines = at = 0
    for token in re.findall(tables.TOKENS, text):
        if token[0] in " \t\f\r\n" or token.startswith(("//", "/*")):
            for part in _skipped().finditer(token):
                if part[0].startswith("/"):
                    comments.append(Comment(part[0].rstrip(), newlines, _column(text, at + part.start())))
                    newlines = 0
                else:
                    newlines += part[0].count("\n")
        elif token[0] == "@" and len(token) > 1 and found:
            _mark(found, token, _column(text, at), comments)
            comments, newlines = [], 0
        else:
            found.append(Lexeme(token, newlines, _before(found, comments, newlines)))
            comments, newlines = [], 0
        at += len(token)
    return one_trail([*found, Lexeme("", newlines, _before(found, comments, newlines or 1))])


def one_trail(found: list[Lexeme]) -> list[Lexeme]:
    """The lexemes with nothing behind a comment that ends its line: what stands there goes to the next line."""
    for i, now in enumerate(found[:-1]):
        size = next((n for n, c in enumerate(now.trail, 1) if c.to_line_end()), len(now.trail))
        if size < len(now.trail):
            rest = tuple(c._replace(newlines=1) for c in now.trail[size:])
            found[i] = now._replace(trail=now.trail[:size])
            found[i + 1] = found[i + 1]._replace(before=(*rest, *found[i + 1].before), newlines=found[i + 1].newlines or 1)
    return found


def _mark(found: list[Lexeme], token: str, column: int, comments: list[Comment]) -> None:
    """A mark and the comments in front of it belong to the lexeme before."""
    last = found[-1]
    where = last.column if last.ends_line() else column
    found[-1] = last._replace(marks=(*last.marks, token), trail=(*last.trail, *comments), column=where)


def _before(found: list[Lexeme], comments: list[Comment], newlines: int) -> tuple[Comment, ...]:
    """The comments in front of a lexeme, less those that end the line of the one before, which gets them."""
    size = next((i for i, c in enumerate(comments) if c.newlines), len(comments))
    if not found or not size or (size == len(comments) and not newlines):
        return tuple(comments)
    last, trail = found[-1], comments[:size]
    where = last.column if last.ends_line() else trail[0].column
    found[-1] = last._replace(trail=(*last.trail, *trail), column=where)
    return tuple(comments[size:])


def _column(text: str, at: int) -> int:
    return len(text[text.rfind("\n", 0, at) + 1 : at].expandtabs(TAB))
