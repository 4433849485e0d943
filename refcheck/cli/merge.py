"""`refcheck merge`: the reports of all parts of a run as one."""

import os
import sys
from pathlib import Path

import click

from refcheck.cli.base import fail
from refcheck.cli.output import format_option, output_option, parse_outputs, write_outputs
from refcheck.report.formats import Options, render
from refcheck.report.record import status


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option
@output_option
@click.option("--quiet", "-q", is_flag=True, help="Verdicts only, without what they rest on.")
def merge(reports: tuple[Path, ...], form: str, outputs: tuple[str, ...], quiet: bool) -> None:
    """Join the JSON reports of `verify --shard 1/N` to `N/N`; the report and the status are those of one run."""
    from refcheck.merge import merge as join
    from refcheck.merge import read_report

    wanted = parse_outputs(outputs)
    run = join([(str(path), read_report(path)) for path in reports])
    rendering = Options(quiet, os.getcwd())
    write_outputs(run, wanted, rendering)
    click.echo(render(form, run, rendering), nl=False)
    sys.exit(fail(list(run.errors)) if run.errors else status(run.results))
