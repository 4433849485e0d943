# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck fmt`: models and specs in the kernel's style."""

import difflib
import sys
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import language_files
from refcheck.cli.base import command, echo, fail, flag, option, visible
from refcheck.cli.output import replace
from refcheck.result.places import problems
from refcheck.syntax.style import styled
from refcheck.unit.load import read_source


@command(
    option("paths", nargs="+", type=Path, metavar="PATH", help="A model or spec, or a folder with some below it."),
    flag("--check", help="Write nothing; name the files that would change, and end with status 1 if there are any."),
    flag("--diff", help="Write nothing; show what would change, with the same status."),
)
def fmt(paths: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Write models and specs in the kernel's style; their meaning, comments and line breaks inside of statements stay."""
    found: list[Diagnostic] = []
    changed = False
    for path in language_files(list(paths)):
        try:
            changed |= _file(path, check, diff)
        except InputError as e:
            found += e.diagnostics
    if found:
        sys.exit(fail(problems(found)))
    sys.exit(1 if changed and (check or diff) else 0)


def _file(path: Path, check: bool, diff: bool) -> bool:
    """Format one file, or say what would change; whether it does."""
    source = read_source(path, str(path))
    new, old = styled(source), path.read_bytes().decode("utf-8")
    if new == old:
        return False
    if diff:
        rows = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", lineterm="")
        echo(visible("\n".join(rows)))
    elif check:
        echo(visible(f"{path}: not in style"))
    else:
        try:
            replace(path, new)
        except OSError as e:
            text = f"`{path}` cannot be written: {e.strerror}"
            raise InputError([error("unreadable-file", text, help_text="it is as it was")]) from None
        echo(visible(f"{path}: formatted"))
    return True
