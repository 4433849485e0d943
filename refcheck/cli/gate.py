# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck gate`: whether a change makes the proofs worse."""

import os
import sys
from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.limits import Limits
from refcheck.cli.base import (
    checked_limits,
    command,
    echo,
    fail,
    form_option,
    option,
    spec_option,
    specs_option,
    states_option,
    timeout_option,
)
from refcheck.cli.output import output_option, replace
from refcheck.cli.running import (
    Means,
    check_files,
    check_specs,
    check_tree,
    jobs_option,
    no_store_option,
    recheck_option,
    stats_option,
    store_option,
    work_text,
)
from refcheck.gate.judge import judge
from refcheck.gate.report import render
from refcheck.run.one_file import FileOutcome, Options, Work

FORMATS = ("text", "markdown", "json", "sarif", "junit", "github", "html")


@command(
    option("paths", nargs="*", type=Path, metavar="PATH", help="A model, or a folder with models below it."),
    option("--base", metavar="REV", help="Compare with this revision; without it models are held against their `expect`."),
    option("--tree", type=Path, metavar="DIR", help="Hold the models against the sources in this kernel tree, too."),
    spec_option,
    specs_option,
    timeout_option,
    states_option,
    form_option(*FORMATS),
    output_option,
    jobs_option,
    store_option,
    no_store_option,
    recheck_option,
    stats_option,
)
def gate(
    paths: tuple[Path, ...], base: str | None, tree: Path | None, spec: str, specs: Path | None, timeout: float,
    max_states: int, form: str, outputs: tuple[str, ...], jobs: int, store: Path | None, no_store: bool,
    recheck: bool, stats: bool,
) -> None:  # fmt: skip
    """Say no when a change makes a verdict worse, drops a model, weakens a contract, or hides a refutation.

    Without PATH the whole repository is looked at.
    """
    check_specs(specs)
    check_tree(tree)
    limits = checked_limits(Limits(timeout, states=max_states))
    wanted = [_output(text) for text in outputs]
    full = [o.resolve() for _, o in wanted]
    means, total = Means(store.resolve() if store else None, no_store, jobs, False), Work()

    root = tree.resolve() if tree is not None else None
    options = Options(specs, (), limits, recheck=recheck, tree=root, contracts=spec)

    def verify(files: list[Path], options: Options) -> list[FileOutcome]:
        nonlocal total
        found: list[FileOutcome] = []
        total = total.plus(check_files(files, options, means, False, found.append))
        return found

    try:
        judgement = judge(list(paths), base, options, verify)
    finally:
        if stats:
            echo(work_text(total), err=True)
    for (kind, _), path in zip(wanted, full, strict=True):
        try:
            replace(path, render(kind, judgement, os.getcwd()))
        except OSError as e:
            text = f"`{path}` cannot be written: {e.strerror}"
            raise InputError([error("usage", text, help_text="name a place that can be written")]) from None
    if form in ("text", "junit") and judgement.errors:
        fail(list(judgement.errors))
    echo(render(form, judgement, os.getcwd()), nl=False)
    sys.exit(judgement.status)


def _output(text: str) -> tuple[str, Path]:
    form, equals, name = text.partition("=")
    if not equals or not name or form not in FORMATS or not Path(name).parent.is_dir() or Path(name).is_dir():
        help_text = f"write FORMAT=FILE, in a folder that exists; a format is one of {', '.join(FORMATS)}"
        raise InputError([error("usage", f"`--output {text}` names no report", help_text=help_text)])
    return form, Path(name)
