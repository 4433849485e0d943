"""What `verify` and `certify` share: the folder with certificates."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from refcheck.diagnostics import InputError, error

if TYPE_CHECKING:
    from refcheck.verdict import Result

certify_option = click.option(
    "--certify", type=click.Path(path_type=Path), metavar="DIR",
    help="Write a certificate for each function and entry context into this folder.",
)  # fmt: skip


def keep(folder: Path | None, model: Path, result: "Result") -> None:
    """Write the certificate of a result, where certificates were asked for and there is an invariant."""
    if folder is None:
        return
    from refcheck.certfiles import write

    try:
        write(folder, model, result)
    except OSError as e:
        raise not_written(folder, e) from None


def not_written(folder: Path, e: OSError) -> InputError:
    """The error for a folder that cannot be written."""
    text = f"`{folder}` cannot be written: {e.strerror or e}"
    return InputError([error("usage", text, help_text="name a folder that can be written")])
