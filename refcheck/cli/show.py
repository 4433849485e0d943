"""`refcheck show`: what refcheck makes of a file."""

from pathlib import Path

import click

from refcheck.cli.base import function_option, specs_option, visible


@click.group()
def show() -> None:
    """Print what refcheck makes of a file."""


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@specs_option
def ast(path: Path, specs: Path | None) -> None:
    """The syntax tree."""
    from refcheck.loader import load
    from refcheck.report.dump import tree_text

    click.echo(tree_text(load(path, specs).model))


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@function_option
@specs_option
@click.option("--format", "form", type=click.Choice(["text", "dot"]), default="text", show_default=True)
def cfg(path: Path, only: tuple[str, ...], specs: Path | None, form: str) -> None:
    """The control-flow graphs: locations, guards and operations."""
    from refcheck.report.dump import cfg_dot, cfg_text
    from refcheck.run import prepare

    for task in prepare(path, specs, only)[0]:
        click.echo(visible(cfg_dot(task.cfg) if form == "dot" else cfg_text(task.cfg)))


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@function_option
@specs_option
def smt2(path: Path, only: tuple[str, ...], specs: Path | None) -> None:
    """The obligations as SMT-LIB 2; every check-sat is unsat where the function is proved."""
    from refcheck.engine.encode import smtlib
    from refcheck.engine.propose import explore
    from refcheck.run import prepare

    for task in prepare(path, specs, only)[0]:
        click.echo(visible(smtlib(task.cfg, explore(task.cfg, 200_000))))
