# SPDX-License-Identifier: GPL-2.0-only
"""The table of macros.toml, by word."""

import tomllib
from functools import cache
from pathlib import Path

from refcheck.base.named import NamedTuple

_KINDS = (
    "annotations",
    "annotations_with_arguments",
    "sizes",
    "type_of",
    "loops",
    "scopes",
    "sections",
    "blocks",
    "members",
)


class Template(NamedTuple):
    """What stands for the parts of a macro: its opening, each comma, its closing parenthesis.

    `drop` arguments from the first on are blanked, and those behind the first `keep` (-1: none).
    """

    open: str
    commas: tuple[str, ...]
    close: str
    drop: int
    keep: int


class Table(NamedTuple):
    """The table: what is done with a word, patterns of loops, and the macros that declare."""

    words: dict[str, str]
    loops: tuple[str, ...]
    types: frozenset[str]
    definers: dict[str, str]
    declares: dict[str, str]
    templates: dict[str, Template]


@cache
def table() -> Table:
    """The table of macros."""
    data = tomllib.loads((Path(__file__).parent / "macros.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    for kind in _KINDS:
        for word in data[kind]:
            words[word] = "either" if words.get(word) == "annotations" else kind
    words |= dict.fromkeys(data["templates"], "template") | {"__free": "free", "static": "static"}
    templates = {
        n: Template(t["open"], tuple(t.get("commas", ())), t["close"], t.get("drop", 0), t.get("keep", -1))
        for n, t in data["templates"].items()
    }
    return Table(
        words, tuple(data["loop_patterns"]), frozenset(data["types"]), data["function_definers"], data["declares"], templates
    )


_ACTIONS: dict[str, str] = {}


def action(word: str) -> str:
    """What the table does with a word; empty for most."""
    known = _ACTIONS.get(word)
    if known is None:
        if len(_ACTIONS) > 200_000:
            _ACTIONS.clear()
        known = table().words.get(word)
        if known is None:
            low = word.lower()
            known = "loops" if any(p in low for p in table().loops) else ""
        _ACTIONS[word] = known
    return known
