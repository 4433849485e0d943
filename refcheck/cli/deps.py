# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck deps`: who rests on whom."""

from pathlib import Path

from refcheck.cli.base import command, echo, form_option, paths_argument, specs_option
from refcheck.inspect.commands import dependencies


@command(paths_argument, specs_option, form_option("text", "dot", "svg"))
def deps(paths: tuple[Path, ...], specs: Path | None, form: str) -> None:
    """Say who rests on whom: which contracts a function applies, and which of them are trusted."""
    echo(dependencies(paths, specs, form), nl=False)
