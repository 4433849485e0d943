# SPDX-License-Identifier: GPL-2.0-only
"""Contracts that are named as what takes an object out of the place from which another one lends it under a lock.

A lock keeps a field from everybody but its holder.  That `sk_dst_xchg(sk)` empties the field from which `__sk_dst_get(sk)`
lends is told by their names alone.  Where nobody proves such a contract, it has to say what ends, as kfree() has to
(contracts.py); to say it once too often is safe.
"""

from collections.abc import Collection, Iterator, Mapping

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.named import NamedTuple
from refcheck.syntax import ast
from refcheck.unit.effects import source

_EMPTYING = frozenset({"xchg", "cmpxchg", "swap", "replace", "steal", "detach", "unlink", "reset", "clear", "unset"})


class _Loan(NamedTuple):
    """A contract that lends something for a lock: its name, the resource of an argument, and the fact for which it lends."""

    name: str
    container: str
    fact: str


def check_emptied(
    resources: Mapping[str, ast.ResourceDef], facts: Mapping[str, tuple[str, ...]],
    contracts: Mapping[str, ast.ContractDef], bodies: Collection[str],
) -> list[Diagnostic]:  # fmt: skip
    """What takes an object out of a place, by its name, and does not say what is lent from there."""
    readers = {c for r in resources.values() for c in facts.get(r.freed_after or "", ())}
    loans = [x for c in contracts.values() for x in _loans(c, resources, {f for f in facts if set(facts[f]) - readers})]
    found = list[Diagnostic]()
    for name, c in contracts.items():
        words = set(name.split("_"))
        if not words & _EMPTYING or name in bodies or _says(c):
            continue
        kinds = {p.type.name for p in c.sig.params}
        loan = next((x for x in loans if x.container in kinds and words & set(x.name.split("_")) - {""}), None)
        if loan is not None:
            text = f"`{name}` takes out, by its name, what `{loan.name}` lends while `{loan.fact}` is held"
            found.append(error("bad-contract", text, c.span, f"write `revoke {loan.fact}` in the outcomes that take it out"))
    return found


def _loans(c: ast.ContractDef, resources: Collection[str], locks: Collection[str]) -> Iterator[_Loan]:
    """What a contract lends for a lock, for each argument from which that can be."""
    lent = [e.value.until for o in c.outcomes for e in o.effects if e.verb == "return" and isinstance(e.value, ast.Fresh)]
    for fact in sorted({f for until in lent for f in until if f in locks}):
        yield from (_Loan(c.sig.name, p.type.name, fact) for p in c.sig.params if p.type.name in resources)


def _says(c: ast.ContractDef) -> bool:
    """The contract says what ends: what is lent for a fact, or the content of a slot."""
    effects = [e for o in c.outcomes for e in o.effects]
    return any(e.verb == "revoke" or any(p and p.slot for p in (e.place, source(e))) for e in effects)
