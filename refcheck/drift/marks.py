# SPDX-License-Identifier: GPL-2.0-only
"""Line marks of a model, written anew: each statement that has a counterpart in the source gets its line.

Only marks change: the text that comes of it is read again and compared with the old one.
"""

import re
from collections.abc import Mapping
from typing import Any

from refcheck.base.diagnostics import InternalError
from refcheck.base.source import SourceFile, Span
from refcheck.drift.align import aligned, items, statements
from refcheck.slice.facts import rebuilt
from refcheck.syntax import ast, code
from refcheck.syntax.parser import parse
from refcheck.syntax.style import same_tree

_MARK = re.compile(r"[ \t]*@\d+")
_COLUMN, _TAB = 56, 8


def marked(text: str, path: str, pairs: list[tuple[ast.FunctionDef, ast.FunctionDef]]) -> str:
    """The text of a model with the lines of the source; `pairs` has its functions, each with that of the source.

    InternalError if anything else than marks would change.
    """
    rows = text.split("\n")
    for model, source in pairs:
        lines = aligned(items(model), items(source))
        for row, line in _by_row(model, lines).items():
            rows[row - 1] = with_mark(rows[row - 1], line)
    made = "\n".join(rows)
    if not _only_marks(text, made, path):
        raise InternalError(f"{path} would mean something else with other marks")
    return made


def _by_row(f: ast.FunctionDef, lines: Mapping[int, int]) -> dict[int, int]:
    """For each line of the model on which a statement ends that can have a mark its line in the source, 0 for none."""
    found: dict[int, int] = {}
    for number, s in enumerate(statements(f.body)):
        row = _row(s)
        if row:
            found[row] = lines.get(number, 0) or found.get(row, 0)
    return found


def _row(s: code.Stmt) -> int:
    """The line on which the mark of a statement stands."""
    match s:
        case code.If(cond) | code.While(cond):
            return cond.span.end_line
        case code.Switch(subject):
            return subject.span.end_line
        case code.For() | code.DoWhile() | code.Guard():
            return 0
        case code.Labelled(_, _, span):
            return span.line
        case _:
            return s.span.end_line


def with_mark(row: str, line: int) -> str:
    """A line of a model with another mark, or none; one that ends a statement and has no comment gets its first."""
    old = _MARK.search(row)
    if old is not None:
        new = re.sub(r"@\d+", f"@{line}", old[0]) if line else ""
        return row[: old.start()] + new + row[old.end() :]
    if not line or not row.rstrip().endswith((";", "{", ")", ":")) or "//" in row or "/*" in row:
        return row
    width = len(row.expandtabs(_TAB))
    return row + "\t" * max(1, -(-(_COLUMN - width) // _TAB)) + f"@{line}"


def _only_marks(old: str, new: str, path: str) -> bool:
    before, after = parse(SourceFile(path, old)), parse(SourceFile(path, new))
    return not after[1] and same_tree(_unmarked(before[0]), _unmarked(after[0]))


def _unmarked(tree: Any) -> Any:
    """A tree whose statements have no marks."""
    if not isinstance(tree, tuple) or isinstance(tree, Span):
        return tree
    made = rebuilt(tree, _unmarked)
    return made._replace(line=0) if "line" in getattr(made, "_fields", ()) else made
