# SPDX-License-Identifier: GPL-2.0-only
"""The concrete syntax tree of a stretch of a file, by tree-sitter; nothing else imports it."""

from bisect import bisect_left
from functools import cache

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c.text import CText

__all__ = ["CodePlace", "Node", "parsed", "placed"]


class CodePlace(NamedTuple):
    """Where a parsed stretch stands in its file: its path, the offset, and how many lines and columns stand before it."""

    path: str
    offset: int
    line: int
    col: int

    def span(self, node: Node) -> Span:
        """The span of a node in the file."""
        (row, col), (end_row, end_col) = node.start_point, node.end_point
        shift = self.col
        return Span(
            self.path,
            self.line + row,
            col + 1 + (0 if row else shift),
            self.line + end_row,
            end_col + 1 + (0 if end_row else shift),
        )

    def whole(self, stretch: str) -> Span:
        """The span of a text that stands at this place."""
        lines, last = stretch.count("\n"), len(stretch) - stretch.rfind("\n")
        return Span(self.path, self.line, self.col + 1, self.line + lines, last + (0 if lines else self.col))

    def at(self, node: Node) -> int:
        """The offset of a node in the file."""
        return self.offset + node.start_byte


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_c.language()))


def parsed(stretch: str) -> Node:
    """The root of the tree of a text, which is ASCII."""
    return _parser().parse(stretch.encode("ascii")).root_node


def placed(text: CText, offset: int) -> CodePlace:
    """The place of what starts at an offset of a file."""
    before = bisect_left(text.ends, offset)
    begin = text.ends[before - 1] + 1 if before else 0
    return CodePlace(text.source.path, offset, before + 1, offset - begin)
