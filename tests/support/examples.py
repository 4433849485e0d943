# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the documentation.

A fenced block whose info string starts with `refcheck` is a complete model.  What follows states its outcome:

    proved                        every function is PROVED
    refuted(leaked-ref, ...)      the refuted properties, over all functions, are exactly these
    vacuous(sanity, ...)          nothing is refuted or unknown, and these properties are VACUOUS
    error(RC002)                  the input is rejected, and the first diagnostic has this code
"""

import re
from pathlib import Path
from typing import NamedTuple

from command import ROOT

DOCS = ROOT / "docs"
DIAGNOSTICS = DOCS / "diagnostics"

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
STATED = re.compile(r"refcheck (?P<what>proved|refuted|vacuous|error)(?:\((?P<names>[^()]*)\))?")


class Block(NamedTuple):
    """One example: where it stands, what its page says of it, and the model."""

    page: str
    line: int
    what: str
    names: frozenset[str]
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """The refcheck blocks of a page; AssertionError where an info string is not understood."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        info = fence["info"].strip()
        if not info.startswith("refcheck"):
            continue
        shown = str(page.relative_to(ROOT))
        line = text.count("\n", 0, fence.start()) + 1
        stated = STATED.fullmatch(info)
        assert stated, f"{shown}:{line}: what does `{info}` state?"
        names = frozenset(n.strip() for n in (stated["names"] or "").split(",") if n.strip())
        assert bool(names) == (stated["what"] != "proved"), f"{shown}:{line}: `{info}`"
        found.append(Block(shown, line, stated["what"], names, fence["text"]))
    return found


def pages() -> list[Path]:
    """The pages whose examples are checked."""
    beside = [ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CONTRIBUTING")]
    return [*sorted(DOCS.glob("*.md")), *sorted(DIAGNOSTICS.glob("*.md")), *beside]


BLOCKS = [b for page in pages() for b in blocks_of(page)]
