# SPDX-License-Identifier: GPL-2.0-only
"""The inputs of corpus/c: small C files before and after a fix, and what is expected of their functions.

Each starts with lines `// key: text`: `bug`, `from` (the number of the bug in corpus/ whose facts it was built after, where
there is one), `class` as in corpus/, and for each function that matters `expect: NAME proved` or
`expect: NAME refuted(PROPERTY, ...)`.
"""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "corpus" / "c"
VARIANTS = ("before", "after")
_LINE = re.compile(r"// (bug|from|class|expect): (.+)")
_EXPECT = re.compile(r"(\w+) (proved|refuted\(([a-z-]+(?:, [a-z-]+)*)\))")


class Expected(NamedTuple):
    """What is expected of a function: the properties that are refuted, none where it is proved."""

    function: str
    refuted: tuple[str, ...]


class Input(NamedTuple):
    """One file: the folder of its pair, before or after the fix, and what its head says."""

    folder: str
    variant: str
    bug: str
    source: str
    kind: str
    expected: tuple[Expected, ...]

    @property
    def path(self) -> Path:
        """Where it is."""
        return FOLDER / self.folder / f"{self.variant}.c"

    @property
    def number(self) -> str:
        """The number of the pair."""
        return self.folder.split("-")[0]


def folders() -> list[str]:
    """The pairs, by number."""
    return sorted(p.parent.name for p in FOLDER.glob("*/before.c"))


def read(folder: str, variant: str) -> Input:
    """One input; ValueError where its head is not of the form above."""
    heads: dict[str, list[str]] = {"bug": [], "from": [], "class": [], "expect": []}
    for line in (FOLDER / folder / f"{variant}.c").read_text(encoding="utf-8").splitlines()[1:]:
        found = _LINE.fullmatch(line)
        if not found:
            break
        heads[found[1]].append(found[2])
    (bug,), (kind,) = heads["bug"], heads["class"]
    return Input(folder, variant, bug, "".join(heads["from"]), kind, tuple(map(_expected, heads["expect"])))


def _expected(text: str) -> Expected:
    found = _EXPECT.fullmatch(text)
    if not found:
        raise ValueError(f"`{text}` is no expectation")
    return Expected(found[1], tuple(found[3].split(", ")) if found[3] else ())


def inputs() -> list[Input]:
    """All of them, pair after pair."""
    return [read(f, v) for f in folders() for v in VARIANTS]
