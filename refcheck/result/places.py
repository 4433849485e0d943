# SPDX-License-Identifier: GPL-2.0-only
"""Places and the lines that stand there: spans, sources and input errors as plain data."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic
from refcheck.base.files import MAX_SOURCE
from refcheck.base.source import SourceFile, Span
from refcheck.result.record import Place, Problem


def place(span: Span) -> Place:
    """A span as data."""
    return Place(span.path, span.line, span.col, span.end_line, span.end_col)


def quote(sources: Mapping[str, SourceFile], at: Place) -> str:
    """The first line of a place in a source that was read; empty where there is none."""
    lines = sources[at.file].lines() if at.file in sources else ()
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def problem(d: Diagnostic, sources: Mapping[str, SourceFile]) -> Problem:
    """An input error as data."""
    at = place(d.span)
    return Problem(d.code.number, d.code.name, d.message, at, d.notes, d.help, quote(sources, at))


def problems(diagnostics: Iterable[Diagnostic]) -> list[Problem]:
    """Input errors as data, each with the line that it is about where that can be read."""
    sources: dict[str, SourceFile] = {}
    listed = list(diagnostics)
    for d in listed:
        path = Path(d.span.path)
        if d.span.line and d.span.path not in sources and path.is_file():
            with path.open("rb") as f:
                sources[d.span.path] = SourceFile(d.span.path, f.read(MAX_SOURCE).decode("utf-8", "replace"))
    return [problem(d, sources) for d in listed]
