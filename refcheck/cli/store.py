# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck store`: what is kept of earlier runs."""

from pathlib import Path

from refcheck.cli.base import command, echo
from refcheck.cli.running import Means, open_store, store_option


@command(store_option)
def show(store: Path | None) -> None:
    """Say where the store is and how much it holds."""
    found = open_store(Means(store, False, 1, False))
    assert found is not None
    usage = found.usage()
    echo(f"{found.folder}: {usage.entries} entries, {usage.size / 1e6:.1f} MB")


@command(store_option)
def clear(store: Path | None) -> None:
    """Delete every entry; the next run proves everything anew."""
    found = open_store(Means(store, False, 1, False))
    assert found is not None
    usage = found.clear()
    echo(f"{found.folder}: {usage.entries} entries deleted, {usage.size / 1e6:.1f} MB")
