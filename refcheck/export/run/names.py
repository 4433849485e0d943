# SPDX-License-Identifier: GPL-2.0-only
"""Names and texts in the generated C."""

import re

from refcheck.base.errnos import ERRNO
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations

STATE = {"empty": 0, "noref": 1, "owned": 2}


def quoted(text: str) -> str:
    """A text as a C string literal; what is not plain ASCII is written as `?`."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return '"' + re.sub(r"[\\\"?]", lambda m: "\\" + m[0], plain) + '"'


def constant(d: Declarations, e: code.Expr) -> int:
    """The number of a constant expression, which the front end has checked to be one."""
    match e:
        case code.Int(value):
            return value
        case code.Errno(name):
            return -ERRNO[name]
        case code.Bool(value):
            return int(value)
        case code.Null():
            return 0
        case code.Name(name):
            return d.constants[name]
        case _:
            raise AssertionError(e)


def mask(numbers: list[int]) -> str:
    """A set of numbers below 64."""
    return f"{sum(1 << n for n in set(numbers)):#x}ull"


def signature(d: Declarations, name: str) -> ast.Signature:
    """The signature that callers of a function see: the contract's, where it has one."""
    return d.contracts[name].sig if name in d.contracts else d.functions[name].sig
