# SPDX-License-Identifier: GPL-2.0-only
"""Which C types are what in a model: pointers to resources, out-parameters of them, scalars, and all else."""

from collections.abc import Mapping
from typing import Protocol

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.syntax import ast
from refcheck.unit.bind import Bindings

_MOST_TYPEDEFS = 20


class TreeIndex(Protocol):
    """What the slicer asks of the index of a tree."""

    def signature(self, name: str) -> c.CFunction | None:
        """The prototype or definition of a function."""

    def field(self, struct: str, name: str) -> c.CType | None:
        """The type of a field of `struct S` or `union U`."""

    def overlaid(self, struct: str, name: str) -> bool:
        """Whether a field shares its memory with others."""

    def constant(self, name: str) -> int | None:
        """The value of a macro or enumerator that has one."""

    def typedef(self, name: str) -> c.CType | None:
        """What a typedef stands for."""

    def defines(self, name: str) -> bool:
        """The file itself has a macro of this name."""

    def macro(self, name: str) -> c.CMacro | None:
        """The definition of a macro."""

    def macros(self, name: str) -> tuple[c.CMacro, ...]:
        """All definitions of a macro that differ."""

    def defined(self, macro: str, name: str) -> c.CMacroCall | None:
        """The call at file scope that defines something: `DEFINE_FREE(name, type, free)`."""

    def body(self, name: str) -> c.CFunction | None:
        """The definition of a function, wherever it stands in the tree."""

    def own(self, name: str) -> tuple[c.CFunction, ...]:
        """Every definition of a function in the file."""

    def bodies(self, name: str) -> tuple[c.CFunction, ...]:
        """All definitions of a function, where it has one for each choice of an `#if`."""


class Container(NamedTuple):
    """A struct of which fields own: a resource of the model, and those of its slots that are never empty in use.

    A `local` one is of a spec, and followed where it stands on the stack and nobody else sees it.
    """

    made: ast.ResourceDef
    full: frozenset[str]
    local: bool = False


class Kind(NamedTuple):
    """What a C type is in a model.

    `how` is `resource` (a pointer to one), `out` (a pointer to such a pointer), `scalar`, `pointer` (to anything else: NULL,
    an error or some positive number), or `other` (structs, arrays).  `name` is the resource, or the type of the scalar.
    """

    how: str
    name: str

    @property
    def tracked(self) -> bool:
        """A variable of this kind is a variable of the model."""
        return self.how != "other"


OTHER = Kind("other", "")


class CKinds:
    """Types of a tree, as the bindings of the specs have them."""

    def __init__(self, index: TreeIndex, bindings: Bindings, containers: Mapping[str, Container] = {}) -> None:
        self.index = index
        self.bindings = bindings
        self.containers = containers  # those of the file: structs of which fields own
        # The names of these fields.
        self.owning = frozenset(s.c_field for k in containers.values() if not k.local for s in k.made.slots)
        self._typedefs: dict[str, c.CType | None] = {}

    def _typedef(self, base: str) -> c.CType | None:
        """What a name stands for that the specs do not speak of; each is asked for once."""
        if base not in self._typedefs:
            stands = base not in self.bindings.types and " " not in base
            self._typedefs[base] = self.index.typedef(base) if stands else None
        return self._typedefs[base]

    def plain(self, t: c.CType) -> c.CType:
        """The type with typedefs replaced, as far as they are known."""
        for _ in range(_MOST_TYPEDEFS):
            known = self._typedef(t.base)
            if known is None:
                return t
            t = t._replace(
                base=known.base, stars=t.stars + known.stars, dims=t.dims + known.dims, function=t.function or known.function
            )
        return t

    def of(self, t: c.CType | None) -> Kind:
        """What a variable, parameter, field or result of a type is."""
        if t is None:
            return OTHER
        t = self.plain(t)
        resource = self.bindings.types.get(t.base)
        if t.dims or t.function:
            return OTHER if t.dims else Kind("pointer", "int")
        if resource is not None:
            out = Kind("out", resource) if resource not in self.containers else Kind("pointer", "int")
            if t.stars == 1 and resource in self.containers and self.containers[resource].local:
                return out
            return Kind("resource", resource) if t.stars == 1 else out if t.stars == 2 else OTHER
        if t.stars:
            return Kind("pointer", "int")
        if t.base == "void" or t.base.startswith(("struct ", "union ")):
            return OTHER
        return Kind("scalar", "bool" if t.base in ("bool", "_Bool") else "int")

    def embedded(self, t: c.CType | None) -> str | None:
        """The resource that a struct of this type, not a pointer to it, is; None where it is none."""
        if t is None:
            return None
        t = self.plain(t)
        return None if t.stars or t.dims else self.bindings.types.get(t.base)

    def signed(self, t: c.CType | None) -> bool:
        """Whether a scalar of the type can be negative."""
        if t is None:
            return False
        t = self.plain(t)
        return t.stars > 0 or words.signed(t.base) or t.base.startswith("enum ")

    def numbers(self, t: c.CType | None) -> tuple[int, int] | None:
        """The least and the greatest value of a scalar type; None where it is not known."""
        if t is None:
            return None
        t = self.plain(t)
        if t.stars or t.dims:
            return None
        if t.base in ("bool", "_Bool"):
            return 0, 1
        bits = 32 if t.base.startswith("enum ") else words.WIDTHS.get(t.base)
        if bits is None:
            return None
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed(t) else (0, (1 << bits) - 1)

    def pointee(self, t: c.CType | None) -> str | None:
        """The struct or union that a pointer points to."""
        if t is None:
            return None
        t = self.plain(t)
        return t.base if t.stars == 1 and not t.dims and t.base.startswith(("struct ", "union ")) else None
