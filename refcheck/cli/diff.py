"""`refcheck diff`: what a change does to lifecycles and verdicts."""

import sys
from pathlib import Path

import click

from refcheck.cli.base import specs_option, timeout_option
from refcheck.diagnostics import InputError, error


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@specs_option
@timeout_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(old: Path, new: Path, specs: Path | None, timeout: float, form: str) -> None:
    """Compare the lifecycles and verdicts of two files or folders; status 1 if a verdict got worse."""
    from refcheck.commands import difference
    from refcheck.limits import Limits

    if timeout < 0:
        raise InputError([error("usage", "the limit is negative", help_text="limits are 0 (none) or more")])
    text, status = difference(old, new, specs, Limits(timeout), form)
    click.echo(text, nl=False)
    sys.exit(status)
