# SPDX-License-Identifier: GPL-2.0-only
"""The C type of an expression, as far as declarations at hand tell it; None where they do not."""

from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.facts import of_field
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
        case c.Unary("~" | "-", arg):
            of = _operand(kinds, scope, arg)
            return _calculated(kinds, "-", of, of)
        case c.Binary(op, left, right) if op in words.BITWISE | words.SUMS:
            return _calculated(kinds, op, *(_operand(kinds, scope, x) for x in (left, right)))
        case c.Comma(items):
            return type_of(kinds, scope, items[-1])
        case _:
            return None


def struct_of(kinds: CKinds, scope: CScope, e: c.Member) -> str:
    """The struct that a member is in; empty where that is not known."""
    of = type_of(kinds, scope, e.base)
    return kinds.plain(of).base if of is not None else ""


def label_of(kinds: CKinds, scope: CScope, e: c.Member) -> str:
    """How facts name the source that a field is."""
    return of_field(struct_of(kinds, scope, e), e.field)


def _operand(kinds: CKinds, scope: CScope, e: c.CExpr) -> c.CType | None:
    """The type of an operand; a constant has one that cannot be negative where it is not."""
    value = e.value if isinstance(e, c.Number) else kinds.index.constant(e.name) if isinstance(e, c.Id) else None
    if value is not None and scope.lookup(e.name if isinstance(e, c.Id) else "") is None:
        base = "u16" if 0 <= value < 1 << 16 else "int" if -(1 << 31) <= value < 1 << 31 else ""
        return c.CType(base, 0, 0, False, e.span) if base else None
    return type_of(kinds, scope, e)


def _calculated(kinds: CKinds, op: str, one: c.CType | None, other: c.CType | None) -> c.CType | None:
    """The type of a calculation: int, or of bits the unsigned type that either side has; None where it is another one."""
    if one is None or other is None or one.stars or other.stars:
        return None
    small = [kinds.numbers(t) for t in (one, other)]
    fits = [n is not None and n[0] >= -(1 << 31) and n[1] < 1 << 31 for n in small]
    if all(fits):
        return c.CType("int", 0, 0, False, one.span)
    wide = [t for t, n, fit in zip((one, other), small, fits, strict=True) if not fit and n is not None and n[0] == 0]
    alike = len({kinds.plain(t).base for t in wide}) == 1 and len(wide) + sum(fits) == 2
    positive = op == "&" or all(n is not None and n[0] == 0 for n in small)
    return wide[0] if op in words.BITWISE and alike and positive else None


def _behind(kinds: CKinds, t: c.CType | None) -> c.CType | None:
    if t is None:
        return None
    t = kinds.plain(t)
    if t.dims:
        return t._replace(dims=t.dims - 1)
    return t._replace(stars=t.stars - 1) if t.stars else None
