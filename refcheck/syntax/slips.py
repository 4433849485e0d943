# SPDX-License-Identifier: GPL-2.0-only
"""A word of the language that was typed wrong where the word decides how a text is read: which one is meant.

Such a word is read as a name, and what is wrong is noticed behind it, or at the end of what it would have begun.
"""

import re
from difflib import get_close_matches

from refcheck.base.diagnostics import BY_NAME, slip
from refcheck.base.named import NamedTuple
from refcheck.syntax.mask import closing

_HEADS = ("if", "while", "for", "switch")  # parentheses and a statement stand behind these
_PLAIN = ("return", "break", "continue", "goto", "else", "do", "case", "default")
_DECLARES = ("resource", "use", "context", "enum", "fact", "guard", "extend", "override", "source", "entry", "role")
_TYPES = ("static", "inline", "void", "int", "bool")
_ATTRIBUTES = ("__must_hold", "__requires", "__may_sleep", "__entry", "__from", "expect", "contract")
# Words of C, about which something else is said.
_OF_C = ("extern", "typedef", "struct", "union", "const", "volatile", "auto", "signed", "unsigned", "long", "short", "char")
PARAMETERS = ("__nullable", "__maybe_err", "__any", "__counted", "__rcu")
_OTHERS = {"__requires_rcu": "__must_hold(rcu)", "__must_hold_rcu": "__must_hold(rcu)", "expects": "expect"}
# What is in the braces of these are no statements.
LIST = re.compile(r"\b(?:contract|(?:resource|entry)\s+\w+)\s*\{[^{}]*$")
# The names of the properties, by their codes.
PROPERTIES = {d.number: n for n, d in BY_NAME.items() if d.number[:3] in ("RC1", "RC2", "RC3")}
_WORD = re.compile(r"[A-Za-z_]\w*")


class Slip(NamedTuple):
    """A word that is none of the language, where it begins, and the word that is meant; empty where that is open."""

    word: str
    at: int
    meant: str


def cut(code: str, at: int) -> Slip | None:
    """A word in whose middle reading stopped, because it begins with one of the language: `__must_holds`."""
    front = re.search(r"\w+$", code[:at])
    word = _WORD.match(code, front.start()) if front else None
    if word is None or word.end() <= at:
        return None
    meant = _OTHERS.get(word[0]) or slip(word[0], [*_ATTRIBUTES, *_PLAIN, *_HEADS])
    return Slip(word[0], word.start(), meant)


def attribute(word: str) -> str:
    """The word of a signature that is meant, or nothing."""
    listed = [*_ATTRIBUTES, *PARAMETERS]
    return _OTHERS.get(word) or slip(word, listed) or next((a for a in listed if a.lstrip("_") == word), "")


def keyword(code: str, at: int, spec: bool) -> Slip | None:
    """The word that begins the statement or declaration in which reading stopped, if it is nearly one of the language."""
    begin = max(code.rfind(c, 0, at) for c in ";{}") + 1
    line = code.rfind("\n", 0, at) + 1
    if begin <= line and _WORD.match(code, line) and line < at:  # at the first column something new begins
        begin = line
    alone = re.search(r"(?:\)|:|\belse)\s*(?=[A-Za-z_]\w*\s*$)", code[begin:at])  # behind a head or a label
    begin += alone.end() if alone else 0
    m = re.compile(r"\s*(?:else\s+)?([A-Za-z_]\w*)([ \t]*\(?)(?!\s*(?:[=:,.]|->))").match(code, begin)
    if m is None or m.end(1) > at or LIST.search(code, 0, begin) or _declared(code, m[1]):
        return None
    if code.count("{", 0, begin) <= code.count("}", 0, begin):
        behind = re.compile(r"\s+\w+\s*\(").match(code, m.end(1))
        words: tuple[str, ...] = _TYPES if behind else _DECLARES
    elif spec:
        words = ()
    elif m[2].endswith("("):
        closed = closing(code, m.end() - 1)
        words = _HEADS if closed >= 0 and not code[closed + 1 : at].strip() else ()
    else:
        words = _PLAIN
    meant = "" if m[1] in (*words, *_OF_C) else slip(m[1], list(words)) or _like(m[1], words)
    return Slip(m[1], m.start(1), meant) if meant else None


def _declared(code: str, word: str) -> bool:
    """The text has a variable or a function of that name."""
    return any(m[1] not in (*_HEADS, *_PLAIN) for m in re.finditer(rf"\b([A-Za-z_]\w*)[ \t*]+{word}\b", code))


def _like(word: str, words: tuple[str, ...]) -> str:
    """A longer word that is nearly the same."""
    return next(iter(get_close_matches(word, words, 1, 0.8)), "") if len(word) > 4 else ""


def builtin(word: str) -> str:
    """What takes a text that is meant by the name of a call, or nothing."""
    return slip(word, ["nondet", "unreachable"])


def property_meant(word: str) -> str:
    """The property that a word stands for: its code, or a word that is nearly a part of its name."""
    if word.upper() in PROPERTIES:
        return PROPERTIES[word.upper()]
    dashed = word.replace("_", "-")
    parts = {p: n for n in PROPERTIES.values() for p in (n, *n.split("-")) if len(p) > 3}
    near = slip(dashed, list(parts)) or next((p for p in parts if len(dashed) > 3 and p.startswith(dashed)), "")
    return parts.get(near, "")
