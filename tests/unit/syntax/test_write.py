# SPDX-License-Identifier: GPL-2.0-only
"""What write.py writes parses to the tree that it was given."""

from pathlib import Path

import pytest
from command import ROOT

from refcheck.base.source import SourceFile, Span
from refcheck.syntax import ast, code, write
from refcheck.syntax.parser import parse

FILES = [*sorted((ROOT / "tests" / "golden").glob("*.rc")), *sorted((ROOT / "models").rglob("*.rc"))]
SPECS = sorted((ROOT / "specs").rglob("*.spec"))


def plain(tree: object) -> object:
    """A tree without places, and without blocks that hold one block or stand for one statement."""
    if isinstance(tree, Span):
        return None
    if isinstance(tree, code.Block):
        body = tuple(plain(s) for s in tree.body)
        return body[0] if len(body) == 1 and isinstance(body[0], tuple) else ("block", body)
    if isinstance(tree, code.Labelled):
        return ("label", tree.label)
    if isinstance(tree, tuple):
        return (type(tree).__name__, *(plain(x) for x in tree))
    return None if isinstance(tree, int) and not isinstance(tree, bool) else tree


def read(text: str, path: str) -> ast.Module:
    module, errors = parse(SourceFile(path, text))
    assert errors == []
    return module


@pytest.mark.parametrize("file", [*FILES, *SPECS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_file_is_written_as_it_was_read(file: Path):
    tree = read(file.read_text(encoding="utf-8"), file.name)
    items = tree.items
    if file.suffix == ".spec":
        text = "\n".join(
            write.contract(i, in_spec=True) if isinstance(i, ast.ContractDef) else write.module(tree._replace(items=(i,)))
            for i in items
        )  # fmt: skip
    else:
        text = write.module(tree)
    assert plain(read(text, file.name).items) == plain(items)
