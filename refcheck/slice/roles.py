# SPDX-License-Identifier: GPL-2.0-only
"""Who calls the functions of a file: the fields into which their addresses are put, and what they are handed to."""

from collections.abc import Iterator

from refcheck.c import tree as c
from refcheck.slice.facts import nodes, uncast
from refcheck.slice.kinds import CKinds
from refcheck.slice.scope import flat
from refcheck.slice.typing import type_of


def places(kinds: CKinds, file: c.CFile) -> dict[str, tuple[str, ...]]:
    """For each function of a file the places where it is put: `struct S.field`, `callee(argument)`."""
    own = {i.name for i in file.items if isinstance(i, c.CFunction) and i.body is not None}
    found: dict[str, dict[str, None]] = {}
    for item in file.items:
        match item:
            case c.CGlobal(variable) if variable.init is not None:
                claims = _initialised(kinds, variable.type, variable.init)
            case c.CFunction(body=body) if body is not None:
                claims = _in_body(kinds, item, own)
            case c.CMacroCall(macro, args):
                claims = _handed(kinds, macro, args, own)
            case _:
                continue
        for name, place in claims:
            if name in own:
                found.setdefault(name, {})[place] = None
    return {name: tuple(where) for name, where in found.items()}


def _function(value: c.CExpr) -> c.CExpr:
    """What a value is the address of, whatever it is converted to."""
    value = uncast(value)
    return value.arg if isinstance(value, c.Unary) and value.op == "&" else value


PutClaims = Iterator[tuple[str, str]]


def _initialised(kinds: CKinds, of: c.CType, init: c.CExpr) -> PutClaims:
    """Functions in an initialiser, by the struct and field that they go to."""
    if not isinstance(init, c.Initialiser):
        return
    base = kinds.plain(init.type or of).base
    for designator, value in init.items:
        inner = _function(value)
        if isinstance(inner, c.Id) and designator:
            yield inner.name, f"{base}.{designator}"
        elif isinstance(inner, c.Initialiser):
            nested = kinds.index.field(base, designator) if designator and designator[0] != "[" else of
            yield from _initialised(kinds, nested or of, inner)


def _in_body(kinds: CKinds, f: c.CFunction, own: set[str]) -> PutClaims:
    """Functions that a body stores into fields or hands to others."""
    scope = flat(kinds, f)
    for n in nodes(f.body):
        match n:
            case c.AssignExpr("=", c.Member(base, field), value):
                inner = _function(value)
                t = type_of(kinds, scope, base) if isinstance(inner, c.Id) and inner.name in own else None
                if t is not None and isinstance(inner, c.Id):
                    yield inner.name, f"{kinds.plain(t).base}.{field}"
            case c.Variable(type, _, init) if init is not None:
                yield from _initialised(kinds, type, init)
            case c.CallExpr(c.Id(name), args):
                yield from _handed(kinds, name, args, own)
            case _:
                pass


def _handed(kinds: CKinds, callee: str, args: tuple[c.CExpr | c.CType, ...], own: set[str]) -> PutClaims:
    """Own functions among the arguments of a call, by the parameter that each is for."""
    inner = [a if isinstance(a, c.CType) else _function(a) for a in args]
    if not any(isinstance(a, c.Id) and a.name in own for a in inner):
        return
    prototype, macro = kinds.index.signature(callee), kinds.index.macro(callee)
    names = (
        tuple(p.name for p in prototype.params)
        if prototype is not None
        else (macro.params or ())
        if macro is not None
        else ()
    )
    for name, arg in zip(names, inner, strict=False):
        if isinstance(arg, c.Id):
            yield arg.name, f"{callee}({name})"
