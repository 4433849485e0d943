"""`refcheck explain`: what a diagnostic means."""

from pathlib import Path

import click

from refcheck.diagnostics import BY_NAME, CODES, InputError, error, near


@click.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say what a diagnostic means, by number (RC101) or name (leaked-ref)."""
    from importlib.resources import files

    found = CODES.get(code.upper()) or BY_NAME.get(code.lower())
    if found is None:
        names = [*CODES, *BY_NAME]
        raise InputError([error("usage", f"there is no code `{code}`", help_text=near(code, names) or "RC101 to RC901")])
    click.echo(f"{found.number} {found.name}: {found.meaning}\n")
    page = files("refcheck").joinpath("diagnostics_pages", f"{found.number}.md")
    if not page.is_file():
        page = Path(__file__).parent.parent.parent / "docs" / "diagnostics" / f"{found.number}.md"
    click.echo(page.read_text(encoding="utf-8").split("\n", 2)[2].strip())
