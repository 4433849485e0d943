# SPDX-License-Identifier: GPL-2.0-only
"""Every call in the text of a function, found without the parser and without the table of macros.

What the parser or the slicer loses is noticed by comparison: a name before a parenthesis is a call to this scan, unless C
has the word for itself.  So it finds more than there is (a macro, a pointer to a function), and never less.
"""

import re
from collections.abc import Sequence

from refcheck.base.source import SourceFile, Span

_TOKEN = re.compile(
    r"//(?:[^\\\n]|\\.)*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'"
    r"|^[ \t]*#(?:[^\\\n]|\\.)*|\b([A-Za-z_]\w*+)\s*\(",
    re.DOTALL | re.MULTILINE,
)
_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b(.*)")
_WORDS = frozenset({
    "if", "while", "for", "switch", "return", "sizeof", "else", "do", "case", "typeof", "__typeof__", "typeof_member",
    "__typeof", "__attribute__", "_Alignof", "__alignof__", "asm", "__asm__", "offsetof", "volatile", "const", "and", "goto",
})  # fmt: skip


def calls_in_text(source: SourceFile, span: Span) -> tuple[tuple[str, int], ...]:
    """The names before a parenthesis in a stretch of a file, with their lines, in text order.

    What stands under `#if 0` is no text of the function.
    """
    lines = _live(source.lines()[span.line - 1 : span.end_line])
    text = "\n".join(lines)
    brace = text.find("{")
    found: list[tuple[str, int]] = []
    line, at = span.line, 0
    for token in _TOKEN.finditer(text, max(0, brace)):
        line += text.count("\n", at, token.start())
        at = token.start()
        if token[1] and token[1] not in _WORDS:
            found.append((token[1], line))
    return tuple(found)


def _live(lines: Sequence[str]) -> list[str]:
    """The lines with those below `#if 0` empty."""
    found: list[str] = []
    depth = dead = 0
    for line in lines:
        words = _DIRECTIVE.match(line)
        if words and words[1].startswith("if"):
            depth += 1
            dead = dead or (depth if words[1] == "if" and words[2].split("/*")[0].split("//")[0].strip() == "0" else 0)
        elif words and words[1] in ("endif", "else", "elif"):
            dead = 0 if dead == depth else dead
            depth -= words[1] == "endif"
        found.append("" if dead else line)
    return found
