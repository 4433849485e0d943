# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck completion`: the script that makes a shell offer commands, options and paths, made by shtab."""

from refcheck.cli.app import COMMANDS, command
from refcheck.cli.arguments import whole
from refcheck.cli.base import command as made
from refcheck.cli.base import echo, option

SHELLS = ("bash", "zsh", "fish", "tcsh")


@made(option("shell", metavar="SHELL", choices=SHELLS, help=f"One of {', '.join(SHELLS)}."))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and paths in a shell."""
    import shtab  # noqa: PLC0415  for shells only

    kinds = {"PATH": shtab.FILE, "FILE.c": shtab.FILE, "DIR": shtab.DIRECTORY, "REPORT": shtab.FILE}
    parser = whole({name: (text, command(name)) for name, text in COMMANDS.items()}, kinds)
    echo(shtab.complete(parser, shell))
