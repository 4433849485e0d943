# SPDX-License-Identifier: GPL-2.0-only
"""Expressions of the concrete tree to those of tree.py."""

import re
from collections.abc import Callable

from refcheck.base.source import Span
from refcheck.c import tree
from refcheck.c.concrete import Node
from refcheck.c.reader import KEYWORDS, MAX_DEPTH, Reader, damaged
from refcheck.c.table import table
from refcheck.c.types import base_of, declarator, text, typed, written

Blocks = Callable[[Reader, Node, int], tree.CBlock]
_SUFFIX = re.compile(r"(?:[uUlL]|i64)+$")
_CONSTANTS = {"true": 1, "false": 0, "null": 0}


def expression(r: Reader, node: Node, depth: int, block: Blocks) -> tree.CExpr:
    """An expression; `Broken` where the parser gave up on a part of it, or where it nests too deep."""
    if depth > MAX_DEPTH or damaged(node):
        return r.broken(node)
    span = r.place.span(node)

    def inner(n: Node | None) -> tree.CExpr:
        return expression(r, n, depth + 1, block) if n is not None else r.broken(node)

    def field(name: str) -> tree.CExpr:
        return inner(node.child_by_field_name(name))

    match node.type:
        case "identifier" | "field_identifier" | "type_identifier":
            return tree.Id(text(node), span) if text(node) not in KEYWORDS else r.broken(node)
        case "true" | "false" | "null":
            word = text(node)
            return tree.Id(word, span) if word == "NULL" else tree.Number(_CONSTANTS[node.type], span)
        case "number_literal":
            value = number(text(node))
            return tree.Number(value, span) if value is not None else tree.SizeOf(span)
        case "string_literal" | "concatenated_string":
            return tree.CString(span)
        case "parenthesized_expression":
            return _parenthesised(r, node, depth, block)
        case "call_expression":
            return _call(r, node, depth, block)
        case "field_expression":
            arrow = any(c.type == "->" for c in node.children)
            return tree.Member(field("argument"), text(node.child_by_field_name("field")), arrow, span)
        case "subscript_expression":
            return tree.Subscript(field("argument"), field("index"), span)
        case "unary_expression" | "pointer_expression":
            return tree.Unary(_operator(node), field("argument"), span)
        case "update_expression":
            return tree.IncDec(_operator(node), field("argument"), not node.children[0].is_named, span)
        case "binary_expression":
            return _binary(r, node, depth, block)
        case "conditional_expression":
            yes = node.child_by_field_name("consequence")
            return tree.Conditional(field("condition"), inner(yes) if yes else None, field("alternative"), span)
        case "assignment_expression":
            return tree.AssignExpr(_operator(node), field("left"), field("right"), span)
        case "cast_expression":
            return tree.Cast(type_of(r, node.child_by_field_name("type"), span), field("value"), span)
        case "sizeof_expression" | "offsetof_expression" | "alignof_expression":
            return tree.SizeOf(span)
        case "comma_expression":
            return tree.Comma(tuple(inner(n) for n in commas(node)), span)
        case "compound_statement":
            return tree.StatementExpr(block(r, node, depth + 1), span)
        case "compound_literal_expression":
            of = type_of(r, node.child_by_field_name("type"), span)
            return tree.Initialiser(of, _items(r, node.child_by_field_name("value"), depth, block), span)
        case "initializer_list":
            return tree.Initialiser(None, _items(r, node, depth, block), span)
        case "extension_expression":
            return inner(node.named_children[-1] if node.named_children else None)
        case "gnu_asm_expression":
            return r.broken(node)
        case _:
            return r.broken(node)


def commas(node: Node | None) -> list[Node]:
    """The operands of a chain of commas, however long."""
    found: list[Node] = []
    while node is not None and node.type == "comma_expression":
        left = node.child_by_field_name("left")
        found += [left] if left is not None else []
        node = node.child_by_field_name("right")
    return [*found, node] if node is not None else found


def number(word: str) -> int | None:
    """The value of a number; None for a fraction or what is no number of C."""
    bare = _SUFFIX.sub("", word.replace("'", ""))
    try:
        if re.fullmatch(r"[-+]?0[0-7]+", bare):
            return int(bare, 8)
        return int(bare, 0)
    except ValueError:
        return None


def type_of(r: Reader, node: Node | None, span: Span) -> tree.CType:
    """A type descriptor; one that stands for `typeof(...)` says so."""
    if node is None:
        return tree.CType("", 0, 0, False, span)
    specifier = node.child_by_field_name("type")
    own = r.place.span(node)
    if specifier is None:
        return written(text(node), own)
    found = declarator(node.child_by_field_name("declarator"))
    return typed(base_name(r, specifier), found, own)


def base_name(r: Reader, specifier: Node) -> str:
    """The base of a type; `typeof(...)` with its text where the mark says so."""
    at = r.place.at(specifier)
    if at in r.text.marks.types:
        return " ".join(r.text.source.text[at : r.text.marks.types[at]].split())
    return base_of(specifier, r.place)


def _operator(node: Node) -> str:
    found = node.child_by_field_name("operator")
    return text(found) if found else next((c.type for c in node.children if not c.is_named), "")


def _is_type(node: Node) -> bool:
    """`(name)`, where the name is one of a type."""
    if node.type != "parenthesized_expression" or len(node.named_children) != 1:
        return False
    word = text(node.named_children[0])
    return node.named_children[0].type == "identifier" and (word.endswith("_t") or word in table().types)


def _parenthesised(r: Reader, node: Node, depth: int, block: Blocks) -> tree.CExpr:
    inside = [c for c in node.named_children if c.type != "comment"]
    if len(inside) != 1:
        return r.broken(node)
    return expression(r, inside[0], depth + 1, block)


def _call(r: Reader, node: Node, depth: int, block: Blocks) -> tree.CExpr:
    callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or given is None or damaged(given):
        return r.broken(node)
    span = r.place.span(node)
    args = tuple(_argument(r, n, depth + 1, block) for n in given.named_children)
    if _is_type(callee) and len(args) == 1 and not isinstance(args[0], tree.CType):
        return tree.Cast(written(text(callee.named_children[0]), r.place.span(callee)), args[0], span)
    return tree.CallExpr(expression(r, callee, depth + 1, block), args, span)


def _argument(r: Reader, node: Node, depth: int, block: Blocks) -> tree.CExpr | tree.CType:
    at = r.place.at(node)
    end = r.text.marks.types.get(at)
    if end is not None and node.type in ("identifier", "type_descriptor"):
        return written(r.text.source.text[at:end], r.place.span(node))
    if node.type == "type_descriptor":
        return type_of(r, node, r.place.span(node))
    if node.type == "compound_statement":
        return tree.StatementExpr(block(r, node, depth + 1), r.place.span(node))
    return expression(r, node, depth, block)


def _binary(r: Reader, node: Node, depth: int, block: Blocks) -> tree.CExpr:
    """A binary operator; `(u32)-1` is no difference, and chains to the left do not nest."""
    chain: list[Node] = []
    lowest: Node | None = node
    while lowest is not None and lowest.type == "binary_expression" and not damaged(lowest):
        chain.append(lowest)
        lowest = lowest.child_by_field_name("left")
    if lowest is None or len(chain) > MAX_DEPTH:
        return r.broken(node)
    left = expression(r, lowest, depth + 1, block)
    for number_, part in enumerate(reversed(chain)):
        right_node = part.child_by_field_name("right")
        if right_node is None:
            return r.broken(node)
        right, op, span = expression(r, right_node, depth + 1, block), _operator(part), r.place.span(part)
        if not number_ and op in ("-", "*", "&", "+") and _is_type(lowest):
            of = written(text(lowest.named_children[0]), r.place.span(lowest))
            left = tree.Cast(of, tree.Unary(op, right, r.place.span(right_node)), span)
        else:
            left = tree.Binary(op, left, right, span)
    return left


def _items(r: Reader, node: Node | None, depth: int, block: Blocks) -> tuple[tuple[str, tree.CExpr], ...]:
    """The items of `{ ... }` with their designators."""
    if node is None:
        return ()
    if damaged(node):
        return (("", r.broken(node)),)
    found: list[tuple[str, tree.CExpr]] = []
    for item in node.named_children:
        if item.type == "initializer_pair" and not damaged(item):
            value = item.child_by_field_name("value")
            designators = item.children_by_field_name("designator")
            name = "".join(text(d) if d.type == "field_designator" else "[...]" for d in designators)
            name = name.removeprefix(".") or ":".join(text(d) for d in designators)
            found.append((name, expression(r, value, depth + 1, block) if value is not None else r.broken(item)))
        elif item.type != "comment":
            found.append(("", expression(r, item, depth + 1, block)))
    return tuple(found)
