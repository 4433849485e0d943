# SPDX-License-Identifier: GPL-2.0-only
"""C as the kernel writes it to C that a parser takes, of the same length, by the table of macros.toml.

Annotations are blanked, a loop macro becomes `while (...)`, a type among arguments a name, the type of an expression
`int`; each leaves a mark at its offset, by which the tree gets back what stood there.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.c.arguments import plain_arguments
from refcheck.c.directives import Directives, directives
from refcheck.c.items import Item, items
from refcheck.c.mask import blank, masked
from refcheck.c.table import Template, action, table

_WORD = re.compile(r"[A-Za-z_]\w*")
_SCALAR = r"int|long|short|char|unsigned|signed|bool|(?:__)?[us](?:8|16|32|64)|__[lb]e(?:16|32|64)"
_NO_NAME = re.compile(rf"\b({_SCALAR})(\s*:\s*\w+)(?=\s*;)")  # bits of a struct that have no name
_BITS = re.compile(r":\s*\w+\s*;")  # where there are none of the kind, which is found out faster
_LINE_END = re.compile(r"\n")
_PARENS = re.compile(r"[()]")
_CASE_RANGE = re.compile(r"(\bcase\b[^:;{}?]{1,200}?)\.\.\.")
_STATIC_MACRO = re.compile(r"\s+([A-Z][A-Z0-9_]*)\s*\(")
_SEPARATORS = re.compile(r"[,(){}\[\]]")
_CLEANUP = re.compile(r"\bcleanup\s*\(\s*(\w+)\s*\)")


class Marks(NamedTuple):
    """What stood where the text was changed, by offset: macros that loop or guard, `__free`, types, case ranges."""

    loops: dict[int, str]
    cleanups: dict[int, str]
    types: dict[int, int]
    ranges: frozenset[int]


class CText(NamedTuple):
    """A file as it is parsed: `text` has the length of the source's, and its lines, which `ends` has, at the same places."""

    source: SourceFile
    text: str
    ends: tuple[int, ...]
    marks: Marks
    directives: Directives
    items: tuple[Item, ...]


def normalised(source: SourceFile) -> CText:
    """The text of a file as the parser gets it."""
    read = directives(masked(source.text))
    marks = Marks({}, {}, {}, frozenset())
    text = _by_word(read.text, marks)
    found = tuple(items(text, read.groups))
    text = plain_arguments(text, found, marks.types)
    ranges = frozenset[int]()
    if "..." in text and "case" in text:
        ranges = frozenset(m.end() - 2 for m in _CASE_RANGE.finditer(text))
        text = _CASE_RANGE.sub(r"\1 | ", text)
    text = _NO_NAME.sub(lambda m: m[1] + blank(m[2]), text) if _BITS.search(text) else text
    ends = tuple(m.start() for m in _LINE_END.finditer(text))
    return CText(source, text, ends, marks._replace(ranges=ranges), read, found)


def _closings(text: str) -> dict[int, int]:
    """The offset behind the parenthesis that closes the one at an offset."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for token in _PARENS.finditer(text):
        if token[0] == "(":
            stack.append(token.start())
        elif stack:
            found[stack.pop()] = token.end()
    return found


def _by_word(text: str, marks: Marks) -> str:
    """Everything that one word decides."""
    closings = _closings(text)
    pieces: list[str] = []
    at = 0
    for found in _WORD.finditer(text):
        kind = action(found[0])
        if not kind or found.start() < at:
            continue
        start, end = found.span()
        behind = _next(text, end)
        close = closings.get(behind, -1)
        new = _replaced(text, kind, (start, end, behind if close >= 0 else -1, close), closings, marks)
        if new is not None:
            pieces += (text[at:start], new)
            at = start + len(new)
    pieces.append(text[at:])
    return "".join(pieces)


def _replaced(text: str, kind: str, where: tuple[int, int, int, int], closings: dict[int, int], marks: Marks) -> str | None:
    """The text for a word of the table, with or without its arguments; None where it stays."""
    start, end, opening, close = where
    call = opening >= 0
    word, whole = text[start:end], text[start : close if call else end]
    match kind:
        case "annotations":
            return blank(word)
        case "either" | "annotations_with_arguments" if call or kind == "either":
            if cleanup := _CLEANUP.search(whole):
                marks.cleanups[start] = cleanup[1]
            return blank(whole)
        case "members" if call:
            return blank(text[start : _next(text, close) + 1])
        case "free" if call:
            marks.cleanups[start] = text[opening + 1 : close - 1].strip()
            return blank(whole)
        case "sizes" if call and "\n" not in whole[:9] and len(whole) > 9:
            return "sizeof(0)" + blank(whole[9:])
        case "type_of" if call:
            marks.types[start] = close
            return "int" + blank(whole[3:])
        case "loops" | "scopes" | "sections" if call and _is_loop(text, start, close):
            marks.loops[start] = word
            if text[opening + 1 : close - 1].strip():
                return "while" + blank(word[5:])
            return "while(1)" + blank(whole[8:]) if len(word) >= 8 else None
        case "blocks" if call and text[_next(text, close) : _next(text, close) + 1] == "{":
            return blank(whole)
        case "static" if (macro := _STATIC_MACRO.match(text, end)) and action(macro[1]) != "template":
            behind = _next(text, closings.get(macro.end() - 1, len(text)))
            return blank(word) if text[behind : behind + 1] in (";", "=") else None
        case "template" if call:
            return _filled(text, table().templates[word], opening, close, start)
        case _:
            return None


def _filled(text: str, template: Template, opening: int, close: int, start: int) -> str | None:
    """A macro whose arguments make up a declaration, as that declaration."""
    inside = text[opening + 1 : close - 1]
    if len(template.open) > opening + 1 - start or text[close - 1 : close] != ")":
        return None
    found = commas(inside)
    if len(found) < max(template.drop, len(template.commas)):
        return None
    chars = list(inside)
    for at, new in zip(found, template.commas, strict=False):
        chars[at] = new
    if template.drop:
        behind = found[template.drop - 1] + 1
        chars[:behind] = blank(inside[:behind])
    if 0 < template.keep <= len(found):
        kept = found[template.keep - 1]
        chars[kept:] = blank(inside[kept:])
    return template.open + blank(text[start : opening + 1])[len(template.open) :] + "".join(chars) + template.close


def commas(inside: str) -> list[int]:
    """The offsets of the commas between arguments."""
    found: list[int] = []
    depth = 0
    for token in _SEPARATORS.finditer(inside):
        if token[0] == ",":
            found += [token.start()] if not depth else []
        else:
            depth += 1 if token[0] in "([{" else -1
    return found


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
