# SPDX-License-Identifier: GPL-2.0-only
"""What the verdicts of a C file rest on in its tree, as data of an entry of the store; no parser is imported.

That is its own text, every header that it reaches, and every file that may define a function whose body was looked for: a
file that comes to define one counts as much as a file that changes.
"""

import os
from pathlib import Path

from refcheck.c.definitions import Definitions
from refcheck.c.includes import Includes
from refcheck.run.shared import Shared
from refcheck.store.place import Store

Inputs = dict[str, object]


def root_of(path: Path, tree: Path | None) -> str:
    """The root of the tree that a file is read in: what the user says, else the folder that it stands in."""
    return str(tree) if tree is not None else os.path.dirname(os.path.abspath(path))


def definitions(root: str, store: Store | None, shared: Shared) -> Definitions:
    """The files of a tree, of which each is read once in a run."""
    return shared.once(("definitions", root), lambda: Definitions(Includes(root, store), root, store))


def inputs(path: str, asked: set[str], tree: Definitions) -> Inputs:
    """What a file (a path below the root) reaches, and where the bodies of some functions may be."""
    return {"reached": tree.includes.reached(path).digest, "asked": sorted(asked), "bodies": tree.digest(asked, path)}


def unchanged(known: object, path: str, tree: Definitions) -> bool:
    """The tree has what it had when an entry was written."""
    match known:
        case {"asked": [*names]} if all(isinstance(n, str) for n in names):
            return known == inputs(path, {str(n) for n in names}, tree)
        case _:
            return False
