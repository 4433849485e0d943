# SPDX-License-Identifier: GPL-2.0-only
"""Where each function, type and variable of a file starts and ends, found by brackets alone.

Each is then parsed for itself, so that what is not understood in one costs nothing of the others.  Brackets in branches of
one `#if` count once: after each branch they stand where they stood before the first, after the `#endif` where the first
branch left them.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.c.directives import Group

_VISIBLE = re.compile(r"[^ \t\r\n]")
_TOKEN = re.compile(r"[(){};]")
_MACRO_CALL = re.compile(r"\s*(?:static\s+)?[A-Za-z_]\w*\s*\(")


class Item(NamedTuple):
    """Text at file scope from `start` to `end`; `body` is the offset of a function's opening brace, else -1.

    `conds` hold for all of it, `groups` are the `#if` that it holds or crosses.
    """

    start: int
    end: int
    body: int
    conds: tuple[str, ...]
    groups: tuple[Group, ...]


class _IfLevel(NamedTuple):
    braces: int
    parens: int


class _Scan:
    """The brackets that are open at a place, and the item that it is in; with a stack of the `#if` that are open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Item] = []
        self.start = 0
        self.level = _IfLevel(0, 0)
        self.body = -1
        self.ended = False  # in a branch of an `#if` that stands inside of the item, which goes on to the `#endif`
        self.open: list[tuple[int, _IfLevel, list[_IfLevel]]] = []

    def step(self, at: int, kind: str) -> None:
        """Go on to a bracket, a semicolon or a line of an `#if`."""
        braces, parens = self.level
        match kind:
            case "if":
                self.open.append((at, self.level, []))
            case "else":
                self.open[-1][2].append(self.level)
                self.level = self.open[-1][1]
            case "endif":
                left = self.open.pop()[2]
                self.level = left[0] if left else self.level
                self._end(at)
            case "(":
                self.level = _IfLevel(braces, parens + 1)
            case ")":
                self.level = _IfLevel(braces, max(0, parens - 1))
                if self.level == (0, 0) and self.body < 0 and _stands_alone(self.text, self.start, at + 1):
                    self.close(at + 1)
            case "{":
                if self.level == (0, 0) and self.body < 0 and _before(self.text, at) == ")":
                    self.body = at
                self.level = _IfLevel(braces + 1, parens)
            case "}":
                self.level = _IfLevel(max(0, braces - 1), parens)
                self.ended = self.ended or (self.level == (0, 0) and self.body >= 0)
                self._end(at + 1)
            case _:
                self.ended = self.ended or self.level == (0, 0)
                self._end(at + 1)

    def _end(self, at: int) -> None:
        """Close the item if it ends here."""
        if self.ended and self.level == (0, 0) and not (self.open and self.text[self.start : self.open[-1][0]].strip()):
            self.close(at)

    def close(self, end: int) -> None:
        """The item ends here."""
        first = _VISIBLE.search(self.text, self.start, end)
        begin = first.start() if first else end
        if begin < end and (self.text[begin] != ";" or self.text[begin:end].strip() != ";"):
            self.found.append(Item(begin, end, self.body, (), ()))
        self.start, self.body, self.ended = end, -1, False


def items(text: str, groups: tuple[Group, ...]) -> list[Item]:
    """The items of a text without comments and directives, in order."""
    scan = _Scan(text)
    events = _events(groups)
    events.append((len(text) + 1, ""))
    number = 0
    for token in _TOKEN.finditer(text):
        while events[number][0] <= token.start():
            scan.step(*events[number])
            number += 1
        scan.step(token.start(), token[0])
    scan.close(len(text))
    return _with_conds(scan.found, groups)


def _events(groups: tuple[Group, ...]) -> list[tuple[int, str]]:
    """Where branches open, change and close."""
    events = [(b.start, "if" if not i else "else") for g in groups for i, b in enumerate(g.branches)]
    return sorted([*events, *((g.last, "endif") for g in groups)])


def _with_conds(found: list[Item], groups: tuple[Group, ...]) -> list[Item]:
    """The items with the conditions around the whole of each; items and groups come in the order of their starts."""
    around: list[Group] = []
    number = 0
    made: list[Item] = []
    for item in found:
        while number < len(groups) and groups[number].start <= item.start:
            around.append(groups[number])
            number += 1
        around = [g for g in around if g.last > item.start]
        held: list[str] = []
        crossed: list[Group] = []
        for group in around:
            if group.last >= item.end:
                held += next((group.under(i) for i, b in enumerate(group.branches) if b.body <= item.start < b.end), ())
            else:
                crossed.append(group)
        ahead = number
        while ahead < len(groups) and groups[ahead].start < item.end:
            crossed.append(groups[ahead])
            ahead += 1
        made.append(item._replace(conds=tuple(dict.fromkeys(held)), groups=tuple(crossed)) if held or crossed else item)
    return made


def _before(text: str, at: int) -> str:
    """The last character before an offset that is no blank."""
    at -= 1
    while at >= 0 and text[at] in " \t\r\n":
        at -= 1
    return text[at] if at >= 0 else ""


def _stands_alone(text: str, start: int, end: int) -> bool:
    """The call of a macro at file scope without a semicolon: a name, its arguments, and then another line with a word."""
    head = _MACRO_CALL.match(text, start, end)
    if head is None or text.count("(", start, end) != text.count(")", start, end):
        return False
    depth, at = 0, head.end() - 1
    while at < end:
        depth += (text[at] == "(") - (text[at] == ")")
        at += 1
        if not depth:
            break
    if at != end:
        return False
    line = False
    while end < len(text) and text[end] in " \t\r\n":
        line = line or text[end] == "\n"
        end += 1
    return line and end < len(text) and (text[end].isalpha() or text[end] in "_}")
