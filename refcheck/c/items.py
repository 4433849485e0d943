# SPDX-License-Identifier: GPL-2.0-only
"""Where each function, type and variable of a file starts and ends, found by brackets alone.

Each is then parsed for itself, so that what is not understood in one costs nothing of the others.  Brackets in branches of
one `#if` count once: after each branch they stand where they stood before the first, after the `#endif` where the first
branch left them.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.c.directives import Group

_TOKEN = re.compile(r"[(){};]")
_MACRO_CALL = re.compile(r"\s*(?:static\s+)?[A-Za-z_]\w*\s*\(")


class Item(NamedTuple):
    """Text at file scope from `start` to `end`; `body` is the offset of a function's opening brace, else -1."""

    start: int
    end: int
    body: int
    conds: tuple[str, ...]


class _Level(NamedTuple):
    braces: int
    parens: int


def items(text: str, groups: tuple[Group, ...]) -> list[Item]:
    """The items of a text without comments and directives, in order."""
    events = _events(groups)
    found: list[Item] = []
    start, braces, parens, body, next_event = 0, 0, 0, -1, 0
    saved: list[_Level] = []
    first: list[_Level | None] = []

    def close(end: int) -> None:
        nonlocal start, body
        begin = start
        while begin < end and text[begin] in " \t\r\n":
            begin += 1
        if begin < end and text[begin:end].strip() != ";":
            found.append(Item(begin, end, body, _conds(begin, end, groups)))
        start, body = end, -1

    for token in _TOKEN.finditer(text):
        at, char = token.start(), token[0]
        while next_event < len(events) and events[next_event][0] <= at:
            kind = events[next_event][1]
            next_event += 1
            if kind == "open":
                saved.append(_Level(braces, parens))
                first.append(None)
            elif kind == "next":
                first[-1] = first[-1] or _Level(braces, parens)
                braces, parens = saved[-1]
            else:
                saved.pop()
                braces, parens = first.pop() or _Level(braces, parens)
        if char == "(":
            parens += 1
        elif char == ")":
            parens = max(0, parens - 1)
            if not braces and not parens and body < 0 and _stands_alone(text, start, at + 1):
                close(at + 1)
        elif char == "{":
            if not braces and not parens and body < 0 and _before(text, at) == ")":
                body = at
            braces += 1
        elif char == "}":
            braces = max(0, braces - 1)
            if not braces and not parens and body >= 0:
                close(at + 1)
        elif not braces and not parens:
            close(at + 1)
    close(len(text))
    return found


def _events(groups: tuple[Group, ...]) -> list[tuple[int, str]]:
    """Where branches open, change and close."""
    events = [(b.start, "open" if not i else "next") for g in groups for i, b in enumerate(g.branches)]
    return sorted([*events, *((g.last, "close") for g in groups)])


def _conds(start: int, end: int, groups: tuple[Group, ...]) -> tuple[str, ...]:
    """The conditions around the whole of an item."""
    held: list[str] = []
    for group in groups:
        if group.start > start:
            break
        if group.last >= end:
            for number, branch in enumerate(group.branches):
                if branch.body <= start < branch.end:
                    held += group.under(number)
    return tuple(dict.fromkeys(held))


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
