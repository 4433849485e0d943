# SPDX-License-Identifier: GPL-2.0-only
"""A text without what cannot be read in it: as little as possible goes, so that one run says all that is wrong.

Of a signature a parameter or a word goes, of an `if` or a loop what stands in its parentheses, of a body a statement, or
what stands in front of a block; where that cannot be told, all of the function, up to where the next thing begins at the
first column.  Line numbers stay.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax.mask import closing, masked
from refcheck.syntax.slips import LIST

# What begins at the first column.
ITEM = re.compile(r"^(?!\w+\s*:|case\b|default\b)[A-Za-z_][^\n]*", re.MULTILINE)
_HEAD = re.compile(r"\b(if|while|switch|for|\w*for_each\w*)\s*\(")
_EMPTY = {"for": ";;"}
_OWN_BLOCK = re.compile(r"(?:\s*contract\s*|[^{]*=\s*|\s*\w+\s+\w+\s*\([^{]*)\{")  # of a function, a value


class Remains(NamedTuple):
    """What is left; `line` is that of the head whose block was left standing, 0 where there is none."""

    text: str
    line: int = 0


def without(text: str, at: int, span: Span, whole: bool) -> Remains | None:
    """The text without what cannot be read at a place, said of `span`; None where nothing is left to go on with.

    With `whole` all of the function goes.
    """
    code, at = masked(text), min(at, len(text) - 1)
    begin, end = _item(code, at)
    if begin < 0 or not text[begin:end].strip():
        return None
    if not whole:
        shorter = _signature(text, code, (begin, at, end), span)
        if shorter is not None:
            return Remains(shorter)
        if code[begin:end].count("{") == code[begin:end].count("}"):
            shorter = _head(text, code, begin, at)
            return Remains(shorter) if shorter is not None else _in_body(text, code, (begin, at, end), span)
    return Remains(_blank(text, begin, end))


def _in_body(text: str, code: str, place: tuple[int, int, int], span: Span) -> Remains:
    """Without one statement, the line of a preprocessor, or what stands in front of a block."""
    begin, at, end = place
    first = max(code.rfind(c, begin, at) for c in ";{}") + 1
    last = min([i for c in ";{}" if (i := code.find(c, at)) >= 0], default=-1)
    if first > begin and 0 <= last < end and code[first:last].strip():
        if code[last] == ";":
            is_list = span.path.endswith(".spec") or LIST.search(code, begin, first)
            return Remains(_blank(text, first, last + bool(is_list)))
        if code[last] == "{" and not _OWN_BLOCK.match(code, first, last + 1):
            return Remains(_blank(text, first, last), span.line)
        closed = re.compile(r"[^{}]*\}\s*;?").match(code, last + 1) if code[last] == "{" else None
        if closed is not None:
            return Remains(_blank(text, first, closed.end()))
    line, stop = code.rfind("\n", 0, at) + 1, code.find("\n", at)
    if code[line : at + 1].strip()[:1] == "#" and stop > 0:
        return Remains(_blank(text, line, stop))
    return Remains(_blank(text, begin, end))


def _signature(text: str, code: str, place: tuple[int, int, int], span: Span) -> str | None:
    """Without the parameter of a signature that cannot be read, or the word in front of it or behind it."""
    begin, at, end = place
    head = re.compile(r"[^\n;{}()=]*\(").match(code, begin, end)
    close = _close(code, head.end() - 1) if head else -1
    if head is None or close < 0:
        return None
    if at >= close:
        word = re.compile(r"__\w+(\s*\()?").match(code, at)
        if word is None or re.search(r"[{;]", code[close:at]):
            return None
        return _blank(text, at, _close(code, word.end() - 1) + 1 if word[1] else word.end())
    inside = head.end()
    if at >= inside:
        commas = [i for i in range(inside, close) if code[i] == "," and _flat(code, inside, i)]
        before = max((i for i in commas if i < at), default=inside - 1)
        behind = min((i for i in commas if i >= at), default=close)
        return _blank(text, before + 1, behind + 1) if behind < close else _blank(text, max(before, inside), close)
    start = text.rfind("\n", 0, at) + span.col
    left = _blank(text, start, start + span.end_col - span.col)
    return left if re.match(r"\s*(?:\w+\s+)+\w+\s*\(", left[begin:inside]) else None


def _head(text: str, code: str, begin: int, at: int) -> str | None:
    """With a condition that says nothing in place of one that cannot be read; a macro for a loop is one without end."""
    for m in reversed(list(_HEAD.finditer(code, begin, at + 1))):
        close = _close(code, m.end() - 1)
        macro = "for_each" in m[1]
        start, stop = (m.start(), close + 1) if macro else (m.end(), close)
        instead = "while(1)" if macro else _EMPTY.get(m[1], "1")
        here = m.end() <= at <= close or (macro and not code[close + 1 : at].strip())
        if close >= 0 and here and stop - start >= len(instead) and "\n" not in text[start : start + len(instead)]:
            return text[:start] + instead + _blank(text, start + len(instead), stop)[start + len(instead) :]
    return None


def _close(code: str, opening: int) -> int:
    """Where the parenthesis is closed that opens at a place; -1 where it is not, in the statement."""
    close = closing(code, opening)
    return close if not re.search(r"[{}]", code[opening:close]) else -1


def _flat(code: str, begin: int, end: int) -> bool:
    """The parentheses in a stretch are in pairs."""
    return code.count("(", begin, end) == code.count(")", begin, end)


def _blank(text: str, begin: int, end: int) -> str:
    return text[:begin] + re.sub(r"[^\n]", " ", text[begin:end]) + text[end:]


def _item(code: str, at: int) -> tuple[int, int]:
    """From where to where the thing goes in which a place is: a function with its signature, or one line of declarations."""
    starts = [m.start() for m in ITEM.finditer(code) if m.start() <= at]
    begin = starts[-1] if starts else 0
    close = re.compile(r"^\}[^\n]*$", re.MULTILINE).search(code, begin)
    after = [m.start() for m in ITEM.finditer(code) if m.start() > at and re.match(r"[^\n;{]*\(|\w+ \w+ *[{=;]", m[0])]
    end = close.end() if close else len(code)
    if after and after[0] < end:  # the next one begins before this one is closed
        end = after[0]
    return begin, max(end, min(at + 1, len(code)))
