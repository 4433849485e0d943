# SPDX-License-Identifier: GPL-2.0-only
"""What was looked up for a file, kept from run to run under the content of the file and of all that it reaches."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, TypeVar, cast

from refcheck.base.source import Span
from refcheck.c import tree

KIND = "facts"
_Found = TypeVar("_Found")


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


class Facts:
    """Answers by kind of question and name; `None` is an answer as well."""

    def __init__(self, store: Kept | None, key: str, text: bytes) -> None:
        self._store = store
        self._key = blake2b(f"{reading()} {key} ".encode() + text, digest_size=20).hexdigest()
        entry = store.get(KIND, self._key) if store is not None else None
        self._old: dict[str, object] = dict(entry.data) if entry is not None and entry.own else {}
        self._known: dict[str, object] = {}
        self._new = 0

    def recall(self, kind: str, name: str, find: Callable[[], _Found]) -> _Found:
        """The answer that is known, else what `find` gives."""
        key = f"{kind} {name}"
        if key not in self._known:
            if key in self._old:
                self._known[key] = decoded(self._old[key])
            else:
                self._known[key] = find()
                self._new += 1
        return cast(_Found, self._known[key])

    def keep(self) -> None:
        """Write what is new."""
        if self._store is not None and self._new:
            self._store.put(KIND, self._key, self._old | {k: encoded(v) for k, v in self._known.items()})
            self._new = 0


@cache
def reading() -> str:
    """A digest of how C is read: the files of this folder."""
    made = blake2b(digest_size=20)
    for path in sorted(Path(__file__).parent.glob("*.*")):
        if path.suffix in (".py", ".toml"):
            made.update(path.read_bytes())
    return made.hexdigest()


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
