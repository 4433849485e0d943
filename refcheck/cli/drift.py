# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck drift`: whether models still say what their source says."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from refcheck.base.diagnostics import InputError, error
from refcheck.base.files import model_files
from refcheck.cli.base import (
    command,
    echo,
    fail,
    flag,
    form_option,
    function_option,
    option,
    paths_argument,
    spec_option,
    specs_option,
    tree_option,
    visible,
)
from refcheck.cli.output import replace
from refcheck.cli.running import Means, check_specs, check_tree, no_store_option, open_store, store_option
from refcheck.render.drift import FORMS, render
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared

if TYPE_CHECKING:
    from refcheck.drift.compare import Against


@command(
    paths_argument,
    tree_option,
    function_option,
    spec_option,
    specs_option,
    option("--explained", type=Path, metavar="FILE", help="Reasons for differences; each difference must have one there."),
    flag("--fix-marks", help="Write the lines of the source into the models, as line marks."),
    form_option(*FORMS),
    store_option,
    no_store_option,
)
def drift(
    paths: tuple[Path, ...], tree: Path | None, only: tuple[str, ...], spec: str, specs: Path | None, explained: Path | None,
    fix_marks: bool, form: str, store: Path | None, no_store: bool,
) -> None:  # fmt: skip
    """Compare models with the sources that they name: the paths that one side has and the other lacks."""
    from refcheck.drift.compare import Against  # noqa: PLC0415  needs the parser of C
    from refcheck.drift.compare import drift as compare  # noqa: PLC0415
    from refcheck.drift.explained import explained as give_reasons  # noqa: PLC0415  where it is asked for
    from refcheck.drift.explained import read  # noqa: PLC0415  where it is asked for

    check_specs(specs)
    check_tree(tree)
    if tree is None:
        help_text = "name the root of a kernel tree with --tree DIR"
        raise InputError([error("usage", "there is no tree to compare with", help_text=help_text)])
    shared, place = Shared(), open_store(Means(store.resolve() if store else None, no_store, 1, False))
    against = Against(tree, Options(specs, only, tree=tree, contracts=spec), place, shared)
    files = model_files(list(paths))
    if fix_marks:
        for path in files:
            _mark(path, against)
    reasons = read(explained) if explained is not None else None
    found = compare(files, against)
    if reasons is not None:
        found = give_reasons(found, reasons, whole=not only)
    shared.keep()
    status = found.status
    if form == "text" and found.problems:
        fail(list(found.problems))
        found = found._replace(problems=())
    text = render(form, found)
    echo(text if form == "json" else visible(text), nl=False)
    sys.exit(status)


def _mark(path: Path, against: "Against") -> None:
    """Write the marks of one model; what is wrong with it is said by the comparison."""
    from refcheck.drift.compare import with_lines  # noqa: PLC0415

    try:
        new = with_lines(path, against)
    except InputError:
        return
    if new != path.read_bytes().decode("utf-8"):
        replace(path, new)
        echo(visible(f"{path}: marks written"), err=True)
