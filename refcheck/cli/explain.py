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
        help_text = near(code, [*CODES, *BY_NAME]) or f"a code is {min(CODES)} to {max(CODES)}, or a name such as leaked-ref"
        if code.endswith((".rc", ".spec", ".c")):
            help_text = "this explains codes; what is said of a file is shown by refcheck verify FILE"
        raise InputError([error("usage", f"there is no code `{code}`", help_text=help_text)])
    echo(f"{found.number} {found.name}: {found.meaning}\n")
    echo(page_text(found.number))
