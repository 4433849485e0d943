# SPDX-License-Identifier: GPL-2.0-only
"""Which guesses about owning fields a C file bears out, kept from run to run: to find out takes a survey of all of it."""

from collections.abc import Iterable, Mapping

from refcheck.base.named import NamedTuple
from refcheck.c.definitions import Definitions
from refcheck.c.index import FileIndex
from refcheck.infer.owners import FileSurvey
from refcheck.infer.surveyed import Survey
from refcheck.run.c_inputs import inputs, unchanged
from refcheck.slice.kinds import Container
from refcheck.store.keys import c_parser, digest, versions
from refcheck.store.place import Entry, Store

KIND = "owners"


def contracts_digest(specs: str, over: Iterable[str] = (), doubts: Mapping[str, tuple[str, str]] = {}) -> str:
    """A digest of all contracts that a file is read with: of the specs, of what stands over them, and what is in doubt."""
    return digest(specs, *over, repr(sorted(doubts.items())))


class Guesses(NamedTuple):
    """Where what a file bears out is kept, if anywhere, for one state of a tree and what `contracts_digest` gives."""

    store: Store | None
    contracts: str
    tree: Definitions

    def survey(self, made: FileSurvey, index: FileIndex, only: tuple[str, ...]) -> Survey:
        """All functions of a file, or `only` some, with what is known of it from another run."""
        if self.store is None or not made.guessed or made.decided is not None:
            return made.of(only)
        guessed = map(_text, made.guessed.values())
        key = digest(versions(), c_parser(), self.contracts, index.path, made.source.text, *guessed)
        if (names := self._known(self.store.get(KIND, key), index.path)) is not None:
            made.decide(names)
        found = made.of(only)
        if names is None and made.decided is not None:
            rests = inputs(index.path, index.asked, self.tree)
            self.store.put(KIND, key, {"left": list(made.decided), "tree": rests})
        return found

    def _known(self, entry: Entry | None, path: str) -> tuple[str, ...] | None:
        """The structs that are borne out, as this user's refcheck has found before in the same tree."""
        if entry is None or not entry.own or not unchanged(entry.data.get("tree"), path, self.tree):
            return None
        left = entry.data.get("left")
        return tuple(map(str, left)) if isinstance(left, list) else None


def _text(guess: Container) -> str:
    return repr((guess.made, sorted(guess.full), guess.local))
