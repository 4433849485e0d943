# SPDX-License-Identifier: GPL-2.0-only
"""Help for findings from C: repairs that were made in the text and verified.

A finding that is only possible gets its help with a condition, and only where that is asked for: there are many of these in
a run over a tree, and each repair that is tried takes as long as its function.
"""

from collections.abc import Callable

from refcheck.c import tree as c
from refcheck.infer.surveyed import Survey
from refcheck.result.edits import edits
from refcheck.result.record import Finding, Record
from refcheck.run.mend_c import CRepairs, mended

MOST_TRIED, MOST_OF_POSSIBLE = 10, 4  # repairs of a finding
MOST_VERIFIED = 30  # texts for the findings of one file
Verifier = Callable[[str, str], list[Record]]  # the records of a function in a text


def helped(
    records: list[Record], file: c.CFile, text: str, found: Survey, verifier: Verifier, possible: bool
) -> tuple[Record, ...]:  # fmt: skip
    """The records of a file, with help and repair for each finding that some change of one place mends.

    Those that are certain come first; of the `possible` ones only where that is wanted.
    """
    known: dict[tuple[str, str], list[Record]] = {}

    def verified(new: str, function: str) -> list[Record]:
        key = (function, new)
        if key not in known:
            known[key] = verifier(new, function) if len(known) < MOST_VERIFIED else []
        return known[key]

    functions = [f for f in file.items if isinstance(f, c.CFunction) and f.body is not None]
    contracts = {**found.declared, **found.inferred}

    def with_help(r: Record, f: Finding) -> Finding:
        certain = r.certainty(f) == "certain"
        made_of = CRepairs([g for g in functions if g.name == r.function], functions, contracts)
        most = MOST_TRIED if certain else MOST_OF_POSSIBLE
        new = mended(made_of, text, r, f, lambda tried: verified(tried, r.function), most)
        if new is None:
            return f
        words = new.words if certain else f"if this can happen, {new.words}"
        return f._replace(help=words, repair=edits(text, "\n".join(new.lines)))

    shown = [(r, f) for r in records for f in r.findings if f.place.file == r.model]
    sure = [(r, f) for r, f in shown if r.certainty(f) == "certain"]
    rest = [(r, f) for r, f in shown if r.certainty(f) != "certain"] if possible else []
    done = {id(f): with_help(r, f) for r, f in (*sure, *rest)}
    return tuple(r._replace(findings=tuple(done.get(id(f), f) for f in r.findings)) for r in records)
