# SPDX-License-Identifier: GPL-2.0-only
"""Syntax trees with one place changed, and the same change in the text.

A mutant is made on the tree, so that it is a well-formed program whose spans are those of the original.  The edits say the
same in the text, to be shown as a diff; a test parses the edited text and finds the mutant's tree.
"""

import difflib
import re
from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile, Span
from refcheck.syntax import ast, code

TreePath = tuple[int, ...]
SIMPLE = code.Assign | code.Evaluate


class TextEdit(NamedTuple):
    """The text from offset `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


class Mutant(NamedTuple):
    """One change of one item: `number` is the item's place in its module, `item` what stands there instead.

    `anchor` is the text that was changed, which with owner, operator and `nth` (of equal anchors) names the mutant.
    """

    file: str
    owner: str
    operator: str
    anchor: str
    nth: int
    contract: bool
    number: int
    item: ast.FunctionDef | ast.ContractDef
    edits: tuple[TextEdit, ...]
    span: Span

    @property
    def name(self) -> str:
        """Its name inside its file: it does not change when other lines do."""
        return f"{self.owner}: {self.operator}: {self.anchor}" + (f" #{self.nth}" if self.nth > 1 else "")


def put(tree: object, path: TreePath, new: object) -> object:
    """The tree with the node at a path replaced."""
    if not path:
        return new
    assert isinstance(tree, tuple)
    parts = list(tree)
    parts[path[0]] = put(parts[path[0]], path[1:], new)
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def at(tree: object, path: TreePath) -> object:
    """The node at a path."""
    for i in path:
        assert isinstance(tree, tuple)
        tree = tree[i]
    return tree


def nodes(tree: object, path: TreePath = ()) -> Iterator[tuple[TreePath, object]]:
    """All nodes with their paths, in the order of the text."""
    if isinstance(tree, Span) or not isinstance(tree, tuple):
        return
    if hasattr(tree, "_fields"):
        yield path, tree
    for i, part in enumerate(tree):
        yield from nodes(part, (*path, i))


def plain(tree: object) -> object:
    """The tree without spans, kernel lines and empty statements: what two texts of one program have in common."""
    if isinstance(tree, Span):
        return None
    if not isinstance(tree, tuple):
        return tree
    if not hasattr(tree, "_fields"):
        return tuple(plain(x) for x in tree)
    parts = [0 if f == "line" else plain(x) for f, x in zip(tree._fields, tree, strict=True)]
    return (type(tree).__name__, *parts)


class Text:
    """The text of a file, by offsets."""

    def __init__(self, source: SourceFile) -> None:
        self.text = source.text
        self.starts = [0, *(m.end() for m in re.finditer("\n", source.text))]

    def start(self, span: Span) -> int:
        """Where a span starts."""
        return self.starts[span.line - 1] + span.col - 1

    def end(self, span: Span) -> int:
        """Where a span ends."""
        return self.starts[span.end_line - 1] + span.end_col - 1

    def of(self, span: Span) -> str:
        """What stands in a span."""
        return self.text[self.start(span) : self.end(span)]

    def behind(self, stmt: code.Stmt) -> int:
        """Where a statement ends, its semicolon and kernel line included."""
        end = self.end(stmt.span)
        if isinstance(stmt, SIMPLE):
            found = re.compile(r"\s*;([ \t]*@\d+)?").match(self.text, end)
            return found.end() if found else end
        return end

    def apply(self, edits: tuple[TextEdit, ...]) -> str:
        """The edited text."""
        out, here = [], 0
        for e in sorted(edits):
            out += [self.text[here : e.start], e.text]
            here = e.end
        return "".join([*out, self.text[here:]])

    def difference(self, edits: tuple[TextEdit, ...]) -> tuple[tuple[int, str], ...]:
        """The lines that change, as (line of the original, "-..." or "+...")."""
        old, new = self.text.split("\n"), self.apply(edits).split("\n")
        found: list[tuple[int, str]] = []
        for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                found += [(n + 1, f"-{old[n]}") for n in range(i, j)]
                found += [(min(i + 1, len(old)), f"+{new[n]}") for n in range(k, m)]
        return tuple(found)


def squeezed(text: str) -> str:
    """Text on one line, without kernel lines, to name a mutant."""
    short = re.sub(r"\s+", " ", re.sub(r"//[^\n]*|@\d+", "", text)).strip().rstrip(";").strip()
    return short if len(short) <= 70 else f"{short[:67]}..."
