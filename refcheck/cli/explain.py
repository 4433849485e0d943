"""`refcheck explain`: what a diagnostic means."""

import click

from refcheck.diagnostics import BY_NAME, CODES, InputError, error, near


@click.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say what a diagnostic means, by number (RC101) or name (leaked-ref)."""
    from refcheck.report.pages import page_text

    found = CODES.get(code.upper()) or BY_NAME.get(code.lower())
    if found is None:
        names = [*CODES, *BY_NAME]
        raise InputError([error("usage", f"there is no code `{code}`", help_text=near(code, names) or "RC101 to RC901")])
    click.echo(f"{found.number} {found.name}: {found.meaning}\n")
    click.echo(page_text(found.number))
