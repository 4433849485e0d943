# SPDX-License-Identifier: GPL-2.0-only
"""The tree of a commit as it would be in a work tree: models and contracts, through links and submodules.

It is written below a folder of its own, which is marked as a repository so that nothing above it is read.  Names mean what
they mean in a work tree: a link keeps leading where it led, to a file of any name, and out of the repository to the same
place.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from refcheck.base import git
from refcheck.base.git import LINK, MODULE, failure
from refcheck.base.named import NamedTuple

_SUFFIXES = (".rc", ".spec")
_MOST_LINKS = 40


class Blob(NamedTuple):
    """A file of a tree: its mode, the name of its object, and the repository that has the object."""

    mode: str
    name: str
    where: Path


class CheckedOut(NamedTuple):
    """What was written: the paths of the models, and the submodules whose commit is not at hand."""

    models: list[str]
    missing: list[str]


class _Tree(NamedTuple):
    """A commit's files by path, its submodules, and those of them that cannot be read; filled as it is listed."""

    files: dict[str, Blob]
    modules: set[str]
    missing: list[str]


def check_out(top: Path, commit: str, folder: Path) -> CheckedOut:
    """Write the models and contracts of a commit below a folder; InputError where git cannot read it."""
    tree = _Tree({}, {"."}, [])
    _list(tree, top, top, commit, "")
    files = tree.files
    links = {p: b for p, b in files.items() if b.mode == LINK}
    texts = _texts(top, [*links.values(), *(b for p, b in files.items() if p.endswith(_SUFFIXES))])
    leads = {p: _follow(p, top, files, texts) for p in links}
    wanted = {p for p in files if p.endswith(_SUFFIXES)} | {leads[p] for p in links if p.endswith(_SUFFIXES)}
    plain = {p: files[p] for p in wanted if p in files and p not in links}
    texts |= _texts(top, [b for b in plain.values() if b not in texts])
    for root in tree.modules:
        (folder / root / ".git").mkdir(parents=True, exist_ok=True)
    for path, blob in plain.items():
        _put(folder, path, texts[blob])
    for path, there in leads.items():
        # A link to a file is of use where its name is that of a model or contract, one to a folder always.
        if there and (there not in files or path.endswith(_SUFFIXES)):
            _put(folder, path, there)
    return CheckedOut(sorted(p for p in wanted if p.endswith(".rc") and (folder / p).is_file()), tree.missing)


def _list(tree: _Tree, top: Path, where: Path, commit: str, prefix: str) -> None:
    """Add the files of a commit, and of those that its submodules are at."""
    for mode, name, path in _entries(where, commit, where != top):
        if any(part.lower() in ("", ".", "..", ".git") for part in path.split("/")):
            raise failure(f"{commit[:12]} has a path that no work tree can have: `{path}`", "check it with `git fsck`")
        full = prefix + path
        if mode != MODULE:
            tree.files[full] = Blob(mode, name, where)
            continue
        tree.modules.add(full)
        store = _module(top / full, path, name, where)
        if store is None:
            tree.missing.append(full)
        else:
            _list(tree, top, store, name, f"{full}/")


def _entries(where: Path, commit: str, other: bool, *below: str) -> list[tuple[str, str, str]]:
    """Mode, object and path of all that a commit has."""
    asked = ("ls-tree", "-r", "-z", "--full-tree", commit, "--", *below)
    status, out, complaint = git.git(where, *asked, other=other)
    if status:
        raise failure(f"git cannot list {commit[:12]}: {complaint}", "check the repository with `git fsck`")
    lines = (line.partition("\t") for line in os.fsdecode(out).split("\0"))
    return [(head.split()[0], head.split()[2], path) for head, tab, path in lines if tab]


def _module(place: Path, path: str, commit: str, where: Path) -> Path | None:
    """A repository that has a submodule's commit: the one in the work tree, or one that git keeps, whatever its name."""
    kept = where / os.fsdecode(git.git(where, "rev-parse", "--git-path", "modules")[1]).rstrip("\n")
    for found in _stores(place, kept, path):
        here = (found / ".git").exists() or ((found / "HEAD").is_file() and (found / "objects").is_dir())
        if here and not git.git(found, "cat-file", "-e", f"{commit}^{{commit}}", other=True)[0]:
            return found
    return None


def _stores(place: Path, kept: Path, path: str) -> Iterator[Path]:
    """Where a submodule's objects may be, the likely places first: all that git keeps is searched where these fail."""
    yield from (place, kept / path)
    yield from sorted(p.parent for p in kept.rglob("HEAD"))


def _follow(path: str, top: Path, files: dict[str, Blob], texts: dict[Blob, bytes]) -> str:
    """Where a link of the tree leads: a path of the tree, or an absolute one outside; empty for a circle."""
    todo, here, links = path.split("/")[::-1], list[str](), 0
    while todo:
        part = todo.pop()
        if part == "..":
            if not here:
                return os.path.normpath(os.path.join(top, "..", *todo[::-1]))
            here.pop()
        elif part not in ("", "."):
            here.append(part)
        blob = files.get("/".join(here))
        if blob is None or blob.mode != LINK:
            continue
        target, links = os.fsdecode(texts[blob]), links + 1
        if links > _MOST_LINKS:
            return ""
        here.pop()
        if os.path.isabs(target):
            inner = os.path.relpath(target, top)
            if inner.split("/")[0] == "..":
                return os.path.join(target, *todo[::-1])
            here, target = [], inner
        todo += target.split("/")[::-1]
    return "/".join(here)


def _put(folder: Path, path: str, what: bytes | str) -> None:
    """A file with this text, or a link that leads to this place."""
    place = folder / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, str):
            place.symlink_to(what if os.path.isabs(what) else os.path.relpath(folder / what, place.parent))
        else:
            with place.open("xb") as f:
                f.write(what)
    except FileExistsError:
        raise failure(f"the base has two files that are one here: `{path}`", "try where names keep their case") from None
    except OSError as e:
        help_text = "set TMPDIR to a folder with room, where names can be what they are in git"
        raise failure(f"`{path}` of the base cannot be written: {e.strerror}", help_text) from None


def _texts(top: Path, blobs: list[Blob]) -> dict[Blob, bytes]:
    """The content of files, read in one go from each repository."""
    found = dict[Blob, bytes]()
    for where in dict.fromkeys(b.where for b in blobs):
        mine = {b for b in blobs if b.where == where}
        texts = _objects(where, sorted({b.name for b in mine}), where != top)
        found |= {b: texts[b.name] for b in mine}
    return found


def _objects(where: Path, names: list[str], other: bool) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, there in zip(names, git.objects(where, names, other), strict=True):
        if there is None:
            help_text = "fetch it first: a partial or damaged clone has not all objects"
            raise failure(f"git has no object {name[:12]} of the base", help_text)
        found[name] = there[1]
    return found


def differs(top: Path, commit: str, folder: str) -> bool:
    """Whether any file below a folder of the work tree says something else than at a commit, or is new or gone."""
    blobs = {path: Blob(mode, name, top) for mode, name, path in _entries(top, commit, False, folder)}
    if any(b.mode == MODULE for b in blobs.values()):
        return True
    texts = _texts(top, list(blobs.values()))
    if {n for n in git.files(top) if git.is_below(n, [folder]) and (top / n).is_file()} != set(blobs):
        return True
    return any((top / p).read_bytes().replace(b"\r\n", b"\n") != texts[b].replace(b"\r\n", b"\n") for p, b in blobs.items())
