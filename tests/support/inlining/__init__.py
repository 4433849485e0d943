# SPDX-License-Identifier: GPL-2.0-only
"""Proofs compose: a caller that is proved with a contract is proved with the body of that contract in its place.

`joined` asks that of a unit: each function that has a body and a contract, and each function that calls it.  Where both
are proved apart, the contract is taken away, so that the body is lowered where it is called, and the caller must be
proved still (in all properties but sanity, which is about code that nothing reaches).  The explicit-state oracle
decides; neither the prover nor any reading of contracts by itself takes part in the answer.

`pairs` draws contracts, bodies that may keep them, and callers (contracts.py, callers.py).
"""

from __future__ import annotations

from inlining.callers import caller
from inlining.contracts import Drawn, draw
from inlining.question import Answer, apart, joined, without_contract

__all__ = ["Answer", "Drawn", "apart", "caller", "draw", "joined", "pairs", "without_contract"]


def pairs(seed: int, callers: int) -> tuple[Drawn, str]:
    """A contract with a body, and the text of a model that has it and so many callers."""
    from generator.choices import seeded

    c = seeded(seed)
    drawn = draw(c)
    found = [caller(c, drawn, f"f{i}") for i in range(callers)]
    return drawn, "\n".join([drawn.library, drawn.function, *found])
