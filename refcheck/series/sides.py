# SPDX-License-Identifier: GPL-2.0-only
"""One state of a tree in a series: its texts, the contracts that hold in it, and what becomes of its functions.

States share what is known of files that no patch has changed, and every verdict that was given on the same slice under the
same contracts.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile, Span
from refcheck.base.verdicts import UNREAD, worst
from refcheck.c import tree as c
from refcheck.c.index import FileIndex, Index
from refcheck.c.kept import digest_of
from refcheck.c.mask import masked
from refcheck.c.unit import CUnit
from refcheck.graph.cfg import CFG
from refcheck.infer.owners import FileSurvey
from refcheck.infer.summary import Summary
from refcheck.infer.surveyed import Survey, Surveyed
from refcheck.inspect.difference import Side
from refcheck.inspect.lifecycle import Lifecycle, contract_text, lifecycle
from refcheck.result.causes import one_record_each
from refcheck.result.record import Record
from refcheck.result.review import cause
from refcheck.run.from_c import graphs_of, record_of, unread_record
from refcheck.run.function import decided
from refcheck.run.guesses import Guesses, contracts_digest
from refcheck.run.one_file import Options
from refcheck.slice.facts import nodes
from refcheck.slice.file import BesideFile
from refcheck.store.keys import digest
from refcheck.store.place import Store
from refcheck.syntax import ast, code, write
from refcheck.unit.declare import Declarations
from refcheck.verdict.verdict import Result


class SeenFunction(NamedTuple):
    """A function in one state: its records by entry context, its lifecycle, and a text that is equal where all else is.

    `lines` are those in which each finding breaks, by cause: a record has one finding for all of them.
    """

    records: tuple[Record, ...]
    side: Side
    key: str
    lines: Mapping[tuple[str, ...], frozenset[int]]

    @property
    def unread(self) -> bool:
        """Nothing is known of it, in whatever entry context."""
        return bool(self.records) and all(r.from_c is not None and r.from_c.how == UNREAD for r in self.records)


class SharedWork:
    """What all states of a run share: parsed files, surveys, and verdicts; `specs` is a digest of the texts of the specs."""

    def __init__(self, options: Options, store: Store | None, specs: str = "") -> None:
        self.options, self.store, self.specs = options, store, specs
        self.files: dict[str, CUnit | None] = {}
        self.lines: dict[str, list[str]] = {}
        self.surveys: dict[tuple[str, str, str], FileSurvey] = {}
        self.judged: dict[tuple[str, str, str], SeenFunction] = {}
        self.summaries: dict[object, Summary] = {}


class Overlay(NamedTuple):
    """What the bodies of a series say in place of specs: contracts by name (None: there is none), and doubts about them."""

    contracts: Mapping[str, ast.ContractDef | None] = MappingProxyType({})
    doubts: Mapping[str, tuple[str, str]] = MappingProxyType({})

    def plus(self, name: str, contract: ast.ContractDef | None, doubt: str = "") -> "Overlay":
        """With one more contract, and why it is in doubt."""
        doubts = {n: d for n, d in self.doubts.items() if n != name} | ({name: ("series", doubt)} if doubt else {})
        return Overlay({**self.contracts, name: contract}, doubts)


class TreeState:
    """The tree after some patches, under the contracts of the specs and what stands over them."""

    def __init__(
        self, index: Index, specs: Declarations, known: SharedWork, overlay: Overlay,
        asked: dict[str, FileIndex] | None = None,
    ) -> None:  # fmt: skip
        self.index, self.known, self.overlay, self.specs = index, known, overlay, specs
        self._asked: dict[str, FileIndex] = asked if asked is not None else {}
        all_of = {**specs.contracts, **overlay.contracts}
        self.decl = specs._replace(contracts={n: k for n, k in all_of.items() if k is not None})
        over = index.includes.over
        texts = (f"{p}:{digest_of(t) if t is not None else '-'}" for p, t in sorted(over.items()))
        made = (f"{n}{contract_text(k) if k is not None else ''}" for n, k in sorted(overlay.contracts.items()))
        self._contracts = contracts_digest(known.specs, made, overlay.doubts)
        self._version = digest(self._contracts, *texts)

    def under(self, overlay: Overlay) -> "TreeState":
        """The same texts under another overlay."""
        return TreeState(self.index, self.specs, self.known, overlay, self._asked)

    def with_texts(self, texts: Mapping[str, bytes | None]) -> "TreeState":
        """The same contracts over other texts."""
        return TreeState(self.index.with_texts(texts), self.specs, self.known, self.overlay)

    def parsed(self, path: str) -> CUnit | None:
        """A file of the tree as it is in this state; None where it is not there, or is no text."""
        raw = self.index.includes.text(path)
        if raw is None:
            return None
        key = f"{path} {digest_of(raw)}"
        if key not in self.known.files:
            try:
                text = raw.decode("utf-8")
                self.known.files[key] = CUnit(SourceFile(path, text)) if "\0" not in text else None
            except UnicodeDecodeError:
                self.known.files[key] = None
        return self.known.files[key]

    def lines(self, path: str) -> list[str]:
        """The lines of a file without comments and strings; none where it is not there."""
        given = self.parsed(path)
        if given is None:
            return []
        text = given.source.text
        if text not in self.known.lines:
            self.known.lines[text] = masked(text).split("\n")
        return self.known.lines[text]

    def is_no_text(self, path: str) -> bool:
        """A file is there, and cannot be read as text."""
        return self.index.includes.text(path) is not None and self.parsed(path) is None

    def broken(self, path: str, inside: bool) -> list[c.Broken]:
        """What was not understood of a file: between its functions, and inside of them."""
        given = self.parsed(path)
        items = given.file.items if given is not None else ()
        found = [item for item in items if isinstance(item, c.Broken)]
        bodies = (n for item in items if isinstance(item, c.CFunction) for n in nodes(item.body))
        return found + [n for n in bodies if isinstance(n, c.Broken)] if inside else found

    def functions(self, path: str) -> dict[str, list[c.CFunction]]:
        """The functions with a body of a file, by name."""
        found: dict[str, list[c.CFunction]] = {}
        given = self.parsed(path)
        for item in given.file.items if given is not None else ():
            if isinstance(item, c.CFunction) and item.body is not None:
                found.setdefault(item.name, []).append(item)
        return found

    def surveyed(self, path: str, only: tuple[str, ...], former: ast.ContractDef | None = None) -> Survey | None:
        """Some functions of a file, sliced, with the contracts that were inferred on the way.

        `former` is the contract that one of them had before a change.
        """
        given = self.parsed(path)
        if given is None:
            return None
        key = (path, self._version, contract_text(former) if former is not None else "")
        if path not in self._asked:
            self._asked[path] = self.index.at(path, given)
        if key not in self.known.surveys:
            before = {former.sig.name: former} if former is not None else {}
            side = BesideFile(self._asked[path], self.decl, {}, lambda _: False, self.overlay.doubts, before)
            self.known.surveys[key] = FileSurvey(given.source, given.file, side._replace(summaries=self.known.summaries))
        store = self.known.store if former is None else None
        kept = Guesses(store, self._contracts, self.index.definitions)
        return kept.survey(self.known.surveys[key], self._asked[path], only)

    def key(self, path: str, found: list[Surveyed]) -> str:
        """A text that is equal for functions whose slices and contracts are."""
        parts = [path]
        for f in found:
            if f.function is None or f.decl is None:
                parts += [UNREAD, f.reason]
                continue
            called = {n.name for n in nodes(f.function.body) if isinstance(n, code.Call)} | {f.name}
            used = sorted(called & f.decl.contracts.keys())
            assumed = sorted({f"{a.kind} {a.text}" for a in f.assumed} | {f"doubted {n}" for n in f.doubted & called})
            parts += [plain(write.function(f.function)), *(contract_text(f.decl.contracts[n]) for n in used), *assumed]
        return "\n".join(parts)

    def judged(self, path: str, name: str, only: tuple[str, ...]) -> SeenFunction | None:
        """What becomes of a function of a file; None where the file has none of that name.

        One that may stand in text that was not understood is there, and not read.
        """
        found = self.surveyed(path, only)
        mine = [f for f in found.functions if f.name == name] if found is not None else []
        mine = mine or self._lost(path, name)
        if not mine:
            return None
        key = (path, name, self.key(path, mine))
        if key not in self.known.judged or self._moved(self.known.judged[key], mine):
            self.known.judged[key] = self._judge(path, mine, key[2])
        return self.known.judged[key]

    def _lost(self, path: str, name: str) -> list[Surveyed]:
        """A function that is not found, as one that is not read, where it may stand in what was not understood."""
        at = next((b.span for b in self.broken(path, inside=True) if name in b.calls), None)
        if self.is_no_text(path):
            at = Span(path, 1, 1, 1, 1)
        none = frozenset[str]()
        reason = "it stands in text that was not understood"
        return [Surveyed(name, UNREAD, at, None, None, (), (), (), none, none, (), reason)] if at is not None else []

    def _moved(self, known: SeenFunction, mine: list[Surveyed]) -> bool:
        """The function stands at other lines than when it was judged."""
        return bool(known.records) and known.records[0].place.line not in {f.span.line for f in mine}

    def _judge(self, path: str, mine: list[Surveyed], key: str) -> SeenFunction:
        options, store = self.known.options, self.known.store
        given = self.parsed(path)
        sources = {path: given.source} if given is not None else {}
        records, graphs, results = list[Record](), list[CFG](), dict[str, Result]()
        for f in mine:
            cfgs, reason = graphs_of(f)
            graphs += cfgs
            if not cfgs:
                records.append(unread_record(Path(path), f, reason))
            for cfg in cfgs:
                result, _ = decided(cfg, options, store)
                records.append(record_of(Path(path), f, result, options, sources))
                entry = cfg.entry or ""
                results[entry] = result if entry not in results else _worse(results[entry], result)
        last = next((f for f in reversed(mine) if f.decl is not None), None)
        cycle = lifecycle(graphs, last.decl, mine[0].name) if last is not None and last.decl is not None and graphs else None
        side = Side(cycle or Lifecycle((), (), {}), results)
        lines: dict[tuple[str, ...], frozenset[int]] = {}
        for r in records:
            for broken in r.findings:
                at = cause(r.function, r.entry or "", broken)
                lines[at] = lines.get(at, frozenset()) | {broken.place.line}
        return SeenFunction(tuple(one_record_each(records)), side, key, lines)


def _worse(a: Result, b: Result) -> Result:
    return b if worst((a.verdict, b.verdict)) == b.verdict else a


def plain(text: str) -> str:
    """The text of a slice without its line marks."""
    return "\n".join(line.rpartition("\t@")[0] if "\t@" in line else line for line in text.split("\n"))


def readable(contract: ast.ContractDef, decl: Declarations) -> bool:
    """A contract speaks of nothing that only its own file knows."""
    types = {p.type.name for p in contract.sig.params} | {contract.sig.result.name}
    return types <= decl.resources.keys() | decl.enums.keys() | {"int", "bool", "void"}
