# SPDX-License-Identifier: GPL-2.0-only
"""What is said of a file while it is typed: errors at once, then the verdict of each function, what changed first.

A function whose graph is what it was keeps its result; one that only moved is recalled by its certificate, which is
checked; the others are proved, those first whose own text is new.  What can wait until that was said does: digests of the
others, and certificates.  Nothing here knows of the protocol.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError
from refcheck.base.named import NamedTuple
from refcheck.certificate.digest import cfg_digest
from refcheck.graph.cfg import CFG
from refcheck.lower.task import Task
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.places import problem
from refcheck.result.record import Problem, Record
from refcheck.result.standing import stand
from refcheck.run.errors import all_wrong, placed
from refcheck.run.function import decided
from refcheck.run.one_file import Options
from refcheck.run.proof import verified
from refcheck.run.shared import Shared
from refcheck.run.tasks import contract_errors, tasks_of
from refcheck.store.place import Entry, Store
from refcheck.store.recall import keep
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit, load_all
from refcheck.verdict.verdict import Result

_MOST_KEPT = 2000
Stale = Callable[[], bool]


class Analysis(NamedTuple):
    """What is known of a text: what is wrong with it, the records so far, and the functions whose verdict is to come."""

    path: str
    problems: tuple[Problem, ...] = ()
    records: tuple[Record, ...] = ()
    pending: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()


class _Memory(Store):
    """What this process found, in front of the store on disk if there is one."""

    def __init__(self, disk: Store | None) -> None:
        super().__init__(disk.folder if disk is not None else Path(os.devnull))
        self._disk = disk
        self._entries: dict[tuple[str, str], Entry] = {}

    def get(self, kind: str, key: str) -> Entry | None:
        found = self._entries.get((kind, key))
        return found if found is not None or self._disk is None else self._disk.get(kind, key)

    def put(self, kind: str, key: str, data: dict[str, object]) -> None:
        if len(self._entries) >= _MOST_KEPT:
            self._entries.clear()
        self._entries[kind, key] = Entry(data, own=True)
        if self._disk is not None:
            self._disk.put(kind, key, data)


class _Decided(NamedTuple):
    """What is known of a function: its text, its graph and the digest of that, and what came out."""

    text: str
    cfg: CFG
    digest: str
    result: Result


class Checker:
    """Analyses of files, each quicker by what the ones before found."""

    def __init__(self, options: Options, store: Store | None) -> None:
        self.options = options
        self.store = store
        self._memory = _Memory(store)
        self._known: dict[tuple[str, str, str], _Decided] = {}

    def analyse(self, path: str, texts: Mapping[str, str], stale: Stale) -> Iterator[Analysis]:
        """What there is to say of a file, more each time; it ends early where the text is `stale`.

        `texts` has what is typed and not saved, by real path.  A C file is read as it was saved.
        """
        if path.endswith(".c"):
            found = verified(Path(path), self.options, self.store, Shared())
            yield Analysis(path, found.errors, found.records)
            return
        try:
            unit, errors = load_all(Path(path), self.options.specs, texts)
        except InputError as e:
            yield Analysis(path, tuple(problem(d, {}) for d in e.diagnostics))
            return
        reads = frozenset(os.path.realpath(name) for name, _ in unit.read)
        try:
            decl = declare(unit) if not errors else None
        except InputError as e:
            decl, errors = None, e.diagnostics
        if decl is None:
            wrong = placed(all_wrong(unit, errors), Path(path), self.options.specs)
            yield Analysis(path, tuple(problem(d, unit.sources) for d in wrong), reads=reads)
            return
        yield from self._functions(unit, decl, Analysis(path, reads=reads), stale)

    def _functions(self, unit: Unit, decl: Declarations, said: Analysis, stale: Stale) -> Iterator[Analysis]:
        """The verdicts of a model: those that are known, then those of functions that changed, then of what moved."""
        tasks, errors = _lowered(unit, decl)
        said = said._replace(problems=tuple(problem(d, unit.sources) for d in errors))
        known, texts = [self._known.get(_name(t)) for t in tasks], _texts(unit)
        results = {i: k.result for i, k in enumerate(known) if k is not None and k.cfg == tasks[i].cfg}
        yield _so_far(said, tasks, results, unit)
        for wave in _waves(tasks, [(i, k) for i, k in enumerate(known) if i not in results], texts):
            proved = list[tuple[Store, str, Result]]()
            try:
                for i in wave:
                    if stale():
                        return
                    cfg = tasks[i].cfg
                    results[i], _ = decided(cfg, self.options, self._memory, lambda *what, new=proved: new.append(what))
                    self._known[_name(tasks[i])] = _Decided(texts[cfg.function], cfg, cfg_digest(cfg), results[i])
                yield _so_far(said, tasks, results, unit)
            finally:
                for what in proved:
                    keep(*what)


def _waves(tasks: list[Task], new: list[tuple[int, _Decided | None]], texts: dict[str, str]) -> Iterator[list[int]]:
    """The tasks that have no result, in the order in which they are said: what was typed, what that changes, what moved.

    `new` has them with what is known of them.  Each is worked out when those before it were said.
    """
    typed = {i for i, k in new if k is None or k.text != texts[tasks[i].cfg.function]}
    if typed:
        yield sorted(typed)
    rest = [(i, k) for i, k in new if k is not None and i not in typed]
    moved = {i for i, k in rest if k.digest == cfg_digest(tasks[i].cfg)}
    yield from filter(None, ([i for i, _ in rest if i not in moved], sorted(moved)))


def _texts(unit: Unit) -> dict[str, str]:
    """The text of each function of a model."""
    lines = unit.sources[unit.model.path].text.split("\n")
    found = (i for i in unit.model.items if isinstance(i, ast.FunctionDef))
    return {f.sig.name: "\n".join(lines[f.span.line - 1 : f.span.end_line]) for f in found}


def _lowered(unit: Unit, decl: Declarations) -> tuple[list[Task], list[Diagnostic]]:
    """The functions of a model that can be verified, and what is wrong with the others."""
    tasks: list[Task] = []
    errors = contract_errors(decl)
    for item in unit.model.items:
        if isinstance(item, ast.FunctionDef):
            try:
                tasks += tasks_of(unit, decl, item.sig.name)
            except InputError as e:
                errors += [d for d in e.diagnostics if d not in errors]
    return tasks, errors


def _name(task: Task) -> tuple[str, str, str]:
    return task.path, task.cfg.function, task.cfg.entry


def _so_far(said: Analysis, tasks: list[Task], results: dict[int, Result], unit: Unit) -> Analysis:
    """The analysis with the results that are there."""
    records = [record(Checked(tasks[i], results[i]), unit.sources) for i in sorted(results)]
    pending = frozenset(t.cfg.function for i, t in enumerate(tasks) if i not in results)
    return said._replace(records=stand(records), pending=pending)
