# SPDX-License-Identifier: GPL-2.0-only
"""Which function stands in which field: designated initialisers of variables at file scope."""

from collections.abc import Iterable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree


class Initialised(NamedTuple):
    """`.field = function` in a variable of type `struct`, named `variable`."""

    struct: str
    field: str
    function: str
    variable: str
    span: Span


def initialised(items: Iterable[tree.CItem]) -> Iterator[Initialised]:
    """Every name that an initialiser of these items gives to a field; of a nested struct the inner field is named."""
    for item in items:
        if isinstance(item, tree.CGlobal) and isinstance(item.variable.init, tree.Initialiser):
            yield from _inside(item.variable, item.variable.init)


def _inside(variable: tree.Variable, init: tree.Initialiser) -> Iterator[Initialised]:
    todo = [init]
    while todo:
        for field, value in todo.pop().items:
            match value:
                case tree.Initialiser():
                    todo.append(value)
                case tree.Id(name, at) | tree.Unary("&", tree.Id(name, at)) | tree.Cast(_, tree.Id(name, at)):
                    yield Initialised(variable.type.base, field.split(".")[-1], name, variable.name, at)
                case _:
                    pass
