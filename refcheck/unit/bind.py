# SPDX-License-Identifier: GPL-2.0-only
"""What specs say of C: which types are resources, which fields are slots, what is put into fields and read from them.

A model takes no notice of it.  Whoever reads C looks here for what no source says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax import ast

_TYPE = re.compile(r"(struct |union )?[A-Za-z_]\w*")
_FIELD = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PLACE = re.compile(r"struct ([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)+)|([A-Za-z_]\w*)\(([A-Za-z_]\w*)\)")


class Bindings(NamedTuple):
    """What specs say of C.

    `types` has resources by C type (`struct rtable`); `slots` the name of a slot by resource and C field; `members` the
    embedded members by resource; `roles` and `reads` contracts by place (`struct S.field`, `callee(argument)`); `aliases`
    the parameter that a contract returns as it is, on every outcome and with no other effect, by the contract's name.
    """

    types: Mapping[str, str]
    slots: Mapping[tuple[str, str], str]
    members: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, ast.ContractDef]
    reads: Mapping[str, ast.ContractDef]
    aliases: Mapping[str, str]


def bindings(
    resources: Mapping[str, ast.ResourceDef], roles: Sequence[ast.RoleDef], contracts: Mapping[str, ast.ContractDef]
) -> Bindings:
    """The bindings of a unit whose declarations are in order."""
    return Bindings(
        {t: r.name for r in resources.values() for t in r.c_types},
        {(r.name, s.c_field): s.name for r in resources.values() for s in r.slots},
        {r.name: r.embeds for r in resources.values() if r.embeds},
        {p: role.contract for role in roles if role.kind == "role" for p in role.places},
        {p: role.contract for role in roles if role.kind == "read" for p in role.places},
        {name: alias for name, c in contracts.items() if (alias := alias_of(c))},
    )


def alias_of(contract: ast.ContractDef) -> str:
    """The parameter that every outcome returns as it is while it does nothing else; empty where there is none."""
    names = {_returned(o) for o in contract.outcomes}
    name = names.pop() if len(names) == 1 else ""
    return name if any(p.name == name for p in contract.sig.params) else ""


def _returned(o: ast.Outcome) -> str:
    match o.effects:
        case (ast.Effect("return", _, ast.FromPlace("alias", ast.EffectPlace(name, False, None))),):
            return name
        case _:
            return ""


def check_bindings(resources: Mapping[str, ast.ResourceDef], roles: Sequence[ast.RoleDef]) -> list[Diagnostic]:
    """Everything that is wrong with what a unit says of C."""
    return [
        *_written(resources), *_once("C type", _types(resources)), *_twice(resources), *_once("C field", _fields(resources)),
        *_once("role", _places(roles, "role")), *_once("read", _places(roles, "read")), *_roles(roles),
    ]  # fmt: skip


Claims = Iterator[tuple[str, str, Span]]


def _types(resources: Mapping[str, ast.ResourceDef]) -> Claims:
    for r in resources.values():
        yield from ((t, r.name, r.span) for t in r.c_types)


def _fields(resources: Mapping[str, ast.ResourceDef]) -> Claims:
    for r in resources.values():
        once = [s for i, s in enumerate(r.slots) if s.name not in [t.name for t in r.slots[:i]]]
        yield from ((f"{r.name}.{s.c_field}", s.name, s.span) for s in once)


def _twice(resources: Mapping[str, ast.ResourceDef]) -> Iterator[Diagnostic]:
    """Slots of one resource with one name."""
    for r in resources.values():
        first: dict[str, Span] = {}
        for s in r.slots:
            if s.name in first:
                text = f"`{r.name}` has two slots `{s.name}`, the first at {first[s.name]}"
                yield error("duplicate-name", text, s.span, "leave one out, or rename it")
            first.setdefault(s.name, s.span)


def _places(roles: Sequence[ast.RoleDef], kind: str) -> Claims:
    for role in roles:
        if role.kind == kind:
            yield from ((p, role.contract.sig.name, role.span) for p in role.places)


def _once(kind: str, claims: Claims) -> Iterator[Diagnostic]:
    """What two of the claims are about."""
    first: dict[str, tuple[str, Span]] = {}
    for what, name, span in claims:
        if what in first:
            other, where = first[what]
            text = f"{kind} `{what}` is bound twice, first to `{other}` at {where}"
            yield error("duplicate-name", text, span, "bind it in one place")
        first.setdefault(what, (name, span))


def _written(resources: Mapping[str, ast.ResourceDef]) -> Iterator[Diagnostic]:
    said: list[tuple[re.Pattern[str], str, Span, str, str]] = []
    for r in resources.values():
        said += [(_TYPE, t, r.span, "C type", "write `struct NAME`, without stars") for t in r.c_types]
        said += [(_FIELD, s.c_field, s.span, "C field", "write `NAME` or `NAME.NAME`") for s in r.slots]
    for pattern, text, span, what, help_text in said:
        if not pattern.fullmatch(text):
            yield error("bad-contract", f"`{text}` is no {what}", span, help_text)


def _roles(roles: Sequence[ast.RoleDef]) -> Iterator[Diagnostic]:
    for role in roles:
        for place in role.places:
            found = _PLACE.fullmatch(place)
            if found is None or (role.kind == "read" and found[1] is None):
                wanted = "`struct S.field`" + (" or `callee(argument)`" if role.kind == "role" else "")
                yield error("bad-contract", f"`{place}` is no place in C", role.span, f"write {wanted}")
        if role.kind == "read" and len(role.contract.sig.params) != 1:
            help_text = "a read has one parameter, the object whose field it is"
            yield error("bad-contract", "what is read from a field depends on its object only", role.span, help_text)


