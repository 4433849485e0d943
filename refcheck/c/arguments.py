# SPDX-License-Identifier: GPL-2.0-only
"""Arguments of macros that are no expressions: types, operators, nothing at all, tokens to be pasted, parts of strings.

Each becomes an expression of the same length; types leave a mark.
"""

import re

from refcheck.c.items import Item
from refcheck.c.mask import blank

_PLAIN = r"(?:const|volatile|unsigned|signed|int|char|short|long|void|bool|float|double)"
_TAGGED = r"(?:const\s+|volatile\s+)*(?:struct|union|enum)\s+\w+"
_TYPE = rf"(?:{_TAGGED}|{_PLAIN}(?:\s+{_PLAIN})*(?:\s+\w+(?=\s*\*))?|\w+(?=\s*\*+\s*[,)]))"
_TYPE_ARGUMENT = re.compile(rf"(?<=[(,])\s*(({_TYPE})\b(?:\s|\*|\bconst\b)*)(?=[,)])")
_BEFORE = re.compile(r"([A-Za-z_]\w*)\s*$")
_NO_CALL = frozenset(
    ["sizeof", "if", "while", "for", "switch", "return", "case", "else", "do", "goto", "int", "void", "char", "long"]
)
_BARE = frozenset(["int", "char", "short", "long", "void", "bool", "unsigned", "signed", "float", "double"])
_CALL = re.compile(r"(?:static\s+)?\w+\s*\(")
_NOTHING = re.compile(r",(?=\s*\))")
_OPERATOR = re.compile(r"(?<=,)\s*(?:[=!<>]=|[<>])\s*(?=,)")
_NUMBER = r"(?:0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])\b"
_PASTED = re.compile(rf"(?<![.\w])(?!{_NUMBER})\d(?=\w)(?!\d*[eE]\d+\b)")
_STRING_PART = re.compile(r'(?<=")(?:\s*\b[A-Za-z_]\w*(?:\s*\([^()"]*\))?)+(?=\s*["),;])')
_LEVEL = re.compile(r"\bKERN_\w+(?=\s+[A-Za-z_])")


def plain_arguments(text: str, found: tuple[Item, ...], types: dict[int, int]) -> str:
    """The text with expressions only, in the bodies of functions, initialisers and calls at file scope; marks the types."""
    pieces: list[str] = []
    at = 0
    for item in found:
        inside = item.body
        if inside < 0:
            inside = text.find("=", item.start, item.end)
        if inside < 0 and _CALL.match(text, item.start, item.end):
            inside = item.start
        if inside >= 0:
            pieces += (text[at:inside], _plain(_typed(text[inside : item.end], inside, types)))
            at = item.end
    pieces.append(text[at:])
    return "".join(pieces)


def _plain(text: str) -> str:
    """Without what is no expression and no type."""
    text = _NOTHING.sub(" ", text)
    text = _OPERATOR.sub(lambda m: "0".ljust(len(m[0])) if "\n" not in m[0] else m[0], text)
    text = _PASTED.sub("_", text)
    if '"' in text:
        text = _STRING_PART.sub(lambda m: blank(m[0]), text)
        text = _LEVEL.sub(lambda m: blank(m[0]), text) if "KERN_" in text else text
    return text


def _typed(text: str, offset: int, types: dict[int, int]) -> str:
    """Types among the arguments of a call as names."""
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
        if (old.isidentifier() and old not in _BARE) or "\n" in old or (old == "void" and text[opening] == "("):
            continue
        end = start + len(old)
        types.setdefault(offset + start, offset + end)
        pieces += (text[at:start], re.sub(r"\W", "_", old) if old not in _BARE else f"_{old[1:]}")
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
