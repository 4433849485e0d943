# SPDX-License-Identifier: GPL-2.0-only
"""Signs and words that can be mended where they stand, so that reading goes on with what is meant.

What is left out of a text hides what is wrong behind it, and makes other things wrong: a variable whose type is `unsigned
int` would not be declared.
"""

import re
from functools import cache

from refcheck.base.named import NamedTuple
from refcheck.syntax.habits import A_NUMBER, NUMBER_WORDS

_DIRECTIVES = "if|ifdef|ifndef|else|elif|endif|include|define|undef|pragma|error|line|warning"
_COMMENT = ("a comment begins with `//`", "write `//` in front of it", "")
_NUMBERS = rf"(?:{NUMBER_WORDS})\b"

# Pattern, what it is, what to do, and what is read in its place.
_STRAYS: tuple[tuple[str, str, str, str], ...] = (
    (r"^(?:<{7}|={7}|>{7}|\|{7})[^\n]*", "a merge left its marks here", "keep one of the two sides, and drop the marks", ""),
    (r"(?:(?<=\*/)[^\n*]*)?\*/", "this `*/` ends no comment", "leave it out: comments do not nest", ""),
    (rf"#(?!\s*(?:{_DIRECTIVES})\b)[^\n]*", *_COMMENT),
    (r"^[ \t]*--[ \t][^\n]*", *_COMMENT),
    ("[\u201c\u201d\u201e\u2033]([^\u201c\u201d\u201e\u2033\\n]*)[\u201c\u201d\u201e\u2033]",
     "these are not the quotes of C", 'write "\\1"', r'"\1"'),
    (r"(?<=use )'([^'\n]*)'", "the name of a spec stands in double quotes", r'write use "\1";', r'"\1"'),
    (r"@[ \t]+\d+|@[ \t]*(?!\d)\w*", "a line mark is `@` and a number", "write @123, the line of the source", ""),
    (r'(?<=^source )([^\s";]+)', "the name of a file stands in quotes", 'write source "\\1";', r'"\1"'),
    (r'(?<=\.c")[ \t]+(?=")', "a file and its version are divided by `,`", 'write source "FILE", "VERSION";', ","),
    (r'(?<=\.spec")[ \t]+(?=")', "the names of specs are divided by `,`", 'write use "A.spec", "B.spec";', ","),
    ("[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u2060\u3000\ufeff]+", "this is white space that C has not",
     "write a blank in its place", ""),
    (r"[\x00-\x08\x0b\x0e-\x1f\x7f]+", "a control character stands here", "delete it", ""),
    (rf"\b{_NUMBERS}(?:\s+(?:{_NUMBERS}|int\b))*+(?=\s+[A-Za-z_])(?!\s+(?:const|volatile)\b)", "a number is `int` or `bool`",
     A_NUMBER, "int"),
)  # fmt: skip


class Stray(NamedTuple):
    """What stands there in words, what to do, from where to where it goes, and what is read in its place."""

    message: str
    help: str
    start: int
    end: int
    instead: str


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.MULTILINE) for pattern, *_ in _STRAYS)


def stray(text: str, at: int) -> Stray | None:
    """What can be mended at a place of a text; None where nothing of these stands there."""
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = end if end >= 0 else len(text)
    for pattern, (_, message, help_text, instead) in zip(_patterns(), _STRAYS, strict=True):
        for m in pattern.finditer(text, begin, line):
            behind = instead and m.end() <= at and not text[m.end() : at].strip()
            if m.start() <= at < m.end() or behind:
                return Stray(message, m.expand(help_text), m.start(), m.end(), m.expand(instead))
    return None
