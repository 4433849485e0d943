"""What the commands share: statuses, styles, and how input errors are shown.

0 all proved, 1 some refuted or vacuous, 2 bad input or usage, 3 some unknown and none refuted, 70 a fault of refcheck.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from refcheck.report.record import Problem
    from refcheck.report.text import Style

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


def style() -> "Style":
    """Colours on a terminal, unless NO_COLOR is set."""
    import os

    from refcheck.report.text import Style

    return Style(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def fail(found: "list[Problem]") -> int:
    """Show input errors on standard error; the status."""
    from refcheck.report.text import Style, render_problem

    click.echo("\n\n".join(render_problem(p, Style()) for p in found), err=True)
    return EXIT_BAD_INPUT


def visible(text: str) -> str:
    """Text for the terminal: what a model contains cannot steer it, nor end a comment."""
    from refcheck.report.text import clean

    return "\n".join(clean(line) for line in text.split("\n"))
