# SPDX-License-Identifier: GPL-2.0-only
"""What several renderings say in the same words: verdicts, reasons, lines of a trace, paths relative to a folder."""

import os
from collections.abc import Collection

from refcheck.base.verdicts import Verdict
from refcheck.render.c_words import verdict_word
from refcheck.render.text import clean
from refcheck.result.record import Finding, Problem, Record, Run, Step
from refcheck.result.standing import Beside, doubtful, refuted_or_vacuous


def passes(r: Record) -> bool:
    """The record counts as good: proved, or exactly as the model expects, with nothing unknown."""
    if any(p.verdict == Verdict.UNKNOWN for p in r.properties):
        return False
    return r.as_expected if r.as_expected is not None else r.verdict == Verdict.PROVED


def mark(r: Record) -> str:
    """`pass`, `FAIL`, or `possible` where all that is broken is only possible."""
    return "pass" if passes(r) else "possible" if r.suspect else "FAIL"


def verdict_text(r: Record, beside: Beside | None = None) -> str:
    """`REFUTED: leaked-ref (expected)`, `PROVED if kept by g` and the like.

    `beside` are the records of its model: with them it says of all that are not proved there, else of refuted ones alone.
    """
    bad = {Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS} & {r.verdict}
    broken = ", ".join(p.property for p in r.properties if p.verdict in bad)
    tail = {None: "", True: " (expected)", False: " (NOT as expected)"}[r.as_expected]
    doubted = "" if broken else ", ".join(doubtful(r, beside) if beside is not None else r.broken)
    kept = f" if kept by {doubted}" if doubted else ""
    return clean(f"{verdict_word(r)}{f': {broken}' if broken else ''}{kept}{tail}")


def expectation(records: Collection[Record]) -> str:
    """`2 not as expected`, or `all as expected` where some were expected to fail and nothing went wrong; empty otherwise."""
    surprises = sum(r.as_expected is False for r in records)
    if surprises:
        return f"{surprises} not as expected"
    return "all as expected" if any(r.as_expected for r in records) and all(map(passes, records)) else ""


def surprises(r: Record) -> list[str]:
    """What the model does not expect, apart from findings: refuted callees, and expectations that do not come true."""
    unsaid = [n for n in r.broken if n not in r.kept]
    out = [f"it rests on `{n}`, which is refuted: repair that, or say `expect kept({n})`" for n in unsaid]
    if r.as_expected is False:
        missed = sorted(set(r.expected or ()) - {f"{v.lower()}({p})" for v, p in refuted_or_vacuous(r.properties)})
        out += [f"`{text}` is expected and not found" for text in missed]
        out += [f"`kept({n})` is expected, and it rests on no such refuted function" for n in r.kept if n not in r.broken]
    return [clean(text) for text in out]


def reasons(r: Record) -> list[str]:
    """Why something is unknown, vacuous or not as expected, and what nothing reaches."""
    out = surprises(r)
    for p in r.properties:
        if p.verdict == Verdict.UNKNOWN:
            out.append(f"unknown {p.property}: {p.reason or 'no reason is known'}")
        elif p.verdict == Verdict.VACUOUS and p.property != "sanity":
            out.append(f"vacuous: {p.property}: nothing reaches its {p.obligations} obligations")
    out += [f"unreached: {u.text} ({u.place})" if u.place else f"unreached: {u.text}" for u in r.unreached]
    return [clean(text) for text in out]


def step_text(s: Step) -> str:
    """A step in one line: number, line, event, changes."""
    kernel = f" (kernel line {s.kernel_line})" if s.kernel_line else ""
    changed = "; ".join(map(str, s.changes))
    return clean(f"step {s.number}, line {s.place.line}{kernel}: {s.event}" + (f" [{changed}]" if changed else ""))


def remarks(about: Finding | Problem) -> list[str]:
    """The notes and the help, as they are."""
    return [*(f"note: {n}" for n in about.notes), *([f"help: {about.help}"] if about.help else [])]


def finding_lines(f: Finding) -> list[str]:
    """A finding as plain lines: its steps, notes and help."""
    return [*map(step_text, f.steps), *map(clean, remarks(f))]


def kernel_text(f: Finding) -> str:
    """`file:line` of the kernel source, empty where the model names none."""
    return clean(f"{f.kernel.file}:{f.kernel.line}") if f.kernel else ""


def relative(path: str, base: str) -> str:
    """A path below `base` relative to it, with slashes; others as they are."""
    if base and os.path.isabs(path) and os.path.commonpath([base, path]) == base:
        path = os.path.relpath(path, base)
    return path.replace(os.sep, "/")


def models(run: Run) -> dict[str, list[Record]]:
    """The records by model, in the order of the run."""
    found: dict[str, list[Record]] = {}
    for r in run.results:
        found.setdefault(r.model, []).append(r)
    return found
