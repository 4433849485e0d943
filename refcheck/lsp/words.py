# SPDX-License-Identifier: GPL-2.0-only
"""The words and signs of a text with their places, and places as the protocol counts them: from 0, in UTF-16 units."""

import difflib
import re
from bisect import bisect_left

from lsprotocol import types

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax import tables


class Word(NamedTuple):
    """A word or sign and where it begins; lines and columns count from 1."""

    text: str
    line: int
    column: int

    def is_name(self) -> bool:
        """It is made of letters: a name or a keyword."""
        return self.text[0].isalpha() or self.text[0] == "_"

    def span(self, path: str) -> Span:
        """Its stretch of a file."""
        return Span(path, self.line, self.column, self.line, self.column + len(self.text))


class TextWords:
    """All words and signs of a text, in order, without comments and white space."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.all: list[Word] = []
        line, begin, at = 1, 0, 0
        for token in re.findall(tables.TOKENS, text):
            if not token[0].isspace() and not token.startswith(("//", "/*")):
                self.all.append(Word(token, line, at - begin + 1))
            at += len(token)
            if "\n" in token:
                line, begin = line + token.count("\n"), at - len(token) + token.rindex("\n") + 1
        self._places = [(w.line, w.column) for w in self.all]

    def index(self, line: int, column: int) -> int:
        """The number of the first word that begins there or behind."""
        return bisect_left(self._places, (line, column))

    def within(self, span: Span) -> list[Word]:
        """The words of a stretch of this text."""
        return self.all[self.index(span.line, span.col) : self.index(span.end_line, span.end_col)]

    # -- places of the protocol
    def position(self, line: int, column: int) -> types.Position:
        """A place of ours as the protocol has it, inside of the text."""
        row = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return types.Position(max(0, line - 1), _units(row[: max(0, column - 1)]))

    def range(self, span: Span) -> types.Range:
        """A span as the protocol has it."""
        return types.Range(self.position(span.line, span.col), self.position(span.end_line, span.end_col))

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line and column of a position."""
        row, units, column = self.lines[position.line] if position.line < len(self.lines) else "", 0, 1
        for char in row:
            if units >= position.character:
                break
            units, column = units + _units(char), column + 1
        return position.line + 1, column

    def edits(self, new: str) -> list[types.TextEdit]:
        """The lines that make another text of this one."""
        rows, found = new.split("\n"), list[types.TextEdit]()
        for tag, a, b, c, d in difflib.SequenceMatcher(None, self.lines, rows, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            if b < len(self.lines):
                text = "".join(f"{row}\n" for row in rows[c:d])
                found.append(types.TextEdit(types.Range(types.Position(a, 0), types.Position(b, 0)), text))
            else:  # the last line has no end
                begin = self.position(a, len(self.lines[a - 1]) + 1) if a else types.Position(0, 0)
                end = self.position(b, len(self.lines[b - 1]) + 1)
                text = "\n".join(rows[c:d]) if not a else "".join(f"\n{row}" for row in rows[c:d])
                found.append(types.TextEdit(types.Range(begin, end), text))
        return found


def _units(text: str) -> int:
    return len(text) + sum(ord(c) > 0xFFFF for c in text)
