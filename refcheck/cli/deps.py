"""`refcheck deps`: who rests on whom."""

from pathlib import Path

import click

from refcheck.cli.base import specs_option


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@specs_option
@click.option("--format", "form", type=click.Choice(["text", "dot", "svg"]), default="text", show_default=True)
def deps(paths: tuple[Path, ...], specs: Path | None, form: str) -> None:
    """Say who rests on whom: which contracts a function applies, and which of them are trusted."""
    from refcheck.commands import dependencies

    click.echo(dependencies(paths, specs, form), nl=False)
