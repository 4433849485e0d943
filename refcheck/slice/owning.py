# SPDX-License-Identifier: GPL-2.0-only
"""Which fields of structs own what is stored in them: those that a file fills and puts, where all of it can be followed.

A field that shares its memory, whose address is taken, whose struct is part of another, copied or calculated with, or
through which others take references is not followed: what is stored there stays an assumption.
"""

from collections.abc import Iterator, Mapping

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.facts import Known, gather, nodes
from refcheck.slice.kinds import CKinds
from refcheck.slice.scope import flat
from refcheck.slice.typing import type_of

_MOST_SLOTS = 4
FieldOf = tuple[str, str]  # `struct S` and a field of it


class OwningField(NamedTuple):
    """A field that owns: its name, the resource of what it holds, and whether it can be NULL."""

    name: str
    resource: str
    nullable: bool


Fields = tuple[OwningField, ...]


class FieldUses(NamedTuple):
    """What the functions of a file do with fields that can hold an object.

    Which they put, fill, and fill with NULL, which cannot be followed, and structs of which no field can be.
    """

    kinds: dict[FieldOf, str]
    put: set[FieldOf]
    filled: set[FieldOf]
    cleared: set[FieldOf]
    lost: set[FieldOf]
    copied: set[str]


def owning(kinds: CKinds, functions: list[c.CFunction], known: Known, shared: frozenset[str]) -> Mapping[str, Fields]:
    """The fields that own, by struct."""
    seen = FieldUses({}, set(), set(), set(), set(), set())
    gives = _given_on(known, functions)
    looks = list[_Look]()
    made: dict[str, frozenset[str]] = {}
    for f in functions:
        look = _Look(kinds, f, known, gives, (seen, shared))
        look.moved()
        looks.append(look)
        here = frozenset(f"field:{field}" for _, field in look.filled - seen.cleared)
        made[f.name] = made.get(f.name, here) & here
        seen.filled.update(look.filled)
    if not seen.put & seen.filled:
        return {}  # whatever cannot be followed
    for look in looks:
        look.not_followed()
    tested = {name for where, name in gather(functions, known).nullable if name not in made[where]}
    found: dict[str, list[OwningField]] = {}
    for place in sorted(seen.put & seen.filled - seen.lost):
        struct, field = place
        if struct not in seen.copied and not kinds.index.overlaid(struct, field):
            found.setdefault(struct, []).append(
                OwningField(field, seen.kinds[place], place in seen.cleared or f"field:{field}" in tested)
            )
    return {struct: tuple(fields) for struct, fields in found.items() if len(fields) <= _MOST_SLOTS}


def _given_on(known: Known, functions: list[c.CFunction]) -> Mapping[str, frozenset[int]]:
    """The parameters of a file's functions that their bodies give away, or hand to one that does."""
    found = {f.name: frozenset[int]() for f in functions}
    handed = [(f.name, *x) for f in functions for x in _handed_on(f)]
    while True:
        before = dict(found)
        for name, at, call, i in handed:
            if i in _gives(known, found, call):
                found[name] |= {at}
        if found == before:
            return found


def _handed_on(f: c.CFunction) -> Iterator[tuple[int, c.CallExpr, int]]:
    """The parameters that a function hands to another one: which, the call, and as which argument."""
    at = {p.name: i for i, p in enumerate(f.params)}
    for n in nodes(f.body):
        if isinstance(n, c.CallExpr):
            yield from ((at[a.name], n, i) for i, a in enumerate(n.args) if isinstance(a, c.Id) and a.name in at)


def _gives(known: Known, own: Mapping[str, frozenset[int]], call: c.CallExpr) -> frozenset[int]:
    return known.gives(call) or (own.get(call.callee.name, frozenset()) if isinstance(call.callee, c.Id) else frozenset())


def taken_as(e: c.CExpr, passing: frozenset[str]) -> c.CExpr:
    """An expression without what only passes its value on: casts, rcu_dereference() and its like, aliases."""
    match e:
        case c.Cast(_, arg):
            return taken_as(arg, passing)
        case c.CallExpr(c.Id(name), (arg, *_)) if name in words.PASS | words.KEEPS | passing and not isinstance(
            arg, c.CType
        ):
            return taken_as(arg.arg if isinstance(arg, c.Unary) and arg.op == "&" else arg, passing)
        case _:
            return e


class _Look:
    """One function; names are those of C."""

    def __init__(
        self, kinds: CKinds, f: c.CFunction, known: Known, gives: Mapping[str, frozenset[int]],
        found: tuple[FieldUses, frozenset[str]],
    ) -> None:  # fmt: skip
        self.kinds, self.scope, self.known, self.gives = kinds, flat(kinds, f), known, gives
        self.function, self.every = f, list(nodes(f.body))
        self.seen, self.shared = found
        self.sources: dict[str, set[FieldOf | None]] = {}
        self.filled: set[FieldOf] = set()

    def moved(self) -> None:
        """Note which fields are put and filled."""
        every = self.every
        for n in every:
            match n:
                case c.Variable(_, name, init) if init is not None:
                    self._from(name, init)
                case c.AssignExpr("=", c.Id(name), value):
                    self._from(name, value)
                case _:
                    pass
        held = {name for n in every if isinstance(n, c.CallExpr) for name in self._named(n, self.known.holds(n))}
        for n in every:
            if isinstance(n, c.CallExpr):
                for given in self._named(n, _gives(self.known, self.gives, n)) - held:
                    places = self.sources.get(given, set()) if isinstance(given, str) else {given}
                    self.seen.put.update(p for p in places if p is not None and len(places) == 1)
        self._filled(every)
        self.seen.lost.update(p for p in held if not isinstance(p, str) and p not in self.filled)

    def _named(self, call: c.CallExpr, at: frozenset[int]) -> set[str | FieldOf]:
        """Variables and fields among the arguments at some positions."""
        found: set[str | FieldOf] = set()
        for i in at:
            arg = self._behind(call.args[i]) if i < len(call.args) else None
            place = self._place(arg) if arg is not None else None
            found |= {arg.name} if isinstance(arg, c.Id) else {place} if place is not None else set()
        return found

    def _behind(self, arg: c.CExpr | c.CType) -> c.CExpr | None:
        """The pointer to an object that an argument is, through a member at its beginning, too."""
        if isinstance(arg, c.CType):
            return None
        e = taken_as(arg, self.known.passing)
        while isinstance(e, c.Unary) and e.op == "&" and isinstance(e.arg, c.Member) and e.arg.arrow:
            e = taken_as(e.arg.base, self.known.passing)
        return e

    def _from(self, name: str, value: c.CExpr) -> None:
        e = self._behind(value)
        if not (isinstance(e, c.Id) and e.name == "NULL"):
            swapped = isinstance(e, c.CallExpr) and isinstance(e.callee, c.Id) and e.callee.name in words.SWAP
            self.sources.setdefault(name, set()).add(self._target(e.args[0]) if swapped else self._place(e))  # type: ignore[union-attr]

    def _target(self, arg: c.CExpr | c.CType) -> FieldOf | None:
        return self._place(arg.arg if isinstance(arg, c.Unary) and arg.op == "&" else arg)

    def _place(self, e: object) -> FieldOf | None:
        """The field that an expression is, where that holds a pointer to an object, in a struct that is no resource."""
        if not isinstance(e, c.Member):
            return None
        struct = type_of(self.kinds, self.scope, e.base)
        base = self.kinds.plain(struct).base if struct is not None else ""
        return (base, e.field) if self._noted(base, e.field) else None

    def _noted(self, base: str, field: str) -> bool:
        """A field holds a pointer to an object, and its struct has a name and is no resource."""
        if not base.startswith("struct ") or "@" in base or base in self.kinds.bindings.types:
            return False
        kind = self.kinds.of(self.kinds.index.field(base, field))
        if kind.how == "resource":
            self.seen.kinds[base, field] = kind.name
        return kind.how == "resource"

    def _filled(self, every: list[object]) -> None:
        for n in every:
            match n:
                case c.AssignExpr(_, c.Member() as target, value):
                    self._fills(self._place(target), value)
                case c.CallExpr(c.Id(name), (arg, value, *_)) if name in words.STORE | words.SWAP:
                    self._fills(self._target(arg), value)
                case c.Variable(type, _, c.Initialiser(_, items)) if not type.stars:
                    base = self.kinds.plain(type).base
                    self.filled.update((base, field) for field, _ in items if self._noted(base, field))
                case _:
                    pass

    def _fills(self, place: FieldOf | None, value: c.CExpr | c.CType) -> None:
        if place is not None:
            self.filled.add(place)
            self.seen.cleared.update([place] if _is_null(value) else [])

    # -- what cannot be followed
    def not_followed(self) -> None:
        """Note which fields, and fields of which structs, cannot be followed."""
        f, every = self.function, self.every
        fine = {id(a) for n in every for a in _through_macros(n)}
        self.seen.copied.update(b for t in (f.result, *(p.type for p in f.params)) for b in self._struct(t))
        for n in every:
            match n:
                case c.Member(base, _, arrow) if not (arrow or isinstance(base, c.Id)) or any(
                    isinstance(x, c.Subscript) for x in nodes(base)
                ):
                    self.seen.lost.update(p for p in (self._place(n),) if p is not None)
                case c.Unary("&", c.Member() as m) if id(n) not in fine:
                    self.seen.lost.update(p for p in (self._place(m),) if p is not None)
                case c.AssignExpr(op, target):
                    self.seen.copied.update(self._struct(type_of(self.kinds, self.scope, target)))
                    if op != "=":
                        self._calculated(target)
                case c.IncDec(_, arg):
                    self._calculated(arg)
                case c.Binary("==" | "!=", left, right):
                    self._compared(left, right)
                case c.Variable(type, _, init) if init is not None and not isinstance(init, c.Initialiser):
                    self.seen.copied.update(self._struct(type))
                case c.Variable(type, _, c.Initialiser(_, items)):
                    self._initialised(type, items)
                case c.CallExpr(c.Id(name), args) if name in words.COPIES:
                    types = (type_of(self.kinds, self.scope, a) for a in args if not isinstance(a, c.CType))
                    self.seen.copied.update(p for t in types if (p := self.kinds.pointee(t)) is not None)
                case _:
                    pass

    def _struct(self, t: c.CType | None) -> Iterator[str]:
        """A struct that is meant as a whole."""
        if t is not None:
            t = self.kinds.plain(t)
            if not t.stars and not t.dims and t.base.startswith("struct "):
                yield t.base

    def _calculated(self, e: c.CExpr) -> None:
        pointee = self.kinds.pointee(type_of(self.kinds, self.scope, e))
        self.seen.copied.update([pointee] if pointee is not None else [])

    def _compared(self, left: c.CExpr, right: c.CExpr) -> None:
        """Whether a field has an object that is told apart by its address is known to C, and not to the model."""
        for one, other in ((left, right), (right, left)):
            place = self._place(taken_as(one, self.known.passing))
            shared = place is not None and self.seen.kinds[place] in self.shared
            if place is not None and not shared and not _is_null(other):
                self.seen.lost.add(place)

    def _initialised(self, of: c.CType, items: tuple[tuple[str, c.CExpr], ...]) -> None:
        """What is initialised without names, or inside of another struct, is not told apart."""
        base = self.kinds.plain(of).base
        if any(not field and not (isinstance(v, c.Number) and v.value == 0) for field, v in items):
            self.seen.copied.add(base)
        for _, v in items:
            for inner in nodes(v):
                if isinstance(inner, c.Initialiser):
                    names = {field for field, _ in inner.items}
                    self.seen.lost.update(p for p in self.seen.kinds if p[1] in names)


def _is_null(e: c.CExpr | c.CType) -> bool:
    return (isinstance(e, c.Id) and e.name == "NULL") or (isinstance(e, c.Number) and e.value == 0)


def _through_macros(n: object) -> Iterator[c.CExpr | c.CType]:
    """The first argument of macros that read or write what it points to."""
    match n:
        case c.CallExpr(c.Id(name), (arg, *_)) if name in words.PASS | words.STORE | words.SWAP:
            yield arg
        case _:
            pass
