# SPDX-License-Identifier: GPL-2.0-only
"""One file of a run, from its text: parsed, lowered, and each function recalled or proved; what came of it is stored.

This is imported where something has to be proved, and not for what a store has whole.
"""

from pathlib import Path

from refcheck.base.diagnostics import InputError, error
from refcheck.base.verdicts import Verdict
from refcheck.result.checked import Checked
from refcheck.result.contracts import called_contracts
from refcheck.result.places import problems
from refcheck.result.record import Source
from refcheck.result.standing import stand
from refcheck.run.certificates import write
from refcheck.run.errors import loaded, placed, prepared
from refcheck.run.function import decided
from refcheck.run.mend import with_help
from refcheck.run.one_file import FileOutcome, Options, Watched, Work, inputs_of, keep, no_memory
from refcheck.run.shared import Shared
from refcheck.store.keys import digest
from refcheck.store.place import Store
from refcheck.verdict.verdict import Result


def verified(path: Path, options: Options, store: Store | None, shared: Shared) -> FileOutcome:
    """As `proved`; where the memory does not suffice, that is the file's error."""
    try:
        if path.suffix == ".c":
            from refcheck.run.from_c import proved_c  # noqa: PLC0415  needs the parser of C

            return proved_c(path, options, store, shared)
        return proved(path, options, store)
    except MemoryError:
        pass  # what was built is given up on the way out, so that there is room for the next file
    return no_memory(path)


def proved(path: Path, options: Options, store: Store | None) -> FileOutcome:
    """Verify one model file, function by function, and store what was found."""
    try:
        unit = loaded(path, options.specs)
        ready = prepared(unit, options.only, options.part)
        work, judged = Work(), list[Checked]()
        for task in ready.tasks:
            result, cost = decided(task.cfg, options, store)
            work = work.plus(cost)
            if options.certify is not None:
                _certify(options.certify, path, result)
            judged.append(Checked(task, result))
        helped = with_help(unit, ready.decl, judged, options.limits, options.graphs, options.why)
    except InputError as e:
        return FileOutcome(str(path), (), tuple(problems(placed(e.diagnostics, path, options.specs))))
    graphs, decl = (c.task.cfg for c in judged), ready.decl
    records = stand([
        r._replace(contracts=called_contracts(g, decl, unit.sources), last_line=decl.functions[r.function].span.end_line)
        for r, g in zip(helped, graphs, strict=True)
    ])  # fmt: skip
    plan = tuple(":".join(filter(None, (path.as_posix(), *item))) for item in ready.plan)
    keyed = store is not None or options.part is not None
    read = [[name, digest(text)] for name, text in unit.read] if keyed else []
    source = Source(str(path), unit.sources[str(path)].text)
    found = FileOutcome(str(path), records, (), source, work, "", plan, ready.names, inputs_of(read))
    if store is not None and not any(p.verdict == Verdict.UNKNOWN for r in records for p in r.properties):
        keep(path, options, store, found, Watched(read, list(unit.missed)))
    return found._replace(trouble=store.trouble if store else "")


def _certify(folder: Path, model: Path, result: Result) -> None:
    """Write the certificate of a result; InputError where that cannot be done."""
    try:
        write(folder, model, result)
    except OSError as e:
        text = f"`{folder}` cannot be written: {e.strerror or e}"
        raise InputError([error("usage", text, help_text="name a folder that can be written")]) from None
