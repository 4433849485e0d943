"""What the commands share: statuses, styles, and how input errors are shown.

0 all proved, 1 some refuted or vacuous, 2 bad input or usage, 3 some unknown and none refuted, 70 a fault of refcheck.
"""

import sys
from pathlib import Path

import click

from refcheck.diagnostics import Diagnostic
from refcheck.report.record import Problem
from refcheck.report.text import Style, render_problem
from refcheck.source import SourceFile

EXIT_BAD_INPUT, EXIT_FAULT = 2, 70
LONGEST = 1e6

specs_option = click.option(
    "--specs", type=click.Path(path_type=Path), metavar="DIR", help="Look for contracts here first."
)
function_option = click.option(
    "--function", "-f", "only", multiple=True, metavar="NAME", help="This function only (repeatable)."
)
timeout_option = click.option(
    "--timeout", default=60.0, show_default=True, help="Seconds per function; 0 for no limit."
)


def style() -> Style:
    """Colours on a terminal, unless NO_COLOR is set."""
    import os

    return Style(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def problems(diagnostics: list[Diagnostic]) -> list[Problem]:
    """Input errors as data, each with the line that it is about where that can be read."""
    from refcheck.report.places import problem

    sources: dict[str, SourceFile] = {}
    for d in diagnostics:
        path = Path(d.span.path)
        if d.span.line and d.span.path not in sources and path.is_file():
            sources[d.span.path] = SourceFile(d.span.path, path.read_text(encoding="utf-8", errors="replace"))
    return [problem(d, sources) for d in diagnostics]


def fail(found: list[Problem]) -> int:
    """Show input errors on standard error; the status."""
    click.echo("\n\n".join(render_problem(p, Style()) for p in found), err=True)
    return EXIT_BAD_INPUT


def visible(text: str) -> str:
    """Text for the terminal: what a model contains cannot steer it, nor end a comment."""
    from refcheck.report.text import clean

    return "\n".join(clean(line) for line in text.split("\n"))
