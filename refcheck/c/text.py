# SPDX-License-Identifier: GPL-2.0-only
"""C as the kernel writes it to C that a parser takes, of the same length, by the table of macros.toml.

Annotations are blanked, a loop macro becomes `while (...)`, a type among arguments a name, the type of an expression
`int`; each leaves a mark at its offset, by which the tree gets back what stood there.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.c.directives import Directives, directives
from refcheck.c.items import Item, items
from refcheck.c.mask import blank, masked

_WORD = re.compile(r"[A-Za-z_]\w*")
_PARENS = re.compile(r"[()]")
_CASE_RANGE = re.compile(r"\bcase\b[^:;{}?]*?(\.\.\.)")
_PLAIN = r"(?:const|volatile|unsigned|signed|int|char|short|long|void|bool|float|double)"
_TAGGED = r"(?:const\s+|volatile\s+)*(?:struct|union|enum)\s+\w+"
_TYPE = rf"(?:{_TAGGED}|{_PLAIN}(?:\s+{_PLAIN})*(?:\s+\w+(?=\s*\*))?|\w+(?=\s*\*+\s*[,)]))"
_TYPE_ARGUMENT = re.compile(rf"(?<=[(,])\s*(({_TYPE})\b(?:\s|\*|\bconst\b)*)(?=[,)])")
_BEFORE = re.compile(r"([A-Za-z_]\w*)\s*$")
_NO_CALL = frozenset(
    {"sizeof", "if", "while", "for", "switch", "return", "case", "else", "do", "goto", "int", "void", "char", "long"}
)
_CALL = re.compile(r"(?:static\s+)?\w+\s*\(")
_CLEANUP = re.compile(r"\bcleanup\s*\(\s*(\w+)\s*\)")


class Marks(NamedTuple):
    """What stood where the text was changed, by offset: macros that loop or guard, `__free`, types, case ranges."""

    loops: dict[int, str]
    cleanups: dict[int, str]
    types: dict[int, int]
    ranges: frozenset[int]


class CText(NamedTuple):
    """A file as it is parsed: `text` has the length of the source's, and its lines at the same places."""

    source: SourceFile
    text: str
    marks: Marks
    directives: Directives
    items: tuple[Item, ...]


class _Table(NamedTuple):
    """macros.toml, by word."""

    words: dict[str, str]
    loops: tuple[str, ...]
    types: frozenset[str]
    definers: dict[str, str]


@cache
def table() -> _Table:
    """The table of macros."""
    data = tomllib.loads((Path(__file__).parent / "macros.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    for kind in ("annotations", "annotations_with_arguments", "sizes", "type_of", "loops", "scopes"):
        for word in data[kind]:
            words[word] = "either" if words.get(word) == "annotations" else kind
    words |= {"__free": "free", "CASE": "", "__acquire": "", "__release": ""}
    return _Table(words, tuple(data["loop_patterns"]), frozenset(data["types"]), data["function_definers"])


def normalised(source: SourceFile) -> CText:
    """The text of a file as the parser gets it."""
    read = directives(masked(source.text))
    marks = Marks({}, {}, {}, frozenset())
    text = _by_word(read.text, marks)
    found = tuple(items(text, read.groups))
    text = _typed_arguments(text, found, marks)
    ranges = [m.start(1) for m in _CASE_RANGE.finditer(text)]
    for at in ranges:
        text = text[:at] + " | " + text[at + 3 :]
    return CText(source, text, marks._replace(ranges=frozenset(ranges)), read, found)


def closing(text: str, opening: int) -> int:
    """The offset behind the parenthesis that closes the one at `opening`; that of the text's end where none does."""
    depth = 0
    for found in _PARENS.finditer(text, opening):
        depth += 1 if found[0] == "(" else -1
        if not depth:
            return found.end()
    return len(text)


_ACTIONS: dict[str, str] = {}


def _action(word: str) -> str:
    """What the table does with a word; empty for most."""
    known = _ACTIONS.get(word)
    if known is None:
        if len(_ACTIONS) > 200_000:
            _ACTIONS.clear()
        known = table().words.get(word)
        if known is None:
            known = "loops" if any(p in word.lower() for p in table().loops) else ""
        _ACTIONS[word] = known
    return known


def _by_word(text: str, marks: Marks) -> str:
    """Everything that one word decides."""
    pieces: list[str] = []
    at = 0
    for found in _WORD.finditer(text):
        action = _action(found[0])
        if not action or found.start() < at:
            continue
        start, end = found.span()
        behind = _next(text, end)
        call = behind < len(text) and text[behind] == "("
        if action in ("annotations_with_arguments", "either", "free", "sizes", "type_of"):
            if not call:
                if action != "either":
                    continue
            else:
                end = closing(text, behind)
        old = text[start:end]
        new = blank(old)
        if action in ("loops", "scopes"):
            if not call or not _is_loop(text, start, closing(text, behind)):
                continue
            marks.loops[start] = old
            new = "while".ljust(len(old))
        elif action == "sizes":
            new = "sizeof(0)" + new[9:] if "\n" not in old[:9] and len(old) > 9 else old
        elif action == "type_of":
            marks.types[start] = end
            new = "int" + new[3:]
        elif action == "free":
            marks.cleanups[start] = text[behind + 1 : end - 1].strip()
        elif cleanup := _CLEANUP.search(old):
            marks.cleanups[start] = cleanup[1]
        pieces += (text[at:start], new)
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


def _next(text: str, at: int) -> int:
    """The offset of the next character that is no blank."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _is_loop(text: str, start: int, end: int) -> bool:
    """A macro at `start` with arguments to `end` stands where a statement does, and has one behind it."""
    before = start - 1
    while before >= 0 and text[before] in " \t\r\n":
        before -= 1
    if before < 0 or (text[before] not in ";{}):" and not re.search(r"\b(else|do)$", text[max(0, before - 8) : before + 1])):
        return False
    behind = text[_next(text, end) : _next(text, end) + 2]
    return behind[:1] == "{" or behind[:1].isalpha() or (behind[:1] in "_(*" and bool(behind)) or behind in ("++", "--")


def _typed_arguments(text: str, found: tuple[Item, ...], marks: Marks) -> str:
    """Types among the arguments of a call become names, in the bodies of functions and behind an `=`."""
    pieces: list[str] = []
    at = 0
    for item in found:
        inside = item.body if item.body >= 0 else text.find("=", item.start, item.end)
        inside = (
            inside
            if inside >= 0 or "(" not in text[item.start : item.end] or not _CALL.match(text, item.start)
            else item.start
        )
        if inside >= 0:
            pieces += (text[at:inside], _typed(text[inside : item.end], inside, marks))
            at = item.end
    pieces.append(text[at:])
    return "".join(pieces)


def _typed(text: str, offset: int, marks: Marks) -> str:
    pieces: list[str] = []
    at = 0
    for found in _TYPE_ARGUMENT.finditer(text):
        start, end = found.span(1)
        opening = found.start() - 1
        if text[opening] == "(":
            name = _BEFORE.search(text, max(0, opening - 80), opening)
            if name is None or name[1] in _NO_CALL:
                continue
        old = text[start:end].rstrip()
        if old.isidentifier() and old not in ("int", "char", "short", "long", "void", "bool", "unsigned", "signed"):
            continue
        end = start + len(old)
        if "\n" in old or (text[start:end] == "void" and text[opening] == "("):
            continue
        marks.types.setdefault(offset + start, offset + end)
        pieces += (text[at:start], re.sub(r"\W", "_", old))
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
