# SPDX-License-Identifier: GPL-2.0-only
"""Git by plumbing that writes nothing, and without what a clone can put in front of its objects.

Replaced objects, grafts and pathspecs with a meaning are switched off.  Every failure of git is an InputError in words.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from refcheck.base.diagnostics import InputError, error

LINK, MODULE = "120000", "160000"

# What a clone's owner, or a hook that runs us, may have set and that would change what is read.
_PLAIN = {
    "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
}  # fmt: skip
_PATHSPECS = ("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_EXTERNAL_DIFF")
# What says where the repository is: true of the one that a hook runs in, and of no other.
_WHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
)  # fmt: skip


def failure(message: str, help_text: str) -> InputError:
    """What git cannot do, as an input error."""
    return InputError([error("usage", message, help_text=help_text)])


def git(
    where: Path, *args: str, given: bytes = b"", other: bool = False, more: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes, str]:
    """Status, output and complaint of a git command, which writes nothing; `other`: in another repository than ours.

    `more` are variables of its environment.
    """
    drop = (*_PATHSPECS, *(_WHERE if other else ()))
    env = {**{k: v for k, v in os.environ.items() if k not in drop}, **_PLAIN, **more}
    # What git keeps of a submodule names its work tree, which may be gone.
    bare = ["--git-dir=.", "--work-tree=."] if other and not (where / ".git").exists() else []
    # A repository's own setting would win over the variable.
    bare += ["-c", "core.useReplaceRefs=false"]
    try:
        ran = subprocess.run(["git", *bare, *args], cwd=where, input=given, capture_output=True, check=False, env=env)  # noqa: S603, S607
    except FileNotFoundError:
        raise failure("there is no program `git`", "install git, or do without what asks it") from None
    except OSError as e:
        raise failure(f"git cannot be run: {e.strerror}", "check the folder") from None
    said = ran.stderr.decode("utf-8", "replace").splitlines()
    return ran.returncode, ran.stdout, "\n".join(line for line in said if not line.startswith("hint:")).strip()


def objects(where: Path, names: Iterable[str], other: bool = False) -> Iterator[tuple[str, bytes] | None]:
    """Kind and content of some objects, read in one go; None for a name that none has.  InputError where git cannot read."""
    names = list(names)
    asked = "".join(f"{n}\n" for n in names)
    status, out, complaint = git(where, "cat-file", "--batch", given=os.fsencode(asked), other=other)
    if status:
        raise failure(f"git cannot read its objects: {complaint}", "check the repository with `git fsck`")
    at = 0
    for _ in names:
        end = out.index(b"\n", at)
        head = out[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(head) < 3 or not head[2].isdigit():
            yield None
            continue
        size = int(head[2])
        yield head[1].decode(), out[at : at + size]
        at += size + 1


def top_of(where: Path) -> Path:
    """The root of the work tree around a folder; InputError where there is none."""
    status, out, complaint = git(where, "rev-parse", "--show-toplevel")
    if status or not out.strip():
        why = complaint.splitlines()[0].removeprefix("fatal: ") if complaint else "no work tree"
        raise failure(f"`{where}` is in no git work tree: {why}", "name a folder of a repository, or run it inside of one")
    return Path(os.fsdecode(out.rstrip(b"\n")))


def commit_of(top: Path, revision: str) -> str:
    """The commit that a revision names; InputError where it names none, several, or one that a shallow clone has not."""
    asked = ("-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    status, out, complaint = git(top, *asked)
    if not status and "is ambiguous" in complaint:
        raise failure(f"`{revision}` names more than one revision", "say refs/heads/... or refs/tags/..., or a commit")
    if not status:
        return out.decode().split()[-1]
    if is_shallow(top):
        help_text = "fetch it first: `git fetch --unshallow`, or a full depth in the checkout step of CI (fetch-depth: 0)"
        raise failure(f"this clone is shallow and has no revision `{revision}`", help_text)
    raise failure(f"there is no revision `{revision}`", "name a commit, a branch or a tag; fetch it if it is elsewhere")


def is_shallow(top: Path) -> bool:
    """A clone whose history is cut off."""
    return git(top, "rev-parse", "--is-shallow-repository")[1].strip() == b"true"


def branched_from(top: Path, commit: str) -> str:
    """The commit at which the work tree's branch left the history of another one: what the change is to be compared with.

    That is the other commit itself where the two have no common ancestor, or several that are equally near.  InputError
    where a shallow clone cannot tell.
    """
    if git(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")[0]:
        return commit
    found = git(top, "merge-base", "--all", commit, "HEAD")[1].decode().split()
    if not found and is_shallow(top):
        help_text = "fetch the history: `git fetch --unshallow`, or a full depth in the checkout step of CI (fetch-depth: 0)"
        raise failure(f"this clone is shallow and does not show where the branch left {commit[:12]}", help_text)
    return found[0] if len(found) == 1 else commit


def inside(top: Path, path: Path) -> str:
    """A path relative to the root, with slashes, as links lead; InputError where it is outside of the repository."""
    full = path.resolve()
    if not full.is_relative_to(top.resolve()):
        raise failure(f"`{path}` is outside of the repository {top}", "name paths inside of it")
    return full.relative_to(top.resolve()).as_posix()


def named(top: Path, path: Path) -> list[str]:
    """A path relative to the root, as links lead now and as it is written; InputError where it is outside."""
    found, full = [inside(top, path)], Path(os.path.abspath(path))
    if full.is_relative_to(top):
        found.append(full.relative_to(top).as_posix())
    return list(dict.fromkeys(found))


def listed(top: Path, paths: list[str]) -> list[str]:
    """The models of the work tree below some paths: what git tracks or would add, here and in submodules."""
    return sorted(n for n in files(top) if n.endswith(".rc") and (top / n).is_file() and is_below(n, paths))


def files(top: Path, prefix: str = "", other: bool = False) -> set[str]:
    """What git tracks below the root or would add; where the work tree has a submodule, what that has."""
    where = top / prefix
    found = set[str]()
    for mode, name in _staged(where, other):
        if mode == MODULE and (where / name / ".git").exists():
            found |= files(top, f"{prefix}{name}/", True)
        else:
            found.add(prefix + name)
    more = git(where, "ls-files", "-z", "--others", "--exclude-standard", other=other)[1]
    return found | {prefix + n for n in os.fsdecode(more).split("\0") if n}


def _staged(where: Path, other: bool) -> list[tuple[str, str]]:
    """Mode and path of all that the index has."""
    lines = os.fsdecode(git(where, "ls-files", "-z", "--stage", other=other)[1]).split("\0")
    return [(head.split()[0], path) for head, tab, path in (x.partition("\t") for x in lines) if tab]


def is_below(name: str, folders: list[str]) -> bool:
    """Whether a path is one of some folders, or below one."""
    return any(f in (".", "", name) or name.startswith(f"{f}/") for f in folders)
