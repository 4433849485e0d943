# SPDX-License-Identifier: GPL-2.0-only
"""One function of a model in one entry context, ready to be verified."""

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG


class Task(NamedTuple):
    """One function of a model in one entry context, lowered; `overrides` has the calls whose contract is an override.

    `expected` has (verdict, property) of what is to be refuted or vacuous, None where nothing is; `kept` the functions whose
    contract is believed although they are refuted.
    """

    path: str
    cfg: CFG
    expected: frozenset[tuple[str, str]] | None
    kept: tuple[str, ...]
    assumes: tuple[str, ...]
    trusted: tuple[str, ...]
    kernel_file: str
    overrides: tuple[str, ...]
