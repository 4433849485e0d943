# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck mutate`: whether the properties notice what can go wrong in a model."""

import json
import sys
from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import InputError, error, near
from refcheck.base.files import model_files
from refcheck.cli.base import (
    MOST_JOBS,
    command,
    echo,
    form_option,
    function_option,
    many,
    on_terminal,
    option,
    paths_argument,
    specs_option,
    timeout_option,
)
from refcheck.mutation import explained, report
from refcheck.mutation.operators import OPERATORS
from refcheck.mutation.run import Wanted, judge_all, prepare
from refcheck.prove.prove import Limits


@command(
    paths_argument,
    function_option,
    specs_option,
    timeout_option,
    many("--only", dest="operators", metavar="OPERATOR", help="Mutants of this operator only (repeatable)."),
    many(
        "--with", dest="witnesses", type=Path, metavar="PATH",
        help="Models that judge contracts and are not mutated (repeatable).",
    ),
    option("-j", "--jobs", type=int, default=1, metavar="N", help="Processes [default: 1]."),
    form_option("text", "markdown", "json"),
)
def mutate(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, timeout: float, operators: tuple[str, ...],
    witnesses: tuple[Path, ...], jobs: int, form: str,
) -> None:  # fmt: skip
    """Break models and contracts in systematic ways and say which breaks no property notices; status 1 if some do not."""
    for name in operators:
        if name not in OPERATORS:
            text = near(name, list(OPERATORS)) or f"operators: {', '.join(OPERATORS)}"
            raise InputError([error("usage", f"there is no operator `{name}`", help_text=text)])
    if not timeout >= 0:
        raise InputError([error("usage", "the limit is negative", help_text="limits are 0 (none) or more")])
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError([error("usage", f"{jobs} processes make no sense", help_text=f"--jobs takes 1 to {MOST_JOBS}")])
    files = tuple(model_files(list(paths)))
    judges = tuple(f for f in model_files(list(witnesses)) if f not in files)
    wanted = Wanted(files, judges, specs, frozenset(operators), frozenset(only), Limits(timeout))
    made = prepare(wanted)
    if not made.mutants:
        help_text = "name a model with functions, or another function or operator"
        raise InputError([error("usage", "there is nothing to mutate", help_text=help_text)])
    told = on_terminal(sys.stderr)

    def progress(n: int) -> None:
        if told:
            echo(f"\r\x1b[K[{n + 1}/{len(made.mutants)}]", err=True, nl=False)

    judged = judge_all(made, wanted, jobs, progress)
    if told:
        echo("\r\x1b[K", err=True, nl=False)
    whole = not operators and not only and all(p.is_dir() for p in paths)
    reasons = explained.match(judged, explained.read(list(paths)), whole)
    rows = [report.row(j, made.lines(j.mutant), reasons.get((j.mutant.file, j.mutant.name), "")) for j in judged]
    if form == "json":
        echo(json.dumps(report.as_data(rows, __version__), indent=2))
    else:
        echo(report.as_markdown(rows, "Mutants") if form == "markdown" else report.as_text(rows), nl=False)
    sys.exit(int(report.counts(rows)["survived"] > 0))
