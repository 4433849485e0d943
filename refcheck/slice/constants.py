# SPDX-License-Identifier: GPL-2.0-only
"""Numbers that are known: as models have them, and calculated with."""

from refcheck.base.source import Span
from refcheck.graph.cfg import LEAST, MOST
from refcheck.slice.emit import UNKNOWN, Val
from refcheck.syntax import code

_INT_BITS = 32


def number(value: int, span: Span) -> Val:
    """A constant, where models have such a number."""
    return Val(code.Int(value, span), "int") if LEAST < value < MOST else UNKNOWN


def folded(op: str, a: int, b: int, span: Span) -> Val:
    """A calculation with constants, where it fits into an int."""
    match op:
        case "+":
            return number(a + b, span)
        case "-":
            return number(a - b, span)
        case "*":
            return number(a * b, span)
        case "&":
            return number(a & b, span)
        case "|":
            return number(a | b, span)
        case "^":
            return number(a ^ b, span)
        case "<<" if 0 <= b < _INT_BITS:
            return number(a << b, span)
        case ">>" if 0 <= b < _INT_BITS:
            return number(a >> b, span)
        case _:
            return UNKNOWN
