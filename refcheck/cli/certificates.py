# SPDX-License-Identifier: GPL-2.0-only
"""What `verify` and `certify` share: the folder with certificates."""

from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.cli.base import option

certify_option = option(
    "--certify", type=Path, metavar="DIR", help="Write a certificate for each function and entry context into this folder."
)


def not_written(folder: Path, e: OSError) -> InputError:
    """The error for a folder that cannot be written."""
    text = f"`{folder}` cannot be written: {e.strerror or e}"
    return InputError([error("usage", text, help_text="name a folder that can be written")])
