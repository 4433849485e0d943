"""`refcheck verify`: prove or refute every function of the models."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from refcheck import __version__
from refcheck.cli.base import LONGEST, fail, function_option, problems, specs_option, style, timeout_option
from refcheck.cli.certificates import certify_option, keep
from refcheck.cli.output import format_option, output_option, parse_outputs, write_outputs
from refcheck.diagnostics import Diagnostic, InputError, error, near
from refcheck.report.formats import Options, render
from refcheck.report.record import Run, status

if TYPE_CHECKING:
    from refcheck.engine.prove import Limits


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
@click.option("--quiet", "-q", is_flag=True, help="Verdicts only, without what they rest on.")
def verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, timeout: float, rlimit: int, max_states: int,
    form: str, outputs: tuple[str, ...], certify: Path | None, quiet: bool,
) -> None:  # fmt: skip
    """Prove or refute every function of the models, in each of its entry contexts."""
    from refcheck.engine.prove import Limits

    if specs is not None and not specs.is_dir():
        raise InputError([error("usage", f"`{specs}` is no folder", help_text="--specs names a folder with .spec files")])
    if not 0 <= timeout < LONGEST or rlimit < 0 or max_states < 1:
        raise InputError([error("usage", "a limit makes no sense", help_text="limits are 0 (none) or more")])
    reports = parse_outputs(outputs)
    run = _verify(paths, only, specs, Limits(timeout, rlimit, max_states), form, quiet, certify)
    options = Options(quiet, os.getcwd())
    write_outputs(run, reports, options)
    if form != "text":
        click.echo(render(form, run, options), nl=False)
    if run.errors:
        sys.exit(fail(list(run.errors)))
    sys.exit(status(run.results))


def _verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, limits: "Limits", form: str, quiet: bool,
    certify: Path | None,
) -> Run:  # fmt: skip
    """Verify all; verdicts are printed as they come where the form is text."""
    from refcheck.engine.prove import verify as prove
    from refcheck.engine.solver import version
    from refcheck.report.build import record
    from refcheck.report.record import Record, Source
    from refcheck.report.summary import record_text, totals
    from refcheck.run import Checked, model_files, prepare

    look, records, errors = style(), list[Record](), list[Diagnostic]()
    read: dict[str, Source] = {}
    files = model_files(list(paths))
    known: set[str] = set()
    for i, path in enumerate(files):
        if form == "text" and sys.stderr.isatty() and len(files) > 1:
            click.echo(f"\r\x1b[K[{i + 1}/{len(files)}] {path}", err=True, nl=False)
        try:
            tasks, sources = prepare(path, specs, only)
        except InputError as e:
            errors += e.diagnostics
            if form == "text" and sys.stderr.isatty() and len(files) > 1:
                click.echo("\r\x1b[K", err=True, nl=False)
            continue
        for task in tasks:
            known.add(task.cfg.function)
            result = prove(task.cfg, task.dead, limits)
            keep(certify, path, result)
            r = record(Checked(task, result), sources)
            records.append(r)
            if r.findings:
                read[r.model] = Source(r.model, sources[r.model].text)
            if form == "text":
                if sys.stderr.isatty() and len(files) > 1:
                    click.echo("\r\x1b[K", err=True, nl=False)
                click.echo(record_text(r, look, quiet))
    missing = [n for n in only if n not in known]
    if missing and not errors:
        help_text = near(missing[0], sorted(known)) or "functions with a body are verified"
        errors.append(error("usage", f"no model has a function `{missing[0]}`", help_text=help_text))
    if not records and not errors:
        help_text = "a model holds functions with bodies; contracts alone are not verified"
        errors.append(error("usage", "no function to verify was found", help_text=help_text))
    if form == "text" and len(records) > 1 and not errors:
        click.echo("\n" + totals(records, look))
    return Run(__version__, version(), tuple(records), tuple(problems(errors)), tuple(read.values()))
