# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck diff`: what a change does to lifecycles and verdicts."""

import sys
from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.limits import Limits
from refcheck.cli.base import command, echo, form_option, option, specs_option, timeout_option
from refcheck.inspect.commands import difference


@command(
    option("old", type=Path, metavar="OLD", help="A model, or a folder with models."),
    option("new", type=Path, metavar="NEW", help="The same after the change."),
    specs_option,
    timeout_option,
    form_option("text", "json"),
)
def diff(old: Path, new: Path, specs: Path | None, timeout: float, form: str) -> None:
    """Compare the lifecycles and verdicts of two files or folders; status 1 if a verdict got worse."""
    if timeout < 0:
        raise InputError([error("usage", "the limit is negative", help_text="limits are 0 (none) or more")])
    text, status = difference(old, new, specs, Limits(timeout), form)
    echo(text, nl=False)
    sys.exit(status)
