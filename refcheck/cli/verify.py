# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck verify`: prove or refute every function of the models."""

import os
import sys
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.files import below_tree, model_files
from refcheck.base.limits import Limits
from refcheck.cli import again
from refcheck.cli.arguments import usage
from refcheck.cli.base import (
    checked_limits,
    color_option,
    command,
    echo,
    fail,
    flag,
    function_option,
    option,
    paths_argument,
    spec_option,
    specs_option,
    states_option,
    timeout_option,
    tree_option,
)
from refcheck.cli.certificates import certify_option
from refcheck.cli.output import Output, format_option, output_option, parse_outputs, quiet_option, write_outputs
from refcheck.cli.running import (
    Means,
    Showing,
    check_specs,
    dask_option,
    jobs_option,
    no_store_option,
    nothing,
    recheck_option,
    refused,
    shard_option,
    stats_option,
    store_option,
    verify_models,
)
from refcheck.render.formats import RenderOptions as Rendering
from refcheck.render.formats import render
from refcheck.result.record import Run, status
from refcheck.run.one_file import Options
from refcheck.run.shards import parse_part

_FEW = 3  # files of which somebody waits for each answer


@command(
    paths_argument,
    function_option,
    specs_option,
    timeout_option,
    option("--rlimit", type=int, default=0, metavar="N", help="Z3's resource limit per query [default: none]."),
    states_option,
    flag("--no-lens", help="Let the prover take every step on whole states, which is slower, to compare."),
    flag("--debug", help="Look first whether each graph is well formed; one that is not is a fault of refcheck."),
    format_option,
    output_option,
    certify_option,
    tree_option,
    spec_option,
    option("--since", metavar="REV", help="Only files that differ from a revision of the tree, or include one that does."),
    flag("--why", help="Say of each function what it holds and borrows; where it is proved, what balances that, and where."),
    flag("--fix", help="Write the repairs of findings that were verified to make their functions PROVED, then verify."),
    flag("--watch", help="Verify again whenever a file changes, until interrupted."),
    flag("--possible", help="Let findings from C that rest on an assumption count as well."),
    flag("--strict", help="As --possible; and what is proved from C by an assumption is UNKNOWN."),
    jobs_option,
    dask_option,
    store_option,
    no_store_option,
    recheck_option,
    shard_option,
    stats_option,
    quiet_option,
    color_option,
)
def verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, timeout: float, rlimit: int, max_states: int,
    no_lens: bool, debug: bool, form: str, outputs: tuple[str, ...], certify: Path | None, tree: Path | None, spec: str,
    since: str | None, why: bool, fix: bool, watch: bool,
    possible: bool, strict: bool, jobs: int, dask: str | None, store: Path | None, no_store: bool, recheck: bool,
    shard: str | None, stats: bool, quiet: bool, color: str,
) -> None:  # fmt: skip
    """Prove or refute every function of the models, in each of its entry contexts."""
    rendering, reports = Rendering(quiet, os.getcwd()), list[Output]()
    means = Means(store, no_store, jobs, stats, dask)
    paths = tuple(below_tree(path, tree) for path in paths)
    try:
        reports = parse_outputs(outputs)
        limits = Limits(timeout, rlimit, max_states, not no_lens)
        given = Options(specs, only, limits, recheck=recheck, certify=certify, debug=debug)
        pages = "html" in (form, *(o.form for o in reports))
        options = given._replace(tree=tree, contracts=spec, why=why or pages)
        show = Showing(form == "text", quiet, strict, bool(reports), color, why)
        if since is not None:
            paths = _since(paths, tree, since)
        if fix:
            again.fix(_run(list(paths), options, shard, means, Showing(False, True, strict, True)), options)
        if watch:
            if form != "text" or shard is not None:
                raise usage("`--watch` prints text of a whole run", "leave out --format and --shard")

            def once() -> None:
                write_outputs(_again(list(paths), options, means, show), reports, rendering)

            again.watch(list(paths), options, once)
        run = _run(list(paths), options, shard, means, show)
    except InputError as e:
        run = refused(e)
    write_outputs(run, reports, rendering)
    if form != "text":
        echo(render(form, run, rendering), nl=False)
    sys.exit(fail(list(run.errors)) if run.errors else status(run.results, possible or strict))


def _since(paths: tuple[Path, ...], tree: Path | None, revision: str) -> tuple[Path, ...]:
    """The files that a change since a revision concerns; where there are none that is said."""
    from refcheck.run.since import touched  # noqa: PLC0415  few runs ask for it

    files = touched(model_files(list(paths)), tree or Path(), revision)
    if not files:
        echo(f"note: nothing that these paths name differs from `{revision}`", err=True)
    return tuple(files)


def _again(paths: list[Path], options: Options, means: Means, show: Showing) -> Run:
    """One of several runs: what is wrong with the input is said, and the next one may be better."""
    try:
        run = _run(paths, options, None, means, show)
    except InputError as e:
        run = refused(e)
    if run.errors:
        fail(list(run.errors))
    return run


def _run(paths: list[Path], options: Options, shard: str | None, means: Means, show: Showing) -> Run:
    """The run that is asked for; InputError where the question makes no sense."""
    check_specs(options.specs)
    checked_limits(options.limits)
    part = parse_part(shard) if shard is not None else None
    if not paths:
        return nothing()
    few = len(paths) <= _FEW and not any(path.is_dir() for path in paths)
    return verify_models(paths, options._replace(part=part, help_possible=few), means, show)
