# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck explain`: what a diagnostic means."""

from refcheck.base.diagnostics import BY_NAME, CODES, InputError, error, near
from refcheck.cli.base import command, echo, option
from refcheck.render.pages import page_text


@command(option("code", metavar="CODE", help="Its number or its name."))
def explain(code: str) -> None:
    """Say what a diagnostic means, by number (RC101) or name (leaked-ref)."""
    found = CODES.get(code.upper()) or BY_NAME.get(code.lower())
    if found is None:
        names = [*CODES, *BY_NAME]
        raise InputError([error("usage", f"there is no code `{code}`", help_text=near(code, names) or "RC101 to RC901")])
    echo(f"{found.number} {found.name}: {found.meaning}\n")
    echo(page_text(found.number))
