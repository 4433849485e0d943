# SPDX-License-Identifier: GPL-2.0-only
"""One run of the verifier over files: what is verified, in which entry contexts, against which expectations."""

from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error, near
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.graph.obligations import NAMES
from refcheck.lower.function import entry_contexts, lower
from refcheck.lower.task import Task
from refcheck.lower.trial import tried
from refcheck.run.shards import Part
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit, is_shipped, load, source_notes

KEPT = "kept"


def prepare(path: Path, specs: Path | None, only: tuple[str, ...]) -> tuple[list[Task], dict[str, SourceFile]]:
    """Load and lower all functions of a model file; InputError with everything that is wrong."""
    unit = load(path, specs)
    return prepare_unit(unit, only).tasks, unit.sources


class Prepared(NamedTuple):
    """The functions of a model, lowered: the tasks of this part, all that a whole run has, and the names that there are.

    `decl` has what they are made of, `plan` has (function, entry context) of all parts together.
    """

    decl: Declarations
    tasks: list[Task]
    plan: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


def prepare_unit(unit: Unit, only: tuple[str, ...], part: Part | None = None) -> Prepared:
    """Lower the functions of a model, all or `only` those of a part; InputError with everything that is wrong."""
    return prepare_declared(unit, declare(unit), only, part)


def prepare_declared(unit: Unit, decl: Declarations, only: tuple[str, ...], part: Part | None) -> Prepared:
    """The same of a model whose declarations are known to be right."""
    names = [i.sig.name for i in unit.model.items if isinstance(i, ast.FunctionDef)]
    found = contract_errors(decl)
    tasks: list[Task] = []
    plan: list[tuple[str, str]] = []
    for name in names:
        if only and name not in only:
            continue
        plan += [(name, entry or "") for entry in entry_contexts(decl, name)]
        if part is not None and not part.has(unit.model.path, name):
            continue
        try:
            tasks += tasks_of(unit, decl, name)
        except InputError as e:
            found += [d for d in e.diagnostics if d not in found]
    if found:
        raise InputError(found)
    return Prepared(decl, tasks, tuple(plan), tuple(names))


def contract_errors(decl: Declarations) -> list[Diagnostic]:
    """What is wrong with the contracts of a project, whoever calls them; those that ship are known to be right."""
    contracts = (*decl.contracts.values(), *(r.contract for r in decl.roles))
    found = (d for c in contracts if not is_shipped(c.span.path) for d in tried(decl, c))
    return list(dict.fromkeys(found))


def tasks_of(unit: Unit, decl: Declarations, name: str) -> list[Task]:
    """One function, lowered in each of its entry contexts; InputError where it is not well formed."""
    note = source_notes(unit.model).get(name)
    kernel = note.file if note is not None else ""
    entries = entry_contexts(decl, name)
    expects = decl.functions[name].sig.expects
    found, tasks = _wrong_expectations(expects, entries, decl), list[Task]()
    for entry in entries:
        try:
            cfg = lower(decl, name, entry)
        except InputError as e:
            found += [d for d in e.diagnostics if d not in found]
            continue
        here = [e for e in expects if e.entry in (None, entry)]
        wanted = [e for e in here if e.what != KEPT]
        kept = tuple(sorted({n for e in here if e.what == KEPT for n in e.names}))
        expected = frozenset((e.what.upper(), p) for e in wanted for p in e.names) if wanted else None
        called = sorted({e.callee for e in cfg.edges if e.callee})
        proved = sorted({c for c in called if c in decl.functions})
        trusted = tuple(c for c in called if c not in proved)
        overrides = tuple(_override(decl, c) for c in called if c in decl.overridden)
        tasks.append(Task(unit.model.path, cfg, expected, kept, tuple(proved), trusted, kernel, overrides))
    if found:
        raise InputError(found)
    return tasks


def _override(decl: Declarations, name: str) -> str:
    """A contract that stands in place of another one, with the files of both."""
    return f"{name} ({decl.contracts[name].span.path}, not {decl.overridden[name].span.path})"


def _wrong_expectations(
    expects: tuple[ast.Expect, ...], entries: tuple[str | None, ...], decl: Declarations
) -> list[Diagnostic]:
    known = {KEPT: ("function with a body", list(decl.functions))}
    found = list[Diagnostic]()
    for e in expects:
        what, names = known.get(e.what, ("property", list(NAMES)))
        wrong = (n for n in e.names if n not in names)
        found += [error("bad-expectation", f"there is no {what} `{n}`", e.span, near(n, names)) for n in wrong]
        if e.entry is not None and e.entry not in entries:
            text = f"the function is not verified in `{e.entry}`"
            found.append(error("bad-expectation", text, e.span, "name one of its __entry contexts"))
    return found
