# SPDX-License-Identifier: GPL-2.0-only
"""The condition of an `#if` as one of build options."""

import re
from collections.abc import Callable

from refcheck.base.source import Span
from refcheck.syntax import code

_TOKEN = re.compile(
    r"\s*(&&|\|\||!|\(|\)|(IS_ENABLED|IS_BUILTIN|IS_MODULE|IS_REACHABLE|defined)\s*\(\s*(\w+)\s*\)|defined\s+(\w+)|[^&|!()]+)"
)
_SIGNS = {
    "<<": "shl", ">>": "shr", "<=": "le", ">=": "ge", "==": "eq", "!=": "ne", "&&": "and", "||": "or", "<": "lt", ">": "gt",
    "+": "plus", "-": "minus", "*": "times", "/": "by", "%": "mod", "&": "bits", "|": "or_bits", "^": "xor", "!": "not",
    "~": "inv", "?": "then", ":": "else", "(": "of", ")": "end", ",": "and_of", ".": "dot",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))


def condition(text: str, span: Span) -> code.Expr:
    """The condition; what is no option by form is one by its text, so that it has one value for the whole function."""
    tokens = [(m[1], m[2] or "", m[3] or m[4] or "") for m in _TOKEN.finditer(text)]
    found, rest = _any(tokens, span)
    return found if found is not None and not rest else named(text, span)


def named(text: str, span: Span) -> code.Config:
    """A build option, or what else an `#if` asks: two texts that may have different answers have two names."""
    said = _SIGN.sub(lambda m: f" {_SIGNS[m[0]]} ", text.strip())
    name = re.sub(r"\W+", "_", said).strip("_")
    return code.Config(name.removeprefix("CONFIG_") if name.startswith("CONFIG_") else f"option_{name}", span)


def option(how: str, text: str, span: Span) -> code.Expr:
    """What `how` asks of an option, which is off, built in, or a module: then another macro is defined, and not its own."""
    built, module = named(text, span), named(f"{text.strip()}_MODULE", span)
    match how:
        case "IS_ENABLED":
            return code.Logic("||", built, module, span)
        case "IS_MODULE":
            return module
        case "IS_REACHABLE":
            return code.Logic("||", built, code.Logic("&&", module, named("MODULE", span), span), span)
        case _:
            return built


Tokens = list[tuple[str, str, str]]
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
    (text, how, name), rest = tokens[0], tokens[1:]
    if text == "!":
        inner, rest = _one(rest, span)
        return (code.LogicalNot(inner, span) if inner is not None else None), rest
    if text == "(":
        inner, rest = _any(rest, span)
        return (inner, rest[1:]) if rest and rest[0][0] == ")" else (None, rest)
    if text in ("&&", "||", ")"):
        return None, tokens
    return option(how, name, span) if how else named(name or text, span), rest
