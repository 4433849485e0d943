# SPDX-License-Identifier: GPL-2.0-only
"""Where a body can be jumped to, and what is open there: asked once, before the body is lowered."""

from refcheck.base.diagnostics import slip
from refcheck.base.named import NamedTuple
from refcheck.lower.builder import Builder
from refcheck.syntax import code
from refcheck.unit.nodes import nodes_by_class

Enclosing = tuple[code.Block | code.Switch | code.Guard, ...]


class LabelMark(NamedTuple):
    """A label or case: its location, and the blocks and guards around it, outermost first."""

    node: code.Labelled | code.Case
    where: int
    chain: Enclosing


class LabelMarks(NamedTuple):
    """Of one body: labels by name, the cases of each switch, all of them, and declarations that jumps can pass by.

    Nodes are known by their identity.
    """

    labels: dict[str, LabelMark]
    cases: dict[int, list[LabelMark]]
    places: dict[int, int]
    passed: set[int]


def marks(body: code.Block, b: Builder) -> LabelMarks:
    """The marks of a body; InputError where a label stands twice, is no `default`, or a case is outside a switch."""
    found = LabelMarks({}, {}, {}, set())
    _visit(body, (), None, found, b)
    for label, mark in found.labels.items():
        near = bool(mark.chain) and type(mark.chain[-1]) is code.Switch and slip(label, ["default"])
        if near and all(jump.label != label for jump in nodes_by_class(body)[code.Goto]):
            text = f"`{label}:` is a label to which nothing jumps, and no case of this `switch`"
            raise b.fail("bad-jump", text, mark.node.span, "did you mean `default:`?")
    return found


def _visit(s: code.Stmt | None, chain: Enclosing, switch: code.Switch | None, found: LabelMarks, b: Builder) -> bool:
    """Note the marks at and below a statement; whether there are any."""
    match s:
        case code.Labelled(label, _, span):
            if label in found.labels:
                text = f"label `{label}` is set twice"
                raise b.fail("duplicate-name", text, span, f"rename one; the first is at {found.labels[label].node.span}")
            found.places[id(s)] = b.location()
            found.labels[label] = LabelMark(s, found.places[id(s)], chain)
            return True
        case code.Case(_, span):
            if switch is None:
                text = "a `case` stands outside a switch"
                raise b.fail("bad-jump", text, span, "put it between the braces of `switch (...) { ... }`")
            found.places[id(s)] = b.location()
            found.cases[id(switch)].append(LabelMark(s, found.places[id(s)], chain))
            return True
        case code.Block():
            return _inside(s, chain, switch, found, b)
        case code.Switch():
            found.cases[id(s)] = []
            return _inside(s, chain, s, found, b)
        case code.If(_, then, orelse):
            first = _visit(then, chain, switch, found, b)
            return _visit(orelse, chain, switch, found, b) or first
        case code.While(_, body) | code.For(_, _, _, body) | code.DoWhile(body):
            return _visit(body, chain, switch, found, b)
        case code.Guard(_, body) if body is not None:
            return _visit(body, (*chain, s), switch, found, b)
        case _:
            return False


def _inside(
    s: code.Block | code.Switch, chain: Enclosing, switch: code.Switch | None, found: LabelMarks, b: Builder
) -> bool:
    chain, some = (*chain, s), False
    declared: list[int] = []
    for x in s.body:
        if _visit(x, chain, switch, found, b):
            found.passed.update(declared)
            some = True
        if isinstance(x, code.Guard) and x.body is None:
            chain = (*chain, x)
        if isinstance(x, code.Declare):
            declared.append(id(x))
    return some
