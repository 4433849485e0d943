# SPDX-License-Identifier: GPL-2.0-only
"""Which headers of a tree a C file reaches, and which names each of them may declare.

`#include` is followed whatever stands around it.  Generated headers are not there, and are passed over.  The names are
found line by line, without a parser, and are too many rather than too few: who wants one looks it up in the header.
"""

import os
import re
from hashlib import blake2b

from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.named import NamedTuple

MOST_FILES = 20_000
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_FOLDERS = ("include", "arch/x86/include", "include/uapi", "arch/x86/include/uapi")
_NAMES = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+(\w+)"  # macros
    rb"|^[ \t]*(?:typedef[ \t]+)?(?:struct|union|enum)[ \t]+(\w+)[^;(){}=]*\{"
    rb"|^\}[^;\n{]*?(\w+)[ \t]*;"  # typedef struct { ... } name;
    rb"|^typedef\b[^;{]*?(\w+)[ \t]*(?:\[[^;]*)?;"
    rb"|^typedef\b[^;{(]*\([ \t]*\*?[ \t]*(\w+)[ \t]*\)"
    rb"|^[ \t]+(\w+)[ \t]*(?:=[^=]|,|/\*|$)"  # enumerators
    rb"|^extern\b[^;(){]*?(\w+)[ \t]*(?:\[[^;]*)?;",
    re.MULTILINE,
)
_LINES = re.compile(rb"^[A-Za-z_][^\n]*\(", re.MULTILINE)
_CALLED = re.compile(rb"(\w+)[ \t]*\(")
_DEFINED = re.compile(rb"^(DEFINE_\w+\(\w+)", re.MULTILINE)
_ENUM = re.compile(rb"\benum\b[^;{}()]*\{([^{}]*)\}")
_ENUMERATOR = re.compile(rb"(?:^|,)\s*(\w+)")


class Reached(NamedTuple):
    """The headers that a file reaches, in the order they are met, each with its text; and a digest of all of them."""

    files: tuple[str, ...]
    texts: dict[str, bytes]
    digest: str


class Includes:
    """The headers of one tree, read once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._texts: dict[str, bytes | None] = {}
        self._below: dict[str, tuple[str, ...]] = {}

    def reached(self, path: str) -> Reached:
        """What a file of the tree (a path below its root) reaches."""
        seen: dict[str, bytes] = {}
        todo = list(reversed(self._named_by(path)))
        digest = blake2b(digest_size=20)
        while todo and len(seen) < MOST_FILES:
            found = todo.pop()
            text = self.text(found)
            if found in seen or text is None:
                continue
            seen[found] = text
            digest.update(f"{len(found)}:{found}{len(text)}:".encode("utf-8", "surrogateescape") + text)
            todo += reversed(self._named_by(found))
        return Reached(tuple(seen), seen, digest.hexdigest())

    def text(self, path: str) -> bytes | None:
        """The content of a file of the tree; None where it cannot be read."""
        if path not in self._texts:
            try:
                self._texts[path] = read_regular(os.path.join(self._root, path), MAX_SOURCE)
            except (OSError, ValueError):
                self._texts[path] = None
        return self._texts[path]

    def _named_by(self, path: str) -> tuple[str, ...]:
        """The headers that the lines of a file name."""
        if path not in self._below:
            text = self.text(path) or b""
            found = (self._resolve(path, n.decode("utf-8", "replace"), q == b'"') for q, n in _INCLUDE.findall(text))
            self._below[path] = tuple(f for f in found if f is not None)
        return self._below[path]

    def _resolve(self, path: str, name: str, local: bool) -> str | None:
        """The file that an `#include` of another one means."""
        places = [os.path.dirname(path)] if local else []
        places += _FOLDERS
        tried = [os.path.normpath(os.path.join(p, name)) for p in places]
        if name.startswith("asm/"):
            tried += [place + name.removeprefix("asm/") for place in ("include/asm-generic/", "include/uapi/asm-generic/")]
        return next((f for f in tried if not f.startswith("..") and self.text(f) is not None), None)


def names(text: bytes) -> set[str]:
    """The names that a header may declare."""
    found = {n for groups in _NAMES.findall(text) for n in groups if n}
    for line in _LINES.findall(text):
        found.update(_CALLED.findall(line))
    found.update(_DEFINED.findall(text))
    for body in _ENUM.findall(text):
        if b"\n" not in body:
            found.update(_ENUMERATOR.findall(body))
    return {n.decode("ascii", "replace") for n in found}
