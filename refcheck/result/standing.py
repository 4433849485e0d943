# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict is worth beside the others of its model: a proof that rests on a refuted contract is none.

A function is verified with the contracts of its callees.  Where the body of one of these is refuted, nothing is known of
callers: they are not as expected, unless the model says `expect kept(callee)` and means these callees exactly.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from refcheck.base.verdicts import Verdict, worst
from refcheck.result.record import CalledContract, Record

Beside = Mapping[str, Sequence[Record]]


class JudgedProperty(Protocol):
    """A property with its verdict, of a result or of a record."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def property(self) -> str: ...


def stand(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records of a run, in order, each with the functions of `broken` and with `as_expected` by that.

    Nothing is expected of C: what is said of it stays.
    """
    beside = by_model(records)
    return tuple(_stand(r, beside[r.model]) if r.from_c is None else r for r in records)


def by_model(records: Iterable[Record]) -> dict[str, Beside]:
    """The records of a run by their models, and those of each by the functions that they are of."""
    found: dict[str, dict[str, list[Record]]] = {}
    for r in records:
        found.setdefault(r.model, {}).setdefault(r.function, []).append(r)
    return dict(found)


def _stand(r: Record, beside: Beside) -> Record:
    broken = tuple(sorted(n for n, said in doubtful(r, beside).items() if said == Verdict.REFUTED))
    return r._replace(broken=broken, as_expected=_as_expected(r, broken, beside))


def _as_expected(r: Record, broken: tuple[str, ...], verified: Collection[str]) -> bool | None:
    """None where nothing is expected and nothing broken; of `kept`, only what was verified in this run is looked at."""
    if r.expected is None and not r.kept and not broken:
        return None
    found = {f"{v.lower()}({p})" for v, p in refuted_or_vacuous(r.properties)}
    return found == set(r.expected or ()) and set(broken) == {n for n in r.kept if n in verified}


def refuted_or_vacuous(properties: Sequence[JudgedProperty]) -> frozenset[tuple[str, str]]:
    """(verdict, property) for what is refuted; where nothing is, for what is vacuous."""
    refuted = frozenset((p.verdict, p.property) for p in properties if p.verdict == Verdict.REFUTED)
    return refuted or frozenset((p.verdict, p.property) for p in properties if p.verdict == Verdict.VACUOUS)


def doubtful(r: Record, beside: Beside) -> dict[str, str]:
    """The functions that a record rests on, directly or through others, and that the run does not prove: what it says.

    `beside` has the records of its model by function.  The text is empty for what the run does not verify.
    """
    found, todo, seen = dict[str, str](), list(r.rests_on), {r.function}
    while todo:
        name = todo.pop(0)
        if name in seen:
            continue
        seen.add(name)
        there = beside.get(name, ())
        bad = [other.verdict for other in there if other.verdict != Verdict.PROVED]
        if bad or not there:
            found[name] = min(bad, key=(Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS).index) if bad else ""
        todo += [n for other in there for n in other.rests_on]
    return found


def contract_standing(c: CalledContract, r: Record, beside: Beside) -> str:
    """What is known of a contract that a record applies: what the run says of its body, or why that is not asked.

    `proved`, `proved if kept by ...`, `REFUTED` and the like; `not verified here`; of what has no body at hand `trusted`;
    in C also `shown` by a body that only looks, and `assumed`.
    """
    there = beside.get(c.function, ())
    if there:
        bad = [other.verdict for other in there if other.verdict != Verdict.PROVED]
        doubted = dict.fromkeys(n for other in there for n in doubtful(other, beside))
        return worst(bad) if bad else "proved" + (f" if kept by {', '.join(doubted)}" if doubted else "")
    if c.function in r.rests_on:
        return "not verified here"
    return c.how if c.how in ("shown", "assumed") else "trusted"
