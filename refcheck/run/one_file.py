# SPDX-License-Identifier: GPL-2.0-only
"""One file of a run, as plain data: what is asked of it, what came of it, and what the store has of that.

An `Outcome` is all that a run keeps of a file, made of texts and numbers, so that it can come from another process or
from the store.  A file whose texts, options and versions are those of an entry that this user's refcheck wrote is
answered from that entry alone; nothing of the parser or the prover is imported for it.  proof.py does the rest.
"""

import os
from pathlib import Path
from typing import Any

from refcheck.base.diagnostics import MORE_MEMORY, NO_MEMORY, error
from refcheck.base.files import MAX_SOURCE, read_regular, ups
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.result.codec import DataError
from refcheck.result.places import problems
from refcheck.result.record import Problem, Record, Source, record_data, record_from
from refcheck.run.shards import Part
from refcheck.run.shared import Shared
from refcheck.store.keys import c_parser, digest, versions
from refcheck.store.place import Entry, Store

KIND = "file"
MANY_WORDS = 50_000


class Options(NamedTuple):
    """What is asked for each file; `only` has function names (all if empty), `recheck` believes no entry unchecked.

    `graphs` asks for the graph of each function in its record, `part` leaves out the functions of other parts, `certify`
    is a folder for certificates.  With `debug` each graph is looked at before it is verified (graph/wellformed.py).  C files
    are read in the `tree`, with the specs that `contracts` leads to.  `why` asks what is held and borrowed,
    and what balances it; `help_possible` asks for help also where a finding from C is not certain.
    """

    specs: Path | None = None
    only: tuple[str, ...] = ()
    limits: Limits = Limits()
    graphs: bool = False
    recheck: bool = False
    part: Part | None = None
    certify: Path | None = None
    debug: bool = False
    tree: Path | None = None
    contracts: str = "kernel.spec"
    why: bool = False
    help_possible: bool = False


class Work(NamedTuple):
    """What a run had to do: files answered from the store, functions recalled and proved, queries to Z3."""

    files: int = 0
    recalled: int = 0
    proved: int = 0
    queries: int = 0

    def plus(self, other: "Work") -> "Work":
        """Both together."""
        return Work(*(a + b for a, b in zip(self, other, strict=True)))


class FileOutcome(NamedTuple):
    """What a file gave: its records, or what is wrong with it; `trouble` is why the store could not be written.

    `plan` names what a run over all parts has of the file, `names` its functions, `inputs` is a digest of what was read,
    where a store or the other parts need one.
    """

    path: str
    records: tuple[Record, ...]
    errors: tuple[Problem, ...]
    source: Source | None = None
    work: Work = Work()
    trouble: str = ""
    plan: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    inputs: str = ""


class Seen:
    """The files that a run has looked at: digests by path, and places where none is."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        self._places: dict[str, bool] = {}

    def text(self, name: str) -> tuple[str, str]:
        """A file's text and its digest; OSError or ValueError where it has none."""
        if name not in self._texts:
            text = read_regular(name, MAX_SOURCE).decode("utf-8").replace("\r\n", "\n")
            self._texts[name] = (text, digest(text))
        return self._texts[name]

    def is_file(self, name: str) -> bool:
        """Whether a file stands at a place."""
        if name not in self._places:
            self._places[name] = os.path.isfile(name)
        return self._places[name]


def no_memory(path: Path) -> FileOutcome:
    """The outcome of a file for which the memory does not suffice."""
    trouble = error("out-of-memory", f"`{path}`: {NO_MEMORY}", help_text=MORE_MEMORY)
    return FileOutcome(str(path), (), tuple(problems([trouble])))


class Watched(NamedTuple):
    """What a kept outcome rests on: files with the digests of their texts, the model's first; places where no spec was.

    `tree` is what it rests on in the tree of a C file.
    """

    read: list[list[str]]
    missed: list[str]
    tree: object = None


def keep(path: Path, options: Options, store: Store, found: FileOutcome, watched: Watched) -> None:
    """Store an outcome, unless its traces say so much that to say it anew takes less time."""
    words = sum(len(s.state.variables) + len(s.state.references) for r in found.records for f in r.findings for s in f.steps)
    if words < MANY_WORDS:
        store.put(KIND, key(path, options), {
            "read": watched.read,
            "missed": watched.missed,
            "tree": watched.tree,
            "plan": list(found.plan),
            "names": list(found.names),
            "records": [record_data(r) for r in found.records],
        })  # fmt: skip


def stored(path: Path, options: Options, store: Store | None, seen: Seen, shared: Shared) -> FileOutcome | None:
    """The outcome of a file that did not change, straight from the store; None where that has none to be believed."""
    if store is None or options.recheck or options.debug or options.certify is not None:
        return None
    entry = store.get(KIND, key(path, options))
    if entry is None or not entry.own:
        return None
    try:
        found = _outcome(path, entry, seen)
        if found is None or path.suffix != ".c":
            return found
        from refcheck.run import c_inputs  # noqa: PLC0415  what reads a tree

        tree = c_inputs.definitions(c_inputs.root_of(path, options.tree), store, shared)
        return found if c_inputs.unchanged(entry.data.get("tree"), tree.includes.below(str(path)), tree) else None
    except (DataError, LookupError, OSError, TypeError, ValueError):
        return None


def _outcome(path: Path, entry: Entry, seen: Seen) -> FileOutcome | None:
    """An entry as an outcome; None where a file changed, or a spec stands where none stood."""
    data: dict[str, Any] = entry.data  # its seal says that refcheck wrote it
    text = ""
    for name, known in reversed(data["read"]):
        text, now = seen.text(name)
        if now != known:
            return None
    if any(seen.is_file(place) for place in data["missed"]):
        return None
    records = tuple(record_from(r) for r in data["records"])
    source, inputs = Source(str(path), text), inputs_of(data["read"])
    return FileOutcome(str(path), records, (), source, Work(files=1), "", tuple(data["plan"]), tuple(data["names"]), inputs)


def inputs_of(read: list[list[str]]) -> str:
    """A digest of what was read, without where it was."""
    return digest(*(known for _, known in read)) if read else ""


def key(path: Path, options: Options) -> str:
    """The key of a file in the store: where it is, what is asked, and all versions."""
    where, here = os.path.realpath(path.parent), os.getcwd()
    asked = options._replace(recheck=False, certify=None, debug=False)
    parser = c_parser() if path.suffix == ".c" else ""
    return digest(versions(), parser, here, ups(here)[-1], str(path), where, ups(where)[-1], repr(asked))
