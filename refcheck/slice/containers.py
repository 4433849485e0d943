# SPDX-License-Identifier: GPL-2.0-only
"""Structs of which fields own: containers of the model, each lent for the call, with its fields as slots.

The memory of such a struct is not followed, what its fields own is.  A struct that comes from elsewhere has any fields; one
that was allocated here, or stands on the stack, has none, and loses what they own when it goes.
"""

from collections.abc import Mapping
from itertools import combinations

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.emit import unasked
from refcheck.slice.facts import uncast
from refcheck.slice.kinds import Container
from refcheck.slice.owning import Fields
from refcheck.slice.unlinked import Unlinks
from refcheck.syntax import ast, code, tables
from refcheck.unit.declare import BUILTINS, SCALARS, Declarations


def containers(decl: Declarations, owning: Mapping[str, Fields], span: Span) -> dict[str, Container]:
    """A resource for each struct, by its name."""
    taken = {*decl.resources, *decl.enums, *decl.constants, *SCALARS, *BUILTINS, *tables.WORDS}
    found: dict[str, Container] = {}
    for struct, fields in owning.items():
        name = struct.removeprefix("struct ")
        while name in taken:
            name += "_"
        taken.add(name)
        slots = tuple(ast.SlotDef(_free(f.name), f.resource, False, f.name, span) for f in fields)
        full = frozenset(_free(f.name) for f in fields if not f.nullable)
        found[name] = Container(ast.ResourceDef(name, slots, None, (), False, (struct,), span), full)
    return found


def variant(callee: str, kind: str) -> str:
    """What says what a callee does with a container on the stack."""
    return f"{callee}__{kind}"


def locals_of(decl: Declarations) -> dict[str, Container]:
    """The resources of specs that are followed on the stack only: those for which callees have a contract of their own."""
    return {
        r.name: Container(r, frozenset(), local=True)
        for r in decl.resources.values()
        if r.c_types and r.slots and any(name.endswith(variant("", r.name)) for name in decl.contracts)
    }


def _free(name: str) -> str:
    return f"{name}_" if name in tables.WORDS or name in BUILTINS or name in SCALARS else name


def any_slots(contract: ast.ContractDef, container: Container) -> ast.ContractDef:
    """The contract of a source of containers with each slot filled, or empty where it can be."""
    always = tuple(s for s in container.made.slots if s.name in container.full)
    maybe = tuple(s for s in container.made.slots if s.name not in container.full)
    out: list[ast.Outcome] = []
    for o in contract.outcomes:
        fresh = any(e.verb == "return" and isinstance(e.value, ast.Fresh) for e in o.effects)
        for n in range(len(maybe) + 1 if fresh else 1):
            for some in combinations(maybe, n):
                filled = (*always, *some) if fresh else ()
                name = "_".join((o.name, *(s.name for s in some)))
                out.append(o._replace(name=name, effects=(*o.effects, *(_filled(s, o.span) for s in filled))))
    return contract._replace(outcomes=tuple(out))


def _filled(slot: ast.SlotDef, span: Span) -> ast.Effect:
    place = ast.EffectPlace("result", False, slot.name, span)
    return ast.Effect("set", place, ast.Fresh("hold", (), span), "", None, span)


class Containers(Unlinks):
    """What the slices of a file do with its containers."""

    def is_container(self, kind: str) -> bool:
        """A type of the model that is a struct of which fields own."""
        return kind in self.kinds.containers

    def is_local(self, kind: str) -> bool:
        """A container that is followed on the stack only."""
        return self.is_container(kind) and self.kinds.containers[kind].local

    def is_resource(self, kind: str) -> bool:
        """A type of the model that is a resource."""
        return kind in self.kinds.bindings.types.values()

    def is_counted(self, kind: str) -> bool:
        """A type of the model of which references are counted."""
        return self.is_resource(kind) and not self.is_container(kind)

    def followed_in(self, kind: str, span: Span, name: str = "") -> None:
        """The slots of a container are rested on; `name` is the variable that it is reached by."""
        if self.is_local(kind):
            return
        names = self.by_name.setdefault(kind, set())
        names |= {name} if name else set()
        if len(names) > 1:
            struct = self.kinds.containers[kind].made.c_types[0]
            self.assume("slot", f"each pointer to a `{struct}` here is to another one", span)
        container = self.kinds.containers[kind].made
        self.followed |= {kind, *(s.target for s in container.slots)}
        for s in container.slots:
            owns = f"`{container.c_types[0]}.{s.c_field}` owns what it holds"
            self.assume("slot", f"{owns}, and nobody else changes it meanwhile", span)

    def emptied(self, at: code.Name, kind: str, span: Span, there: bool = False) -> None:
        """A container goes, if there is one: what its slots own is the function's, or lost; `there` says that it is."""
        self.followed_in(kind, span, at.name)
        clear = tuple(
            code.Assign(code.Field(at.name, s.name, span), code.Null(span), span.line, span)
            for s in self.kinds.containers[kind].made.slots
        )
        asked = code.If(at._replace(span=unasked(span)), code.Block(clear, span), None, span.line, span)
        for s in clear if there else (asked,):
            self.emit(s)

    def allocated(self, e: c.CExpr) -> bool:
        """An expression allocates memory, of which no field is in use yet."""
        e = uncast(e)
        return isinstance(e, c.CallExpr) and isinstance(e.callee, c.Id) and e.callee.name in words.ALLOCATES
