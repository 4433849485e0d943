# SPDX-License-Identifier: GPL-2.0-only
"""The files of a git tree that a change since a revision concerns: those that differ, and those that reach one that does."""

from pathlib import Path

from refcheck.base.git import commit_of, git, top_of
from refcheck.run.c_inputs import definitions, root_of
from refcheck.run.shared import Shared


def touched(files: list[Path], tree: Path, revision: str) -> list[Path]:
    """Those of some files, in order, that differ from a revision or are new, and those that include a header that does.

    A model is one of them also where any contract differs.  InputError where the tree is none of git, or has no such
    revision.
    """
    top = top_of(tree)
    changed = {top / name for name in _differing(top, revision)}
    specs = any(path.suffix == ".spec" for path in changed)
    known, shared = {path.resolve() for path in changed}, Shared()

    def concerned(path: Path) -> bool:
        if path.resolve() in known:
            return True
        if path.suffix != ".c":
            return specs
        root = root_of(path, tree)
        includes = definitions(root, None, shared).includes
        return any((Path(root) / name).resolve() in known for name in includes.reached(includes.below(str(path))).files)

    return [path for path in files if concerned(path)]


def _differing(top: Path, revision: str) -> set[str]:
    """The paths below the root of a work tree that are not as in a revision, those that git does not know among them."""
    _, out, _ = git(top, "diff", "--name-only", "--no-renames", "-z", commit_of(top, revision), "--")
    _, more, _ = git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return {name.decode("utf-8", "surrogateescape") for name in (out + more).split(b"\0") if name}
