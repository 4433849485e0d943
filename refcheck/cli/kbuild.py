# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck kbuild`: a checker in the place of sparse, `make C=2 CHECK="refcheck kbuild"` (kernel Makefile, CHECK)."""

import os
import sys
from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.cli.base import EXIT_BAD_INPUT, command, echo, option
from refcheck.cli.running import NOTHING_TO_VERIFY, Means, Showing, verify_models
from refcheck.render.formats import RenderOptions, render
from refcheck.result.record import Run
from refcheck.run.one_file import Options

POSSIBLE = "--possible"


@command(
    option("words", nargs="*", metavar="FLAG", help="What kbuild passes: flags of the compiler, and last the C file."),
    verbatim=True,
)
def kbuild(words: tuple[str, ...]) -> None:
    """Check the C file that kbuild names, and warn on standard error as gcc does; findings do not stop a build.

    Flags of the compiler are passed over; --possible among them lets findings that rest on an assumption be said as well.
    """
    named = [w for w in words if w.endswith(".c") and not w.startswith("-")]
    if not named:
        raise InputError([error("usage", "kbuild names no C file", help_text='run it as make C=2 CHECK="refcheck kbuild"')])
    path = Path(named[-1])
    options = Options(tree=tree_of(path))
    run = verify_models([path], options, Means(None, False, 1, False), Showing(False, True, False, True, "never"))
    run = run._replace(errors=tuple(p for p in run.errors if p.message != NOTHING_TO_VERIFY))
    shown = run if POSSIBLE in words else certain(run)
    echo(render("gcc", shown, RenderOptions(True, os.getcwd())), err=True, nl=False)
    sys.exit(EXIT_BAD_INPUT if run.errors else 0)


def certain(run: Run) -> Run:
    """A run with the findings that rest on nothing assumed."""
    kept = []
    for r in run.results:
        sure = [f for f in r.findings if r.certainty(f) == "certain"]
        if sure and r.from_c is not None:
            kept.append(r._replace(findings=tuple(sure), from_c=r.from_c._replace(certain=(True,) * len(sure))))
    return run._replace(results=tuple(kept))


def tree_of(path: Path) -> Path | None:
    """The kernel tree around a file: the folder that has include/linux; None where there is none."""
    return next((p for p in path.absolute().parents if (p / "include" / "linux").is_dir()), None)
