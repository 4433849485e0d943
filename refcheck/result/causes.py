# SPDX-License-Identifier: GPL-2.0-only
"""Records of C functions with one finding for each cause: over the variants that `#if` makes of a function, and over paths.

Two paths have one cause where they break one property in one way, of one object to which the same happened last.
"""

from collections.abc import Iterable
from typing import TypeVar

from refcheck.base.verdicts import UNREAD, Verdict, worst
from refcheck.result.record import CalledContract, Finding, FromC, PropertyRecord, Record, Step

_MOST_LINES = 8
_T = TypeVar("_T")


def one_record_each(records: Iterable[Record]) -> list[Record]:
    """One record for each function and entry context, in order, each with one finding for each cause."""
    found: dict[tuple[str, str | None], list[Record]] = {}
    for r in records:
        found.setdefault((r.function, r.entry), []).append(r)
    return [_by_cause(_joined(variants)) for variants in found.values()]


def _by_cause(r: Record) -> Record:
    """The record with one finding for each cause: a certain one if there is one, else the shortest; it names the others."""
    if r.from_c is None or len(r.findings) < 2:
        return r
    groups: dict[tuple[object, ...], list[tuple[Finding, bool]]] = {}
    for f, certain in zip(r.findings, r.from_c.certain, strict=True):
        last = f.labels[-2].place if len(f.labels) > 1 else None
        groups.setdefault((f.property, f.reason, f.subject, last), []).append((f, certain))
    kept = [_first(group) for group in groups.values()]
    return r._replace(findings=tuple(f for f, _ in kept), from_c=r.from_c._replace(certain=tuple(c for _, c in kept)))


def _first(group: list[tuple[Finding, bool]]) -> tuple[Finding, bool]:
    """What stands for all findings of a cause."""
    first, certain = min(group, key=lambda g: (not g[1], len(g[0].steps)))
    lines = sorted({f.place.line for f, _ in group} - {first.place.line})
    if lines:
        more = f" and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
        shown = ", ".join(map(str, lines[:_MOST_LINES]))
        note = f"the same happens at line{'s' if lines[1:] else ''} {shown}{more}"
        first = first._replace(notes=(*first.notes, note), occurrences=sum(f.occurrences for f, _ in group))
    return first, certain


# ---------------------------------------------------------------------------------------------- variants


def _joined(variants: list[Record]) -> Record:
    """The variants of a function as one record: what any of them breaks, and what any of them rests on."""
    first = variants[0]
    if len(variants) == 1 or any(r.from_c is None for r in variants):
        return first
    drawn = next((r for r in variants if r.findings), first)
    shown: list[tuple[Finding, bool]] = []
    for r in variants:
        assert r.from_c is not None
        of = " && ".join(r.from_c.variant)
        for f, certain in zip(r.findings, r.from_c.certain, strict=True):
            note = (f"this is the variant {of}",) if of else ()
            shown.append((f._replace(notes=(*f.notes, *note), steps=f.steps if r is drawn else _off(f.steps)), certain))
    return first._replace(
        verdict=worst(r.verdict for r in variants),
        properties=tuple(_property([r.properties[i] for r in variants]) for i in range(len(first.properties))),
        findings=tuple(f for f, _ in shown),
        unreached=_once(u for r in variants for u in r.unreached),
        rests_on=_once(n for r in variants for n in r.rests_on),
        trusts=_once(n for r in variants for n in r.trusts),
        locations=sum(r.locations for r in variants),
        states=sum(r.states for r in variants),
        queries=sum(r.queries for r in variants),
        obligations=sum(r.obligations for r in variants),
        acyclic=all(r.acyclic for r in variants),
        certificate=_certificate(variants),
        graph=drawn.graph,
        balance=_once(b for r in variants for b in r.balance),
        contracts=_called([c for r in variants for c in r.contracts]),
        from_c=_rests([r.from_c for r in variants if r.from_c is not None], tuple(c for _, c in shown)),
    )


def _off(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Steps without their edges, which are those of another graph than the one that is drawn."""
    return tuple(s._replace(path=()) for s in steps)


def _property(parts: list[PropertyRecord]) -> PropertyRecord:
    verdicts = [p.verdict for p in parts]
    said = Verdict.NOTHING if set(verdicts) == {Verdict.NOTHING} else worst(v for v in verdicts if v != Verdict.NOTHING)
    reason = next((p.reason for p in parts if p.verdict == said and p.reason), None)
    return PropertyRecord(parts[0].property, said, sum(p.obligations for p in parts), sum(p.reached for p in parts), reason)


def _certificate(variants: list[Record]) -> str | None:
    if any(r.certificate is None for r in variants):
        return None
    return f"{sum(r.states for r in variants)} states in {len(variants)} variants"


def _rests(parts: list[FromC], certain: tuple[bool, ...]) -> FromC:
    how = UNREAD if any(p.how == UNREAD for p in parts) else parts[0].how
    return FromC(
        how, certain, _once(a for p in parts for a in p.assumed), _once(n for p in parts for n in p.inferred),
        _once(n for p in parts for n in p.untouched), _once(" && ".join(p.variant) for p in parts if p.variant),
        _once(t for p in parts for t in p.ambiguous), "\n\n".join(_once(p.slice for p in parts if p.slice)),
        parts[0].contract,
    )  # fmt: skip


def _called(parts: list[CalledContract]) -> tuple[CalledContract, ...]:
    """The contracts of all callees, each once, with the calls of all variants."""
    found: dict[str, CalledContract] = {}
    for c in parts:
        known = found.setdefault(c.function, c)
        found[c.function] = known._replace(calls=tuple(sorted({*known.calls, *c.calls})))
    return tuple(found.values())


def _once(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))
