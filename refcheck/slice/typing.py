# SPDX-License-Identifier: GPL-2.0-only
"""The C type of an expression, as far as declarations at hand tell it; None where they do not."""

from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.kinds import CKinds
from refcheck.slice.scope import CScope


def type_of(kinds: CKinds, scope: CScope, e: c.CExpr) -> c.CType | None:
    """The type of an expression."""
    match e:
        case c.Id(name):
            var = scope.lookup(name)
            return var.type if var is not None else None
        case c.Member(base, field, arrow):
            t = type_of(kinds, scope, base)
            if t is None:
                return None
            t = kinds.plain(t)
            return kinds.index.field(t.base, field) if t.stars + t.dims == int(arrow) else None
        case c.Unary("&", arg):
            t = type_of(kinds, scope, arg)
            return t._replace(stars=t.stars + 1) if t is not None and not t.dims else None
        case c.Unary("*", arg) | c.Subscript(arg):
            return _behind(kinds, type_of(kinds, scope, arg))
        case c.Cast(type):
            return type
        case c.CallExpr(c.Id(name), args):
            if name in words.PASS | words.SWAP | words.KEEPS and args and not isinstance(args[0], c.CType):
                t = type_of(kinds, scope, args[0])
                return _behind(kinds, t) if name in ("xchg", "smp_load_acquire") else t
            if name in words.CONTAINER and len(args) > 1 and isinstance(args[1], c.CType):
                return args[1]._replace(stars=args[1].stars + 1)
            found = kinds.index.signature(name)
            return found.result if found is not None else None
        case c.Conditional(_, yes, no):
            return (type_of(kinds, scope, yes) if yes is not None else None) or type_of(kinds, scope, no)
        case c.AssignExpr(_, target):
            return type_of(kinds, scope, target)
        case c.Comma(items):
            return type_of(kinds, scope, items[-1])
        case _:
            return None


def _behind(kinds: CKinds, t: c.CType | None) -> c.CType | None:
    if t is None:
        return None
    t = kinds.plain(t)
    if t.dims:
        return t._replace(dims=t.dims - 1)
    return t._replace(stars=t.stars - 1) if t.stars else None
