# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck slice`: what a C file is to refcheck, as a model or as the contracts that were inferred."""

from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.files import below_tree
from refcheck.cli.base import (
    command,
    echo,
    flag,
    function_option,
    option,
    spec_option,
    specs_option,
    tree_option,
    visible,
)
from refcheck.run.one_file import Options


@command(
    option("path", type=Path, metavar="FILE.c", help="A C file."),
    function_option,
    tree_option,
    spec_option,
    specs_option,
    flag("--contracts", help="Print the contracts that were inferred, as a spec, instead."),
)
def slice(path: Path, only: tuple[str, ...], tree: Path | None, spec: str, specs: Path | None, contracts: bool) -> None:  # noqa: A001
    """Print the functions of a C file as a model, sliced to what touches references, contexts and slots."""
    from refcheck.run.from_c import printed  # noqa: PLC0415  needs the parser of C

    if path.suffix in (".rc", ".spec"):
        help_text = "a model is a slice already: refcheck verify FILE.rc, or refcheck show"
        raise InputError([error("usage", f"`{path}` is no C file", help_text=help_text)])
    options = Options(specs, only, tree=tree, contracts=spec)
    echo(visible(printed(below_tree(path, tree), options, contracts)), nl=False)
