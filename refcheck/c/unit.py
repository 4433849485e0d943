# SPDX-License-Identifier: GPL-2.0-only
"""One file of a tree, of which only what is asked for by name is parsed."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.directives import Define
from refcheck.c.items import Item
from refcheck.c.kept import Answers
from refcheck.c.parse import macro, read_item, whole
from refcheck.c.text import CText, normalised

_TAG = re.compile(r"\b(?:struct|union|enum)\s+(\w+)\s*\{")
_CALLED = re.compile(r"\b([A-Za-z_]\w*+)\s*\)?\s*\(")
_TYPEDEF = re.compile(r"\*?\s*([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?[,;]")
_POINTER = re.compile(r"\(\s*\*\s*([A-Za-z_]\w*)\s*\)")
_DEFINED = re.compile(r"(DEFINE_\w+\(\w+)")
_ENUMERATOR = re.compile(r"[{,]\s*([A-Za-z_]\w*)")
_GLOBAL = re.compile(r"\b([A-Za-z_]\w*+)\s*(?:\[[^\]]*\]\s*)*(?=[=;,])")


class CUnit:
    """A file by names; what an item declares is read once."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text: CText = normalised(source)
        self._file: tree.CFile | None = None
        self._items: dict[str, list[Item]] = {}
        for item in self.text.items:
            for name in _declares(self.text.text, item):
                self._items.setdefault(name, []).append(item)
        self._defines: dict[str, list[Define]] = {}
        for d in self.text.directives.defines:
            self._defines.setdefault(d.name, []).append(d)
        self._read: dict[tuple[int, bool], list[tree.CItem]] = {}

    @property
    def file(self) -> tree.CFile:
        """All that the file declares, in text order (parse.parse)."""
        if self._file is None:
            self._file = whole(self.text, lambda item: self.read(item, bodies=True))
        return self._file

    def macros(self, name: str) -> Iterator[tree.CMacro]:
        """The macros of a name: more than one under conditions or one after the other."""
        return (macro(self.text, d) for d in self._defines.get(name, ()))

    def declared(self, name: str, *, bodies: bool = False) -> Iterator[tree.CItem]:
        """What the items declare in which a name may be declared; functions with an empty body unless it is asked for."""
        for item in self._items.get(name, ()):
            yield from self.read(item, bodies=bodies)

    def read(self, item: Item, *, bodies: bool) -> list[tree.CItem]:
        """What one item declares."""
        key = (item.start, bodies and item.body >= 0)
        if key not in self._read:
            self._read[key] = read_item(self.text, item, bodies=bodies)
        return self._read[key]

    def globals(self) -> Iterator[tree.CItem]:
        """What the items declare that are no functions and have an initialiser."""
        for item in self.text.items:
            if item.body < 0 and self.text.text.find("=", item.start, item.end) >= 0:
                yield from self.read(item, bodies=False)

    def chosen(self, item: tree.CEnum) -> bool:
        """Some enumerators of an enumeration stand under an `#if`."""
        found = next((i for i in self.text.items if self._holds(i, item.span.line)), None)
        return found is None or bool(found.groups)

    def around(self, line: int) -> list[tree.CItem]:
        """What the items declare that have a part in a line."""
        return [made for i in self.text.items if self._holds(i, line) for made in self.read(i, bodies=False)]

    def _holds(self, item: Item, line: int) -> bool:
        first, last = (bisect_left(self.text.ends, at) + 1 for at in (item.start, item.end))
        return first <= line <= last


class Parsed:
    """The files that were parsed last, as many as have this many characters together."""

    def __init__(self, most: int = 6 << 20) -> None:
        self._most, self._size = most, 0
        self._units: dict[str, CUnit] = {}

    def put(self, unit: CUnit) -> None:
        """A file that was parsed elsewhere."""
        self._units[unit.source.path] = unit
        self._size += len(unit.source.text)

    def of(self, source: SourceFile) -> CUnit:
        """A file by names, parsed now or not long ago."""
        found = self._units.pop(source.path, None)
        if found is not None:
            self._units[source.path] = found  # the last one to be forgotten
        else:
            self.put(found := CUnit(source))
        while self._size > self._most and len(self._units) > 1:
            oldest = next(iter(self._units))
            self._size -= len(self._units.pop(oldest).text.text)
        return found


class AskedUnit:
    """A file that is parsed where it is asked something that is not known."""

    def __init__(self, source: SourceFile, answers: Answers, parsed: Parsed) -> None:
        self._source, self._answers, self._parsed = source, answers, parsed
        self.size = len(source.text)

    def _unit(self) -> CUnit:
        return self._parsed.of(self._source)

    def macros(self, name: str) -> tuple[tree.CMacro, ...]:
        """The macros of a name: more than one under conditions or one after the other."""
        return self._answers.recall(f"macros {name}", tuple, lambda: tuple(self._unit().macros(name)))

    def macro(self, name: str) -> tree.CMacro | None:
        """The macro of a name; the last one where there are several."""
        found = self.macros(name)
        return found[-1] if found else None

    def declared(self, name: str, *, bodies: bool = False) -> tuple[tree.CItem, ...]:
        """What the items declare in which a name may be declared; functions with an empty body unless it is asked for."""
        question = f"{'bodies' if bodies else 'declared'} {name}"
        return self._answers.recall(question, tuple, lambda: tuple(self._unit().declared(name, bodies=bodies)))

    def chosen(self, item: tree.CEnum) -> bool:
        """Some enumerators of an enumeration stand under an `#if`."""
        return self._answers.recall(f"chosen {item.span.line}", bool, lambda: self._unit().chosen(item))

    def around(self, line: int) -> tuple[tree.CItem, ...]:
        """What the items declare that have a part in a line."""
        return self._answers.recall(f"around {line}", tuple, lambda: tuple(self._unit().around(line)))

    def globals(self) -> Iterator[tree.CItem]:
        """What the items declare that are no functions and have an initialiser."""
        return self._unit().globals()

    def keep(self) -> None:
        """Keep the answers for the next run."""
        self._answers.keep()


def _declares(text: str, item: Item) -> set[str]:
    """The names that an item may declare."""
    if item.body >= 0:
        return set(_CALLED.findall(text, item.start, item.body)[:6])
    whole = text[item.start : item.end]
    found = set(_TAG.findall(whole))
    if defined := _DEFINED.match(whole):
        found.add(defined[1])
    head = whole.split("=")[0] if "enum" not in whole else whole
    if "enum" in whole:
        found.update(_ENUMERATOR.findall(whole))
    if whole.startswith("typedef"):
        tail = whole[whole.rfind("}") + 1 :] if "}" in whole else whole
        found.update(_TYPEDEF.findall(tail)[-3:])
        found.update(_POINTER.findall(tail)[:1])
        found.update(_CALLED.findall(tail)[:2])
    elif "{" not in head:
        found.update(_CALLED.findall(head)[:6])
        found.update(_GLOBAL.findall(head + ("=" if head is not whole else "")))
    else:
        found.update(_GLOBAL.findall(whole[whole.rfind("}") + 1 :]))
    return found
