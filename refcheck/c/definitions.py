# SPDX-License-Identifier: GPL-2.0-only
"""Where in a tree a function that is not static is defined: the files that have its name where a definition starts."""

import os
import re
from collections.abc import Callable, Iterator

from refcheck.c.includes import Includes
from refcheck.c.unit import CUnit

_LINES = re.compile(rb"^[A-Za-z_][^\n;]*\([^\n;]*$", re.MULTILINE)
_CALLED = re.compile(rb"(\w+)[ \t]*\(")
_FIRST = ("net/core", "net/ipv4", "net/ipv6", "net/sched", "net")


class Definitions:
    """Folders of a tree by the functions that their files may define; each is read when it is first asked."""

    def __init__(self, includes: Includes, root: str) -> None:
        self._includes = includes
        self._root = root
        self._folders: dict[str, dict[str, list[str]]] = {}

    def units(self, name: str, near: str, unit: Callable[[str], CUnit | None]) -> Iterator[CUnit]:
        """The files that may define a function: first those beside a file, then those of net/."""
        seen: set[str] = set()
        for folder in (os.path.dirname(near), *_FIRST):
            for path in self._folder(folder, deep=folder == "net").get(name, ()):
                found = unit(path) if path not in seen and path != near else None
                seen.add(path)
                if found is not None:
                    yield found

    def _folder(self, folder: str, *, deep: bool) -> dict[str, list[str]]:
        """The functions that the files of a folder may define."""
        if folder not in self._folders:
            found: dict[str, list[str]] = {}
            for path in self._files(folder, deep=deep):
                text = self._includes.text(path) or b""
                for name in {n for line in _LINES.findall(text) for n in _CALLED.findall(line)}:
                    found.setdefault(name.decode("ascii", "replace"), []).append(path)
            self._folders[folder] = found
        return self._folders[folder]

    def _files(self, folder: str, *, deep: bool) -> list[str]:
        """The C files of a folder, with those below it where it is `deep`."""
        found: list[str] = []
        for place, folders, files in os.walk(os.path.join(self._root, folder)):
            below = os.path.relpath(place, self._root)
            found += [os.path.join(below, f) for f in files if f.endswith(".c")]
            folders[:] = sorted(folders) if deep else []
        return sorted(found)
