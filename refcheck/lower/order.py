# SPDX-License-Identifier: GPL-2.0-only
"""Operands of one expression whose order matters: C leaves open in which order they are evaluated.

Two operands may stand beside each other where neither writes a variable that the other one reads or writes, and neither
changes objects, slots or contexts where the other one looks at them.  That is asked of their texts, whatever the paths.
"""

from collections.abc import Callable

from refcheck.base.named import NamedTuple
from refcheck.syntax import ast, code, pretty
from refcheck.unit.declare import Declarations
from refcheck.unit.nodes import nodes_of

_PLAIN = code.Name | code.Deref | code.AddressOf | code.Int | code.Errno | code.Null | code.Bool | code.Config

# The cell of a variable, or of what is behind an out-parameter (true); -1 for a name that is none.
FindCell = Callable[[str, bool], int]


class Touch(NamedTuple):
    """What evaluating an expression reads and writes.

    `assigns` has the variables that it writes itself, in the order that is left open; a call has written before its value
    is there.  `looks` and `changes` speak of objects, slots and contexts.
    """

    reads: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    assigns: frozenset[int] = frozenset()
    looks: bool = False
    changes: bool = False

    def also(self, other: "Touch") -> "Touch":
        """Both together."""
        return Touch(
            self.reads | other.reads, self.writes | other.writes, self.assigns | other.assigns,
            self.looks or other.looks, self.changes or other.changes,
        )  # fmt: skip


def conflict(decl: Declarations, cell: FindCell, operands: tuple[code.Expr, ...]) -> tuple[code.Expr, code.Expr, str] | None:
    """Two operands whose order matters, and why; None where there are none."""
    if all(isinstance(e, _PLAIN) for e in operands):
        return None
    touches = [touched(decl, cell, e) for e in operands]
    for j, second in enumerate(operands):
        for i, first in enumerate(operands[:j]):
            for one, other, a, b in ((i, j, first, second), (j, i, second, first)):
                if touches[one].writes & (touches[other].reads | touches[other].writes):
                    return first, second, f"`{pretty.expr(a)}` writes what `{pretty.expr(b)}` reads or writes"
                if touches[one].changes and (touches[other].looks or touches[other].changes):
                    return first, second, f"`{pretty.expr(a)}` changes what `{pretty.expr(b)}` may look at"
    return None


def touched(decl: Declarations, cell: FindCell, e: code.Expr) -> Touch:
    """What evaluating an expression reads and writes."""

    def all_of(*parts: code.Expr) -> Touch:
        found = Touch()
        for part in parts:
            found = found.also(touched(decl, cell, part))
        return found

    match e:
        case code.Name(name) | code.Deref(name) | code.Errno(name):
            return Touch(frozenset({cell(name, isinstance(e, code.Deref))} - {-1}))
        case code.AddressOf(name, field):
            return Touch(frozenset({cell(name, False)} - {-1})) if field is not None else Touch()
        case code.Field(base):
            return Touch(frozenset({cell(base, False)} - {-1}), looks=True)
        case code.Nondet(_, args):
            return all_of(*args).also(Touch(looks=bool(args)))
        case code.LogicalNot(arg) | code.Prefix(_, arg):
            return all_of(arg)
        case code.Arithmetic(_, left, right):
            return all_of(left, right)
        case code.Logic(_, left, right):
            return all_of(left, right)
        case code.Compare(_, left, right):
            return all_of(left, right).also(Touch(looks=True))  # equal pointers become one object
        case code.Ternary(cond, yes, no):
            return all_of(cond, yes, no)
        case code.Assigned(code.Field() as target, value):
            return all_of(target, value).also(Touch(looks=True, changes=True))
        case code.Assigned(target, value):
            to = touched(decl, cell, target).reads
            return all_of(value).also(Touch(writes=to, assigns=to))
        case code.Call(name, args):
            return _called(decl, cell, name, args, all_of)
        case _:
            return Touch()


def _called(
    decl: Declarations, cell: FindCell, name: str, args: tuple[code.Expr, ...], all_of: Callable[..., Touch]
) -> Touch:
    sig = _signature(decl, name)
    if sig is None:
        return all_of(*args).also(Touch(looks=name == "use"))
    pointers = {a for p, a in zip(sig.params, args, strict=False) if p.type.pointer}
    values = [a for a in args if a not in pointers]
    outs = [a for a in pointers if isinstance(a, code.AddressOf | code.Name)]
    cells = frozenset(cell(a.name, isinstance(a, code.Name)) for a in outs) - {-1}
    return all_of(*values).also(Touch(cells, cells, looks=True, changes=_changes(decl, name, set())))


def _signature(decl: Declarations, name: str) -> ast.Signature | None:
    found = decl.contracts.get(name) or decl.functions.get(name)
    return found.sig if found else None


def _changes(decl: Declarations, name: str, seen: set[str]) -> bool:
    """A call changes objects, slots or contexts; a new object is nothing that anybody else looks at."""
    if name in seen:
        return False
    seen.add(name)
    if name in decl.contracts:
        return any(_moves(e) for o in decl.contracts[name].outcomes for e in o.effects)
    if name not in decl.functions:
        return False
    nodes = nodes_of(decl, decl.functions[name])
    if any(isinstance(n, code.Guard) or _changes(decl, n.name, seen) for n in nodes[code.Call]):
        return True
    return any(isinstance(n.target, code.Field) for n in nodes[code.Assign])


def _moves(e: ast.Effect) -> bool:
    if e.verb in ("use", "sleep"):
        return False
    source = e.value.place if isinstance(e.value, ast.FromPlace) and e.value.how in ("take", "move") else None
    return e.verb not in ("set", "return") or any(p is not None and p.slot is not None for p in (e.place, source))
