# SPDX-License-Identifier: GPL-2.0-only
"""C text of the same length without what stands in the way: comments, what strings say, characters that are not ASCII.

Offsets, lines and columns stay, so that whatever is found later has its place in the user's own file.
"""

import re

from refcheck.base.diagnostics import InputError, error
from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.source import SourceFile, Span

_WHOLE = re.compile(r"//(?:[^\\\n]|\\.)*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'", re.DOTALL)
_VISIBLE = re.compile(r"[^\n\r\t]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63, "e": 27}


def read_c(path: str) -> SourceFile:
    """The text of a file; InputError where it is no text that can be C: missing, too large, not UTF-8, with NUL bytes."""
    at = Span(path, 1, 1, 1, 1)
    try:
        data = read_regular(path, MAX_SOURCE)
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) and e.strerror else e
        raise InputError([error("unreadable-file", f"`{path}` cannot be read: {why}", at)]) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        col = e.start - data.rfind(b"\n", 0, e.start)
        text = f"`{path}` is not UTF-8: the byte 0x{data[e.start]:02x}"
        raise InputError([error("unreadable-file", text, Span(path, line, col, line, col + 1))]) from None
    if "\0" in text:
        nul = text.index("\0")
        line, col = text.count("\n", 0, nul) + 1, nul - text.rfind("\n", 0, nul)
        raise InputError([error("unreadable-file", f"`{path}` is not C: a NUL byte", Span(path, line, col, line, col + 1))])
    return SourceFile(path, text)


def masked(text: str) -> str:
    """The text with comments blanked, strings emptied, and character constants as their numbers."""
    return _WHOLE.sub(_hidden, text if text.isascii() else _NOT_ASCII.sub("@", text))


def open_comment(text: str) -> int:
    """Where a comment starts that has no end; -1 where there is none."""
    if text.find("*/", text.rfind("/*") + 2) >= 0 or "/*" not in text:  # behind one without an end there is no other end
        return -1
    last = max((m for m in _WHOLE.finditer(text) if m[0].startswith("/*")), key=lambda m: m.start(), default=None)
    return last.start() if last is not None and not (last[0].endswith("*/") and len(last[0]) > 3) else -1


def blank(text: str) -> str:
    """Spaces in the place of text; line ends and tabs stay."""
    return _VISIBLE.sub(lambda m: " " * len(m[0]), text)


def _hidden(found: re.Match[str]) -> str:
    word = found[0]
    if word[0] == "/":
        return blank(word)
    if word[0] == '"':
        return f'"{blank(word[1:-1])}"'
    return str(_character(word[1:-1])).ljust(len(word))[: len(word)]


def _character(inner: str) -> int:
    """The value of a character constant."""
    if inner[0] != "\\" or len(inner) < 2:
        return ord(inner[-1])
    if inner[1] == "x":
        digits = inner[2:]
        return int(digits, 16) & 0xFF if digits and all(c in "0123456789abcdefABCDEF" for c in digits) else 0
    if inner[1] in "01234567":
        return int(inner[1:], 8) & 0xFF if all(c in "01234567" for c in inner[1:]) else 0
    return _ESCAPES.get(inner[1], ord(inner[1]) & 0x7F)
