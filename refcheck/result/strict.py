# SPDX-License-Identifier: GPL-2.0-only
"""What stays of a verdict from C where no assumption is taken: one that rests on an assumption is none."""

from refcheck.base.verdicts import Verdict
from refcheck.result.record import Record

_SHOWN = 3


def strict(r: Record) -> Record:
    """The record with UNKNOWN in place of what is proved only by what no source at hand says."""
    c = r.from_c
    if c is None or r.verdict not in (Verdict.PROVED, Verdict.VACUOUS) or not (c.assumed or c.ambiguous):
        return r
    texts = [*(f"{a.kind}: {a.text}" for a in c.assumed), *c.ambiguous]
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    why = f"it rests on what no source says: {'; '.join(texts[:_SHOWN])}{more}"
    properties = tuple(
        p._replace(verdict=Verdict.UNKNOWN, reason=why) if p.verdict == Verdict.PROVED else p for p in r.properties
    )
    return r._replace(properties=properties, verdict=Verdict.UNKNOWN)
