# SPDX-License-Identifier: GPL-2.0-only
"""Programs through the graph and through gcc, and where the two differ."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from generated import tasks

from as_c.build import outputs
from as_c.programs import DECLARED, program
from as_c.walk import Path, walk
from refcheck.base.diagnostics import InputError

if TYPE_CHECKING:
    import pathlib


class Compared(NamedTuple):
    """How many programs were not refused, how many paths were compared, and the programs that do something else as C.

    A path that reads what was never written is not compared: there C means nothing.
    """

    programs: int
    compared: int
    differ: tuple[str, ...]


def disagreements(seeds: range, folder: pathlib.Path, paths: int = 4) -> Compared:
    """Compare some paths through the program of each seed; gcc works in `folder`."""
    texts, runs = dict[str, str](), list[tuple[str, Path]]()
    for seed in seeds:
        name = f"p{seed}"
        try:
            cfg = tasks(f"{DECLARED}\n{program(seed, name)}")[-1].cfg
        except InputError:
            continue
        texts[name] = program(seed, name)
        runs += [(name, walk(cfg, Random(f"{seed} {n}"))) for n in range(paths)]
    whole = [(name, p) for name, p in runs if isinstance(p.ended, int)]
    ran = outputs(texts, [(name, p.tape) for name, p in whole], folder)
    differ = [n for (n, p), (words, result) in zip(whole, ran, strict=True) if (list(p.words), p.ended) != (words, result)]
    return Compared(len(texts), len(whole), tuple(sorted(set(differ))))
