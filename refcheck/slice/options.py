# SPDX-License-Identifier: GPL-2.0-only
"""The condition of an `#if` as one of build options."""

import re
from collections.abc import Callable

from refcheck.base.source import Span
from refcheck.syntax import code

_TOKEN = re.compile(
    r"\s*(&&|\|\||!|\(|\)|(?:IS_ENABLED|IS_BUILTIN|IS_MODULE|IS_REACHABLE|defined)\s*\(\s*(\w+)\s*\)|defined\s+(\w+)|[^&|!()]+)"
)


def condition(text: str, span: Span) -> code.Expr:
    """The condition; what is no option by form is one by its text, so that it has one value for the whole function."""
    tokens = [(m[1], m[2] or m[3]) for m in _TOKEN.finditer(text)]
    found, rest = _any(tokens, span)
    return found if found is not None and not rest else named(text, span)


def named(text: str, span: Span) -> code.Config:
    """A build option."""
    name = re.sub(r"\W+", "_", text).strip("_").removeprefix("CONFIG_")
    return code.Config(name if name and not name[0].isdigit() else f"option_{name}", span)


Tokens = list[tuple[str, str | None]]
OptionPart = Callable[[Tokens], tuple[code.Expr | None, Tokens]]


def _any(tokens: Tokens, span: Span) -> tuple[code.Expr | None, Tokens]:
    return _chain(tokens, "||", lambda t: _chain(t, "&&", lambda u: _one(u, span), span), span)


def _chain(tokens: Tokens, op: str, part: OptionPart, span: Span) -> tuple[code.Expr | None, Tokens]:
    left, rest = part(tokens)
    while left is not None and rest and rest[0][0] == op:
        right, rest = part(rest[1:])
        left = code.Logic(op, left, right, span) if right is not None else None
    return left, rest


def _one(tokens: Tokens, span: Span) -> tuple[code.Expr | None, Tokens]:
    if not tokens:
        return None, []
    (text, name), rest = tokens[0], tokens[1:]
    if text == "!":
        inner, rest = _one(rest, span)
        return (code.LogicalNot(inner, span) if inner is not None else None), rest
    if text == "(":
        inner, rest = _any(rest, span)
        return (inner, rest[1:]) if rest and rest[0][0] == ")" else (None, rest)
    if text in ("&&", "||", ")"):
        return None, tokens
    return named(name or text, span), rest
