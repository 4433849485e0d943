# SPDX-License-Identifier: GPL-2.0-only
"""Containers that a function reaches by an expression: `&x->flow`, or more than once by `x->peer`.

Each is one object, drawn anew where something that the expression is made of is assigned.
"""

from collections import Counter
from collections.abc import Mapping

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import CKinds
from refcheck.slice.owning import taken_as
from refcheck.slice.scope import CScope, flat
from refcheck.slice.typing import label_of, type_of


class ContainerPath(NamedTuple):
    """An expression for a container: of which kind, how facts name it, the variables and fields that it is made of."""

    kind: str
    label: str
    roots: frozenset[str]
    fields: frozenset[str]


def written(e: c.CExpr, passing: frozenset[str]) -> str:
    """An expression as a text that is the same for the same place; empty where it is no path."""
    e = taken_as(e, passing)
    match e:
        case c.Id(name):
            return name
        case c.Number(value):
            return str(value)
        case c.Member(base, field, arrow):
            inner = written(base, passing)
            return f"{inner}{'->' if arrow else '.'}{field}" if inner else ""
        case c.Subscript(base, at):
            inner, index = written(base, passing), written(at, passing)
            return f"{inner}[{index}]" if inner and index else ""
        case c.Unary("&" | "*" as op, arg):
            inner = written(arg, passing)
            return f"{op}({inner})" if inner else ""
        case _:
            return ""


def paths(kinds: CKinds, f: c.CFunction, passing: frozenset[str]) -> Mapping[str, ContainerPath]:
    """The containers that a function names by such an expression at least twice, by its text."""
    if not kinds.owning:
        return {}
    scope, count, found = flat(kinds, f), Counter[str](), dict[str, ContainerPath]()
    for n in nodes(f.body):
        if isinstance(n, c.Member | c.Subscript) and (kind := container_of(kinds, scope, n)):
            text = written(n, passing)
            inner = [x for x in nodes(n) if isinstance(x, c.Id) and scope.lookup(x.name) is not None]
            fields = frozenset(x.field for x in nodes(n) if isinstance(x, c.Member))
            if text:
                label = f"value:&{text}"
                if isinstance(n, c.Member) and kinds.embedded(type_of(kinds, scope, n)) is None:
                    label = label_of(kinds, scope, n)
                found[text] = ContainerPath(kind, label, frozenset(x.name for x in inner), fields)
                count[text] += 1
    return {text: path for text, path in found.items() if count[text] > 1 or path.label.startswith("value:")}


def container_of(kinds: CKinds, scope: CScope, e: c.CExpr) -> str:
    """The container that an expression is, or points to; empty where it does not."""
    of = type_of(kinds, scope, e)
    name = kinds.embedded(of) or (kinds.of(of).name if kinds.of(of).how == "resource" else "")
    return name if name in kinds.containers and not kinds.containers[name].local else ""
