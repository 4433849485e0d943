# SPDX-License-Identifier: GPL-2.0-only
"""Fields that a function reads and gives away what they hold: `ip_rt_put(x->rt)`, where no slot stands for the field.

What such an expression reads is one object until something that the expression is made of is written, by the function or
by a callee that may: then the next read gives another one.  Without that, a field that is put twice would give two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.facts import Known, Shows, comes_again, names_of, nodes
from refcheck.slice.kinds import CKinds, TreeIndex
from refcheck.slice.owning import taken_as
from refcheck.slice.paths import written
from refcheck.slice.scope import CScope, flat
from refcheck.slice.typing import label_of, struct_of, type_of

ANYTHING = "*"
_STORING = words.STORE | words.SWAP | words.KEEPS


class FieldPlace(NamedTuple):
    """A field by an expression: of which kind what it holds is, the variables and fields that the expression is made of.

    `outside` are those of the variables that are none of the function.
    """

    kind: str
    roots: frozenset[str]
    fields: frozenset[str]
    outside: frozenset[str]


class Spelled:
    """How expressions of one function are written: the same for the same place."""

    def __init__(self, f: c.CFunction, passing: frozenset[str]) -> None:
        self.passing = passing
        self.names = _other_names(f)

    def text(self, e: c.CExpr) -> str:
        """An expression as a text that is the same for the same place; empty where it is no path."""
        return written(self.plain(e), self.passing)

    def plain(self, e: c.CExpr) -> c.CExpr:
        """An expression with other names of a pointer as what they stand for, and `(&x)->f` as `x.f`."""
        e = taken_as(e, self.passing)
        match e:
            case c.Id(name) if name in self.names:
                return self.plain(self.names[name])
            case c.Member(base, field, arrow, span):
                base = self.plain(base)
                if arrow and isinstance(base, c.Unary) and base.op == "&":
                    return c.Member(base.arg, field, False, span)
                return c.Member(base, field, arrow, span)
            case c.Subscript(base, at, span):
                return c.Subscript(self.plain(base), at, span)
            case c.Unary("&" | "*" as op, arg, span):
                return c.Unary(op, self.plain(arg), span)
            case _:
                return e


class FieldPlaces(Spelled):
    """The places of one function, by an expression's text."""

    def __init__(self, kinds: CKinds, f: c.CFunction, known: Known, facts: Shows) -> None:
        super().__init__(f, known.passing)
        given = {label for name, label in facts.given if name == f.name and label.startswith("field:")}
        self.alike = frozenset[str]()  # fields that are read more than once, and give an object of its own to each read
        self.apart = frozenset[str]()  # fields that more than one expression is for
        self.left = dict[str, Span]()  # fields that outlive the call, and hold behind it what was put
        self.found = self._places(kinds, f, given, known) if given else {}

    def known(self, e: c.CExpr) -> str:
        """The text of an expression that is a place; empty where it is none."""
        text = self.text(e) if self.found else ""
        return text if text in self.found else ""

    def _places(self, kinds: CKinds, f: c.CFunction, given: set[str], known: Known) -> Mapping[str, FieldPlace]:
        scope, every, gone = flat(kinds, f), with_outside(kinds, f, known), freed(f)
        count, found, apart, texts = Counter[str](), dict[str, FieldPlace](), list[str](), set[tuple[str, str]]()
        stored = {n.target for n in nodes(f.body) if isinstance(n, c.AssignExpr)}
        for n in nodes(f.body):
            label = label_of(kinds, scope, n) if isinstance(n, c.Member) else ""
            if label not in given or not isinstance(n, c.Member) or not is_place(kinds, every, n):
                continue
            e = self.plain(n)
            whole = list(nodes(e))
            roots = frozenset(x.name for x in whole if isinstance(x, c.Id))
            outlives = label not in known.counted and not roots & gone
            if outlives and not _on_stack(scope, e) and not stores(kinds.index, f, frozenset({n.field})):
                self.left.setdefault(in_words(label_of(kinds, every, n)), n.span)
            text = self.text(n) if label not in known.counted else ""
            if not text:
                apart += [label] if n not in stored else []
            else:
                fields = frozenset(x.field for x in whole if isinstance(x, c.Member))
                outside = frozenset(name for name in roots if scope.lookup(name) is None)
                found[text] = FieldPlace(kinds.of(type_of(kinds, every, n)).name, roots, fields, outside)
                count[text] += 1
                texts.add((label, text))
        several = Counter(label for label, _ in texts)
        self.apart = frozenset(label for label, n in several.items() if n > 1)
        again = comes_again(f)
        self.alike = frozenset(label for label in apart if again or apart.count(label) > 1)
        return {text: place for text, place in found.items() if again or count[text] > 1}

    # -- who writes
    def behind_call(self, e: c.CallExpr, index: TreeIndex) -> Iterator[str]:
        """The places that a callee may write: it is given what they are reached through, or stores in such a field."""
        body = index.body(e.callee.name) if self.found and isinstance(e.callee, c.Id) else None
        args = [a for a in e.args if not isinstance(a, c.CType)]
        filled = {self.text(a.arg) for a in args if isinstance(a, c.Unary) and a.op == "&"}
        given = filled | {self.text(a) for a in args}
        for text, place in self.found.items():
            reached = text in filled or any(g and text.startswith((f"{g}->", f"{g}.", f"{g}[")) for g in given)
            mine = body is not None and body.span.path == e.span.path
            if (reached or mine) and (body is None or text in filled or stores(index, body, place.fields | place.outside)):
                yield text


def counted(kinds: CKinds, functions: Iterable[c.CFunction], known: Known) -> frozenset[str]:
    """The fields through which some function takes a reference for somebody else: what is put there may be that one."""
    found = set[str]()
    for f in functions:
        held = [(n, i) for n in nodes(f.body) if isinstance(n, c.CallExpr) for i in known.holds(n) if i < len(n.args)]
        if held:
            scope = flat(kinds, f)
            here = known._replace(struct=partial(struct_of, kinds, scope))
            assigned = (n.target for n in nodes(f.body) if isinstance(n, c.AssignExpr))
            filled = {field for target in assigned for field in names_of(here, target)}
            args = (arg for n, i in held if not isinstance(arg := n.args[i], c.CType))
            found |= {name for arg in args for name in names_of(here, arg) if name.startswith("field:")} - filled
    return frozenset(found)


def with_outside(kinds: CKinds, f: c.CFunction, known: Known) -> CScope:
    """The variables of a function, and those of its file."""
    scope = flat(kinds, f)
    for name, of in known.outside.items():
        if scope.lookup(name) is None:
            scope.declare(name, kinds.of(of), of)
    return scope


def in_words(label: str) -> str:
    """The source that is a field as a reader of C has it."""
    field, _, struct = label.removeprefix("field:").partition(" of ")
    return f"{struct or '?'}.{field}"


def is_place(kinds: CKinds, scope: CScope, e: c.Member) -> bool:
    """A field has a pointer to an object, and is no slot."""
    kind = kinds.of(type_of(kinds, scope, e))
    if kind.how != "resource" or kind.name in kinds.containers:
        return False
    return (kinds.bindings.types.get(struct_of(kinds, scope, e), ""), e.field) not in kinds.bindings.slots


def _other_names(f: c.CFunction) -> Mapping[str, c.CExpr]:
    """Pointers that are other names all the time: each written once, with something that is never written at all."""
    wrote, said, fields = Counter[str](), dict[str, c.CExpr](), set[str]()
    for n in nodes(f.body):
        match n:
            case c.Variable(_, name, init) if init is not None:
                wrote[name] += 1
                said[name] = init
            case c.AssignExpr(op, c.Id(name), value):
                wrote[name] += 1 if op == "=" else 2
                said[name] = value
            case c.AssignExpr(_, c.Member(_, field)) | c.CallExpr(_, (c.Unary("&", c.Member(_, field)), *_)):
                fields.add(field)
            case c.IncDec(_, c.Id(name)) | c.Unary("&", c.Id(name)):
                wrote[name] += 2
            case c.MacroLoop(_, args):
                wrote.update({a.name: 2 for a in args if isinstance(a, c.Id)})
            case _:
                pass
    params = {p.name for p in f.params}

    def lasts(e: c.CExpr) -> bool:
        match e:
            case c.Id(name):
                return (name in params and not wrote[name]) or (name not in params and wrote[name] == 1)
            case c.Member(base, field):
                return field not in fields and lasts(base)
            case c.Unary("&", c.Member(base)):
                return lasts(base)
            case _:
                return False

    found = {name: e for name, e in said.items() if name not in params and wrote[name] == 1 and lasts(e)}
    return {name: e for name, e in found.items() if not _in_circle(name, found)}


def _in_circle(name: str, names: Mapping[str, c.CExpr]) -> bool:
    """What a name stands for leads to itself: it is another one in each round of a loop."""
    seen, todo = set[str](), [name]
    while todo:
        inner = {n.name for n in nodes(names.get(todo.pop())) if isinstance(n, c.Id)}
        if name in inner:
            return True
        todo += inner - seen
        seen |= inner
    return False


def _on_stack(scope: CScope, e: c.CExpr) -> bool:
    """A part of a variable of the function."""
    while isinstance(e, c.Member) and not e.arrow:
        e = e.base
    return isinstance(e, c.Id) and (var := scope.lookup(e.name)) is not None and not var.type.stars


def freed(f: c.CFunction) -> frozenset[str]:
    """The variables of which the memory goes in a function."""
    found = set[str]()
    for n in nodes(f.body):
        if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id) and (at := words.FREES.get(n.callee.name)) is not None:
            found |= {a.name for a in n.args[at : at + 1] if isinstance(a, c.Id)}
    return frozenset(found)


def stores(index: TreeIndex, f: c.CFunction, fields: frozenset[str]) -> bool:
    """A function stores in a field or variable of such a name, or clears memory, or calls one of its file that does."""
    found = stored(index, f)
    return ANYTHING in found or bool(fields & found)


def stored(index: TreeIndex, f: c.CFunction) -> frozenset[str]:
    """The names of what a function, or one of its file that it calls, stores in; ANYTHING for memory."""
    found, seen, todo = set[str](), {f.name}, [f]
    while todo:
        here = todo.pop()
        mine = {p.name for p in here.params} | {n.name for n in nodes(here.body) if isinstance(n, c.Variable)}
        for n in nodes(here.body):
            match n:
                case c.AssignExpr(_, c.Id(name)) if name in mine:
                    pass
                case c.AssignExpr(_, c.Member(_, name) | c.Id(name)):
                    found.add(name)
                case c.CallExpr(c.Id("memset" | "memcpy")):
                    found.add(ANYTHING)
                case c.CallExpr(c.Id(name), args):
                    match args:
                        case (c.Unary("&", c.Member(_, field)) | c.Member(_, field), *_) if name in _STORING:
                            found.add(field)
                        case _:
                            pass
                    if name not in seen:
                        seen.add(name)
                        todo += _beside(index, f, name)
                case _:
                    pass
    return frozenset(found)


def _beside(index: TreeIndex, f: c.CFunction, name: str) -> tuple[c.CFunction, ...]:
    """What a name is in the file that a function stands in."""
    if index.own(f.name):
        return index.own(name)
    body = index.body(name)
    return (body,) if body is not None and body.span.path == f.span.path else ()
