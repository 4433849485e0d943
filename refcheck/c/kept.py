# SPDX-License-Identifier: GPL-2.0-only
"""What was found out about the files of a tree, kept from run to run under the content of each file.

A file that changes loses what is kept of it, and of no other.  Only entries that this user wrote are believed.
"""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from types import UnionType
from typing import Protocol, TypeVar, cast

from refcheck.base.source import Span
from refcheck.c import tree

_Found = TypeVar("_Found")
_UNIT, _LISTING = "c-unit", "c-listing"
_LIBRARIES = ("tree-sitter", "tree-sitter-c")


class KeptEntry(Protocol):
    """What a store gives back; `own` says that nobody else wrote it."""

    @property
    def data(self) -> dict[str, object]: ...

    @property
    def own(self) -> bool: ...


class Kept(Protocol):
    """A store of entries by kind and key."""

    def get(self, kind: str, key: str) -> KeptEntry | None: ...

    def put(self, kind: str, key: str, data: dict[str, object]) -> None: ...


def digest_of(text: bytes) -> str:
    """The digest under which the content of a file is known."""
    return blake2b(text, digest_size=16).hexdigest()


@cache
def reading() -> str:
    """A digest of how C is read: the files of this folder, and the versions of the parser."""
    made = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.glob("*.*")):
        if path.suffix in (".py", ".toml"):
            made.update(path.read_bytes())
    for name in _LIBRARIES:
        made.update(f"{name} {metadata.version(name)} ".encode())
    return made.hexdigest()


class _KeptAnswers:
    """One entry of a store: what it had, and what it is to have."""

    def __init__(self, store: Kept | None, kind: str, *parts: str) -> None:
        self._store, self._kind = store, kind
        whole = "".join(f"{len(p)}:{p}" for p in (reading(), *parts))
        self._key = digest_of(whole.encode("utf-8", "surrogateescape"))
        self.new: dict[str, object] = {}
        self.old = self._read()

    def _read(self) -> dict[str, object]:
        entry = self._store.get(self._kind, self._key) if self._store is not None else None
        return entry.data if entry is not None and entry.own else {}

    def keep(self) -> None:
        """Write what is new, with what another process has written since."""
        if self._store is not None and self.new:
            self.old = self._read() | self.new
            self._store.put(self._kind, self._key, self.old)
        self.new = {}


class Answers:
    """What one file says about names, by the kind of question."""

    def __init__(self, store: Kept | None, path: str, digest: str) -> None:
        self._entry = _KeptAnswers(store, _UNIT, path, digest)
        self._known: dict[str, object] = {}
        self._new: set[str] = set()

    def recall(self, question: str, shape: type | UnionType, find: Callable[[], _Found]) -> _Found:
        """The answer that is known and has its shape, else what `find` gives."""
        if question not in self._known:
            try:
                found = decoded(self._entry.old[question])
            except (AttributeError, KeyError, TypeError, ValueError):
                found = self
            if not isinstance(found, shape):
                found = find()
                self._new.add(question)
            self._known[question] = found
        return cast(_Found, self._known[question])

    def keep(self) -> None:
        """Write what is new."""
        self._entry.new = {q: encoded(self._known[q]) for q in self._new}
        self._new = set()
        self._entry.keep()


class Listing:
    """What a scan of whole files finds, texts for each, all files of a tree in one entry."""

    def __init__(self, store: Kept | None, root: str, kind: str) -> None:
        self._entry = _KeptAnswers(store, _LISTING, root, kind)

    def of(self, path: str, digest: str, find: Callable[[], list[str]]) -> list[str]:
        """What is known of a file with this content, else what `find` gives."""
        for known in (self._entry.new, self._entry.old):
            match known.get(path):
                case [found, *texts] if found == digest:
                    return [str(t) for t in texts]
                case _:
                    pass
        made = find()
        self._entry.new[path] = [digest, *made]
        return made

    def keep(self) -> None:
        """Write what is new."""
        self._entry.keep()


def encoded(value: object) -> object:
    """A node of tree.py as JSON data: a list with the name of its class before its fields."""
    match value:
        case Span():
            return ["@", *value]
        case tuple():
            name = type(value).__name__ if type(value) is not tuple else ""
            return [name, *(encoded(v) for v in value)]
        case _:
            return value


def decoded(data: object) -> object:
    """The node that JSON data stands for."""
    if not isinstance(data, list):
        return data
    name, *fields = data
    if name == "@":
        return Span(*fields)
    inner = [decoded(f) for f in fields]
    return getattr(tree, name)(*inner) if name else tuple(inner)
