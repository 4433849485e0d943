# SPDX-License-Identifier: GPL-2.0-only
"""What the commands that verify share: the store, the worker processes, the progress bar, and what a run had to do."""

import sys
from collections.abc import Callable
from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import Diagnostic, InputError, error, near
from refcheck.base.files import model_files
from refcheck.base.named import NamedTuple
from refcheck.cli.base import MOST_JOBS, echo, flag, on_terminal, option, style
from refcheck.cli.progress import Bar
from refcheck.render.summary import record_text, totals
from refcheck.result.places import problems
from refcheck.result.record import Problem, Record, Run, Shard, Source
from refcheck.result.standing import by_model
from refcheck.result.strict import strict
from refcheck.run.one_file import FileOutcome, Options, Work
from refcheck.run.pool import outcomes, usable_cpus
from refcheck.store.keys import code, digest, library, z3_version
from refcheck.store.place import Store, cache_folder

NOTHING_TO_VERIFY = "no function to verify was found"

jobs_option = option(
    "-j", "--jobs", type=int, default=0, metavar="N", help="Processes that verify [default: one for each processor]."
)
store_option = option(
    "--store", type=Path, metavar="DIR", variable="REFCHECK_STORE",
    help="Where verdicts are kept; the user's cache folder unless given here or by REFCHECK_STORE.",
)  # fmt: skip
no_store_option = flag(
    "--no-store", variable="REFCHECK_NO_STORE", help="Keep and believe no verdict; REFCHECK_NO_STORE=1 says the same."
)
recheck_option = flag(
    "--recheck", help="Believe nothing that is kept without a check, nor that its traces are shortest ones."
)
shard_option = option(
    "--shard", metavar="K/N", help="Verify part K of N only; `refcheck merge` joins the reports of all parts."
)
dask_option = option(
    "--dask", metavar="ADDRESS", help="Let the workers of the dask scheduler at that address verify."
)
stats_option = flag("--stats", help="Say on standard error what the run had to do.")


class Means(NamedTuple):
    """What a run may use: the store, how many processes or whose; and whether it says what it did."""

    store: Path | None
    no_store: bool
    jobs: int
    stats: bool
    dask: str | None = None


class Showing(NamedTuple):
    """What becomes of verdicts: they are printed as they come (`text`), in short (`quiet`); `reports` are written of them.

    Where `strict`, what is proved from C by an assumption is UNKNOWN; with `why`, the text says what balances references.
    """

    text: bool
    quiet: bool
    strict: bool
    reports: bool
    color: str = "auto"
    why: bool = False


def open_store(means: Means) -> Store | None:
    """The store of a run; None where it is to have none.  InputError where the option names something else."""
    if means.no_store:
        return None

    folder = means.store or cache_folder()
    if means.store is not None and folder.exists() and not folder.is_dir():
        text = f"`{folder}` is no folder"
        raise InputError([error("usage", text, help_text="--store names a folder, which is made where there is none")])
    return Store(folder)


def jobs_of(means: Means) -> int:
    """How many processes are meant; InputError where the number makes no sense."""
    if not 0 <= means.jobs <= MOST_JOBS:
        message = f"{means.jobs} processes make no sense"
        raise InputError([error("usage", message, help_text=f"--jobs takes 0 to {MOST_JOBS}")])
    return means.jobs or usable_cpus()


def check_files(
    files: list[Path], options: Options, means: Means, text: bool, show: Callable[[FileOutcome], None]
) -> Work:
    """Verify all files; `show` gets each outcome in order.  `text`: verdicts go to the terminal, around a bar."""
    jobs = jobs_of(means)
    if means.dask is not None and means.jobs:
        raise InputError([error("usage", "`--dask` has workers of its own", help_text="leave out --jobs")])
    store, work, trouble = open_store(means), Work(), ""
    bar = Bar(len(files), len(files) > 1 and on_terminal(sys.stderr))
    try:
        for outcome in outcomes(files, options, store, jobs, bar.at, means.dask):
            work, trouble = work.plus(outcome.work), trouble or outcome.trouble
            if text:
                bar.clear()
            show(outcome)
    finally:
        bar.clear()
    if store is not None and work.proved and not trouble:
        store.tidy()
    if store is not None and trouble:
        echo(f"note: the store in {store.folder} cannot be written ({trouble}); this run went on without it", err=True)
    if means.stats:
        echo(work_text(work), err=True)
    return work


def check_specs(specs: Path | None) -> None:
    """InputError where --specs names no folder."""
    if specs is not None and not specs.is_dir():
        raise InputError([error("usage", f"`{specs}` is no folder", help_text="--specs names a folder with .spec files")])


def check_tree(tree: Path | None) -> None:
    """InputError where --tree names no folder."""
    if tree is not None and not tree.is_dir():
        help_text = "name the root of a kernel tree with --tree DIR"
        raise InputError([error("usage", f"`{tree}` is no folder", help_text=help_text)])


def verify_models(paths: list[Path], options: Options, means: Means, showing: Showing) -> Run:
    """Verify all models and C files that the paths name.

    What is printed and wanted in no report is let go: a run over a whole tree keeps its verdicts only.
    """
    look, records, errors = style(showing.color), list[Record](), list[Problem]()
    sources, plan, inputs, names = list[Source](), list[str](), list[str](), set[str]()

    def show(outcome: FileOutcome) -> None:
        if showing.strict:
            outcome = outcome._replace(records=tuple(map(strict, outcome.records)))
        names.update(outcome.names)
        plan.extend(outcome.plan)
        inputs.append(outcome.inputs)
        errors.extend(p for p in outcome.errors if p not in errors)
        beside = by_model(outcome.records)
        for r in outcome.records if showing.text else ():
            said = r if showing.why else r._replace(balance=())
            echo(record_text(said, beside[r.model], look, showing.quiet))
        if showing.text and not showing.reports:
            records.extend(r.bare() for r in outcome.records)
            return
        records.extend(outcome.records)
        if outcome.source is not None and outcome.records:
            sources.append(outcome.source)

    check_files(model_files(paths), options, means, showing.text, show)
    if not errors:
        errors += problems(_nothing(options, names, plan))
    if showing.text and len(records) > 1 and not errors:
        echo("\n" + totals(records, look))
    shard = _shard(options, plan, inputs) if options.part is not None else None
    return Run(__version__, z3_version(), tuple(records), tuple(errors), tuple(sources), shard)


def nothing() -> Run:
    """A run that had nothing to verify, since nothing that it was asked for has changed."""
    return Run(__version__, z3_version(), (), (), ())


def refused(e: InputError) -> Run:
    """A run that found errors before it came to a model."""
    return Run(__version__, z3_version(), (), tuple(problems(e.diagnostics)), ())


def _nothing(options: Options, names: set[str], plan: list[str]) -> list[Diagnostic]:
    """What was asked for and is not there: a run that verifies nothing must not end well."""
    missing = [n for n in options.only if n not in names]
    if missing:
        help_text = near(missing[0], sorted(names)) or "functions with a body are verified"
        return [error("usage", f"no model has a function `{missing[0]}`", help_text=help_text)]
    if not plan:
        help_text = "a model holds functions with bodies; contracts alone are not verified"
        return [error("usage", NOTHING_TO_VERIFY, help_text=help_text)]
    return []


def _shard(options: Options, plan: list[str], inputs: list[str]) -> Shard:
    """What this part and the others must agree on: refcheck, Z3, limits, what is verified, and every text."""
    assert options.part is not None
    common = (code(), *library("z3_solver"), repr((options.only, tuple(options.limits))), *plan, *inputs)
    return Shard(options.part.number, options.part.total, digest(*common), tuple(plan))


def work_text(work: Work) -> str:
    """What a run had to do, in one line."""
    return (
        f"work: {work.files} files unchanged, {work.recalled} functions recalled by certificate, "
        f"{work.proved} proved, {work.queries} Z3 queries"
    )
