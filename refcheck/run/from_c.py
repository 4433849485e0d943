# SPDX-License-Identifier: GPL-2.0-only
"""One C file of a run: sliced by the tree it stands in, each function proved or refuted, and what that rests on said.

`Options.tree` is the root of the tree; where there is none, what the file includes beside itself.
"""

from collections.abc import Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, SourceFile
from refcheck.base.verdicts import UNREAD, Verdict
from refcheck.c import tree as c
from refcheck.c.index import FileIndex, Index
from refcheck.c.mask import read_c
from refcheck.c.unit import CUnit
from refcheck.graph.cfg import CFG
from refcheck.graph.obligations import NAMES
from refcheck.infer.owners import FileSurvey, survey
from refcheck.infer.summary import TOO_MANY
from refcheck.infer.surveyed import Survey, Surveyed, with_calls
from refcheck.lower.function import entry_contexts, lower
from refcheck.lower.task import Task
from refcheck.result.build import record
from refcheck.result.causes import one_record_each
from refcheck.result.checked import Checked
from refcheck.result.contracts import ASSUMED, INFERRED, SHOWN, called_contracts, plain_text
from refcheck.result.places import place, problems
from refcheck.result.record import FromC, PropertyRecord, Record, Rest, Source
from refcheck.run.c_inputs import definitions, inputs, root_of
from refcheck.run.certainty import certain
from refcheck.run.function import decided
from refcheck.run.guesses import Guesses, contracts_digest
from refcheck.run.help_c import Verifier, helped
from refcheck.run.one_file import FileOutcome, Options, Watched, Work, inputs_of, keep
from refcheck.run.shared import Shared
from refcheck.slice.emit import NO_RETURN, NOT_IN_C
from refcheck.slice.facts import nodes
from refcheck.slice.file import BesideFile
from refcheck.slice.unread import why_broken
from refcheck.slice.words import CALL
from refcheck.store.keys import digest
from refcheck.store.place import Store
from refcheck.syntax import ast, code, write
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import SpecPlaces, Unit, load
from refcheck.verdict.verdict import Result, Unreached

# What nothing reaches in a slice is no fault of the C: contracts tell more apart than a caller needs.  A branch that no
# path takes is, unless an `#if` was decided: what stands behind it is not proved.
_HARMLESS = {"code", "outcome", "promise"}
_CALLEES = {"outcome", "promise"}


class CInput(NamedTuple):
    """A C file sliced: the specs it was read with, where they were looked for in vain, its functions, and what it knows.

    `decl` is what the specs declare, `file` the tree of the text, `summaries` what was found out of its functions, for who
    looks at another text of it.
    """

    unit: Unit
    missed: tuple[str, ...]
    decl: Declarations
    file: c.CFile
    found: Survey
    lost: tuple[Surveyed, ...]
    known: FileIndex
    source: SourceFile
    summaries: dict[object, object]

    @property
    def sources(self) -> dict[str, SourceFile]:
        """The texts that were read, by name."""
        return {**self.unit.sources, self.source.path: self.source}


def contracts_of(name: str, specs: Path | None) -> tuple[Unit, tuple[str, ...], Declarations]:
    """The specs that C is read with, where others were looked for, what they declare; InputError where there are none."""
    places = SpecPlaces(specs)
    path, _ = places.find(name, ".", NOWHERE)
    unit = load(Path(path), specs)
    return unit, (*places.missed, *unit.missed), with_calls(declare(unit))


def specs_digest(unit: Unit) -> str:
    """A digest of the texts of all specs."""
    return digest(*(text for _, text in unit.read))


def read(path: Path, options: Options, store: Store | None, shared: Shared) -> CInput:
    """A C file sliced; InputError where it is no C, or the specs are none."""
    asked = (options.contracts, options.specs)
    unit, missed, decl = shared.once(("specs", *asked), lambda: contracts_of(*asked))
    source = read_c(str(path))
    parsed = CUnit(source)
    tree = index_of(root_of(path, options.tree), store, shared)
    index = tree.at(str(path), parsed)
    summaries: dict[object, object] = {}
    made = FileSurvey(source, parsed.file, BesideFile(index, decl, {}, lambda _: False, summaries=summaries))
    kept = Guesses(store, contracts_digest(specs_digest(unit)), tree.definitions)
    found, lost = kept.survey(made, index, options.only), () if options.only else tuple(_lost(parsed.file))
    return CInput(unit, missed, decl, parsed.file, found, lost, index, source, summaries)


def _lost(file: c.CFile) -> Iterator[Surveyed]:
    """Text at file scope that was not understood and calls something: as functions that are not read."""
    for item in file.items:
        if isinstance(item, c.Broken) and item.calls:
            at, none = item.span, frozenset[str]()
            why = why_broken(item)
            yield Surveyed(f"text at line {at.line}", UNREAD, at, None, None, (), (), (), none, none, (), reason=why)


def index_of(root: str, store: Store | None, shared: Shared) -> Index:
    """The index of a tree, one for all files of a run."""

    def made() -> Index:
        index = Index(root, store, definitions(root, store, shared))
        shared.kept(index)
        return index

    return shared.once(("index", root), made)


def proved_c(path: Path, options: Options, store: Store | None, shared: Shared) -> FileOutcome:
    """Verify the functions of one C file, and store what was found."""
    try:
        given = read(path, options, store, shared)
        work, records, plan = Work(), list[Record](), list[str]()
        for f in (*given.found.functions, *given.lost):
            graphs, reason = graphs_of(f)
            plan += [":".join(filter(None, (path.as_posix(), f.name, e))) for e in ([g.entry for g in graphs] or [""])]
            if options.part is not None and not options.part.has(str(path), f.name):
                continue
            records += [] if graphs else [unread_record(path, f, reason)]
            for cfg in graphs:
                result, cost = decided(cfg, options, store)
                records.append(record_of(path, f, result, options, given.sources))
                work = work.plus(cost)
    except InputError as e:
        return FileOutcome(str(path), (), tuple(problems(e.diagnostics)))
    names = tuple(dict.fromkeys(f.name for f in given.found.functions))
    read_now = [[n, digest(t)] for n, t in ((str(path), given.source.text), *given.unit.read)] if store is not None else []
    shown = Source(str(path), given.source.text)
    once = tuple(dict.fromkeys(plan))
    verifier = _verifier(path, options, given, store, shared)
    each = helped(one_record_each(records), given.file, given.source.text, given.found, verifier, options.help_possible)
    found = FileOutcome(str(path), each, (), shown, work, "", once, names, inputs_of(read_now))
    if store is not None and not any(_undecided(r) for r in each):
        index = given.known
        tree = definitions(root_of(path, options.tree), store, shared)
        keep(path, options, store, found, Watched(read_now, list(given.missed), inputs(index.path, index.asked, tree)))
    return found._replace(trouble=store.trouble if store else "")


def _verifier(path: Path, options: Options, given: CInput, store: Store | None, shared: Shared) -> Verifier:
    """What verifies one function of the file in another text of it."""
    plain = options._replace(why=False, graphs=False)

    def verified(text: str, function: str) -> list[Record]:
        source, records = SourceFile(str(path), text), list[Record]()
        unit = CUnit(source)
        index = index_of(root_of(path, options.tree), store, shared).at(str(path), unit)
        side = BesideFile(index, given.decl, {}, lambda _: False, summaries=given.summaries)
        for f in survey(source, unit.file, side, (function,)).functions:
            graphs, reason = graphs_of(f)
            records += [] if graphs else [unread_record(path, f, reason)]
            sources = {**given.sources, source.path: source}
            records += [record_of(path, f, decided(g, plain, None)[0], plain, sources) for g in graphs]
        return one_record_each(records)

    return verified


def _undecided(r: Record) -> bool:
    """More time might find out more: a function that is not read stays so, unless a limit was met."""
    unread = r.from_c is not None and r.from_c.how == UNREAD
    return any(p.verdict == Verdict.UNKNOWN and not (unread and TOO_MANY not in (p.reason or "")) for p in r.properties)


# ---------------------------------------------------------------------------------------------- records


def graphs_of(f: Surveyed) -> tuple[list[CFG], str]:
    """The graph of a function in each of its entry contexts; none, and the reason, where it is not read."""
    if f.function is None or f.decl is None:
        return [], f.reason
    try:
        return [lower(f.decl, f.name, entry) for entry in entry_contexts(f.decl, f.name)], ""
    except InputError as e:
        return [], f"{e.diagnostics[0].message} ({e.diagnostics[0].span})"


def record_of(path: Path, f: Surveyed, result: Result, options: Options, sources: dict[str, SourceFile]) -> Record:
    """What is said of a function in one of its entry contexts."""
    assert f.function is not None
    assert f.decl is not None
    cfg = result.cfg
    called = sorted({e.callee for e in cfg.edges if e.callee and e.callee not in f.made | NOT_IN_C})
    inferred = tuple(c for c in called if c in f.inferred)
    task = Task(str(path), cfg, None, (), inferred, tuple(c for c in called if c not in inferred), "", ())
    made = _in_own_lines(record(Checked(task, result), sources, options.graphs, options.why))
    contracts = tuple(c for c in called_contracts(cfg, f.decl, sources, _come_by(f, cfg)) if c.function not in NOT_IN_C)
    sure = tuple(certain(f, t, result, f.decl) for t in result.traces)
    rests = tuple(Rest(a.kind, a.text, place(a.span)) for a in f.assumed)
    unclear = tuple(f"`{a.argument}` is {a.one} or {a.other} where {a.result} is returned" for a in f.ambiguous)
    text = write.function(f.function) if made.graph is not None else ""
    own = plain_text(f.decl.contracts[f.name]) if f.function.contract is not None else ""
    from_c = FromC(f.how, sure, rests, inferred, tuple(n for n, _ in f.untouched), f.conds, unclear, text, own)
    idle = {p.property for p in made.properties if p.verdict == Verdict.VACUOUS} <= {"sanity"}
    idle |= {u.what for u in result.unreached} <= _CALLEES  # a callee could do more than it does here
    spared = [u.what in _HARMLESS or _no_fault(f, u) for u in result.unreached]
    faults = tuple(u for u, harmless in zip(made.unreached, spared, strict=True) if not harmless)
    reached = made.verdict == Verdict.VACUOUS and idle and not faults
    said = Verdict.PROVED if reached else made.verdict
    return made._replace(from_c=from_c, verdict=said, unreached=faults, contracts=contracts, last_line=f.span.end_line)


def _come_by(f: Surveyed, cfg: CFG) -> dict[str, str]:
    """How the contracts of callees that no spec has were come by."""
    contracts = f.decl.contracts if f.decl is not None else {}
    here = {e.callee for e in cfg.edges if e.callee in contracts and contracts[e.callee].span.path == f.span.path}
    return {n: INFERRED if n in f.inferred else ASSUMED if n in f.made else SHOWN for n in here}


def _in_own_lines(r: Record) -> Record:
    """The record without line marks: its lines are those of the C file already."""
    findings = tuple(f._replace(steps=tuple(s._replace(kernel_line=None) for s in f.steps)) for f in r.findings)
    edges = tuple(e._replace(kernel_line=None) for e in r.graph.edges) if r.graph else ()
    balance = tuple(
        b._replace(kernel_line=None, ends=tuple(e._replace(kernel_line=None) for e in b.ends)) for b in r.balance
    )
    return r._replace(balance=balance, findings=findings, graph=r.graph._replace(edges=edges) if r.graph else None)


def _no_fault(f: Surveyed, u: Unreached) -> bool:
    """A branch that an `#if` decides, or of a condition that the C text does not ask (emit.unasked); an end behind BUG()."""
    at = u.edge.span if u.edge is not None else NOWHERE
    if u.what != "branch":
        labels = [n.label for n in nodes(f.function) if isinstance(n, code.Labelled)]
        return u.what == "exit" and any(label.startswith(NO_RETURN) for label in labels)
    return bool(f.conds) or (u.edge is not None and (at.line, at.col) == (at.end_line, at.end_col))


def unread_record(path: Path, f: Surveyed, reason: str) -> Record:
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
    found = read(path, options, None, Shared()).found
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
    items += [ast.ContextDef((CALL,), True, NOWHERE), *found.containers]
    items += [c for n, c in made.items() if n not in mine]
    items += [e._replace(name=_in_call(n)) for n, e in entries.items()]
    for f in functions:
        assert f.function is not None
        sig = f.function.sig
        items.append(f.function._replace(sig=sig._replace(entries=tuple(map(_in_call, sig.entries)))))
    return ast.Module(str(path), tuple(items))
