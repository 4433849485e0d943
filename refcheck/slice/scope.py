# SPDX-License-Identifier: GPL-2.0-only
"""The variables of a C function, each with a name of its own in the model."""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import CKinds, Kind
from refcheck.syntax import code, tables
from refcheck.unit.declare import BUILTINS

_TAKEN = frozenset(tables.WORDS) | BUILTINS | {"result", "use", "int", "bool", "void", "NULL", "true", "false"}


class Var(NamedTuple):
    """A variable: its name in the model, its C type, what it is; `escapes` where its address is kept somewhere."""

    name: str
    type: c.CType
    kind: Kind
    param: bool = False
    escapes: bool = False


class CScope:
    """Names by block, innermost last; `used` has every name of the model's function."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Var]] = [{}]
        self.used: set[str] = set()
        self.temps = 0

    def enter(self) -> None:
        """A block begins."""
        self.blocks.append({})

    def leave(self) -> None:
        """The innermost block ends."""
        self.blocks.pop()

    def declare(
        self, name: str, kind: Kind, of: c.CType, param: bool = False, escapes: bool = False, model: str = ""
    ) -> Var:
        """A variable of the innermost block, called `model` in the model."""
        var = Var(model or self.fresh(name), of, kind, param, escapes)
        self.blocks[-1][name] = var
        return var

    def fresh(self, name: str) -> str:
        """A name that no other variable of the function has."""
        base = f"{name}_" if name in _TAKEN else name
        found, n = base, 1
        while found in self.used:
            n += 1
            found = f"{base}_{n}"
        self.used.add(found)
        return found

    def all(self) -> Iterator[tuple[str, Var]]:
        """Every variable that can be seen here, by its name in C."""
        for block in reversed(self.blocks):
            yield from block.items()

    def lookup(self, name: str) -> Var | None:
        """The variable that a name means here."""
        return next((b[name] for b in reversed(self.blocks) if name in b), None)


def flat(kinds: CKinds, f: c.CFunction) -> CScope:
    """The parameters and all variables of a function whose names are apart, in one block."""
    scope = CScope()
    for p in f.params:
        scope.declare(p.name, kinds.of(p.type), p.type, param=True)
    for n in nodes(f.body):
        if isinstance(n, c.Variable):
            scope.declare(n.name, kinds.of(n.type), n.type)
    return scope


def var_type(var: Var) -> code.Type:
    """The type of a variable in the model."""
    return code.Type(var.kind.name, var.kind.how == "out", var.type.span)
