# SPDX-License-Identifier: GPL-2.0-only
"""Numbers that are known: as models have them, and calculated with; names that stand for one that is not known."""

import re

from refcheck.base.source import Span
from refcheck.graph.cfg import LEAST, MOST
from refcheck.slice.emit import UNKNOWN, Val
from refcheck.slice.kinds import TreeIndex
from refcheck.syntax import code

_INT_BITS = 32
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_TYPES = frozenset({
    "int", "long", "short", "char", "unsigned", "signed", "sizeof", "struct", "enum", "__force", "u8", "u16", "u32", "u64",
    "__u8", "__u16", "__u32", "__u64",
})  # fmt: skip


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


def is_constant(tree: TreeIndex, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """A name that is none of a variable has one value: an enumerator, or a macro that is made of constants only."""
    if tree.constant(name) is not None or name.startswith("CONFIG_"):
        return True
    found = tree.macros(name)
    if not found or any(m.params is not None for m in found) or name in seen:
        return False
    words = (word for m in found for word in _WORD.findall(m.text))
    return all(word in _TYPES or is_constant(tree, word, seen | {name}) for word in words)
