# SPDX-License-Identifier: GPL-2.0-only
"""C in kernel style for the fuzzer: pieces of the corpus, spliced, cut and mangled."""

import random
from pathlib import Path

from refcheck.base.source import SourceFile
from refcheck.c.parse import parse
from refcheck.c.text import normalised

SOURCES = sorted((Path(__file__).parent.parent / "corpus" / "c").rglob("*.c"))
PIECES = (
    "#if A\n", "#else\n", "#endif\n", "/*", '"', "{", "}", "(", ")", "for_each_x(a) ", "typeof(", "\\\n", "#define X \\\n",
    "case 1:",
)  # fmt: skip


def spliced(rng: random.Random) -> str:
    """Two files of the corpus, a few of their lines cut, doubled or with something put before them."""
    lines = "".join(rng.choice(SOURCES).read_text(encoding="utf-8") for _ in range(2)).splitlines(keepends=True)
    for _ in range(rng.randrange(6)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        cut = lines[at][: rng.randrange(len(lines[at]) + 1)]
        lines[at] = rng.choice(("", lines[other], cut, rng.choice(PIECES) + lines[at]))
    return "".join(lines)


def read(text: str) -> None:
    """Read a text as C: it has a tree, and keeps its length and its lines."""
    source = SourceFile("m.c", text)
    made = normalised(source).text
    assert len(made) == len(text), "the text changed its length"
    assert made.count("\n") == text.count("\n"), "the text changed its lines"
    parse(source)
