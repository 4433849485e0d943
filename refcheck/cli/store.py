"""`refcheck store`: what is kept of earlier runs."""

from pathlib import Path

import click

from refcheck.cli.running import Means, open_store, store_option


@click.group()
def store() -> None:
    """Show or clear the store of verdicts."""


@store.command()
@store_option
def show(store: Path | None) -> None:
    """Say where the store is and how much it holds."""
    found = open_store(Means(store, False, 1, False))
    assert found is not None
    usage = found.usage()
    click.echo(f"{found.folder}: {usage.entries} entries, {usage.size / 1e6:.1f} MB")


@store.command()
@store_option
def clear(store: Path | None) -> None:
    """Delete every entry; the next run proves everything anew."""
    found = open_store(Means(store, False, 1, False))
    assert found is not None
    usage = found.clear()
    click.echo(f"{found.folder}: {usage.entries} entries deleted, {usage.size / 1e6:.1f} MB")
