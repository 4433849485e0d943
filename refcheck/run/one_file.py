# SPDX-License-Identifier: GPL-2.0-only
"""One file of a run: from its path to plain data, by what the store has or by proving it.

An `Outcome` is all that a run keeps of a file, made of texts and numbers, so that it can come from another process or
from the store.  A file whose texts, options and versions are those of an entry that this user's refcheck wrote is
answered from that entry alone; nothing of the parser or the prover is imported for it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refcheck.base.diagnostics import MORE_MEMORY, NO_MEMORY, InputError, error
from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.result.codec import DataError
from refcheck.result.record import UNKNOWN, Problem, Record, Source, record_data, record_from
from refcheck.run.shards import Part
from refcheck.store.keys import digest, versions

if TYPE_CHECKING:
    from refcheck.lower.task import Task
    from refcheck.store.place import Entry, Store
    from refcheck.verdict.verdict import Result

KIND = "file"
MANY_WORDS = 50_000  # more takes longer to write and to read than to say anew from the verdicts, which are stored too


class Options(NamedTuple):
    """What is asked for each file; `only` has function names (all if empty), `recheck` believes no entry unchecked.

    `graphs` asks for the graph of each function in its record, `part` leaves out the functions of other parts, `certify`
    is a folder for certificates.
    """

    specs: Path | None = None
    only: tuple[str, ...] = ()
    limits: Limits = Limits()
    graphs: bool = False
    recheck: bool = False
    part: Part | None = None
    certify: Path | None = None


class Work(NamedTuple):
    """What a run had to do: files answered from the store, functions recalled and proved, queries to Z3."""

    files: int = 0
    recalled: int = 0
    proved: int = 0
    queries: int = 0

    def plus(self, other: "Work") -> "Work":
        """Both together."""
        return Work(*(a + b for a, b in zip(self, other, strict=True)))


class Outcome(NamedTuple):
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


def verified(path: Path, options: Options, store: "Store | None") -> Outcome:
    """As `proved`; where the memory does not suffice, that is the file's error."""
    try:
        return proved(path, options, store)
    except MemoryError:
        pass  # what was built is given up on the way out, so that there is room for the next file
    return no_memory(path)


def no_memory(path: Path) -> Outcome:
    """The outcome of a file for which the memory does not suffice."""
    from refcheck.result.places import problems

    return Outcome(str(path), (), tuple(problems([error("out-of-memory", f"`{path}`: {NO_MEMORY}", help_text=MORE_MEMORY)])))


def stored(path: Path, options: Options, store: "Store | None", seen: Seen) -> Outcome | None:
    """The outcome of a file that did not change, straight from the store; None where that has none to be believed."""
    if store is None or options.recheck or options.certify is not None:
        return None
    entry = store.get(KIND, _key(path, options))
    if entry is None or not entry.own:
        return None
    try:
        return _outcome(path, entry, seen)
    except (DataError, LookupError, OSError, TypeError, ValueError):
        return None


def _outcome(path: Path, entry: "Entry", seen: Seen) -> Outcome | None:
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
    source, inputs = Source(str(path), text), _inputs(data["read"])
    return Outcome(str(path), records, (), source, Work(files=1), "", tuple(data["plan"]), tuple(data["names"]), inputs)


def proved(path: Path, options: Options, store: "Store | None") -> Outcome:
    """Verify one model file, function by function, and store what was found."""
    from refcheck.result.build import record
    from refcheck.result.checked import Checked
    from refcheck.run.tasks import prepare_unit
    from refcheck.unit.load import load

    try:
        unit = load(path, options.specs)
        prepared = prepare_unit(unit, options.only, options.part)
        work, records = Work(), list[Record]()
        for task in prepared.tasks:
            result, cost = _verified(task, options, store)
            work = work.plus(cost)
            if options.certify is not None:
                _certify(options.certify, path, result)
            records.append(record(Checked(task, result), unit.sources, options.graphs))
    except InputError as e:
        from refcheck.result.places import problems

        return Outcome(str(path), (), tuple(problems(e.diagnostics)))
    plan = tuple(":".join(filter(None, (path.as_posix(), *item))) for item in prepared.plan)
    keyed = store is not None or options.part is not None
    read = [[name, digest(text)] for name, text in unit.read] if keyed else []
    unknown = any(p.verdict == UNKNOWN for r in records for p in r.properties)
    if store is not None and not unknown and _words(records) < MANY_WORDS:
        store.put(KIND, _key(path, options), {
            "read": read,
            "missed": list(unit.missed),
            "plan": list(plan),
            "names": list(prepared.names),
            "records": [record_data(r) for r in records],
        })  # fmt: skip
    source, trouble = Source(str(path), unit.sources[str(path)].text), store.trouble if store else ""
    return Outcome(str(path), tuple(records), (), source, work, trouble, plan, prepared.names, _inputs(read))


def _words(records: list[Record]) -> int:
    """How much the states of all traces say."""
    steps = (s.state for r in records for f in r.findings for s in f.steps)
    return sum(len(state.variables) + len(state.references) for state in steps)


def _inputs(read: list[list[str]]) -> str:
    """A digest of what was read, without where it was."""
    return digest(*(known for _, known in read)) if read else ""


def _certify(folder: Path, model: Path, result: "Result") -> None:
    """Write the certificate of a result; InputError where that cannot be done."""
    from refcheck.run.certificates import write

    try:
        write(folder, model, result)
    except OSError as e:
        text = f"`{folder}` cannot be written: {e.strerror or e}"
        raise InputError([error("usage", text, help_text="name a folder that can be written")]) from None


def _verified(task: "Task", options: Options, store: "Store | None") -> "tuple[Result, Work]":
    """The result of one function, recalled or proved anew, and what that took."""
    name = ""
    if store is not None:
        from refcheck.store import recall

        name = recall.key(task.cfg, options.limits)
        entry = store.get(recall.KIND, name)
        known = recall.recall(task.cfg, options.limits, entry, options.recheck) if entry else None
        if entry is not None and known is not None:
            if not entry.own:
                recall.keep(store, name, known)
            return known, Work(recalled=1)
    from refcheck.prove.prove import verify

    result = verify(task.cfg, options.limits)
    if store is not None:
        from refcheck.store import recall

        recall.keep(store, name, result)
    return result, Work(proved=1, queries=result.queries)


def _key(path: Path, options: Options) -> str:
    where = os.path.realpath(path.parent)
    return digest(versions(), os.getcwd(), str(path), where, repr(options._replace(recheck=False, certify=None)))

