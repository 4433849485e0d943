# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck explain`: what diagnostics mean."""

from refcheck.base.diagnostics import BY_NAME, CODES, Code, InputError, error, near
from refcheck.cli.base import command, echo, option
from refcheck.render.pages import page_text


@command(option("codes", nargs="*", metavar="CODE", help="Its number or its name; without one, the list of all."))
def explain(codes: list[str]) -> None:
    """Say what diagnostics mean, by number (RC101) or name (leaked-ref)."""
    asked = [part for code in codes for part in code.split(",") if part]
    found = [_known(code) for code in asked] or list(CODES.values())
    for i, code in enumerate(found):
        echo(f"{code.number} {code.name}: {code.meaning}")
        if asked:
            echo(f"\n{page_text(code.number)}")
            echo("" if i + 1 == len(found) else "\n")


def _known(code: str) -> Code:
    found = CODES.get(code.upper()) or BY_NAME.get(code.lower())
    if found is None:
        help_text = near(code, [*CODES, *BY_NAME]) or "`refcheck explain` without a code lists them all"
        if code.endswith((".rc", ".spec", ".c")):
            help_text = "this explains codes; what is said of a file is shown by refcheck verify FILE"
        raise InputError([error("usage", f"there is no code `{code}`", help_text=help_text)])
    return found
