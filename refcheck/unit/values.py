# SPDX-License-Identifier: GPL-2.0-only
"""What a contract gives a result or an out-parameter: a value of its type, as C would take it without a conversion."""

from collections.abc import Mapping

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.errnos import ERRNO
from refcheck.base.source import Span
from refcheck.syntax import ast, code


def number(constants: Mapping[str, int], e: code.Expr | None) -> int | None:
    """The value of a constant (of nothing: 0); None where it is none."""
    match e:
        case None | code.Null():
            return 0
        case code.Int(value):
            return value
        case code.Bool(value):
            return int(value)
        case code.Errno(name):
            return -ERRNO[name] if name in ERRNO else None
        case code.Name(name):
            return constants.get(name)
        case _:
            return None


def check_values(
    resources: Mapping[str, ast.ResourceDef], enums: Mapping[str, ast.EnumDef], constants: Mapping[str, int],
    contract: ast.ContractDef,
) -> list[Diagnostic]:  # fmt: skip
    """Every value of a contract that is none of the type of what it is given to."""
    kinds = {p.name: p.type.name for p in contract.sig.params}
    found: list[Diagnostic] = []
    for e in (e for o in contract.outcomes for e in o.effects):
        if e.value is None or (e.place is not None and (e.place.slot is not None or e.place.name not in kinds)):
            continue
        kind = contract.sig.result.name if e.place is None else kinds[e.place.name]
        have = _type_of(resources, kinds, e.value)
        if have is not None and have != kind and not (have == "pointer" and kind in resources):
            found.append(_wrong(f"this is a `{have}`, and `{kind}` is wanted", e.value.span, kind))
        elif kind == "bool" or kind in enums:
            domain = [0, 1] if kind == "bool" else [constants[m] for m in enums[kind].members]
            none = [n for n in _numbers(constants, e.value) if n not in domain]
            found += [_wrong(f"no `{kind}` has the value {n}", e.value.span, kind) for n in none]
    return found


def _type_of(
    resources: Mapping[str, ast.ResourceDef], kinds: Mapping[str, str], value: ast.Value
) -> str | None:
    """The one type that a value has, `pointer` for any; None for numbers, and for what is refused elsewhere."""
    match value:
        case code.Bool():
            return "bool"
        case code.Null() | ast.ErrPtr():
            return "pointer"
        case ast.FromPlace(_, place) if place.slot:
            slots = resources[kinds[place.name]].slots if kinds.get(place.name) in resources else ()
            return next((s.target for s in slots if s.name == place.slot), None)
        case ast.FromPlace(_, place):
            return kinds.get(place.name)
        case _:
            return None


def _numbers(constants: Mapping[str, int], value: ast.Value) -> list[int]:
    """The numbers that a value lists."""
    if isinstance(value, ast.Values) and value.relation == "in":
        return [n for c in value.constants if (n := number(constants, c)) is not None]
    if isinstance(value, ast.FromPlace) and value.place.slot is None and value.place.name in constants:
        return [constants[value.place.name]]
    return []


def _wrong(text: str, span: Span, kind: str) -> Diagnostic:
    return error("wrong-kind", text, span, "true or false" if kind == "bool" else f"a value of type `{kind}`")
