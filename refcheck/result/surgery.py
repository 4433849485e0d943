# SPDX-License-Identifier: GPL-2.0-only
"""Changes of a function's text, statement by statement: put one in front of another or behind it, take one away.

Which stretch of text a statement is the syntax tree says; whether it is a branch of its own, which takes braces, the text
in front of it, with comments and line marks blanked.  Nothing here knows what a change is good for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax import ast, code
from refcheck.syntax.mask import closing, masked

_LABELS = (code.Labelled, code.Case)
StatementPath = tuple[code.Stmt, ...]


class Patch(NamedTuple):
    """The text from offset `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


class Surgery:
    """A text, and the function of it that is to be changed."""

    def __init__(self, text: str, function: ast.FunctionDef) -> None:
        self.text, self.function = text, function
        self.code = masked(text)
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]

    def offset(self, line: int, col: int) -> int:
        """Where a place is in the text."""
        return self._lines[line - 1] + col - 1

    def statement(self, at: Span) -> StatementPath:
        """The innermost statement around the start of a span, with those around it in front; empty where there is none."""
        place, found = (at.line, at.col), tuple[code.Stmt, ...]()
        for path in _paths(self.function.body, ()):
            s = path[-1].span
            if (s.line, s.col) <= place < (s.end_line, s.end_col) and not isinstance(path[-1], (code.Block, *_LABELS)):
                found = path if len(path) > len(found) else found
        return found

    def extent(self, s: code.Stmt) -> tuple[int, int]:
        """Where a statement begins and ends, its semicolon included."""
        first = s.type.span if isinstance(s, code.Declare) else s.span
        begin = self.offset(first.line, first.col)
        end = self.offset(s.span.end_line, s.span.end_col)
        if not self.code[begin:end].rstrip().endswith((";", "}")):
            end = self.code.index(";", end) + 1
        return begin, end

    def written(self, s: code.Stmt) -> str:
        """A statement as it stands there, on one line."""
        begin, end = self.extent(s)
        return " ".join(re.sub(r"@\d+", "", self.text[begin:end]).split())

    def before(self, path: StatementPath, added: Sequence[str]) -> str:
        """The text with statements in front of a statement."""
        begin, end = self.extent(path[-1])
        return self._put(begin, end, added, ())

    def behind(self, path: StatementPath, added: Sequence[str]) -> str:
        """The text with statements behind a statement."""
        begin, end = self.extent(path[-1])
        return self._put(begin, end, (), added)

    def around(self, path: StatementPath, first: Sequence[str], last: Sequence[str]) -> str:
        """The text with statements in front of a statement and behind it."""
        begin, end = self.extent(path[-1])
        return self._put(begin, end, first, last)

    def at_end(self, added: Sequence[str]) -> str:
        """The text with statements in front of the brace that closes the function."""
        end = self.offset(self.function.body.span.end_line, self.function.body.span.end_col) - 1
        return self._put(end, end, added, (), "\t")

    def initialised(self, name: str, value: str) -> str:
        """The text with a value where a variable without one is declared; as it was where none is, or more than one."""
        found = [p[-1] for p in _paths(self.function.body, ()) if isinstance(p[-1], code.Declare) and p[-1].name == name]
        if len(found) != 1 or found[0].init is not None:
            return self.text
        end = self.offset(found[0].span.end_line, found[0].span.end_col)
        return applied(self.text, [Patch(end, end, f" = {value}")])

    def signed(self, word: str) -> str:
        """The text with a word behind the parameters of the function."""
        span = self.function.sig.span
        behind = closing(self.code, self.offset(span.line, span.col)) + 1
        return applied(self.text, [Patch(behind, behind, f" {word}")])

    def guarded(self, path: StatementPath, condition: str) -> str:
        """The text with a statement behind a condition."""
        begin, end = self.extent(path[-1])
        indent = self._indent(begin)
        if self._in_block(begin) and indent is not None:
            inner = self.text[begin:end].replace("\n", "\n\t")
            return applied(self.text, [Patch(begin, end, f"if ({condition})\n{indent}\t{inner}")])
        return applied(self.text, [Patch(begin, begin, f"{{ if ({condition}) "), Patch(end, end, " }")])

    def without(self, path: StatementPath) -> str:
        """The text without a statement, and without an `if` that governs nothing else."""
        return applied(self.text, self._removal(path))

    def moved(self, path: StatementPath, behind: StatementPath) -> str:
        """The text with a statement put behind another one, not where it stands; as it was where one holds the other."""
        begin, end = self.extent(behind[-1])
        made = [*self._removal(path), *self._patches(begin, end, (), (self.written(path[-1]),))]
        return applied(self.text, made) if _apart(made) else self.text

    # ------------------------------------------------------------------------------------------ how it is done

    def _removal(self, path: StatementPath) -> list[Patch]:
        begin, end = self.extent(path[-1])
        around = path[-2] if len(path) > 1 else None
        if isinstance(around, code.Block) and len(around.body) == 1 and len(path) > 2:
            path, around = path[:-1], path[-3]
        if isinstance(around, code.If) and around.orelse is None:
            begin, end = self.extent(around)
        elif not self._in_block(begin):
            return [Patch(begin, end, ";")]
        line, rest = self._line_start(begin), self._line_end(end)
        if self._indent(begin) is not None and not self.code[end:rest].strip():
            return [Patch(line, min(rest + 1, len(self.text)), "")]
        return [Patch(begin, end, "")]

    def _put(self, begin: int, end: int, first: Sequence[str], last: Sequence[str], deeper: str = "") -> str:
        return applied(self.text, self._patches(begin, end, first, last, deeper))

    def _patches(
        self, begin: int, end: int, first: Sequence[str], last: Sequence[str], deeper: str = ""
    ) -> list[Patch]:  # fmt: skip
        indent = self._indent(begin)
        rest = self._line_end(end)
        alone = indent is not None and not self.code[end:rest].strip()
        if not self._in_block(begin):
            return self._braced(begin, end, first, last, indent if alone else None)
        if indent is None or (last and not alone):
            return [Patch(begin, begin, "".join(f"{' '.join(a.split())} " for a in first)),
                    Patch(end, end, "".join(f" {' '.join(a.split())}" for a in last))]  # fmt: skip
        line, ind = self._line_start(begin), indent + deeper
        return [Patch(line, line, _lines(first, ind)), Patch(rest, rest, "".join(f"\n{t}" for t in _split(last, ind)))]

    def _braced(
        self, begin: int, end: int, first: Sequence[str], last: Sequence[str], indent: str | None
    ) -> list[Patch]:  # fmt: skip
        """The statement is a branch: what is put beside it goes into braces with it."""
        if indent is None:
            head = "".join(f"{' '.join(a.split())} " for a in first)
            return [Patch(begin, begin, f"{{ {head}"), Patch(end, end, "".join(f" {a}" for a in last) + " }")]
        opens = len(self.code[:begin].rstrip())
        outer = self._indent_of_line(opens)
        line, rest = self._line_start(begin), self._line_end(end)
        orelse = re.compile(r"\s*else\b").match(self.code, end)
        close = orelse.end() - 4 if orelse else rest
        return [
            Patch(opens, opens, " {"), Patch(line, line, _lines(first, indent)),
            *([Patch(rest, rest, "".join(f"\n{t}" for t in _split(last, indent)))] if last else []),
            Patch(close, close, "} " if orelse else f"\n{outer}}}"),
        ]  # fmt: skip

    def _in_block(self, begin: int) -> bool:
        return self.code[:begin].rstrip()[-1:] in ("{", "}", ";", ":")

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return found if found >= 0 else len(self.text)

    def _indent(self, at: int) -> str | None:
        """The white space in front of a place; None where something else stands on its line first."""
        found = self.text[self._line_start(at) : at]
        return None if found.strip() else found

    def _indent_of_line(self, at: int) -> str:
        line = self.text[self._line_start(at) : at]
        return line[: len(line) - len(line.lstrip())]


def _split(added: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{line}" for text in added for line in text.split("\n")]


def _lines(added: Sequence[str], indent: str) -> str:
    return "".join(f"{line}\n" for line in _split(added, indent))


def _in_order(patches: Iterable[Patch]) -> list[Patch]:
    return sorted((p for p in patches if p.start != p.end or p.text), key=lambda p: (p.start, p.end))


def _apart(patches: Iterable[Patch]) -> bool:
    return all(a.end <= b.start for a, b in pairwise(_in_order(patches)))


def applied(text: str, patches: Iterable[Patch]) -> str:
    """The text with the patches made; of two at one place the first one listed comes first."""
    made = _in_order(patches)
    assert _apart(made), "patches overlap"
    out, at = list[str](), 0
    for p in made:
        out += [text[at : p.start], p.text]
        at = p.end
    return "".join([*out, text[at:]])


def _paths(s: code.Stmt, above: StatementPath) -> Iterator[StatementPath]:
    """Each statement with those around it."""
    path = (*above, s)
    yield path
    match s:
        case code.Block(body) | code.Switch(_, body):
            inside: Sequence[code.Stmt | None] = body
        case code.If(_, then, orelse):
            inside = (then, orelse)
        case code.While() | code.DoWhile() | code.For() | code.Guard():
            inside = (s.body,)
        case _:
            inside = ()
    for inner in inside:
        if inner is not None:
            yield from _paths(inner, path)
