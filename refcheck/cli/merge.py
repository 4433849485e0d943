# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck merge`: the reports of all parts of a run as one."""

import os
import sys
from pathlib import Path

from refcheck.cli.base import command, echo, fail, option
from refcheck.cli.output import format_option, output_option, parse_outputs, quiet_option, write_outputs
from refcheck.render.formats import RenderOptions, render
from refcheck.result.record import status
from refcheck.run.merge import merge as join
from refcheck.run.merge import read_report


@command(
    option("reports", nargs="+", type=Path, metavar="REPORT", help="A JSON report of a part."),
    format_option,
    output_option,
    quiet_option,
)
def merge(reports: tuple[Path, ...], form: str, outputs: tuple[str, ...], quiet: bool) -> None:
    """Join the JSON reports of `verify --shard 1/N` to `N/N`; the report and the status are those of one run."""
    wanted = parse_outputs(outputs)
    run = join([(str(path), read_report(path)) for path in reports])
    rendering = RenderOptions(quiet, os.getcwd())
    write_outputs(run, wanted, rendering)
    echo(render(form, run, rendering), nl=False)
    sys.exit(fail(list(run.errors)) if run.errors else status(run.results))
