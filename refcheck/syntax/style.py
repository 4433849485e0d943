# SPDX-License-Identifier: GPL-2.0-only
"""A model or spec in the kernel's style: the same tree, the same comments, other white space.

The lines of a layout are put together here, tables of outcomes get their columns, and what comes of it is compared with
what was given, so that no text is returned that means something else or lost a comment.
"""

from refcheck.base.diagnostics import InputError, InternalError
from refcheck.base.source import SourceFile, Span
from refcheck.syntax.layout import JOIN, NEW, Spot, spots
from refcheck.syntax.lexemes import TAB, Comment, Lexeme, lexemes, one_trail
from refcheck.syntax.parser import parse


def styled(source: SourceFile) -> str:
    """The text of a file in the kernel's style; InputError where it is not in the language.

    InternalError if the result would be another program or had other comments.
    """
    module, errors = parse(source)
    if errors:
        raise InputError(errors)
    text = _text(source.text, source.path.endswith(".spec"))
    again, wrong = parse(SourceFile(source.path, text))
    if wrong or not same_tree(module, again) or _comments(source.text) != _comments(text):
        raise InternalError(f"{source.path} would mean something else in the kernel's style")
    return text


def same_tree(one: object, other: object) -> bool:
    """Two trees that differ in nothing but where they stand."""
    if isinstance(one, Span):
        return isinstance(other, Span)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same_tree, one, other))
    return type(one) is type(other) and one == other


def _comments(text: str) -> list[str]:
    """The comments of a text in order, less the white space in them."""
    every = [c for x in lexemes(text) for c in (*x.before, *x.trail)]
    return sorted("".join(c.text.split()) for c in every)


# Where the condition of an outcome is longer, outcomes without one stand apart.
_WIDEST = 26


class _LineText:
    """A line in the making: its text, what ends it and where that began, and where the columns of a table begin."""

    def __init__(self, indent: str) -> None:
        self.text = indent
        self.trail = ""
        self.column = 0
        self.cells: dict[str, int] = {}


class _Printer:
    """Puts lexemes on lines."""

    def __init__(self) -> None:
        self.lines: list[_LineText] = []
        self.open: list[int] = []  # columns behind the brackets that are open
        self.ended = True
        self.ends_item = False

    def blank(self) -> None:
        if self.lines and self.lines[-1].text and not self.lines[-1].text.endswith("{"):
            self.lines.append(_LineText(""))

    def start(self, indent: str) -> None:
        self.lines.append(_LineText(indent))

    def put(self, now: Lexeme, spot: Spot, inner: int) -> None:
        """A lexeme with the comments around it; `inner` is the indentation of a comment of its own line."""
        fresh = spot.line == NEW or self.ended or (spot.line != JOIN and now.newlines > 0)
        fresh = fresh or any(c.newlines or c.to_line_end() for c in now.before)
        margin = self.margin(spot) if spot.line != NEW else "\t" * spot.indent
        for comment in now.before:
            self.comment(comment, margin if spot.line != NEW else self.beside(comment, spot, inner), fresh)
        if not now.text:
            return
        if fresh:
            separate = now.newlines > 1 or (self.ends_item and not now.before)
            if separate and now.text != "}" and spot.line == NEW:
                self.blank()
            self.start(margin)
        line = self.lines[-1]
        spaced = spot.space or bool(now.before and not fresh)
        line.text += (" " if spaced and line.text.strip() else "") + now.text
        if spot.cell:
            line.cells[spot.cell] = len(line.text)
        self.brackets(now.text, line)
        self.ends_item, self.ended = False, False
        self.trail(now, line)

    def brackets(self, text: str, line: _LineText) -> None:
        if text == "(":
            self.open.append(len(line.text.expandtabs(TAB)))
        elif text == ")" and self.open:
            self.open.pop()

    def margin(self, spot: Spot) -> str:
        """The white space of a line that goes on with what the line before began."""
        if not self.open:
            return "\t" * spot.indent
        return "\t" * (self.open[-1] // TAB) + " " * (self.open[-1] % TAB)

    def beside(self, comment: Comment, spot: Spot, inner: int) -> str:
        """In front of a label a comment is about the label if it stands as far out, else about the code above."""
        return "\t" * (spot.indent if comment.column <= spot.indent * TAB and inner > spot.indent else inner)

    def comment(self, comment: Comment, margin: str, fresh: bool) -> None:
        if not fresh:
            line = self.lines[-1]
            line.text += ("" if line.text.endswith("(") else " ") + comment.text
            return
        if comment.newlines > 1 or self.ends_item:
            self.blank()
        self.ends_item = False
        for i, row in enumerate(comment.text.split("\n")):
            starred = i > 0 and row.lstrip().startswith("*")
            self.start(f"{margin} {row.strip()}" if starred else margin + row.rstrip() if i == 0 else row.rstrip())
        self.ended = True

    def trail(self, now: Lexeme, line: _LineText) -> None:
        """Marks and comments behind the lexeme that ends a line."""
        if not now.ends_line():
            return
        ends = [*([line.trail] if line.trail else []), *now.marks, *(c.text for c in now.trail)]
        line.trail, line.column = " ".join(ends), now.column
        self.ended = True


def _text(text: str, is_spec: bool) -> str:
    placed = _placed(lexemes(text), is_spec)
    found = [now for now, _ in placed]
    printer = _Printer()
    depth = 0
    for i, (now, spot) in enumerate(placed):
        inner = spot.indent
        if now.text == "}" or (i + 1 < len(found) and spot.line == NEW and found[i + 1].text == ":" and not is_spec):
            inner = depth
        if now.text in ("case", "default"):
            inner = depth
        depth += {"{": 1, "}": -1}.get(now.text, 0)
        printer.put(now, spot, inner)
        if now.text == "}" and depth == 0 and spot.line == NEW and not is_spec and _ends_body(found, i):
            printer.ends_item = True
    return "\n".join(_finished(printer.lines)) + "\n"


def _ends_body(found: list[Lexeme], i: int) -> bool:
    """The brace ends a function: neither its contract nor a declaration."""
    begin, depth = i, 1
    while depth and begin:
        begin -= 1
        depth += {"}": 1, "{": -1}.get(found[begin].text, 0)
    return found[begin - 1].text in (")", "}", "__may_sleep") or "contract" not in (found[begin - 1].text, "")


def _placed(found: list[Lexeme], is_spec: bool) -> list[tuple[Lexeme, Spot]]:
    """The lexemes with their spots; a brace stays on the line of its head whatever stands between the two.

    A comment goes behind the brace, a mark stays in front of it.
    """
    placed: list[Lexeme] = []
    where: list[Spot] = []
    for now, spot in zip(found, spots(found, is_spec), strict=True):
        last = placed[-1] if placed else now
        head = last if now.text == "{" and spot.line == JOIN and last.ends_line() and not now.before else None
        if head is None:
            placed.append(now)
        else:
            column = now.column if now.ends_line() else head.column
            brace = now._replace(trail=(*head.trail, *now.trail), column=column)
            placed[-1:] = [head._replace(marks=(), trail=()), *(Lexeme(mark, 0) for mark in head.marks), brace]
        where += [spot] * (len(placed) - len(where))
    return list(zip(one_trail(placed), where, strict=True))


def _finished(lines: list[_LineText]) -> list[str]:
    """The lines with the columns of their tables, and with their ends where the author put them, at a tab stop."""
    for name in {n: None for line in lines for n in line.cells}:
        rows = [line for line in lines if name in line.cells]
        width = max(line.cells[name] for line in rows)
        apart = [line for line in rows if "when" not in " ".join(line.cells)]
        if name.startswith("effects") and width > _WIDEST:
            _pad(apart, name, max((line.cells[name] for line in apart), default=0))
            rows = [line for line in rows if line not in apart]
        _pad(rows, name, width)
    return [_ended(line) for line in lines]


def _pad(rows: list[_LineText], name: str, width: int) -> None:
    """Begin a column of a table at one place."""
    for line in rows:
        at = line.cells[name]
        if len(line.text) > at:
            line.text = line.text[:at] + " " * (width - at) + line.text[at:]
            line.cells = {n: p + (width - at if p > at else 0) for n, p in line.cells.items()}


def _ended(line: _LineText) -> str:
    if not line.trail:
        return line.text.rstrip()
    size = len(line.text.expandtabs(TAB))
    stop = max(-(-line.column // TAB), size // TAB + 1)
    return line.text + "\t" * (stop - size // TAB) + line.trail
