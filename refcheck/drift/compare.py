# SPDX-License-Identifier: GPL-2.0-only
"""Models held against the sources that they name: function by function, in each entry context, both ways."""

from collections.abc import Iterator
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import inside
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE
from refcheck.c.index import Index
from refcheck.c.mask import read_c
from refcheck.c.unit import CUnit
from refcheck.drift.align import items
from refcheck.drift.automaton import automaton
from refcheck.drift.events import Alphabet, moves
from refcheck.drift.inclusion import Lack, lacking
from refcheck.drift.marks import marked
from refcheck.drift.parts import Automaton, TooLargeError, union
from refcheck.drift.paths import difference
from refcheck.drift.sides import SourceFunction, defined, fitted, joined, source_functions
from refcheck.lower.function import entry_contexts, lower
from refcheck.result.drift import DRIFTED, OPEN, SAME, WIDER, Difference, Drift, FunctionDrift
from refcheck.result.places import problems
from refcheck.run.from_c import contracts_of, index_of
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared
from refcheck.slice.emit import NO_CASE
from refcheck.store.place import Store
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations, Memo, declare
from refcheck.unit.load import Unit, load, source_notes


class Against(NamedTuple):
    """What models are compared with: the tree, and what all of them have in common."""

    tree: Path
    options: Options
    store: Store | None
    shared: Shared

    def specs(self) -> Declarations:
        """The contracts that C is read with."""
        asked = (self.options.contracts, self.options.specs)
        return self.shared.once(("specs", *asked), lambda: contracts_of(*asked))[2]

    def known(self) -> Index:
        """The index of the tree."""
        return index_of(str(self.tree), self.store, self.shared)


def drift(files: list[Path], against: Against) -> Drift:
    """All models compared with the sources in a tree; what is wrong with one of them leaves the others as they are."""
    functions: list[FunctionDrift] = []
    found: list[Diagnostic] = []
    for path in files:
        try:
            one, wrong = compared(path, against)
            functions += one
            found += wrong
        except InputError as e:
            found += e.diagnostics
    return Drift(str(against.tree), tuple(functions), tuple(problems(found)))


def compared(path: Path, against: Against) -> tuple[list[FunctionDrift], list[Diagnostic]]:
    """The functions of one model compared with their sources, and what could not be; InputError where the model is wrong."""
    known, wrong = beside(path, against)
    done: list[FunctionDrift] = []
    for name, (f, side) in known.items():
        entries = entry_contexts(side.model, name)
        if entries:
            done.append(_function(side, f, entries))
    return done, wrong


def with_lines(path: Path, against: Against) -> str:
    """The text of a model with the lines of its sources as marks; InputError where it or a source cannot be read."""
    known, wrong = beside(path, against)
    if wrong:
        raise InputError(wrong)
    pairs: list[tuple[ast.FunctionDef, ast.FunctionDef]] = []
    for name, (f, side) in known.items():
        read = [v.decl.functions[name] for v in side.found.get(name, ()) if v.decl is not None]
        if read:
            pairs.append((f, max(read, key=lambda g: len(items(g)))))
    text = path.read_bytes().decode("utf-8")
    made = marked(text.replace("\r\n", "\n"), str(path), pairs)
    return made.replace("\n", "\r\n") if "\r\n" in text else made


_Compared = dict[str, tuple[ast.FunctionDef, "_ModelAndSource"]]


def beside(path: Path, against: Against) -> tuple[_Compared, list[Diagnostic]]:
    """The functions of a model that are asked for, each with its source, and what is wrong with the others."""
    if path.suffix == ".c":
        help_text = "name models: they say which C file they are of"
        raise InputError([error("usage", f"`{path}` is no model", help_text=help_text)])
    unit = load(path, against.options.specs)
    model = declare(unit)
    notes = source_notes(unit.model)
    wanted = [i for i in unit.model.items if isinstance(i, ast.FunctionDef)]
    if wanted and not notes:
        text, help_text = f"`{path}` names no source", 'say which file it models: source "net/ipv4/route.c", "v7.2";'
        raise InputError([error("no-source", text, NOWHERE._replace(path=str(path), line=1, col=1), help_text)])
    sides, wrong = _files(unit, model, tuple(dict.fromkeys(notes.values())), against)
    found: _Compared = {}
    for f in wanted:
        name, side = f.sig.name, sides.get(notes[f.sig.name])
        if side is None or (against.options.only and name not in against.options.only):
            continue
        if name in side.there:
            found[name] = f, side
        elif entry_contexts(model, name):
            text, help_text = f"there is no `{name}` in `{side.note.file}`", "mend the name, or put a `source` above it"
            wrong.append(error("no-source", text, f.sig.span, help_text))
    return found, wrong


def _files(
    unit: Unit, model: Declarations, notes: tuple[ast.SourceNote, ...], against: Against
) -> tuple[dict[ast.SourceNote, "_ModelAndSource"], list[Diagnostic]]:
    """The C files that a model names, each beside the model, and what is wrong with those that are not in the tree."""
    places = {n: against.tree / n.file for n in notes}
    there = [n for n, place in places.items() if place.is_file() and inside(place, against.tree)]
    help_text = "name the root of the tree, or mend `source`"
    wrong = [
        error("no-source", f"`{n.file}` is not in `{against.tree}`", n.span, help_text) for n in notes if n not in there
    ]
    texts = {n: CUnit(read_c(str(places[n]))) for n in there}
    known = frozenset(name for c_file in texts.values() for name in defined(c_file.file))
    return {n: _ModelAndSource(unit, model, n, (texts[n], known), against) for n in there}, wrong


class _ModelAndSource:
    """One model and a C file of it; `c_file` has its text, parsed, and the functions that all files of the model have."""

    def __init__(
        self, unit: Unit, model: Declarations, note: ast.SourceNote, c_file: tuple[CUnit, frozenset[str]], against: Against,
    ) -> None:  # fmt: skip
        self.unit, self.note = unit, note
        text, known = c_file
        source, file = text.source, text.file
        self.there = defined(file)
        self.model = self._as_in_the_source(model, known)
        decl = joined(against.specs(), self.model, frozenset(self.there))
        contracts = {n: fitted(decl, k, self.there[n]) if n in self.there else k for n, k in decl.contracts.items()}
        decl = decl._replace(contracts=contracts)
        only = against.options.only
        names = tuple(n for n in self.model.functions if n in self.there and (not only or n in only))
        index = against.known().at(source.path, text)
        self.found = source_functions(source, file, index, decl, self.model, names)

    def _as_in_the_source(self, model: Declarations, known: frozenset[str]) -> Declarations:
        """The model with helpers that its source does not have in place of their calls, whatever contract they have."""
        mine = {f.sig.name for f in self.unit.model.items if isinstance(f, ast.FunctionDef)} - known
        inside = {n for n in mine if n in model.contracts and not model.functions[n].sig.entries}
        contracts = {n: k for n, k in model.contracts.items() if n not in inside}
        functions = {n: f._replace(contract=None, static=True) if n in inside else f for n, f in model.functions.items()}
        return model._replace(contracts=contracts, functions=functions, memo=Memo())

    def spoken(self, decl: Declarations, callee: str) -> bool:
        """The model could have the event: it knows the function, or what that moves is of a kind which it knows."""
        if callee in self.model.contracts:
            return True
        contract = decl.contracts[callee]
        moving = [e for o in contract.outcomes for e in o.effects if moves(e)]
        lends = [e for e in moving if isinstance(e.value, ast.Fresh) and e.value.how == "borrow"]
        kinds = {p.type.name for p in contract.sig.params} | {contract.sig.result.name}
        contexts = {e.context for e in moving if e.context}
        known = bool(kinds & self.model.resources.keys()) or bool(contexts & set(self.model.contexts))
        return len(moving) > len(lends) and known


def _function(sides: _ModelAndSource, f: ast.FunctionDef, entries: tuple[str | None, ...]) -> FunctionDrift:
    """One function, in each of its entry contexts, against each variant of its source."""
    name, variants = f.sig.name, sides.found.get(f.sig.name, [])
    line = sides.there[name].span.line
    made = FunctionDrift(sides.unit.model.path, name, sides.note.file, SAME, f.sig.span.line, line, (), "")
    unread = next((v for v in variants if v.decl is None), None)
    if unread is not None:
        return made._replace(state=OPEN, reason=f"not read: {unread.reason}")
    try:
        found = [d for e in entries for d in _differences(sides, name, e, variants)]
    except InputError as e:
        d = e.diagnostics[0]
        return made._replace(state=OPEN, reason=f"{d.message} ({d.span})")
    except TooLargeError:
        return made._replace(state=OPEN, reason="it has too many states")
    kept = _once(found)
    state = DRIFTED if any(d.is_error for d in kept) else WIDER if kept else SAME
    return made._replace(state=state, differences=tuple(kept))


def _differences(
    sides: _ModelAndSource, name: str, entry: str | None, variants: list[SourceFunction]
) -> Iterator[Difference]:
    """Both ways; the source has a path where one of its variants has it."""
    model = _automaton(sides, sides.model, name, entry)
    names = _renamed(sides, name)
    sources: list[Automaton] = []
    for v in variants:
        assert v.decl is not None
        sources.append(_automaton(sides, v.decl, name, entry))
        lacks = lacking(sources[-1], model, names)
        if any(map(goes_on, lacks)):
            sure = lacking(_automaton(sides, v.decl, name, entry, exhaustive=True), model, names)
            yield from (difference("source", entry or "", v.conds, x) for x in sure)
            yield from (difference("source", entry or "", v.conds, x)._replace(sure=False) for x in lacks)
        else:
            yield from (difference("source", entry or "", v.conds, x) for x in lacks)
    lacks = lacking(model, union(sources), {b: a for a, b in names.items()})
    yield from (difference("model", entry or "", (), x) for x in lacks)


def goes_on(lack: Lack) -> bool:
    """The path goes on behind a switch that has no case for what it is asked: models say that there is none."""
    return any(e.callee == NO_CASE for s in lack.ours for e in s.path)


def _automaton(
    sides: _ModelAndSource, decl: Declarations, name: str, entry: str | None, exhaustive: bool = False
) -> Automaton:  # fmt: skip
    cfg = lower(decl, name, entry)
    if exhaustive:
        cfg = cfg._replace(edges=tuple(e for e in cfg.edges if e.callee != NO_CASE))
    return automaton(cfg, Alphabet(cfg, decl, lambda callee: sides.spoken(decl, callee)))


def _renamed(sides: _ModelAndSource, name: str) -> dict[str, str]:
    """What parameters of the source are called in the model: by name, then in the order of those of one type."""
    decl = sides.found[name][0].decl
    assert decl is not None
    ours, theirs = list(decl.functions[name].sig.params), list(sides.model.functions[name].sig.params)
    left = [p for p in theirs if p.name not in {q.name for q in ours}]
    found: dict[str, str] = {}
    for p in (p for p in ours if p.name not in {q.name for q in theirs}):
        fits = next((q for q in left if (q.type.name, q.type.pointer) == (p.type.name, p.type.pointer)), None)
        if fits is not None:
            left.remove(fits)
            found[p.name] = fits.name
    return found


def _once(found: list[Difference]) -> list[Difference]:
    """Each difference once, in the first entry context and variant that has it; one that is sure hides one that is not."""
    kept: dict[object, Difference] = {}
    for d in sorted(found, key=lambda d: not d.sure):
        kept.setdefault((d.only, d.rows[-1:]), d)
    return list(kept.values())
