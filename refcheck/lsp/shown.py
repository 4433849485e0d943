# SPDX-License-Identifier: GPL-2.0-only
"""What was found, as the protocol shows it: diagnostics on the lines, and lenses above the functions."""

import os
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from refcheck.base.source import Span
from refcheck.base.verdicts import Verdict
from refcheck.lsp.check import Analysis
from refcheck.lsp.units import absolute
from refcheck.lsp.words import TextWords
from refcheck.render.c_words import verdict_word
from refcheck.render.facts import remarks
from refcheck.render.text import clean
from refcheck.result.record import Finding, Place, Problem, Record

SHOW = "refcheck.show"
_SOURCE = "refcheck"
_Severity = types.DiagnosticSeverity


def diagnostics(analysis: Analysis, words: TextWords) -> list[types.Diagnostic]:
    """Everything that is wrong with a file, on its lines."""
    found = [_problem(p, analysis.path, words) for p in analysis.problems]
    for r in analysis.records:
        found += [_finding(r, f, analysis.path, words) for f in r.findings]
        found += list(_idle(r, words))
    return list({(d.range.start.line, d.range.start.character, d.code, d.message): d for d in found}.values())


def _problem(p: Problem, path: str, words: TextWords) -> types.Diagnostic:
    return _diagnostic(p.place, path, words, _Severity.Error, p.code, "\n".join([p.message, *remarks(p)]))


def _finding(r: Record, f: Finding, path: str, words: TextWords) -> types.Diagnostic:
    expected = r.as_expected is True or r.certainty(f) == "possible"
    where = f" (in {r.entry})" if r.entry else ""
    rows = [f"{f.property}: {f.title}{where}", *remarks(f)]
    if expected:
        rows.append("note: the model expects it" if r.as_expected else "note: this rests on an assumption")
    made = _diagnostic(f.place, path, words, _Severity.Information if expected else _Severity.Error, f.code, "\n".join(rows))
    here = [m for m in f.labels if absolute(m.place.file) == path]
    places = [types.Location(uri_of(path), words.range(span_of(m.place))) for m in here]
    texts = [clean(m.text) for m in here]
    made.related_information = [types.DiagnosticRelatedInformation(p, t) for p, t in zip(places, texts, strict=True)]
    return made


def _idle(r: Record, words: TextWords) -> Iterator[types.Diagnostic]:
    """What nothing reaches, and what no answer was found to."""
    if r.as_expected is True:
        return
    path = absolute(r.model)
    for u in r.unreached:
        yield _diagnostic(u.place or r.place, path, words, _Severity.Warning, "RC302", f"nothing reaches this: {u.text}")
    unknown = [p for p in r.properties if p.verdict == Verdict.UNKNOWN]
    if unknown:
        text = f"{r.name} is UNKNOWN: {unknown[0].reason or 'no reason is known'}"
        yield _diagnostic(r.place, path, words, _Severity.Warning, "UNKNOWN", text)


def _diagnostic(
    at: Place, path: str, words: TextWords, severity: types.DiagnosticSeverity, code: str, message: str
) -> types.Diagnostic:
    if at.file and absolute(at.file) != path:  # in a file that is used: said where it is used
        line = next((n for n, row in enumerate(words.lines, 1) if row.lstrip().startswith("use ")), 1)
        message, at = f"{at}: {message}", Place(path, line, 1, line, len(words.lines[line - 1]) + 1)
    return types.Diagnostic(words.range(span_of(at)), clean_lines(message), severity, code, source=_SOURCE)


def clean_lines(text: str) -> str:
    """A text without what steers a terminal."""
    return "\n".join(map(clean, text.split("\n")))


def span_of(at: Place) -> Span:
    """A place of a record as a span."""
    return Span(at.file, at.line, at.column, at.end_line, at.end_column)


def uri_of(path: str) -> str:
    """A path as the protocol names it."""
    return Path(os.path.abspath(path)).as_uri()


def lenses(analysis: Analysis, functions: list[tuple[str, Span]], words: TextWords, uri: str) -> list[types.CodeLens]:
    """The verdict of each function above its head, and the way to its report."""
    found = []
    for name, span in functions:
        records = [r for r in analysis.records if r.function == name]
        at = types.Range(words.position(span.line, 1), words.position(span.line, 1))
        if records:
            found.append(types.CodeLens(at, types.Command(_verdict(records), SHOW, arguments=[uri, name])))
            if any(r.findings for r in records):
                found.append(types.CodeLens(at, types.Command("show trace", SHOW, arguments=[uri, name])))
        else:
            title = "verifying ..." if name in analysis.pending else "not verified"
            found.append(types.CodeLens(at, types.Command(title, SHOW, arguments=[uri, name])))
    return found


def _verdict(records: list[Record]) -> str:
    """`PROVED`, or a part for each entry context where they differ."""
    parts: dict[str, list[str]] = {}
    for r in records:
        broken = dict.fromkeys(f.property for f in r.findings)
        expected = "" if r.as_expected is None else " (expected)" if r.as_expected else " (NOT as expected)"
        kept = f" if the contract was kept by {', '.join(r.broken)}" if r.broken else ""
        said = " ".join([verdict_word(r), ", ".join(broken)]).strip() + kept + expected
        parts.setdefault(said, []).append(r.entry or "any caller")
    if len(parts) == 1:
        return next(iter(parts))
    return "; ".join(f"{said} [{', '.join(entries)}]" for said, entries in parts.items())
