# SPDX-License-Identifier: GPL-2.0-only
"""What every form of a judgement says in the same words: what changed, who is affected, the path that breaks it."""

import difflib

from refcheck.base.diagnostics import BY_NAME
from refcheck.gate.breach import Breach, Judgement
from refcheck.render.facts import finding_lines, kernel_text, relative, remarks
from refcheck.render.text import clean
from refcheck.result.record import Place, Problem

_MOST_LINES, _MOST_NAMES, _MOST_TRACES = 24, 12, 4


def change(b: Breach) -> list[str]:
    """What was and what is: as lines of a difference, or in one line each."""
    if b.base == b.head:
        return [clean(f"  {b.base} (as it was)")]
    old, new = b.base.splitlines(), b.head.splitlines()
    if len(old) > 1 or len(new) > 1:
        lines = [x for x in difflib.ndiff(old, new) if x[0] in "+-"]
        more = [f"... {len(lines) - _MOST_LINES} lines more"] if len(lines) > _MOST_LINES else []
        return [clean(x) for x in lines[:_MOST_LINES]] + more
    return [clean(f"- {b.base}"), clean(f"+ {b.head}")] if b.head else [clean(f"- {b.base}")]


def code(b: Breach) -> str:
    """The number of the rule."""
    return BY_NAME[b.rule].number


def summary(j: Judgement) -> str:
    """The whole in one line."""
    what = f"{len(j.breaches)} rules broken" if len(j.breaches) != 1 else "1 rule broken"
    if not j.breaches:
        what = "not all could be read" if j.errors else "passed"
    against = f"against {j.base[:12]}" if j.base else "against what the models expect"
    left = f", {j.untouched} models untouched" if j.base else ""
    left += f"; {len(j.errors)} input errors" if j.errors else ""
    return f"gate {against}: {what}; {j.verified} verdicts in {len(j.models)} models{left}"


def affected(b: Breach) -> str:
    """Who rests on it, as far as they fit."""
    more = f" and {len(b.affected) - _MOST_NAMES} more" if len(b.affected) > _MOST_NAMES else ""
    return clean(", ".join(b.affected[:_MOST_NAMES]) + more) or "nothing else in the models"


def where(at: Place, base: str) -> str:
    """A place in one line."""
    return clean(str(at._replace(file=relative(at.file, base))))


def trace(b: Breach, base: str) -> list[str]:
    """The findings behind a breach: what is broken, the steps of a shortest path to it, the repair if there is one."""
    out: list[str] = []
    for f in b.findings[:_MOST_TRACES]:
        kernel = f", kernel {kernel_text(f)}" if f.kernel else ""
        out += [clean(f"{f.property}: {f.title} ({where(f.place, base)}{kernel})"), *finding_lines(f)]
        out += [clean(f"- {x}") for e in f.repair for x in e.old] + [clean(f"+ {x}") for e in f.repair for x in e.new]
    more = len(b.findings) - _MOST_TRACES
    return out + ([f"and {more} findings more"] if more > 0 else [])


def body(b: Breach, base: str) -> list[str]:
    """All that is said of a breach behind its message."""
    return [*change(b), *trace(b, base), f"affected: {affected(b)}", clean(f"help: {b.help}")]


def problem(p: Problem) -> list[str]:
    """An input error: what is wrong and where, notes, what to do."""
    at = f" ({p.place})" if p.place.file else ""
    return [clean(line) for line in (f"{p.name}: {p.message}{at}", *remarks(p))]
