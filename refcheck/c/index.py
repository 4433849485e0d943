# SPDX-License-Identifier: GPL-2.0-only
"""What a file knows by name: functions, fields, constants, types and macros, its own and those of the headers it reaches.

Nothing is read before it is asked for: a name is looked up in the headers that may declare it, and of those only the item
is parsed.  What a header says is kept by its content (kept.py), for all files of a run and from run to run.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeGuard, TypeVar, cast

from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.constants import evaluate, mixes
from refcheck.c.definitions import Definitions
from refcheck.c.includes import Includes, Reached
from refcheck.c.initialisers import Initialised, initialised
from refcheck.c.kept import Answers, Kept, digest_of
from refcheck.c.mask import read_c
from refcheck.c.parse import read_expression
from refcheck.c.unit import AskedUnit, CUnit, Parsed

_Found = TypeVar("_Found")
_MOST_ALIASES = 20
_MOST_HELD = 24 << 20  # characters of text whose answers are at hand


class Index:
    """The files of one tree; each is read once, whoever asks.  `store` keeps what is found from run to run.

    `base` is an index of the same tree with other texts for some files; it is asked about all others.
    """

    def __init__(
        self, root: str, store: Kept | None = None, tree: Definitions | None = None, base: "Index | None" = None
    ) -> None:  # fmt: skip
        self.root = root
        self.store = store
        self.definitions = tree or Definitions(Includes(root, store), root, store)
        self.includes = self.definitions.includes
        self._parsed = Parsed()
        self._units: dict[str, AskedUnit | None] = {}
        self._held = 0
        self._base = base
        self._headers: dict[str, list[str]] = {}
        self._mentioned: set[str] = set()

    def with_texts(self, texts: Mapping[str, bytes | None]) -> "Index":
        """The same tree with other texts for some files (by path below the root), None for one that is gone.

        What is known of the other files is shared.
        """
        return Index(self.root, self.store, self.definitions.with_texts(texts), self)

    def at(self, path: str, unit: CUnit | None = None) -> "FileIndex":
        """What the file at a path knows; the path is below the root, or as the user gave it; `unit` is its text, parsed."""
        return FileIndex(self, self.includes.below(path), unit)

    def unit(self, path: str) -> AskedUnit | None:
        """A file of the tree by names; None where it is no text."""
        if self._base is not None and path not in self.includes.over:
            return self._base.unit(path)
        if path in self._units:
            self._units[path] = found = self._units.pop(path)  # the last one to be forgotten
            return found
        raw = self.includes.read(path)
        try:
            text = raw.decode("utf-8") if raw is not None else None
        except UnicodeDecodeError:
            text = None
        found = None
        if raw is not None and text is not None and "\0" not in text:
            source = SourceFile(os.path.join(self.root, path), text)
            found = AskedUnit(source, Answers(self.store, source.path, digest_of(raw)), self._parsed)
        self._units[path] = found
        self._held += found.size if found is not None else 0
        self._forget()
        return found

    def _forget(self) -> None:
        """Forget the files that were asked last the longest time ago: a whole tree takes no more memory than a part."""
        while self._held > _MOST_HELD and len(self._units) > 1:
            oldest = self._units.pop(next(iter(self._units)))
            if oldest is not None:
                self._held -= oldest.size
                oldest.keep()

    def mention(self, reached: Reached) -> None:
        """Find out which names some headers may declare."""
        for path in reached.files.keys() - self._mentioned:
            self._mentioned.add(path)
            for found in self.includes.names(path):
                self._headers.setdefault(found, []).append(path)

    def headers(self, name: str, reached: Reached) -> list[str]:
        """The headers among some that were mentioned which may declare a name, in the order in which they are met."""
        return sorted((p for p in self._headers.get(name, ()) if p in reached.files), key=reached.files.__getitem__)

    def keep(self) -> None:
        """Keep what was found for the next run."""
        for unit in self._units.values():
            if unit is not None:
                unit.keep()
        self.definitions.keep()


class FileIndex:
    """What one C file knows by name.  A name that nothing declares is None, like one that is declared in two ways."""

    def __init__(self, index: Index, path: str, unit: CUnit | None) -> None:
        self._index = index
        self.path = path
        if unit is None:
            inside = os.path.join(index.root, path)
            unit = CUnit(read_c(inside if os.path.exists(inside) else path))
        parsed = Parsed()
        parsed.put(unit)
        self._own = AskedUnit(unit.source, Answers(None, path, ""), parsed)
        self.reached: Reached = index.includes.reached(path)
        index.mention(self.reached)
        self.asked: set[str] = set()  # functions that were looked for in other files of the tree
        self._known: dict[str, object] = {}
        self._open: set[str] = set()

    def signature(self, name: str) -> tree.CFunction | None:
        """The prototype or definition of a function, without its body."""
        return self._recall("signature", name, lambda: self._signature(name))

    def _signature(self, name: str) -> tree.CFunction | None:
        # What is inferred of a body has the names of its own head.
        own = self.own(name)
        found = own[0] if own else self._first(name, lambda i: i if _is_function(i, name) else None)
        return found._replace(body=None) if found is not None else None

    def own(self, name: str) -> tuple[tree.CFunction, ...]:
        """Every definition of a function in this file."""
        return self._recall("own", name, lambda: tuple(_bodies(self._own.declared(name, bodies=True), name)))

    def bodies(self, name: str) -> tuple[tree.CFunction, ...]:
        """Every definition of a function: of this file, of the headers, else the one of another file of the tree.

        There are several where an `#if` chooses; none where that chooses between one and a prototype: what is here is a
        stub, which does not speak for the function that it stands in for.
        """
        return self._recall("bodies", name, lambda: self._bodies(name))

    def _bodies(self, name: str) -> tuple[tree.CFunction, ...]:
        declared = [i for i in self._declared(name, bodies=True) if isinstance(i, tree.CFunction) and i.name == name]
        here = [f for f in declared if f.body is not None]
        prototypes = (f.conds for f in declared if f.body is None and f.conds)
        if here and any(all(f.conds and f.conds != conds for f in here) for conds in prototypes):
            return ()
        if not here:
            self.asked.add(name)
            for path in self._index.definitions.candidates(name, self.path):
                unit = self._index.unit(path)
                items = unit.declared(name, bodies=True) if unit is not None else ()
                here = [f for f in _bodies(items, name) if not f.static]
                if here:
                    break
        return tuple(here)

    def body(self, name: str) -> tree.CFunction | None:
        """The definition of a function; None where there is none or more than one."""
        found = self.bodies(name)
        return found[0] if len(found) == 1 else None

    def struct(self, base: str) -> tree.CStruct | None:
        """The definition of `struct S` or `union U`."""
        return self._recall("struct", base, lambda: self._struct(base))

    def _struct(self, base: str) -> tree.CStruct | None:
        _, unnamed, place = base.partition(" @")
        if unnamed:
            return self._unnamed(base, *place.rsplit(":", 2)) if place.count(":") >= 2 else None
        tag = base.rsplit(" ", maxsplit=1)[-1]
        return self._first(tag, lambda i: i if isinstance(i, tree.CStruct) and i.base == base else None)

    def _unnamed(self, base: str, path: str, line: str, col: str) -> tree.CStruct | None:
        """A struct without a name, by the place that stands for one (types.base_of)."""
        below = self._index.includes.below(path)
        unit = self._own if below == self.path else self._index.unit(below)
        found = unit.around(int(line)) if unit is not None and line.isdigit() else ()
        kind, place = base.split(" ", maxsplit=1)[0], f":{line}:{col}"
        structs = (i for i in found if isinstance(i, tree.CStruct))
        return next((i for i in structs if i.base.startswith(f"{kind} @") and i.base.endswith(place)), None)

    def field(self, struct: str, name: str) -> tree.CType | None:
        """The type of a field of `struct S`, `union U` or a typedef of one; those of unnamed members are its own."""
        return self._recall("field", f"{struct}.{name}", lambda: self._field(struct, name))

    def _field(self, struct: str, name: str) -> tree.CType | None:
        found = self._plain(struct)
        return next((f.type for f in found.fields if f.name == name), None) if found is not None else None

    def overlaid(self, struct: str, name: str) -> bool:
        """A field shares its memory with others, as far as is known."""
        found = None if struct.startswith("union ") else self._plain(struct)
        return found is None or name in found.overlaid

    def _plain(self, struct: str) -> tree.CStruct | None:
        """The definition of `struct S`, `union U` or a typedef of one."""
        base = struct
        for _ in range(_MOST_ALIASES):
            if " " in base or (known := self.typedef(base)) is None:
                break
            base = known.base
        return self.struct(base)

    def typedef(self, name: str) -> tree.CType | None:
        """What a typedef stands for."""
        return self._recall("typedef", name, lambda: self._typedef(name))

    def _typedef(self, name: str) -> tree.CType | None:
        return self._first(name, lambda i: i.type if isinstance(i, tree.CTypedef) and i.name == name else None)

    def macro(self, name: str) -> tree.CMacro | None:
        """The definition of a macro; the first of those that there are."""
        return self._recall("macro", name, lambda: next((u.macro(name) for u in self._macros(name)), None))

    def macros(self, name: str) -> tuple[tree.CMacro, ...]:
        """All definitions of a macro that differ, those of the file first."""
        return self._recall("macros", name, lambda: self._different(name))

    def defines(self, name: str) -> bool:
        """The file itself has a macro of this name."""
        return bool(self._own.macros(name))

    def _different(self, name: str) -> tuple[tree.CMacro, ...]:
        found: dict[object, tree.CMacro] = {}
        for macro in (m for unit in self._macros(name) for m in unit.macros(name)):
            found.setdefault((macro.params, macro.text, macro.conds), macro)
        return tuple(found.values())

    def _macros(self, name: str) -> Iterator[AskedUnit]:
        return (u for u in self._units(name) if u.macro(name) is not None)

    def expansion(self, name: str) -> tuple[tuple[str, ...], tree.CExpr] | None:
        """The parameters of a macro and the expression that it stands for; None where it is none, or there are two."""
        found = list(self._macros(name))
        if len(found) != 1 or len(found[0].macros(name)) > 1:
            return None
        macro = found[0].macro(name)
        made = read_expression(macro.text, macro.span) if macro is not None and macro.text else None
        return (macro.params or (), made) if macro is not None and made is not None else None

    def constant(self, name: str) -> int | None:
        """The value of a macro or enumerator; None where it has none, depends on sizes, or differs between definitions."""
        if name in self._open:
            return None
        self._open.add(name)
        found = self._recall("constant", name, lambda: self._constant(name))
        self._open.discard(name)
        return found

    def _constant(self, name: str) -> int | None:
        values: set[int | None] = set()
        for unit in self._macros(name):
            macro = unit.macro(name)
            if macro is None or macro.params is not None or macro.text == name:
                continue
            plain = len(unit.macros(name)) == 1 and not mixes(macro.text)
            made = read_expression(macro.text, macro.span) if plain and macro.text else None
            values.add(evaluate(made, self.constant, self.expansion) if made is not None else None)
        for unit in self._units(name):
            for item in unit.declared(name):
                if isinstance(item, tree.CEnum) and any(n == name for n, _ in item.members):
                    values.add(self._enumerator(unit, item, name))
        return values.pop() if len(values) == 1 else None

    def _enumerator(self, unit: AskedUnit, item: tree.CEnum, name: str) -> int | None:
        """The value of an enumerator: that of the one before and one more, unless it says another."""
        broken = unit.chosen(item)
        last: int | None = -1
        for member, value in item.members:
            if value is not None:
                last = evaluate(value, self.constant, self.expansion) if not isinstance(value, tree.Broken) else None
            elif broken or last is None:
                last = None
            else:
                last += 1
            if member == name:
                return last
        return None

    def defined(self, macro: str, name: str) -> tree.CMacroCall | None:
        """The call at file scope that defines something: `DEFINE_FREE(name, type, free)`, `DEFINE_GUARD(name, ...)`."""
        return self._recall("defined", f"{macro} {name}", lambda: self._defined(macro, name))

    def _defined(self, macro: str, name: str) -> tree.CMacroCall | None:
        def right(item: tree.CItem) -> tree.CMacroCall | None:
            match item:
                case tree.CMacroCall(found, (tree.Id(first, _), *_), _) if (found, first) == (macro, name):
                    return item
                case _:
                    return None

        return self._first(f"{macro}({name}", right)

    def initialisers(self, field: str) -> tuple[Initialised, ...]:
        """The functions that this file puts into a field by a designated initialiser (`.ndo_start_xmit = f`)."""
        return tuple(i for i in initialised(self._own.globals()) if i.field == field)

    def _recall(self, kind: str, name: str, find: Callable[[], _Found]) -> _Found:
        """The answer that is known, else what `find` gives."""
        key = f"{kind} {name}"
        if key not in self._known:
            self._known[key] = find()
        return cast(_Found, self._known[key])

    def _declared(self, name: str, *, bodies: bool = False) -> Iterator[tree.CItem]:
        for unit in self._units(name):
            yield from unit.declared(name, bodies=bodies)

    def _first(self, name: str, pick: Callable[[tree.CItem], _Found | None]) -> _Found | None:
        return next((f for i in self._declared(name) if (f := pick(i)) is not None), None)

    def _units(self, name: str) -> Iterator[AskedUnit]:
        """The file itself, then the headers that may declare a name."""
        yield self._own
        for path in self._index.headers(name, self.reached):
            unit = self._index.unit(path)
            if unit is not None:
                yield unit


def _is_function(item: tree.CItem, name: str) -> TypeGuard[tree.CFunction]:
    return isinstance(item, tree.CFunction) and item.name == name


def _bodies(items: Iterable[tree.CItem], name: str) -> list[tree.CFunction]:
    return [i for i in items if _is_function(i, name) and i.body is not None]
