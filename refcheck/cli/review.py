# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck review`: what a posted series does to references, patch by patch."""

import json
import sys
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
from refcheck.cli.output import quiet_option
from refcheck.cli.running import Means, check_specs, no_store_option, open_store, store_option
from refcheck.render.review import render
from refcheck.result.codec import DataError
from refcheck.result.review import Review, cause, from_data, status, to_data
from refcheck.run.one_file import Options


@command(
    option("series", metavar="SERIES", help="An mbox, `-`, a folder of patches, or a range A..B of the tree's commits."),
    option("--tree", type=Path, metavar="DIR", required=True, help="The kernel tree that the series is for."),
    spec_option,
    specs_option,
    timeout_option,
    states_option,
    form_option("text", "json"),
    option("--base", type=Path, metavar="FILE", help="An earlier review as JSON: what it found is known, and stays quiet."),
    flag("--possible", help="Let findings that rest on an assumption count as well."),
    store_option,
    no_store_option,
    quiet_option,
)
def review(
    series: str, tree: Path, spec: str, specs: Path | None, timeout: float, max_states: int, form: str, base: Path | None,
    possible: bool, store: Path | None, no_store: bool, quiet: bool,
) -> None:  # fmt: skip
    """Say of a posted series, patch by patch, what changes hands and what breaks; the tree is only read."""
    from refcheck.series.mails import read_series  # noqa: PLC0415  needs the parser of diffs
    from refcheck.series.review import review as reviewed  # noqa: PLC0415  needs the parser of C

    if not tree.is_dir():
        raise InputError([error("usage", f"`{tree}` is no folder", help_text="--tree names the root of a kernel tree")])
    check_specs(specs)
    options = Options(specs, (), checked_limits(Limits(timeout, states=max_states)), tree=tree, contracts=spec)
    known = _known(base) if base is not None else frozenset[tuple[str, ...]]()
    found = reviewed(read_series(series, tree), tree, options, open_store(Means(store, no_store, 1, False)), known)
    if form == "json":
        echo(json.dumps(to_data(found), indent=1))
    else:
        echo(render(found, style(), quiet), nl=False)
    sys.exit(status(found, possible))


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
