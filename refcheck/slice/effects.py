# SPDX-License-Identifier: GPL-2.0-only
"""Whether a contract does more than look at what it is given."""

from refcheck.slice.words import CALL
from refcheck.syntax import ast


def gives_or_moves(contract: ast.ContractDef) -> bool:
    """The contract does more than look."""
    return any(
        e.verb not in ("use", "return")
        or isinstance(e.value, ast.Fresh)
        or (isinstance(e.value, ast.FromPlace) and e.value.how != "alias")
        for o in contract.outcomes for e in o.effects
    )  # fmt: skip


def acts(contract: ast.ContractDef) -> bool:
    """The contract does what makes a difference if it is done twice, or not at all."""
    moves = any(e.verb in ("enter", "leave", "sleep", "revoke") for o in contract.outcomes for e in o.effects)
    return moves or gives_or_moves(contract)


def does_something(contract: ast.ContractDef) -> bool:
    """The contract speaks of references or contexts, or asks for something."""
    sig = contract.sig
    asks = any(m.facts != (CALL,) for m in sig.must_hold)  # any call has that context
    return asks or bool(sig.requires) or sig.may_sleep or acts(contract)
