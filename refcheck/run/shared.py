# SPDX-License-Identifier: GPL-2.0-only
"""What the files of a run have in common in one process: specs, and what is known of a tree; nothing of C is imported."""

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast

_Made = TypeVar("_Made")


class Keeps(Protocol):
    """Something that a store keeps what is new of."""

    def keep(self) -> None: ...


class Shared:
    """Things by key, each made when it is first asked for.  A process that is spawned starts with none."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}
        self._kept: list[Keeps] = []

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gave the first time."""
        if key not in self._made:
            self._made[key] = make()
        return cast(_Made, self._made[key])

    def kept(self, thing: Keeps) -> None:
        """Something is to be kept for the next run."""
        self._kept.append(thing)

    def keep(self) -> None:
        """Keep what is new."""
        for thing in self._kept:
            thing.keep()

    def __reduce__(self) -> tuple[Any, ...]:
        return Shared, ()
