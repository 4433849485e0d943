# SPDX-License-Identifier: GPL-2.0-only
"""Names across files: where what a name means is declared, and every place that means the same.

Two files mean the same by a name where the units of both have a declaration of it in common, directly or through others:
a contract in a spec, and the function whose body keeps it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, Span
from refcheck.lsp.names import occurrences
from refcheck.lsp.symbols import LOCAL, Occurrence, Symbol
from refcheck.lsp.words import TextWords
from refcheck.syntax import ast
from refcheck.unit.load import SpecPlaces, Unit, file_of, load_all

MAX_BYTES = 8 << 20
_SKIPPED = frozenset({"node_modules", "build", "dist"})


class NamePlace(NamedTuple):
    """An occurrence of a name in a file, by its absolute path."""

    file: str
    occurrence: Occurrence

    @property
    def key(self) -> tuple[str, int, int]:
        """Where it is."""
        return self.file, self.occurrence.span.line, self.occurrence.span.col


class Texts(NamedTuple):
    """Where texts come from: the folder of specs that goes first, and what is typed and not saved, by real path."""

    specs: Path | None
    edited: Mapping[str, str]

    def unit(self, path: str) -> Unit | None:
        """What can be read of a file and all that it uses; None where something is missing."""
        try:
            return load_all(Path(path), self.specs, self.edited)[0]
        except InputError:
            return None

    def read(self, path: str) -> str:
        """The text of a file as it is typed; empty where there is none."""
        real = os.path.realpath(path)
        if real in self.edited:
            return self.edited[real]
        try:
            with open(path, "rb") as f:
                return f.read(MAX_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
        except (OSError, ValueError):
            return ""

    def spec(self, name: str, path: str) -> str | None:
        """The file that `use "name"` in a file leads to."""
        try:
            folder = os.path.dirname(path)
            found, _ = SpecPlaces(self.specs, folder).find(name, folder, NOWHERE, os.path.realpath(path))
        except InputError:
            return None
        return os.path.abspath(found)


@lru_cache(maxsize=512)
def words_of(text: str) -> TextWords:
    """The words of a text."""
    return TextWords(text)


@lru_cache(maxsize=512)
def _names(module: ast.Module, text: str) -> tuple[Occurrence, ...]:
    return tuple(occurrences(module, words_of(text)))


def names(unit: Unit, module: ast.Module) -> tuple[Occurrence, ...]:
    """The occurrences of names in a module of a unit."""
    return _names(module, unit.sources[module.path].text)


def absolute(shown: str) -> str:
    """The file behind a path of a unit."""
    return os.path.abspath(file_of(shown))


def symbol_at(unit: Unit, line: int, column: int) -> Occurrence | None:
    """The name under a place of the model; of two things with one name, the variable."""
    found = [o for o in names(unit, unit.model) if o.span.line == line and o.span.col <= column <= o.span.end_col]
    return min(found, key=lambda o: (o.symbol.kind not in LOCAL, -o.span.col)) if found else None


def everywhere(unit: Unit, symbol: Symbol, declares: bool = False) -> Iterator[NamePlace]:
    """Each place in a unit that means the same, or declares it; of a local only those in the model."""
    for module in (unit.model,) if symbol.kind in LOCAL else unit.modules:
        for o in names(unit, module):
            if o.symbol.same(symbol) and (o.declares or not declares):
                yield NamePlace(absolute(module.path), o)


def references(texts: Texts, path: str, symbol: Symbol, files: Iterable[str]) -> list[NamePlace]:
    """Every place in some files that means what a name in the file `path` does, that one included, in order."""
    unit = texts.unit(path)
    if unit is None:
        return []
    if symbol.kind in LOCAL:
        found = {f.key: f for f in (*everywhere(unit, symbol), *_beside(texts, path, unit, symbol, files))}
        return [found[k] for k in sorted(found)]
    found = {f.key: f for f in everywhere(unit, symbol)}
    declared = {f.key for f in found.values() if f.occurrence.declares}
    others = [u for f in files if symbol.name in texts.read(f) and (u := texts.unit(f)) is not None] if declared else []
    while True:
        new = [u for u in others if not declared.isdisjoint(f.key for f in everywhere(u, symbol, declares=True))]
        if not new:
            return [found[k] for k in sorted(found)]
        others = [u for u in others if u not in new]
        for u in new:
            found |= {f.key: f for f in everywhere(u, symbol)}
        declared |= {f.key for f in found.values() if f.occurrence.declares}


def _beside(texts: Texts, path: str, unit: Unit, symbol: Symbol, files: Iterable[str]) -> Iterator[NamePlace]:
    """Where a parameter stands in the other contract or body of its function: both have the same names."""
    signature = next((s for s in map(signature_of, unit.model.items) if s is not None and _has(s.span, symbol.home)), None)
    if signature is None or symbol.kind != "variable":
        return
    function = Symbol("function", signature.name, NOWHERE, "")
    for file in {f.file for f in references(texts, path, function, files) if f.occurrence.declares}:
        there = texts.unit(file)
        for item in there.model.items if there is not None else ():
            sig = signature_of(item)
            if there is None or sig is None or sig.name != signature.name:
                continue
            for o in names(there, there.model):
                if o.declares and (o.symbol.kind, o.symbol.name) == ("variable", symbol.name) and _has(sig.span, o.span):
                    yield from everywhere(there, o.symbol)


def signature_of(item: ast.ModuleItem) -> ast.Signature | None:
    """The head of a function or contract."""
    match item:
        case ast.ContractDef(sig) | ast.FunctionDef(sig):
            return sig
        case _:
            return None


def declared_by(item: ast.ModuleItem) -> set[str]:
    """The names that are known everywhere once an item has declared them."""
    match item:
        case ast.ContractDef(sig) | ast.FunctionDef(sig):
            return {sig.name}
        case ast.ContextDef(names):
            return set(names)
        case ast.EnumDef(name, members):
            return {name, *members}
        case ast.ResourceDef(name) | ast.EntryDef(name) | ast.FactDef(name) | ast.GuardDef(name):
            return {name}
        case _:
            return set()


def _has(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.col) <= (inner.line, inner.col) < (outer.end_line, outer.end_col)


def language_below(roots: Iterable[str]) -> list[str]:
    """The models and specs below some folders; hidden folders and those of builds are not looked into."""
    found: dict[str, None] = {}
    for root in roots:
        for folder, below, files in os.walk(root):
            below[:] = sorted(n for n in below if not n.startswith(".") and n not in _SKIPPED)
            found |= dict.fromkeys(os.path.join(folder, n) for n in sorted(files) if n.endswith((".rc", ".spec")))
    return list(found)


def item_of(unit: Unit, symbol: Symbol) -> list[tuple[ast.Module, ast.ModuleItem, Span]]:
    """The items that declare what a name means, with the place of the name."""
    found = []
    for module in unit.modules:
        spans = [o.span for o in names(unit, module) if o.declares and o.symbol.same(symbol)]
        found += [(module, item, span) for item in module.items for span in spans if _has(item.span, span)]
    return found
