# SPDX-License-Identifier: GPL-2.0-only
"""One file of a run, from its text: parsed, lowered, and each function recalled or proved; what came of it is stored.

This is imported where something has to be proved, and not for what a store has whole.
"""

from pathlib import Path

from refcheck.base.diagnostics import InputError, InternalError, error
from refcheck.base.verdicts import Verdict
from refcheck.graph.wellformed import flaws
from refcheck.lower.task import Task
from refcheck.prove.prove import verify
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.places import problems
from refcheck.result.record import Record, Source, record_data
from refcheck.run.certificates import write
from refcheck.run.one_file import KIND, FileOutcome, Options, Work, inputs_of, key, no_memory
from refcheck.run.tasks import prepare_unit
from refcheck.store import recall
from refcheck.store.keys import digest
from refcheck.store.place import Store
from refcheck.unit.load import load
from refcheck.verdict.verdict import Result

MANY_WORDS = 50_000  # more takes longer to write and to read than to say anew from the verdicts, which are stored too


def verified(path: Path, options: Options, store: Store | None) -> FileOutcome:
    """As `proved`; where the memory does not suffice, that is the file's error."""
    try:
        if path.suffix == ".c":
            from refcheck.run.from_c import proved_c  # noqa: PLC0415  needs the parser of C

            return proved_c(path, options)
        return proved(path, options, store)
    except MemoryError:
        pass  # what was built is given up on the way out, so that there is room for the next file
    return no_memory(path)


def proved(path: Path, options: Options, store: Store | None) -> FileOutcome:
    """Verify one model file, function by function, and store what was found."""
    try:
        unit = load(path, options.specs)
        prepared = prepare_unit(unit, options.only, options.part)
        work, records = Work(), list[Record]()
        for task in prepared.tasks:
            if options.debug:
                _well_formed(task)
            result, cost = _verified(task, options, store)
            work = work.plus(cost)
            if options.certify is not None:
                _certify(options.certify, path, result)
            records.append(record(Checked(task, result), unit.sources, options.graphs))
    except InputError as e:
        return FileOutcome(str(path), (), tuple(problems(e.diagnostics)))
    plan = tuple(":".join(filter(None, (path.as_posix(), *item))) for item in prepared.plan)
    keyed = store is not None or options.part is not None
    read = [[name, digest(text)] for name, text in unit.read] if keyed else []
    unknown = any(p.verdict == Verdict.UNKNOWN for r in records for p in r.properties)
    if store is not None and not unknown and _words(records) < MANY_WORDS:
        store.put(KIND, key(path, options), {
            "read": read,
            "missed": list(unit.missed),
            "plan": list(plan),
            "names": list(prepared.names),
            "records": [record_data(r) for r in records],
        })  # fmt: skip
    source, trouble = Source(str(path), unit.sources[str(path)].text), store.trouble if store else ""
    return FileOutcome(str(path), tuple(records), (), source, work, trouble, plan, prepared.names, inputs_of(read))


def _well_formed(task: Task) -> None:
    """InternalError where lowering made a graph on which nothing can be said."""
    if found := flaws(task.cfg):
        raise InternalError(f"the graph of {task.cfg.function} is not well formed: {'; '.join(map(str, found))}")


def _words(records: list[Record]) -> int:
    """How much the states of all traces say."""
    steps = (s.state for r in records for f in r.findings for s in f.steps)
    return sum(len(state.variables) + len(state.references) for state in steps)


def _certify(folder: Path, model: Path, result: Result) -> None:
    """Write the certificate of a result; InputError where that cannot be done."""
    try:
        write(folder, model, result)
    except OSError as e:
        text = f"`{folder}` cannot be written: {e.strerror or e}"
        raise InputError([error("usage", text, help_text="name a folder that can be written")]) from None


def _verified(task: Task, options: Options, store: Store | None) -> tuple[Result, Work]:
    """The result of one function, recalled or proved anew, and what that took."""
    name = ""
    if store is not None:
        name = recall.key(task.cfg, options.limits)
        entry = store.get(recall.KIND, name)
        known = recall.recall(task.cfg, options.limits, entry, options.recheck) if entry else None
        if entry is not None and known is not None:
            if not entry.own:
                recall.keep(store, name, known)
            return known, Work(recalled=1)
    result = verify(task.cfg, options.limits)
    if store is not None:
        recall.keep(store, name, result)
    return result, Work(proved=1, queries=result.queries)
