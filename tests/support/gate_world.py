# SPDX-License-Identifier: GPL-2.0-only
"""A repository that any refcheck can read, and edits of it: the language of 0.1.0 is enough for its models and contracts."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from repository import commit, git

CONTRACTS = """context rcu;
context bh;
fact gp = rcu | bh;
void rcu_read_lock() __from("include/rcu.h:lock") { ok: enter rcu; }
void rcu_read_unlock() __from("include/rcu.h:unlock") { ok: leave rcu; }
resource path { freed after gp; shared; }
enum kind { PLAIN, TUNNEL, METADATA };
path find_path() __from("net/path.c:find_path") {
	ok: return hold;
	fail: return ERR_PTR;
}
void put_path(path p) __from("net/path.c:put_path") { ok: release p; }
enum kind kind_of(path p) __from("net/path.c:kind_of") { ok: use p, return any; }
"""
STRICT = """use "base.spec";
bool allowed(path p) __from("net/path.c:allowed") {
	yes: use p, return true;
	no: use p, return false;
}
"""
LOOSE = STRICT.replace("use p, ", "")
MODEL = """use "path.spec";
source "net/send.c", "v6.19";

int send()
{
	path p = find_path();

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (nondet("too long")) {
		put_path(p);
		return -EMSGSIZE;
	}
	if (!allowed(p)) {
		put_path(p);
		return -EACCES;
	}
	if (kind_of(p) == METADATA) {
		put_path(p);
		return -EINVAL;
	}
	put_path(p);
	return 0;
}
"""
LEAKY = """use "path.spec";
source "net/leak.c", "v6.19";

int leak() expect refuted(leaked-ref)
{
	path p = find_path();

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (!allowed(p))
		return -EACCES;
	put_path(p);
	return 0;
}

void look(path p)
{
	use(p);
}
"""
TOO_LONG = '\tif (nondet("too long")) {\n\t\tput_path(p);\n\t\treturn -EMSGSIZE;\n\t}\n'
DENIED = "\tif (!allowed(p)) {\n\t\tput_path(p);\n\t\treturn -EACCES;\n\t}\n"
LEAKS = (
    ("int send()", "int send() expect refuted(leaked-ref)"),
    ("\t\tput_path(p);\n\t\treturn -EMSGSIZE;", "\t\treturn -EMSGSIZE;"),
)
SEND, LEAK, PATH, BASE = "models/send.rc", "models/leak.rc", "specs/path.spec", "specs/base.spec"


class World(NamedTuple):
    """Where a hole is tried: the repository, a folder beside it, and the folder of contracts that ship."""

    repo: Path
    beside: Path
    shipped: Path


def build(world: World) -> None:
    """The repository of which all holes are edits, not committed yet."""
    for folder in ("models", "specs"):
        (world.repo / folder).mkdir(parents=True)
    for path, text in ((SEND, MODEL), (LEAK, LEAKY), (PATH, STRICT), (BASE, CONTRACTS)):
        (world.repo / path).write_text(text, encoding="utf-8")
    for name, text in (("path.spec", LOOSE), ("base.spec", CONTRACTS)):
        (world.shipped / name).write_text(text, encoding="utf-8")
    git(world.repo, "init", "-q")


def edit(path: str, *changes: tuple[str, str]) -> Callable[[World], None]:
    """Each text in place of another that the file has."""

    def change(world: World) -> None:
        text = (world.repo / path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, (path, old)
            text = text.replace(old, new)
        (world.repo / path).write_text(text, encoding="utf-8")

    return change


def write(path: str, text: str) -> Callable[[World], None]:
    """A file with this text."""

    def change(world: World) -> None:
        (world.repo / path).parent.mkdir(parents=True, exist_ok=True)
        (world.repo / path).write_text(text, encoding="utf-8")

    return change


def add(path: str, text: str) -> Callable[[World], None]:
    """More text behind what a file has."""
    return lambda w: write(path, f"{(w.repo / path).read_text(encoding='utf-8')}\n{text}")(w)


def every(*changes: Callable[[World], object]) -> Callable[[World], None]:
    """One change after the other."""

    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change


def link(path: str, target: str) -> Callable[[World], None]:
    """A link in place of what stands there; `{shipped}` in the target is the folder of the contracts that ship."""

    def change(world: World) -> None:
        place = world.repo / path
        if place.is_symlink() or place.is_file():
            place.unlink()
        place.symlink_to(target.format(shipped=os.path.relpath(world.shipped, place.parent)))

    return change


def rename(old: str, new: str) -> Callable[[World], None]:
    """A file or folder under another name."""
    return lambda w: (w.repo / old).rename(w.repo / new)


def remove(path: str) -> Callable[[World], None]:
    """A file or link that is gone."""
    return lambda w: (w.repo / path).unlink()


def nothing(_: World) -> None:
    """No change."""


def submodule(world: World, *named: str) -> None:
    """The contracts as a submodule."""
    inner = world.beside / "inner"
    shutil.move(world.repo / "specs", inner)
    git(inner, "init", "-q")
    commit(inner)
    git(world.repo, "submodule", "--quiet", "add", *named, str(inner), "specs")


def named_submodule(world: World) -> None:
    """The same under another name than its path."""
    submodule(world, "--name", "contracts")


def in_submodule(*changes: tuple[str, str]) -> Callable[[World], None]:
    """A change of the contracts in the submodule, committed there."""
    return every(edit(PATH, *changes), lambda w: commit(w.repo / "specs"))


def above_the_checkout(_: World) -> None:
    """Looser contracts where the folder of temporary files has its own `specs`, under a name that ships too."""
    folder = Path(os.environ["TMPDIR"]) / "specs"
    folder.mkdir()
    for name, text in (("path.spec", LOOSE), ("base.spec", CONTRACTS)):
        (folder / name).write_text(text, encoding="utf-8")


def ships_strict(world: World) -> None:
    """The strict contract ships, and the repository has none of its own."""
    (world.shipped / "path.spec").write_text(STRICT, encoding="utf-8")
    shutil.rmtree(world.repo / "specs")


def replaced(world: World) -> None:
    """The base's model replaced, by `git replace`, with the one of the work tree."""
    edit(SEND, *LEAKS)(world)
    now = git(world.repo, "hash-object", "-w", SEND)
    git(world.repo, "replace", git(world.repo, "rev-parse", f"HEAD:{SEND}"), now)


def replaced_commit(world: World) -> None:
    """The base itself replaced."""
    edit(SEND, *LEAKS)(world)
    git(world.repo, "stash", "-q")
    git(world.repo, "stash", "apply", "-q")
    other = git(world.repo, "commit-tree", "stash@{0}^{tree}", "-m", "x")
    git(world.repo, "replace", git(world.repo, "rev-parse", "HEAD"), other)
