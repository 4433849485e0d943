# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck lsp`: the language server that an editor starts."""

import gc
from importlib.util import find_spec
from pathlib import Path

from refcheck.base.diagnostics import InputError, error, install
from refcheck.base.limits import Limits
from refcheck.cli.base import checked_limits, command, option, spec_option, specs_option, tree_option
from refcheck.cli.running import Means, check_specs, no_store_option, open_store, store_option
from refcheck.run.one_file import Options


@command(
    specs_option,
    tree_option,
    spec_option,
    option("--timeout", type=float, default=10.0, metavar="S", help="Seconds per function; 0 for no limit [default: 10]."),
    store_option,
    no_store_option,
)
def lsp(specs: Path | None, tree: Path | None, spec: str, timeout: float, store: Path | None, no_store: bool) -> None:
    """Answer an editor on standard input and output, by the language server protocol (docs/editors.md)."""
    if find_spec("pygls") is None:
        text = "the language server needs pygls"
        raise InputError([error("usage", text, help_text=install("lsp"))])
    from refcheck.lsp.server import serve  # noqa: PLC0415  needs pygls, the front end and the prover

    gc.set_threshold(50_000, 10, 10)  # it lives long, and the library that it speaks with leaves cycles
    check_specs(specs)
    limits = checked_limits(Limits(timeout))
    serve(Options(specs, limits=limits, tree=tree, contracts=spec), open_store(Means(store, no_store, 1, False)))
