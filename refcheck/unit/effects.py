# SPDX-License-Identifier: GPL-2.0-only
"""What an effect of a contract does to a place, as far as its text tells."""

from refcheck.syntax import ast

GIVING = ("release", "consume", "queue", "free")


def gives(outcome: ast.Outcome, param: str) -> list[ast.Effect]:
    """The effects by which the reference on a parameter that the caller hands over goes.

    A reference that the outcome takes itself and gives on (`hold d, p->slot = move d`) is not the caller's.
    """
    found, holds = list[ast.Effect](), list[ast.Effect]()
    for e in outcome.effects:
        source = moved(e)
        if source is not None and source.name == param and not source.slot:
            found.append(e)
        elif e.place and e.place.name == param and not e.place.slot:
            found += [e] if e.verb in GIVING else []
            holds += [e] if e.verb in ("hold", "try_hold") else []
    while found and holds and found[-1].when is None and holds[-1].when is None:
        found.pop()
        holds.pop()
    return found


def moved(e: ast.Effect) -> ast.EffectPlace | None:
    """What an effect moves from."""
    return e.value.place if isinstance(e.value, ast.FromPlace) and e.value.how == "move" else None


def source(e: ast.Effect) -> ast.EffectPlace | None:
    """What an effect reads a value from."""
    return e.value.place if isinstance(e.value, ast.FromPlace) else None
