# SPDX-License-Identifier: GPL-2.0-only
"""How a run over files is split into shards; nothing of the parser is imported."""

from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.named import NamedTuple
from refcheck.store.keys import digest


class Part(NamedTuple):
    """Part `number` of `total` (from 1): the functions whose digest says so, whatever is in them."""

    number: int
    total: int

    def has(self, path: str, function: str) -> bool:
        """Whether a function of a model is in this part; every function is in one of `total` parts."""
        where = Path(path).as_posix()
        return int(digest(where, function), 16) % self.total == self.number - 1


def parse_part(text: str) -> Part:
    """The part that `K/N` means; InputError where it means none."""
    first, slash, second = text.partition("/")
    if slash and first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) < 20:
        part = Part(int(first), int(second))
        if 1 <= part.number <= part.total:
            return part
    help_text = "write K/N with K from 1 to N: --shard 2/4"
    raise InputError([error("usage", f"`{text}` is no part of a run", help_text=help_text)])
