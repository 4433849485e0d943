# SPDX-License-Identifier: GPL-2.0-only
"""What a conversion of one item knows: its text, its place, its marks; and what of it could not be read."""

import re

from refcheck.base.named import NamedTuple
from refcheck.c import tree
from refcheck.c.concrete import CodePlace, Node
from refcheck.c.text import CText

MAX_DEPTH = 180
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_WORDS = frozenset(
    ["if", "while", "for", "switch", "return", "sizeof", "else", "do", "case", "typeof", "__typeof__", "defined"]
)


class HardBranchError(Exception):
    """A branch of an `#if` is no sequence of whole statements: the function is read once for each choice instead."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Reader(NamedTuple):
    """One item on its way to the tree; `branches` has the conditions of the blocks that stand for `#if`, by offset."""

    text: CText
    place: CodePlace
    branches: dict[int, tuple[str, bool]]
    structs: list[tree.CStruct | tree.CEnum]

    def broken(self, node: Node) -> tree.Broken:
        """A node that is not understood, with the names of the calls in it."""
        return tree.Broken(called((node.text or b"").decode("ascii")), self.place.span(node))


def called(text: str) -> tuple[str, ...]:
    """The names before a parenthesis in a masked text, in order."""
    return tuple(name for name in _CALL.findall(text) if name not in _WORDS)


KEYWORDS = frozenset(
    [
        "if",
        "else",
        "while",
        "do",
        "for",
        "switch",
        "case",
        "default",
        "return",
        "goto",
        "break",
        "continue",
        "sizeof",
        "static",
    ]
)


def damaged(node: Node) -> bool:
    """The parser gave up on something right below this node: what it made of the rest is a guess."""
    return node.has_error and any(c.is_error or c.is_missing for c in node.children)
