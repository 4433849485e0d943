# SPDX-License-Identifier: GPL-2.0-only
"""Which headers of a tree a C file reaches, and which names each of them may declare.

`#include` is followed whatever stands around it.  Generated headers are not there, and are passed over.  The names are
found line by line, without a parser, and are too many rather than too few: who wants one looks it up in the header.
"""

import os
import re
from collections.abc import Mapping
from copy import copy
from hashlib import blake2b

from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.named import NamedTuple
from refcheck.c.kept import Kept, Listing, digest_of

MOST_FILES = 20_000
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_FOLDERS = ("include", "arch/x86/include", "include/uapi", "arch/x86/include/uapi")
# `\n` in front of a line is found twice as fast as `^` is.
_NAMES = re.compile(
    rb"\n[ \t]*#[ \t]*define[ \t]+(\w+)"  # macros
    rb"|\n[ \t]*(?:typedef[ \t]+)?(?:struct|union|enum)[ \t]+(\w+)[^;(){}=]*\{"
    rb"|\n\}[^;\n{]*?(\w+)[ \t]*;"  # typedef struct { ... } name;
    rb"|\ntypedef\b[^;{]*?(\w+)[ \t]*(?:\[[^;]*)?;"
    rb"|\ntypedef\b[^;{(]*\([ \t]*\*?[ \t]*(\w+)[ \t]*\)"
    rb"|\n[ \t]+(\w+)[ \t]*(?:=[^=]|,|/\*|(?=\n))"  # enumerators
    rb"|\nextern\b[^;(){]*?(\w+)[ \t]*(?:\[[^;]*)?;"
)
_LINES = re.compile(rb"\n[A-Za-z_][^\n(]*\([^\n]*(?=\n)")
_CALLED = re.compile(rb"\b(\w++)[ \t]*\(")
_DEFINED = re.compile(rb"^(DEFINE_\w+\(\w+)", re.MULTILINE)
_ENUM = re.compile(rb"\benum\b[^;{}()]*\{([^{}]*)\}")
_ENUMERATOR = re.compile(rb"(?:^|,)\s*(\w+)")


class Reached(NamedTuple):
    """The headers that a file reaches, by their place in the order in which they are met; and a digest of all of them."""

    files: dict[str, int]
    digest: str


class Includes:
    """The headers of one tree, each read once; what a scan of them finds is kept."""

    def __init__(self, root: str, store: Kept | None = None) -> None:
        self._root = root
        self.over: dict[str, bytes | None] = {}
        self._texts: dict[str, bytes | None] = {}
        self._digests: dict[str, str] = {}
        self._below: dict[str, tuple[str, ...]] = {}
        self._named = Listing(store, root, "includes")
        self._declared = Listing(store, root, "names")

    def with_texts(self, texts: Mapping[str, bytes | None]) -> "Includes":
        """The same tree with other texts for some files, None for one that is gone; what is known of the rest is shared."""
        made = copy(self)
        made.put(texts)
        return made

    def put(self, texts: Mapping[str, bytes | None]) -> None:
        """Have other texts for some files from now on."""
        stay = all((self.text(p) is None) == (t is None) for p, t in texts.items())  # else a line may mean another file
        self.over = {**self.over, **texts}
        self._texts = {p: t for p, t in self._texts.items() if p not in texts}
        self._digests = {p: d for p, d in self._digests.items() if p not in texts}
        self._below = {p: found for p, found in self._below.items() if p not in texts} if stay else {}

    def reached(self, path: str) -> Reached:
        """What a file of the tree (a path below its root) reaches."""
        seen: dict[str, int] = {}
        todo = list(reversed(self._named_by(path)))
        whole = blake2b(digest_size=20)
        while todo and len(seen) < MOST_FILES:
            found = todo.pop()
            if found in seen or self.text(found) is None:
                continue
            seen[found] = len(seen)
            whole.update(f"{len(found)}:{found}{self.digest(found)}".encode("utf-8", "surrogateescape"))
            todo += reversed(self._named_by(found))
        return Reached(seen, whole.hexdigest())

    def below(self, path: str) -> str:
        """The path below the root of the tree; the path itself where the file is elsewhere."""
        if not os.path.isabs(path) and (path in self.over or not os.path.exists(path)):
            return path
        found = os.path.relpath(os.path.abspath(path), os.path.abspath(self._root))
        return path if found.startswith("..") else found

    def text(self, path: str) -> bytes | None:
        """The content of a file of the tree; None where it cannot be read."""
        if path not in self._texts:
            self._texts[path] = self.read(path)
        return self._texts[path]

    def read(self, path: str) -> bytes | None:
        """The content that a file has now."""
        if path in self.over:
            return self.over[path]
        try:
            return read_regular(os.path.join(self._root, path), MAX_SOURCE)
        except (OSError, ValueError):
            return None

    def digest(self, path: str) -> str:
        """The digest of a file that can be read."""
        if path not in self._digests:
            self._digests[path] = digest_of(self.text(path) or b"")
        return self._digests[path]

    def names(self, path: str) -> list[str]:
        """The names that a header may declare."""
        return self._declared.of(path, self.digest(path), lambda: sorted(names(self.text(path) or b"")))

    def keep(self) -> None:
        """Keep what was found for the next run."""
        self._named.keep()
        self._declared.keep()

    def _named_by(self, path: str) -> tuple[str, ...]:
        """The headers that the lines of a file name."""
        if path not in self._below:
            found = self._named.of(path, self.digest(path), lambda: _included(self.text(path) or b""))
            there = (self._resolve(path, line[1:], line[0] == '"') for line in found)
            self._below[path] = tuple(f for f in there if f is not None)
        return self._below[path]

    def _resolve(self, path: str, name: str, local: bool) -> str | None:
        """The file that an `#include` of another one means."""
        places = [os.path.dirname(path)] if local else []
        places += _FOLDERS
        tried = [os.path.normpath(os.path.join(p, name)) for p in places]
        if name.startswith("asm/"):
            tried += [place + name.removeprefix("asm/") for place in ("include/asm-generic/", "include/uapi/asm-generic/")]
        return next((f for f in tried if not f.startswith("..") and self.text(f) is not None), None)


def _included(text: bytes) -> list[str]:
    """The names in the `#include` lines of a text, each behind the sign that opens it."""
    return [(sign + name).decode("utf-8", "replace") for sign, name in _INCLUDE.findall(text)]


def names(text: bytes) -> set[str]:
    """The names that a header may declare."""
    text = b"\n" + text + b"\n"
    found = {n for groups in _NAMES.findall(text) for n in groups if n}
    found.update(_CALLED.findall(b"".join(_LINES.findall(text))))
    found.update(_DEFINED.findall(text))
    for body in _ENUM.findall(text):
        if b"\n" not in body:
            found.update(_ENUMERATOR.findall(body))
    return {n.decode("ascii", "replace") for n in found}
