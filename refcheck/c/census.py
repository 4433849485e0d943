# SPDX-License-Identifier: GPL-2.0-only
"""Every call in the text of a function, found without the parser and without the table of macros.

What the parser or the slicer loses is noticed by comparison: a name before a parenthesis is a call to this scan, unless C
has the word for itself.  So it finds more than there is (a macro, a pointer to a function), and never less.
"""

import re

from refcheck.base.source import SourceFile, Span

_TOKEN = re.compile(
    r"//(?:[^\\\n]|\\.)*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'"
    r"|^[ \t]*#(?:[^\\\n]|\\.)*|([A-Za-z_]\w*)\s*\(",
    re.DOTALL | re.MULTILINE,
)
_WORDS = frozenset({
    "if", "while", "for", "switch", "return", "sizeof", "else", "do", "case", "typeof", "__typeof__", "typeof_member",
    "__typeof", "__attribute__", "_Alignof", "__alignof__", "asm", "__asm__", "offsetof", "volatile", "const", "and", "goto",
})  # fmt: skip


def calls_in_text(source: SourceFile, span: Span) -> tuple[tuple[str, int], ...]:
    """The names before a parenthesis in a stretch of a file, with their lines, in text order.

    What stands under `#if 0` or in the directives themselves is found as well where it looks like a call of the text.
    """
    lines = source.text.split("\n")[span.line - 1 : span.end_line]
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
