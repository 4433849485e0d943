# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck review`: what a posted series does to references, patch by patch."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.limits import Limits
from refcheck.cli.base import (
    checked_limits,
    command,
    echo,
    flag,
    form_option,
    option,
    spec_option,
    specs_option,
    states_option,
    style,
    timeout_option,
)
from refcheck.cli.output import quiet_option, replace
from refcheck.cli.running import Means, check_specs, jobs_of, jobs_option, no_store_option, open_store, store_option
from refcheck.render.formats import RenderOptions
from refcheck.render.formats import render as render_run
from refcheck.render.review import render
from refcheck.result.as_run import as_run
from refcheck.result.codec import DataError
from refcheck.result.review import Review, cause, from_data, status, to_data
from refcheck.run.one_file import Options

_WITH_REPAIRS = ("text", "markdown", "html")


@command(
    option("series", metavar="SERIES", help="An mbox, `-`, a folder of patches, or a range A..B of the tree's commits."),
    option("--tree", type=Path, metavar="DIR", required=True, help="The kernel tree that the series is for."),
    spec_option,
    specs_option,
    timeout_option,
    states_option,
    form_option("text", "markdown", "html", "json", "sarif", "junit", "github", "gcc"),
    option("--mails", type=Path, metavar="DIR", help="Write a reply for each patch that brings a finding into this folder."),
    option("--base", type=Path, metavar="FILE", help="An earlier review as JSON: what it found is known, and stays quiet."),
    flag("--possible", help="Let findings that rest on an assumption count as well."),
    jobs_option,
    store_option,
    no_store_option,
    quiet_option,
)
def review(
    series: str, tree: Path, spec: str, specs: Path | None, timeout: float, max_states: int, form: str, mails: Path | None,
    base: Path | None, possible: bool, jobs: int, store: Path | None, no_store: bool, quiet: bool,
) -> None:  # fmt: skip
    """Say of a posted series, patch by patch, what changes hands and what breaks; the tree is only read."""
    from refcheck.series.mails import read_series  # noqa: PLC0415  needs the parser of diffs
    from refcheck.series.review import review as reviewed  # noqa: PLC0415  needs the parser of C
    from refcheck.series.timeline import Told  # noqa: PLC0415  needs the parser of C

    if not tree.is_dir():
        raise InputError([error("usage", f"`{tree}` is no folder", help_text="--tree names the root of a kernel tree")])
    check_specs(specs)
    options = Options(specs, (), checked_limits(Limits(timeout, states=max_states)), tree=tree, contracts=spec)
    known = _known(base) if base is not None else frozenset[tuple[str, ...]]()
    told = Told(known, _mended(mails is not None or form == "json" or (form in _WITH_REPAIRS and not quiet), possible))
    means = Means(store, no_store, jobs, False)
    found = reviewed(read_series(series, tree), tree, options, open_store(means), told, jobs_of(means))
    if mails is not None:
        _write_mails(found, mails, possible)
    echo(_rendered(found, form, quiet), nl=False)
    sys.exit(status(found, possible))


def _mended(shown: bool, possible: bool) -> frozenset[str]:
    """How certain a finding must be for a repair to be tried (and verified): it counts, and the form shows it."""
    return frozenset(("certain", *(("possible",) if possible else ())) if shown else ())


def _rendered(found: Review, form: str, quiet: bool) -> str:
    """The review in a form; those of a run show the functions as the series leaves them."""
    if form == "text":
        return render(found, style(), quiet)
    if form == "json":
        return json.dumps(to_data(found), indent=1) + "\n"
    if form in ("markdown", "html"):
        rendering: Callable[[Review, bool], str] = import_module(f"refcheck.render.review_{form}").render
        return rendering(found, quiet)
    return render_run(form, as_run(found), RenderOptions(quiet))


def _write_mails(found: Review, folder: Path, possible: bool) -> None:
    from refcheck.render.mails import mails  # noqa: PLC0415  where they are asked for

    if folder.exists() and not folder.is_dir():
        help_text = "--mails names a folder, which is made where there is none"
        raise InputError([error("usage", f"`{folder}` is no folder", help_text=help_text)])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in mails(found, possible).items():
        replace(folder / name, text)


def _known(path: Path) -> frozenset[tuple[str, ...]]:
    """The findings of an earlier review, by file and cause."""
    try:
        before: Review = from_data(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as e:
        raise InputError([error("unreadable-file", f"`{path}` cannot be read: {e}")]) from None
    except (DataError, ValueError, RecursionError) as e:
        text = f"`{path}` is no review: {e}"
        raise InputError([error("bad-report", text, help_text="write one with `refcheck review --format json`")]) from None
    found = ((f, b.finding) for p in before.patches for f in p.functions for b in f.found)
    return frozenset((f.file, *cause(f.function, f.entry, bug)) for f, bug in found)
