# SPDX-License-Identifier: GPL-2.0-only
"""Integer constant expressions: their value, or None where it depends on more than numbers and other constants."""

import re
from collections.abc import Callable

from refcheck.c import tree

Lookup = Callable[[str], int | None]
Expand = Callable[[str], tuple[tuple[str, ...], tree.CExpr] | None]

MAX_DEPTH = 40
MOST_BITS = 64
_INT = (1 << 31) - 1
_UNSIGNED = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|\d+)[lL]*[uU]")
_BINARY: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "&": lambda a, b: a & b,
    "|": lambda a, b: a | b, "^": lambda a, b: a ^ b, "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b), "<=": lambda a, b: int(a <= b), ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b), "&&": lambda a, b: int(bool(a) and bool(b)), "||": lambda a, b: int(bool(a) or bool(b)),
}  # fmt: skip
_BITS = {"BIT": 1, "BIT_ULL": 1, "_BITUL": 1, "_BITULL": 1, "BIT_MASK": 0}
_WIDTHS = {
    "u8": 8, "__u8": 8, "u16": 16, "__u16": 16, "u32": 32, "__u32": 32, "unsigned int": 32, "unsigned": 32, "u64": 64,
    "__u64": 64, "unsigned long": 64, "unsigned long long": 64, "unsigned char": 8, "unsigned short": 16,
}  # fmt: skip
_SIGNED = {"int", "long", "long long", "s32", "__s32", "s64", "__s64", "gfp_t"}


def mixes(text: str) -> bool:
    """A text has an unsigned number and an operator by which it matters that it is: its value is not worked out here."""
    return bool(_UNSIGNED.search(text)) and ("~" in text or "-" in text)


def evaluate(expr: tree.CExpr, known: Lookup, expand: Expand, depth: int = 0) -> int | None:
    """The value of an expression: names by `known`, function-like macros by `expand`; None where it is not constant."""
    if depth > MAX_DEPTH:
        return None

    def inner(e: tree.CExpr) -> int | None:
        return evaluate(e, known, expand, depth + 1)

    match expr:
        case tree.Number(number, _):
            return number
        case tree.Id(name, _):
            return known(name)
        case tree.Unary(op, arg, _):
            value = inner(arg)
            if value is None or (op in "-~" and value > _INT):
                return None
            return {"-": -value, "+": value, "~": ~value, "!": int(not value)}.get(op)
        case tree.Binary(op, left, right, _):
            return _binary(op, inner(left), inner(right))
        case tree.Conditional(cond, yes, no, _):
            chosen = inner(cond)
            if chosen is None:
                return None
            return inner(no) if not chosen else chosen if yes is None else inner(yes)
        case tree.Cast(of, arg, _):
            value = inner(arg)
            if value is None or of.stars or of.dims:
                return None
            if of.base in _WIDTHS:
                return value & ((1 << _WIDTHS[of.base]) - 1)
            return value if of.base in _SIGNED and -_INT <= value <= _INT else None
        case tree.CallExpr(tree.Id(name, _), args, _):
            return _call(name, args, inner, expand, known, depth)
        case _:
            return None


def _binary(op: str, a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return None
    if op in _BINARY:
        value = _BINARY[op](a, b)
    elif op in ("<<", ">>") and 0 <= b < MOST_BITS and a >= 0:
        value = a << b if op == "<<" else a >> b
        if op == "<<" and value > _INT:
            return None  # whether the number before the shift is a long one is not known here
    elif op in ("/", "%") and b > 0 and a >= 0:
        value = a // b if op == "/" else a % b
    else:
        return None
    return value if -(1 << (MOST_BITS - 1)) <= value < 1 << MOST_BITS else None


def _call(
    name: str, args: tuple[tree.CExpr | tree.CType, ...], inner: Callable[[tree.CExpr], int | None], expand: Expand,
    known: Lookup, depth: int,
) -> int | None:  # fmt: skip
    """A macro with arguments."""
    values = [inner(a) if not isinstance(a, tree.CType) else None for a in args]
    if name in _BITS and len(values) == 1:
        bit = values[0]
        return 1 << bit if bit is not None and 0 <= bit < MOST_BITS and _BITS[name] else None
    if name in ("GENMASK", "GENMASK_ULL") and len(values) == 2:
        high, low = values
        return _mask(high, low) if high is not None and low is not None else None
    made = expand(name)
    if made is None or len(made[0]) != len(args):
        return None
    given = dict(zip(made[0], values, strict=True))
    return evaluate(made[1], lambda n: given[n] if n in given else known(n), expand, depth + 1)


def _mask(high: int, low: int) -> int | None:
    return (1 << (high + 1)) - (1 << low) if 0 <= low <= high < MOST_BITS else None
