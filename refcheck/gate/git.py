# SPDX-License-Identifier: GPL-2.0-only
"""The base of a change, read out of git by plumbing; the work tree and the index are never touched.

Only models and contracts are read, into a folder of its own.  Every failure of git is an InputError in words.
"""

import os
import posixpath
import subprocess
from pathlib import Path

from refcheck.base.diagnostics import InputError, error

_SUFFIXES = (".rc", ".spec")
_LINK = "120000"


def _fail(message: str, help_text: str) -> InputError:
    return InputError([error("usage", message, help_text=help_text)])


def git(where: Path, *args: str, given: bytes = b"") -> tuple[int, bytes, str]:
    """Status, output and complaint of a git command, which writes nothing."""
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        ran = subprocess.run(["git", *args], cwd=where, input=given, capture_output=True, check=False, env=env)  # noqa: S603, S607
    except FileNotFoundError:
        raise _fail("there is no program `git`", "install git, or leave --base away") from None
    except OSError as e:
        raise _fail(f"git cannot be run: {e.strerror}", "check the folder, or leave --base away") from None
    return ran.returncode, ran.stdout, ran.stderr.decode("utf-8", "replace").strip()


def top_of(where: Path) -> Path:
    """The root of the work tree around a folder; InputError where there is none."""
    status, out, complaint = git(where, "rev-parse", "--show-toplevel")
    if status or not out.strip():
        why = complaint.splitlines()[0].removeprefix("fatal: ") if complaint else "no work tree"
        raise _fail(f"`{where}` is in no git work tree: {why}", "run the gate inside of a repository, or leave --base away")
    return Path(os.fsdecode(out.rstrip(b"\n")))


def commit_of(top: Path, revision: str) -> str:
    """The commit that a revision names; InputError where it names none, or one that a shallow clone has not."""
    status, out, _ = git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not status:
        return out.decode().split()[-1]
    if git(top, "rev-parse", "--is-shallow-repository")[1].strip() == b"true":
        help_text = "fetch it first: `git fetch --unshallow`, or a full depth in the checkout step of CI (fetch-depth: 0)"
        raise _fail(f"this clone is shallow and has no revision `{revision}`", help_text)
    raise _fail(f"there is no revision `{revision}`", "name a commit, a branch or a tag; fetch it if it is elsewhere")


def inside(top: Path, path: Path) -> str:
    """A path relative to the root, with slashes; InputError where it is outside of the repository."""
    full = path.resolve()
    if not full.is_relative_to(top.resolve()):
        raise _fail(f"`{path}` is outside of the repository {top}", "name paths inside of it")
    return full.relative_to(top.resolve()).as_posix()


def changed(top: Path, commit: str, folder: str) -> bool:
    """Whether anything below a folder differs from a commit, files that git does not track included."""
    if git(top, "diff", "--quiet", "--no-ext-diff", commit, "--", folder)[0]:
        return True
    return bool(git(top, "ls-files", "-z", "--others", "--exclude-standard", "--", folder)[1])


def listed(top: Path, paths: list[str]) -> list[str]:
    """The models of the work tree below some paths: what git tracks, and what it would add."""
    args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *(p or "." for p in paths)]
    names = sorted(set(os.fsdecode(git(top, *args)[1]).split("\0")))
    return [n for n in names if n.endswith(".rc") and (top / n).is_file()]


def check_out(top: Path, commit: str, folder: Path) -> list[str]:
    """Write the models and contracts of a commit below a folder; their paths."""
    status, out, complaint = git(top, "ls-tree", "-r", "-z", "--full-tree", commit)
    if status:
        raise _fail(f"git cannot list {commit[:12]}: {complaint}", "check the repository with `git fsck`")
    tree: dict[str, tuple[str, str]] = {}
    for line in os.fsdecode(out).split("\0"):
        head, tab, path = line.partition("\t")
        if tab and path.endswith(_SUFFIXES):
            mode, kind, name = head.split()
            if kind == "blob":
                tree[path] = (mode, name)
    texts = _blobs(top, sorted({name for _, name in tree.values()}))
    for path, (mode, name) in tree.items():
        text = texts[name]
        if mode == _LINK:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(text)))
            if target not in tree or tree[target][0] == _LINK:
                continue
            text = texts[tree[target][1]]
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
    return sorted(p for p in tree if p.endswith(".rc") and (folder / p).is_file())


def _blobs(top: Path, names: list[str]) -> dict[str, bytes]:
    """The content of objects, read in one go."""
    status, out, complaint = git(top, "cat-file", "--batch", given="".join(f"{n}\n" for n in names).encode())
    if status:
        raise _fail(f"git cannot read its objects: {complaint}", "check the repository with `git fsck`")
    found: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        if len(head) != 3:
            help_text = "fetch it first: a partial or damaged clone has not all objects"
            raise _fail(f"git has no object {name[:12]} of the base", help_text)
        size = int(head[2])
        found[name] = out[end + 1 : end + 1 + size]
        at = end + 2 + size
    return found
