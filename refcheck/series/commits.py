# SPDX-License-Identifier: GPL-2.0-only
"""Commits of a git tree as a series: from one to another along first parents, each as its diff against its own.

So each patch starts from what the one before it left, also where branches were merged: a merge is one patch, with all that
it brings.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.git import commit_of, failure, git, is_shallow, objects, top_of
from refcheck.base.named import NamedTuple
from refcheck.series.patch import changes
from refcheck.series.posted import PostedPatch

BlobTexts = dict[str, bytes | None]
_FORM = "%H%x00%P%x00%an <%ae>%x00%aD%x00%s"
_DIFF = ("-c", "core.quotePath=false", "diff-tree", "-p", "-r", "-M", "--full-index", "--relative", "--no-ext-diff",
         "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip


class _Commit(NamedTuple):
    """A commit and its first parent (the empty tree where it has none), and what its patch is called."""

    name: str
    parent: str
    author: str
    date: str
    subject: str


def is_range(given: str) -> bool:
    """`A..B` or `A...B`, as git writes ranges; no path like `../series`."""
    first, dots, last = given.partition("..")
    return bool(dots) and not first.endswith("/") and not last.startswith("/")


def commits_of(given: str, tree: Path) -> tuple[list[PostedPatch], str]:
    """The patches of a range, the oldest first, and the commit that they start from; InputError where there are none."""
    first, _, last = given.partition("..")
    first, last = first or "HEAD", last.lstrip(".") or "HEAD"
    top_of(tree)
    start, end = commit_of(tree, first), commit_of(tree, last)
    found = _listed(tree, start, end)
    if not found:
        one = "both are the same one" if start == end else f"`{last}` is older than `{first}`"
        raise failure(f"there is no commit in `{given}`: {one}", "name the older commit first")
    patches = [_patch(tree, c, i, len(found)) for i, c in enumerate(found, 1)]
    return patches, found[0].parent


def is_commit(given: str, tree: Path) -> bool:
    """Whether it names a commit of the tree."""
    try:
        return bool(commit_of(tree, given))
    except InputError:
        return False


def _listed(tree: Path, start: str, end: str) -> list[_Commit]:
    asked = ("rev-list", "--first-parent", "--reverse", "--encoding=UTF-8", f"--format={_FORM}", end, f"^{start}")
    status, out, complaint = git(tree, *asked)
    if status:
        raise failure(f"the commits from {start[:12]} to {end[:12]} cannot be listed: {complaint}", "check the repository")
    found = list[_Commit]()
    for line in out.decode("utf-8", "replace").split("\n"):
        name, zero, rest = line.partition("\0")
        if zero:
            parents, author, date, subject = rest.split("\0", 3)
            found.append(_Commit(name, parents.split(" ")[0], author, date, subject))
    if found and not found[0].parent:
        if is_shallow(tree):
            help_text = "fetch the history: `git fetch --unshallow`"
            raise failure(f"this clone is shallow and does not show how {start[:12]} leads to {end[:12]}", help_text)
        found[0] = found[0]._replace(parent=git(tree, "hash-object", "-t", "tree", "--stdin")[1].decode().strip())
    return found


def _patch(tree: Path, c: _Commit, number: int, total: int) -> PostedPatch:
    status, out, complaint = git(tree, *_DIFF, c.parent, c.name)
    if status:
        raise failure(f"commit {c.name[:12]} cannot be read: {complaint}", "fetch it: a partial clone may lack it")
    return PostedPatch(
        number=number, total=total, version="", subject=f"[PATCH {number}/{total}] {c.subject or c.name[:12]}", ident="",
        references="", author=c.author, cc=(), date=c.date, changes=changes(out.decode("utf-8", "surrogateescape")),
        commit=c.name,
    )  # fmt: skip


def other_than_work_tree(tree: Path, commit: str) -> list[str]:
    """The files that a commit has otherwise than the work tree, from the tree's folder on."""
    asked = ("diff", "--name-only", "-z", "--no-renames", "--relative", "--no-ext-diff", commit, "--")
    status, out, complaint = git(tree, *asked)
    if status:
        raise failure(f"the work tree cannot be compared with {commit[:12]}: {complaint}", "check the repository")
    return [n for n in os.fsdecode(out).split("\0") if n]


def blobs(tree: Path, commit: str, paths: Iterable[str]) -> BlobTexts:
    """What a commit has in some files; None for what is no file in it."""
    names = sorted({p for p in paths if "\n" not in p})
    there = objects(tree, (f"{commit}:./{n}" for n in names))
    return {n: o[1] if o is not None and o[0] == "blob" else None for n, o in zip(names, there, strict=True)}
