# SPDX-License-Identifier: GPL-2.0-only
"""Where a body can be jumped to, and what is open there: asked once, before the body is lowered."""

from refcheck.base.named import NamedTuple
from refcheck.lower.builder import Builder
from refcheck.syntax import ast

Chain = tuple[ast.Block | ast.Switch | ast.Guard, ...]


class Mark(NamedTuple):
    """A label or case: its location, and the blocks and guards around it, outermost first."""

    node: ast.Labelled | ast.Case
    where: int
    chain: Chain


class Marks(NamedTuple):
    """Of one body: labels by name, the cases of each switch, all of them, and declarations that jumps can pass by.

    Nodes are known by their identity.
    """

    labels: dict[str, Mark]
    cases: dict[int, list[Mark]]
    places: dict[int, int]
    passed: set[int]


def marks(body: ast.Block, b: Builder) -> Marks:
    """The marks of a body; InputError where a label stands twice or a case outside a switch."""
    found = Marks({}, {}, {}, set())
    _visit(body, (), None, found, b)
    return found


def _visit(s: ast.Stmt | None, chain: Chain, switch: ast.Switch | None, found: Marks, b: Builder) -> bool:
    """Note the marks at and below a statement; whether there are any."""
    match s:
        case ast.Labelled(label, _, span):
            if label in found.labels:
                text = f"label `{label}` is set twice"
                raise b.fail("duplicate-name", text, span, f"first at {found.labels[label].node.span}")
            found.places[id(s)] = b.location()
            found.labels[label] = Mark(s, found.places[id(s)], chain)
            return True
        case ast.Case(_, span):
            if switch is None:
                raise b.fail("bad-jump", "a `case` stands outside a switch", span)
            found.places[id(s)] = b.location()
            found.cases[id(switch)].append(Mark(s, found.places[id(s)], chain))
            return True
        case ast.Block():
            return _inside(s, chain, switch, found, b)
        case ast.Switch():
            found.cases[id(s)] = []
            return _inside(s, chain, s, found, b)
        case ast.If(_, then, orelse):
            first = _visit(then, chain, switch, found, b)
            return _visit(orelse, chain, switch, found, b) or first
        case ast.While(_, body) | ast.For(_, _, _, body) | ast.DoWhile(body):
            return _visit(body, chain, switch, found, b)
        case ast.Guard(_, body) if body is not None:
            return _visit(body, (*chain, s), switch, found, b)
        case _:
            return False


def _inside(s: ast.Block | ast.Switch, chain: Chain, switch: ast.Switch | None, found: Marks, b: Builder) -> bool:
    chain, some = (*chain, s), False
    declared: list[int] = []
    for x in s.body:
        if _visit(x, chain, switch, found, b):
            found.passed.update(declared)
            some = True
        if isinstance(x, ast.Guard) and x.body is None:
            chain = (*chain, x)
        if isinstance(x, ast.Declare):
            declared.append(id(x))
    return some
