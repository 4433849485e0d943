# SPDX-License-Identifier: GPL-2.0-only
"""What every rendering says of verdicts from C in the same words: how certain, on what they rest, how many there are."""

import re
from collections.abc import Sequence

from refcheck.base.verdicts import OF_FUNCTIONS, UNREAD, Verdict
from refcheck.render.text import clean
from refcheck.result.record import Finding, FromC, Record

_KINDS = {"lends": "only looks at its arguments", "store": "", "entry": ""}


def verdict_word(r: Record) -> str:
    """The verdict, SUSPECT where no finding is certain, with `from C` behind it where that is where it comes from."""
    word = "SUSPECT" if r.suspect else str(r.verdict)
    return f"{word} from C" if r.from_c is not None else word


def in_figures(r: Record, c: FromC) -> str:
    """What a verdict from C rests on, in figures."""
    if c.how == UNREAD:
        return r.properties[0].reason or ""
    lends = sum(a.kind == "lends" for a in c.assumed)
    other = len(c.assumed) - lends
    parts = [f"{lends} callees assumed to lend", f"{len(c.inferred)} contracts inferred", "0 calls lost"]
    parts += [f"{other} other assumptions"] if other else []
    parts += [f"variants {', '.join(c.variant)}"] if c.variant else []
    return ", ".join(parts)


def assumptions(r: Record) -> list[str]:
    """What a verdict from C assumes, each with its place, and what is not clear."""
    if r.from_c is None:
        return []
    c = r.from_c
    found = [f"assumes: {_assumed(a.kind, a.text)} ({a.place})" for a in c.assumed]
    found += [f"not clear: {text}" for text in c.ambiguous]
    found += [f"contracts inferred: {', '.join(c.inferred)}"] if c.inferred else []
    found += [f"own contract: {c.how}"] if c.how != UNREAD else []
    return [clean(text) for text in found]


def rests_on(r: Record, f: Finding) -> list[str]:
    """What makes a finding from C possible only: what is not clear, and what is assumed of objects or on its path."""
    if r.from_c is None:
        return []
    c, passed = r.from_c, set(re.findall(r"\w+", " ".join(s.event for s in f.steps)))
    lines = {s.place.line for s in f.steps}
    found = list(c.ambiguous)
    found += [f"{_assumed(a.kind, a.text)} (line {a.place.line})" for a in c.assumed if a.kind != "lends"]
    found += [f"the contract of {n}() is inferred from its body" for n in c.inferred if n in passed]
    lends = [a for a in c.assumed if a.kind == "lends" and a.place.line in lines]
    found += [f"{_assumed(a.kind, a.text)} (line {a.place.line})" for a in lends]
    return [clean(text) for text in dict.fromkeys(found)]


def _assumed(kind: str, text: str) -> str:
    return f"`{text}` {_KINDS[kind]}" if _KINDS.get(kind) else text if kind in _KINDS else f"{kind}: {text}"


Counts = list[tuple[str, Verdict, int]]


def totals(records: Sequence[Record], order: Sequence[Verdict] = OF_FUNCTIONS) -> list[tuple[str, Counts]]:
    """For models and for C, where there are any: how many of each, as (word, verdict, number)."""
    found = []
    for name, from_c in (("from models", False), ("from C", True)):
        of = [r for r in records if (r.from_c is not None) == from_c]
        counts = [
            (word, v, n)
            for v in order
            for word, suspect in ((str(v), False), *([("SUSPECT", True)] if v == Verdict.REFUTED else []))
            if (n := sum(r.verdict == v and r.suspect == suspect for r in of))
        ]
        if counts:
            found.append((name, counts))
    return found


def totals_text(records: Sequence[Record], order: Sequence[Verdict] = OF_FUNCTIONS) -> str:
    """`3 PROVED, 1 REFUTED`, for models and for C apart where there are records from C; empty where there are none."""
    parts = totals(records, order)
    texts = [(name, ", ".join(f"{n} {word}" for word, _, n in counts)) for name, counts in parts]
    return texts[0][1] if [name for name, _ in texts] == ["from models"] else "; ".join(f"{n}: {t}" for n, t in texts)
