# SPDX-License-Identifier: GPL-2.0-only
"""Statements of the concrete tree to those of tree.py.

A statement that the parser gave up on is `Broken` as a whole, a block in which it did so between statements too: what
such a parser makes of the text around an error is a guess.
"""

from refcheck.c import tree
from refcheck.c.concrete import Node
from refcheck.c.declarations import variables
from refcheck.c.expressions import commas, expression
from refcheck.c.reader import MAX_DEPTH, HardBranchError, Reader, damaged
from refcheck.c.table import action, table
from refcheck.c.types import text


def block(r: Reader, node: Node, depth: int) -> tree.CBlock:
    """`{ ... }`."""
    span = r.place.span(node)
    if depth > MAX_DEPTH or damaged(node):
        return tree.CBlock((r.broken(node),), span)
    return tree.CBlock(tuple(_sequence(r, node.named_children, depth + 1)), span)


def _sequence(r: Reader, nodes: list[Node], depth: int) -> list[tree.CStmt]:
    """Statements one after the other; blocks that stand for branches of an `#if` become what they stand for."""
    found: list[tree.CStmt] = []
    branches: list[tuple[str, bool, tree.CBlock]] = []
    for node in nodes:
        branch = r.branches.get(r.place.at(node)) if node.type == "compound_statement" else None
        if branch is not None:
            if branch[1] and branches:
                found += _conditioned(branches)
                branches = []
            branches.append((*branch, block(r, node, depth + 1)))
            continue
        found += _conditioned(branches)
        branches = []
        found += statements(r, node, depth)
    return found + _conditioned(branches)


def _conditioned(branches: list[tuple[str, bool, tree.CBlock]]) -> list[tree.CStmt]:
    """A chain of branches as nested conditions."""
    orelse: tuple[tree.CStmt, ...] = ()
    for cond, _first, inside in reversed(branches):
        orelse = (tree.Conditioned(cond, inside.body, orelse, inside.span),) if cond else inside.body
    return list(orelse)


def _single(r: Reader, node: Node | None, parent: Node, depth: int) -> tree.CStmt:
    """The one statement below an `if` or a loop."""
    if node is None:
        return r.broken(parent)
    if r.place.at(node) in r.branches and node.type == "compound_statement":
        raise HardBranchError(r.place.at(node))
    found = statements(r, node, depth)
    return found[0] if len(found) == 1 else tree.CBlock(tuple(found), r.place.span(node))


def statements(r: Reader, node: Node, depth: int) -> list[tree.CStmt]:
    """One node: most often one statement; a label and what follows it are two, a declaration is its variables."""
    if node.type in {"comment", ";"}:
        return []
    if depth > MAX_DEPTH:
        return [r.broken(node)]
    if damaged(node) and node.type != "compound_statement":
        return [_computed(r, node)]
    span = r.place.span(node)

    def value(n: Node | None) -> tree.CExpr:
        return expression(r, n, depth + 1, block) if n is not None else r.broken(node)

    def single(name: str) -> tree.CStmt:
        return _single(r, node.child_by_field_name(name), node, depth + 1)

    match node.type:
        case "compound_statement":
            return [block(r, node, depth + 1)]
        case "expression_statement":
            return _expression_statement(r, node, depth)
        case "declaration":
            return _declared(r, node, depth)
        case "if_statement":
            other = node.child_by_field_name("alternative")
            orelse = None
            if other is not None:
                if damaged(other):
                    return [r.broken(node)]
                orelse = _single(r, other.named_children[-1] if other.named_children else None, other, depth + 1)
            return [tree.CIf(value(node.child_by_field_name("condition")), single("consequence"), orelse, span)]
        case "while_statement":
            return [_while(r, node, depth)]
        case "do_statement":
            return [tree.CDo(single("body"), value(node.child_by_field_name("condition")), span)]
        case "for_statement":
            return [_for(r, node, depth)]
        case "switch_statement":
            return [tree.CSwitch(value(node.child_by_field_name("condition")), single("body"), span)]
        case "case_statement":
            return _case(r, node, depth)
        case "labeled_statement":
            label = node.child_by_field_name("label")
            rest = [c for c in node.named_children if c != label]
            return [tree.CLabel(text(label), span), *_sequence(r, rest, depth + 1)]
        case "break_statement":
            return [tree.CJump("break", span)]
        case "continue_statement":
            return [tree.CJump("continue", span)]
        case "goto_statement":
            return [tree.CGoto(text(node.child_by_field_name("label")), span)]
        case "return_statement":
            given = [c for c in node.named_children if c.type != "comment"]
            return [tree.CReturn(value(given[0]) if given else None, span)]
        case "struct_specifier" | "union_specifier" | "enum_specifier" | "type_definition":
            return []
        case "attributed_statement":
            return _sequence(r, node.named_children, depth + 1)
        case _:
            return [r.broken(node)]


def _computed(r: Reader, node: Node) -> tree.CStmt:
    """A statement that was not understood: a computed goto, or anything else."""
    written = text(node)
    if node.type == "goto_statement" and written.removeprefix("goto").lstrip().startswith("*"):
        return tree.CGoto(None, r.place.span(node))
    return r.broken(node)


def _expression_statement(r: Reader, node: Node, depth: int) -> list[tree.CStmt]:
    inside = [c for c in node.named_children if c.type != "comment"]
    if not inside:
        return []
    span = r.place.span(node)
    if inside[0].type == "gnu_asm_expression":
        return [tree.Asm(any(text(c) == "goto" for c in inside[0].named_children), span)]
    found = expression(r, inside[0], depth + 1, block)
    match found:
        case tree.CallExpr(tree.CallExpr(tree.Id("guard"), (tree.Id(lock, _),), _), args, _):
            return [tree.MacroGuard(lock, tuple(a for a in args if not isinstance(a, tree.CType)), None, span)]
        case tree.CallExpr(tree.CallExpr(tree.Id("CLASS" | "ACQUIRE"), (tree.Id(kind, at), tree.Id(name, _)), _), args, _):
            of = tree.CType(f"class_{kind}_t", 0, 0, False, at)
            made = tree.CallExpr(tree.Id(f"class_{kind}_constructor", at), args, span)
            return [tree.Variable(of, name, made, False, f"class_{kind}_destructor", span)]
        case tree.CallExpr(tree.Id(macro), (tree.Id(name, _), *_), at) if macro in table().declares:
            of = tree.CType(table().declares[macro], 0, 0, False, at)
            return [tree.Variable(of, name, tree.Initialiser(None, (), at), False, None, span)]
        case _:
            return [tree.ExprStmt(found, span)]


def _declared(r: Reader, node: Node, depth: int) -> list[tree.CStmt]:
    found = variables(r, node, depth, block, inside=True)
    return list(found) if found is not None else [r.broken(node)]


def _while(r: Reader, node: Node, depth: int) -> tree.CStmt:
    """A loop, or the macro that stood in its place."""
    span, cond = r.place.span(node), node.child_by_field_name("condition")
    body = _single(r, node.child_by_field_name("body"), node, depth + 1)
    macro = r.text.marks.loops.get(r.place.at(node))
    if cond is None or damaged(cond):
        return r.broken(node)
    if macro is None:
        return tree.CWhile(expression(r, cond, depth + 1, block), body, span)
    parts = [c for c in cond.named_children if c.type != "comment"]
    empty = parts and parts[0].type == "number_literal"  # `while(1)` stands for a macro without arguments
    given = commas(parts[0]) if parts and not empty else []
    args = tuple(expression(r, n, depth + 1, block) for n in given)
    match action(macro), args:
        case "scopes", (tree.Id(lock, _), *_):
            return tree.MacroGuard(lock, args[1:], body, span)
        case "sections", _:
            return tree.MacroGuard(macro.removeprefix("scoped_"), args, body, span)
        case _:
            pass
    return tree.MacroLoop(macro, args, body, span)


def _for(r: Reader, node: Node, depth: int) -> tree.CStmt:
    span = r.place.span(node)
    init, cond, step = (node.child_by_field_name(n) for n in ("initializer", "condition", "update"))
    first: tuple[tree.CStmt, ...] = ()
    if init is not None and init.type == "declaration":
        first = tuple(_declared(r, init, depth))
    elif init is not None:
        first = (tree.ExprStmt(expression(r, init, depth + 1, block), r.place.span(init)),)
    body = _single(r, node.child_by_field_name("body"), node, depth + 1)
    return tree.CFor(
        first, expression(r, cond, depth + 1, block) if cond is not None else None,
        expression(r, step, depth + 1, block) if step is not None else None, body, span,
    )  # fmt: skip


def _case(r: Reader, node: Node, depth: int) -> list[tree.CStmt]:
    """`case` and the statements below it."""
    value = node.child_by_field_name("value")
    span = r.place.span(node)
    low: tree.CExpr | None = None
    high: tree.CExpr | None = None
    if value is not None:
        low = expression(r, value, depth + 1, block)
        operator = value.child_by_field_name("operator") if value.type == "binary_expression" else None
        if operator is not None and r.place.at(operator) in r.text.marks.ranges:
            low, high = (low.left, low.right) if isinstance(low, tree.Binary) else (low, low)
    rest = [c for c in node.named_children if value is None or c.start_byte >= value.end_byte]
    return [tree.CCase(low, high, span), *_sequence(r, rest, depth + 1)]
