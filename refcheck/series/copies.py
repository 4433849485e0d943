# SPDX-License-Identifier: GPL-2.0-only
"""Copies of the files of a tree with the patches of a series in them; the tree itself is only read.

Where the tree is a git repository that has the object which a diff was made from, git merges (`git apply --3way`), in an
index and a store of objects of its own; else the hunks are put in one by one (apply.py).
"""

import os
import tempfile
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.git import git
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.series.apply import EXACT, FAILED, Put, applied
from refcheck.series.commits import BlobTexts, blobs, other_than_work_tree
from refcheck.series.patch import FileChange
from refcheck.series.posted import PostedPatch, Series

MERGED = "merged"


class PutFile(NamedTuple):
    """A file of a patch: what became of its hunks; of each that failed the functions that it says, and its line."""

    path: str
    puts: tuple[Put, ...]
    failed: tuple[tuple[tuple[str, ...], int], ...]


class Copies:
    """The texts of a tree with all patches so far; None stands for a file that is gone."""

    def __init__(self, tree: Path, series: Series | None = None) -> None:
        self.tree = tree
        self.texts: BlobTexts = {}
        if series is not None and series.start:
            touched = set[str]().union(*map(_touched, series.patches))
            self.texts = blobs(tree, series.start, touched.union(other_than_work_tree(tree, series.start)))
        self._git = _GitMerge.of(tree)

    def text(self, path: str) -> bytes | None:
        """The content of a file; None where there is none."""
        if path not in self.texts:
            try:
                return read_regular(self.tree / path, MAX_SOURCE)
            except (OSError, ValueError):
                return None
        return self.texts[path]

    def put(self, patch: PostedPatch) -> tuple[list[PutFile], list[Diagnostic]]:
        """Apply a patch; what became of each file, and a line for what could not be applied."""
        if patch.commit:
            self.texts |= blobs(self.tree, patch.commit, _touched(patch))
            return [_committed(c) for c in patch.changes], []
        done, problems = list[PutFile](), list[Diagnostic]()
        for c in patch.changes:
            found, wrong = self._put(c)
            done.append(found)
            at = Span(c.path, 1, 1, 1, 1)
            help_text = "the rest of the patch is reviewed; say `--tree` with the base that it was made for"
            problems += [error("patch-fails", f"{_named(patch)}: {text}", at, help_text) for text in wrong]
        return done, problems

    def _put(self, c: FileChange) -> tuple[PutFile, list[str]]:
        none = PutFile(c.path, (), ())
        if c.kind == "broken":
            return none, [f"the diff of `{c.path}` does not have the lines that its hunks count"]
        if c.kind == "binary":
            return none, [f"`{c.path}` is binary; it is left out"]
        if any(_leaves(p) for p in (c.path, c.source)):
            return none, [f"`{c.path}` leads out of the tree"]
        c = self._below(c)
        none = none._replace(path=c.path)
        old = self.text(c.source) if c.source else None
        if c.source and old is None:
            return none._replace(puts=tuple(Put(FAILED, h.start) for h in c.hunks)), [f"the tree has no `{c.source}`"]
        if c.kind == "new" and self.text(c.path) is not None:
            return none._replace(puts=tuple(Put(FAILED, h.start) for h in c.hunks)), [f"`{c.path}` is there already"]
        merged = self._git.merged(c, old) if self._git is not None and old is not None and c.kind == "changed" else None
        if merged is not None:
            self.texts[c.path] = merged
            return PutFile(c.path, tuple(Put(MERGED, h.start) for h in c.hunks), ()), []
        return self._by_hunks(c, old)

    def _below(self, c: FileChange) -> FileChange:
        """A diff that names the folder of the tree too (`diff -ru linux.orig linux`), without that."""
        inner = c.path.partition("/")[2]
        here = c.kind == "changed" and self.text(c.path) is None and inner and self.text(inner) is not None
        return c._replace(path=inner, source=inner) if here else c

    def _by_hunks(self, c: FileChange, old: bytes | None) -> tuple[PutFile, list[str]]:
        text, puts = applied((old or b"").decode("utf-8", "surrogateescape"), c.hunks)
        bad = [(h, p) for h, p in zip(c.hunks, puts, strict=True) if p.how == FAILED]
        if not (c.kind == "removed" and not bad):
            self.texts[c.path] = text.encode("utf-8", "surrogateescape")
        if c.kind in ("removed", "renamed") and not bad:
            self.texts[c.source] = None
        wrong = []
        for h, _ in bad:
            at = ", ".join((f"line {h.start}", *(f"{n}()" for n in h.functions)))
            wrong.append(f"hunk {c.hunks.index(h) + 1} of `{c.path}` does not apply ({at})")
        return PutFile(c.path, puts, tuple((h.functions, h.start) for h, _ in bad)), wrong


def _touched(patch: PostedPatch) -> set[str]:
    """The files that a patch names."""
    return {p for c in patch.changes for p in (c.path, c.source) if p}


def _committed(c: FileChange) -> PutFile:
    """A file as a commit left it: each hunk stands where it says."""
    puts, moved = list[Put](), 0
    for h in c.hunks:
        puts.append(Put(EXACT, h.start + (0 if h.old else 1) + moved))
        moved += len(h.new) - len(h.old)
    return PutFile(c.path, tuple(puts), ())


def _leaves(path: str) -> bool:
    """A path that is not below the folder that it starts from."""
    return os.path.isabs(path) or os.path.normpath(path or ".").split(os.sep)[0] == os.pardir or "\0" in path


def _named(p: PostedPatch) -> str:
    return f"patch {p.number}/{p.total}" if p.number else f"`{p.subject}`" if p.subject else "the patch"


class _GitMerge:
    """Merges by git in a folder of its own, which lasts as long as this object; the repository gets nothing."""

    def __init__(self, tree: Path, objects: str) -> None:
        self._tree = tree
        self._folder = tempfile.TemporaryDirectory(prefix="refcheck-")
        own = Path(self._folder.name, "objects")
        own.mkdir()
        self._env = {
            "GIT_INDEX_FILE": str(Path(self._folder.name, "index")),
            "GIT_OBJECT_DIRECTORY": str(own),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
        }

    @classmethod
    def of(cls, tree: Path) -> "_GitMerge | None":
        """Where a tree is the root of a repository."""
        if not (tree / ".git").exists():
            return None
        status, out, _ = git(tree, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        return cls(tree, os.fsdecode(out.rstrip(b"\n"))) if status == 0 and out.strip() else None

    def merged(self, c: FileChange, old: bytes) -> bytes | None:
        """A file with its diff merged into it; None where git lacks the object of its base, or meets a conflict."""
        if not c.blob or git(self._tree, "cat-file", "-e", f"{c.blob}^{{blob}}", more=self._env)[0]:
            return None
        status, name, _ = git(self._tree, "hash-object", "-w", "--stdin", "--no-filters", given=old, more=self._env)
        entry = f"100644,{name.decode().strip()},{c.path}"
        if status or git(self._tree, "update-index", "--add", "--cacheinfo", entry, more=self._env)[0]:
            return None
        diff = c.text.encode("utf-8", "surrogateescape")
        if git(self._tree, "apply", "--3way", "--cached", "-", given=diff, more=self._env)[0]:
            git(self._tree, "update-index", "--force-remove", "--", c.path, more=self._env)
            return None
        status, text, _ = git(self._tree, "cat-file", "blob", f":{c.path}", more=self._env)
        return text if status == 0 else None
