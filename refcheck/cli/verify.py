"""`refcheck verify`: prove or refute every function of the models."""

import os
import sys
from pathlib import Path

import click

from refcheck.cli.base import LONGEST, fail, function_option, specs_option, timeout_option
from refcheck.cli.certificates import certify_option
from refcheck.cli.output import format_option, output_option, parse_outputs, write_outputs
from refcheck.cli.running import (
    Means,
    check_specs,
    jobs_option,
    no_store_option,
    recheck_option,
    shard_option,
    stats_option,
    store_option,
    verify_models,
)
from refcheck.diagnostics import InputError, error
from refcheck.report.formats import Options as Rendering
from refcheck.report.formats import render
from refcheck.report.record import status


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@function_option
@specs_option
@timeout_option
@click.option("--rlimit", default=0, help="Z3's resource limit per query; 0 for no limit.")
@click.option("--max-states", default=200_000, show_default=True, help="States that a proposal may have.")
@format_option
@output_option
@certify_option
@jobs_option
@store_option
@no_store_option
@recheck_option
@shard_option
@stats_option
@click.option("--quiet", "-q", is_flag=True, help="Verdicts only, without what they rest on.")
def verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, timeout: float, rlimit: int, max_states: int,
    form: str, outputs: tuple[str, ...], certify: Path | None, jobs: int, store: Path | None, no_store: bool, recheck: bool,
    shard: str | None, stats: bool, quiet: bool,
) -> None:  # fmt: skip
    """Prove or refute every function of the models, in each of its entry contexts."""
    from refcheck.batch import Options
    from refcheck.files import parse_part
    from refcheck.verdict import Limits

    check_specs(specs)
    if not 0 <= timeout < LONGEST or rlimit < 0 or max_states < 1:
        raise InputError([error("usage", "a limit makes no sense", help_text="limits are 0 (none) or more")])
    reports = parse_outputs(outputs)
    limits, part = Limits(timeout, rlimit, max_states), parse_part(shard) if shard is not None else None
    options = Options(specs, only, limits, recheck=recheck, part=part, certify=certify)
    run = verify_models(list(paths), options, Means(store, no_store, jobs, stats), form == "text", quiet)
    rendering = Rendering(quiet, os.getcwd())
    write_outputs(run, reports, rendering)
    if form != "text":
        click.echo(render(form, run, rendering), nl=False)
    sys.exit(fail(list(run.errors)) if run.errors else status(run.results))
