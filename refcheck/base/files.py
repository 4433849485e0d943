# SPDX-License-Identifier: GPL-2.0-only
"""Files as others may have put them there: regular, of bounded size, inside of their folder; and which ones paths name.

A pipe would be waited for, a device can be read for ever, and a link can lead to a file whose lines are nobody's business.
"""

import errno
import os
import stat
from pathlib import Path

from refcheck.base.diagnostics import InputError, error

MAX_SOURCE = 8 << 20


def read_regular(path: Path | str, most: int) -> bytes:
    """The content of a regular file; OSError where it is none, has more than `most` bytes, or cannot be read."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        data = b""
        while len(data) <= most and (more := os.read(handle, min(about.st_size, most - len(data)) + 1)):
            data = data + more if data else more
    finally:
        os.close(handle)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB")
    return data


def below(path: str, folder: str) -> str | None:
    """The rest of a path behind a folder; None where it is not below it.  Links are not followed."""
    start = folder if folder.endswith(os.sep) else folder + os.sep
    return path[len(start) :] if path.startswith(start) else None


def ups(folder: str) -> list[str]:
    """A folder with an absolute path and those above it, up to the root of the repository that it is in."""
    found = [folder]
    while not os.path.lexists(os.path.join(found[-1], ".git")) and (up := os.path.dirname(found[-1])) != found[-1]:
        found.append(up)
    return found


def inside(path: Path, folder: Path) -> bool:
    """The file is below the folder, wherever links lead."""
    there, place = os.path.realpath(path), os.path.realpath(folder)
    return there == place or below(there, place) is not None


def model_files(paths: list[Path]) -> list[Path]:
    """The files that paths name: files as they are, of folders all .rc files below them, else all .c files."""
    return _named(paths, ((".rc",), (".c",)), "name a model, a C file, or a folder with either")


def below_tree(path: Path, tree: Path | None) -> Path:
    """A path as it is, or the one of that name below a tree where only that is there: `net/core/dst.c` of any tree."""
    if tree is None or path.is_absolute() or os.path.lexists(path) or not os.path.lexists(tree / path):
        return path
    return tree / path


def language_files(paths: list[Path]) -> list[Path]:
    """The models and specs that paths name; InputError where a file is neither."""
    found = _named(paths, ((".rc", ".spec"),), "name a model or spec, or a folder with some")
    for path in found:
        if path.suffix not in (".rc", ".spec"):
            text = f"`{path}` is neither a model nor a spec"
            raise InputError([error("usage", text, help_text="their names end in .rc and .spec")])
    return found


def _named(paths: list[Path], kinds: tuple[tuple[str, ...], ...], help_text: str) -> list[Path]:
    """Files as they are, and of folders the files below them of the first kind of which there are any."""
    found: list[Path] = []
    for path in paths:
        try:
            folder = path.is_dir()
        except (OSError, ValueError) as e:
            raise InputError([error("unreadable-file", f"a path cannot be read: {e}", help_text="check it")]) from None
        if folder:
            below = next((got for kind in kinds if (got := _below(path, kind))), [])
            if not below:
                text = f"there is no {kinds[0][0]} file below `{path}`, and no {(*kinds[0], *kinds[-1])[-1]} file"
                raise InputError([error("usage", text, help_text=help_text)])
            astray = [p for p in below if not inside(p, path)]
            if astray:
                text = f"`{astray[0]}` is a link that leaves `{path}`"
                raise InputError([error("unreadable-file", text, help_text="name the file that it leads to")])
            found += below
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _below(path: Path, kind: tuple[str, ...]) -> list[Path]:
    return sorted(p for suffix in kind for p in path.rglob(f"*{suffix}") if p.is_file())
