# SPDX-License-Identifier: GPL-2.0-only
"""One C file of a run: sliced by the tree it stands in, each function proved or refuted, and what that rests on said.

`Options.tree` is the root of the tree; where there is none, what the file includes beside itself.
"""

import os
from pathlib import Path

from refcheck.base.diagnostics import InputError, InternalError
from refcheck.base.source import NOWHERE, SourceFile
from refcheck.base.verdicts import Verdict
from refcheck.c import tree as c
from refcheck.c.index import Index
from refcheck.c.mask import read_c
from refcheck.c.parse import parse
from refcheck.graph.wellformed import flaws
from refcheck.infer.survey import UNREAD, Survey, Surveyed, survey, with_calls
from refcheck.lower.function import entry_contexts, lower
from refcheck.lower.task import Task
from refcheck.meaning.obligations import NAMES
from refcheck.prove.prove import verify
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.places import place, problems
from refcheck.result.record import FromC, PropertyRecord, Record, Rest, Source
from refcheck.run.one_file import FileOutcome, Options, Work
from refcheck.slice.facts import nodes
from refcheck.slice.file import BesideFile
from refcheck.slice.sources import CALL
from refcheck.syntax import ast, code, write
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import SpecPlaces, Unit, load
from refcheck.verdict.verdict import Result, Trace

# What nothing reaches in a slice is no fault of the C: contracts tell more apart than a caller needs.  A branch that no
# path takes is, unless an `#if` was decided: what stands behind it is not proved.
_HARMLESS = {"code", "outcome", "promise"}


def contracts_of(name: str, specs: Path | None) -> tuple[Unit, Declarations]:
    """The specs that C is read with, and what they declare; InputError where they are none."""
    path, _ = SpecPlaces(specs).find(name, ".", NOWHERE)
    unit = load(Path(path), specs)
    return unit, with_calls(declare(unit))


def read(path: Path, options: Options) -> tuple[Unit, Survey, dict[str, SourceFile]]:
    """A C file sliced; InputError where it is no C, or the specs are none."""
    unit, decl = contracts_of(options.contracts, options.specs)
    source = read_c(str(path))
    file: c.CFile = parse(source)
    root = str(options.tree) if options.tree is not None else os.path.dirname(os.path.abspath(path))
    index = Index(root).at(str(path))
    found = survey(source, file, BesideFile(index, decl, {}, lambda _: False), options.only)
    return unit, found, {**unit.sources, str(path): source}


def proved_c(path: Path, options: Options) -> FileOutcome:
    """Verify the functions of one C file."""
    try:
        _, found, sources = read(path, options)
        records = [r for f in found.functions for r in _records(path, f, options, sources)]
    except InputError as e:
        return FileOutcome(str(path), (), tuple(problems(e.diagnostics)))
    names = tuple(dict.fromkeys(f.name for f in found.functions))
    plan = tuple(f"{path.as_posix()}:{n}" for n in names)
    source = sources[str(path)]
    shown, work = Source(str(path), source.text), Work(proved=len(records))
    return FileOutcome(str(path), tuple(records), (), shown, work, "", plan, names)


# ---------------------------------------------------------------------------------------------- records


def _records(path: Path, f: Surveyed, options: Options, sources: dict[str, SourceFile]) -> list[Record]:
    """What becomes of one function, in each of its entry contexts."""
    if f.function is None or f.decl is None:
        return [_unread(path, f, f.reason)]
    try:
        return [_record(path, f, f.decl, e, options, sources) for e in entry_contexts(f.decl, f.name)]
    except InputError as e:
        return [_unread(path, f, f"{e.diagnostics[0].message} ({e.diagnostics[0].span})")]


def _record(
    path: Path, f: Surveyed, decl: Declarations, entry: str | None, options: Options, sources: dict[str, SourceFile]
) -> Record:  # fmt: skip
    cfg = lower(decl, f.name, entry)
    wrong = flaws(cfg) if options.debug else []
    if wrong:
        raise InternalError(f"the graph of {f.name} is not well formed: {wrong[0]}")
    result = verify(cfg, options.limits)
    called = sorted({e.callee for e in cfg.edges if e.callee} - f.made)
    inferred = tuple(c for c in called if c in f.inferred)
    task = Task(str(path), cfg, None, inferred, tuple(c for c in called if c not in inferred), "", ())
    made = record(Checked(task, result), sources, options.graphs)
    certain = tuple(_certain(f, t, result, decl) for t in result.traces)
    rests = tuple(Rest(a.kind, a.text, place(a.span)) for a in f.assumed)
    unclear = tuple(f"`{a.argument}` is {a.one} or {a.other} where {a.result} is returned" for a in f.ambiguous)
    from_c = FromC(f.how, certain, rests, inferred, tuple(n for n, _ in f.untouched), f.conds, unclear)
    idle = {p.property for p in made.properties if p.verdict == Verdict.VACUOUS} <= {"sanity"}
    harmless = _HARMLESS | ({"branch"} if f.conds else set())
    reached = made.verdict == Verdict.VACUOUS and idle and {u.what for u in result.unreached} <= harmless
    return made._replace(from_c=from_c, verdict=Verdict.PROVED if reached else made.verdict)


def _certain(f: Surveyed, trace: Trace, result: Result, decl: Declarations) -> bool:
    """The trace crosses no contract that is assumed or in doubt, as far as that speaks of the kind of object concerned."""
    kept = trace.violation.property == "leaked-ref" and any(a.kind == "store" for a in f.assumed)
    if f.ambiguous or kept:
        return False
    cell = trace.violation.cell
    kind = result.cfg.cells[cell].resource if cell >= 0 else -1
    name = result.cfg.resources[kind].name if kind >= 0 else ""
    if any(s.edge.callee in f.doubted for s in trace.steps):
        return False
    crossed = [(decl.contracts[s.edge.callee].sig, s.edge.outcome) for s in trace.steps if s.edge.callee in f.made]
    guessed = any(outcome in ("none", "fail") for _, outcome in crossed)
    return not guessed and not any(not name or name in (g.result.name, *(p.type.name for p in g.params)) for g, _ in crossed)


def _unread(path: Path, f: Surveyed, reason: str) -> Record:
    """A function that is not read has no verdict."""
    said = f"not read: {reason}, at line {f.span.line}"
    properties = tuple(PropertyRecord(n, Verdict.UNKNOWN, 0, 0, said) for n in NAMES)
    from_c = FromC(UNREAD, (), (), (), (), f.conds, ())
    return Record(
        str(path), f.name, place(f.span), None, None, Verdict.UNKNOWN, None, None, properties, (), (), (), (),
        0, 0, 0, 0, True, None, None, (), from_c,
    )  # fmt: skip


def printed(path: Path, options: Options, inferred: bool) -> str:
    """The model of a C file, or the contracts that were inferred for it, as text; InputError as `read`."""
    _, found, _ = read(path, options)
    if inferred:
        return write.contracts(found.inferred.values())
    return write.module(model(path, found, options.contracts))


def _in_call(entry: str) -> str:
    """The name of an entry context that holds what a call is, beside the one that specs have."""
    return f"{entry}_in_call"


def model(path: Path, found: Survey, contracts: str) -> ast.Module:
    """The model of a C file: what `slice` prints, and what verifies as the file does."""
    functions = [f for f in found.functions if f.function is not None and f.decl is not None]
    entries: dict[str, ast.EntryDef] = {}
    made: dict[str, ast.ModuleItem] = {}
    for f in functions:
        assert f.function is not None
        assert f.decl is not None
        sig, body = f.function.sig, {n.name for n in nodes(f.function.body) if isinstance(n, code.Call)}
        entries |= {e: f.decl.entries[e] for e in sig.entries}  # with the context that a call is
        made |= {n: f.decl.contracts[n] for n in sorted(body) if n in f.decl.contracts and n not in found.declared}
    mine = {f.name for f in functions}
    items: list[ast.ModuleItem] = [ast.UseSpecs((contracts,), NOWHERE), ast.SourceNote(path.as_posix(), "", NOWHERE)]
    items += [ast.ContextDef((CALL,), True, NOWHERE)]
    items += [c for n, c in made.items() if n not in mine]
    items += [e._replace(name=_in_call(n)) for n, e in entries.items()]
    for f in functions:
        assert f.function is not None
        sig = f.function.sig
        items.append(f.function._replace(sig=sig._replace(entries=tuple(map(_in_call, sig.entries)))))
    return ast.Module(str(path), tuple(items))
