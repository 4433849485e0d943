# SPDX-License-Identifier: GPL-2.0-only
"""Fields that a function reads and gives away what they hold: `ip_rt_put(x->rt)`, where no slot stands for the field.

What such an expression reads is one object until something that the expression is made of is written, by the function or
by a callee that may: then the next read gives another one.  Without that, a field that is put twice would give two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.facts import Known, Shows, names_of, nodes, of_field
from refcheck.slice.kinds import CKinds, TreeIndex
from refcheck.slice.owning import taken_as
from refcheck.slice.paths import written
from refcheck.slice.scope import CScope, flat
from refcheck.slice.typing import struct_of, type_of


class Place(NamedTuple):
    """A field by an expression: of which kind what it holds is, the variables and fields that the expression is made of."""

    kind: str
    roots: frozenset[str]
    fields: frozenset[str]


class Places:
    """The places of one function, by an expression's text."""

    def __init__(self, kinds: CKinds, f: c.CFunction, known: Known, facts: Shows) -> None:
        self.passing = known.passing
        self.names = _other_names(f)
        given = {label for name, label in facts.given if name == f.name and label.startswith("field:")} - known.counted
        self.found = self._places(kinds, f, given) if given else {}

    def text(self, e: c.CExpr) -> str:
        """An expression as a text that is the same for the same place; empty where it is no path."""
        return written(self._plain(e), self.passing)

    def known(self, e: c.CExpr) -> str:
        """The text of an expression that is a place; empty where it is none."""
        text = self.text(e) if self.found else ""
        return text if text in self.found else ""

    def _plain(self, e: c.CExpr) -> c.CExpr:
        """An expression with other names of a pointer as what they stand for, and `(&x)->f` as `x.f`."""
        e = taken_as(e, self.passing)
        match e:
            case c.Id(name) if name in self.names:
                return self._plain(self.names[name])
            case c.Member(base, field, arrow, span):
                base = self._plain(base)
                if arrow and isinstance(base, c.Unary) and base.op == "&":
                    return c.Member(base.arg, field, False, span)
                return c.Member(base, field, arrow, span)
            case c.Subscript(base, at, span):
                return c.Subscript(self._plain(base), at, span)
            case c.Unary("&" | "*" as op, arg, span):
                return c.Unary(op, self._plain(arg), span)
            case _:
                return e

    def _places(self, kinds: CKinds, f: c.CFunction, given: frozenset[str] | set[str]) -> Mapping[str, Place]:
        scope, count, found = flat(kinds, f), Counter[str](), dict[str, Place]()
        for n in nodes(f.body):
            if isinstance(n, c.Member) and _is_place(kinds, scope, n, given) and (text := self.text(n)):
                whole = list(nodes(self._plain(n)))
                roots = frozenset(x.name for x in whole if isinstance(x, c.Id))
                fields = frozenset(x.field for x in whole if isinstance(x, c.Member))
                found[text] = Place(kinds.of(type_of(kinds, scope, n)).name, roots, fields)
                count[text] += 1
        again = any(isinstance(n, c.CWhile | c.CDo | c.CFor | c.MacroLoop | c.CLabel) for n in nodes(f.body))
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
            if (reached or mine) and (body is None or text in filled or _stores(index, body, place.fields)):
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


def _is_place(kinds: CKinds, scope: CScope, e: c.Member, given: frozenset[str] | set[str]) -> bool:
    """A field has a pointer to an object, and the function gives away what it reads there."""
    kind = kinds.of(type_of(kinds, scope, e))
    if kind.how != "resource" or kind.name in kinds.containers:
        return False
    struct = struct_of(kinds, scope, e)
    return (kinds.bindings.types.get(struct, ""), e.field) not in kinds.bindings.slots and of_field(struct, e.field) in given


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


def _stores(index: TreeIndex, f: c.CFunction, fields: frozenset[str]) -> bool:
    """A function stores in a field of one of these names, or clears memory, or calls one of its file that does."""
    seen, todo = {f.name}, [f]
    while todo:
        for n in nodes(todo.pop().body):
            match n:
                case c.AssignExpr(_, c.Member(_, field)) if field in fields:
                    return True
                case c.CallExpr(c.Id("memset" | "memcpy")):
                    return True
                case c.CallExpr(c.Id(name), (c.Unary("&", c.Member(_, field)) | c.Member(_, field), *_)) if field in fields:
                    if name in words.STORE | words.SWAP | words.KEEPS:
                        return True
                case c.CallExpr(c.Id(name)) if name not in seen:
                    seen.add(name)
                    body = index.body(name)
                    todo += [body] if body is not None and body.span.path == f.span.path else []
                case _:
                    pass
    return False
