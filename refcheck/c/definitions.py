# SPDX-License-Identifier: GPL-2.0-only
"""Where in a tree a function that is not static is defined: the files that have its name where a definition starts."""

import os
import re
from collections.abc import Iterable, Mapping
from copy import copy
from hashlib import blake2b

from refcheck.c.includes import Includes
from refcheck.c.kept import Kept, Listing, digest_of

_LINES = re.compile(rb"\n[A-Za-z_][^\n;(]*\([^\n;]*(?=\n)")
_CALLED = re.compile(rb"(\w+)[ \t]*\(")
_FIRST = ("net/core", "net/ipv4", "net/ipv6", "net/sched", "net")


class Definitions:
    """Folders of a tree by the functions that their files may define; each is read when it is first asked."""

    def __init__(self, includes: Includes, root: str, store: Kept | None = None) -> None:
        self.includes = includes
        self._root = root
        self._folders: dict[tuple[str, bool], dict[str, list[str]]] = {}
        self._digests: dict[str, str] = {}
        self._defined = Listing(store, root, "definitions")

    def with_texts(self, texts: Mapping[str, bytes | None]) -> "Definitions":
        """The same tree with other texts for some files."""
        made = copy(self)
        made.put(texts)
        return made

    def put(self, texts: Mapping[str, bytes | None]) -> None:
        """Have other texts for some files from now on."""
        self.includes = self.includes.with_texts(texts)
        self._folders = {} if any(p.endswith(".c") for p in texts) else dict(self._folders)
        self._digests = {p: d for p, d in self._digests.items() if p not in texts}

    def candidates(self, name: str, near: str) -> list[str]:
        """The files that may define a function: first those beside a file, then those of net/."""
        found: dict[str, None] = {}
        for folder in (os.path.dirname(near), *_FIRST):
            found |= dict.fromkeys(self._folder(folder, deep=folder == "net").get(name, ()))
        found.pop(near, None)
        return list(found)

    def digest(self, names: Iterable[str], near: str) -> str:
        """A digest of all files that may define some functions, for who keeps what was found in them."""
        whole = blake2b(digest_size=20)
        for name in sorted(names):
            for path in (name, *self.candidates(name, near)):
                found = f"{path} {self._digests.get(path, '')}\n"
                whole.update(found.encode("utf-8", "surrogateescape"))
        return whole.hexdigest()

    def keep(self) -> None:
        """Keep what was found for the next run."""
        self.includes.keep()
        self._defined.keep()

    def _folder(self, folder: str, *, deep: bool) -> dict[str, list[str]]:
        """The functions that the files of a folder may define."""
        if (folder, deep) not in self._folders:
            found: dict[str, list[str]] = {}
            for path in self._files(folder, deep=deep):
                for name in self._names(path):
                    found.setdefault(name, []).append(path)
            self._folders[folder, deep] = found
        return self._folders[folder, deep]

    def _names(self, path: str) -> list[str]:
        if path not in self._digests:
            text = self.includes.read(path) or b""
            self._digests[path] = digest_of(text)
            return self._defined.of(path, self._digests[path], lambda: _defined(text))
        return self._defined.of(path, self._digests[path], list)

    def _files(self, folder: str, *, deep: bool) -> list[str]:
        """The C files of a folder, with those below it where it is `deep`."""
        found: list[str] = []
        for place, folders, files in os.walk(os.path.join(self._root, folder)):
            below = os.path.relpath(place, self._root)
            found += [os.path.join(below, f) for f in files if f.endswith(".c")]
            folders[:] = sorted(folders) if deep else []
        over = self.includes.over
        more = [p for p in over if p.endswith(".c") and (os.path.dirname(p) == folder or (deep and below_folder(p, folder)))]
        return sorted(p for p in {*found, *more} if over.get(p, b"") is not None)


def below_folder(path: str, folder: str) -> bool:
    """A path is that of something below a folder."""
    return path.startswith(f"{folder}/")


def _defined(text: bytes) -> list[str]:
    """The functions that a file may define."""
    return sorted({n.decode("ascii", "replace") for n in _CALLED.findall(b"".join(_LINES.findall(b"\n" + text)))})
