# SPDX-License-Identifier: GPL-2.0-only
"""The command line, run in this process: status and both streams, as a user would see them."""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from refcheck import cli

ROOT = Path(__file__).resolve().parents[2]
GENEVE = ROOT / "models" / "geneve.rc"


class Ran(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str

    def errors(self) -> list[dict]:
        """The input errors of a run with `--format json`."""
        return json.loads(self.out)["errors"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal, so that nothing is stripped on the way to it."""

    def isatty(self) -> bool:
        return True


def run(*args: object, out_tty: bool = False, err_tty: bool = False) -> Ran:
    """Run `refcheck ARGS`; whatever main() does ends in a status."""
    out = Terminal() if out_tty else io.StringIO()
    err = Terminal() if err_tty else io.StringIO()
    status = 0
    with (
        mock.patch.object(sys, "argv", ["refcheck", *map(str, args)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as e:
            status = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
    return Ran(status, out.getvalue(), err.getvalue())


def model(folder: Path, text: str | bytes, name: str = "m.rc") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
