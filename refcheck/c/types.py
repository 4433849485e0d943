# SPDX-License-Identifier: GPL-2.0-only
"""Declarators: the type and the name that a declaration gives to each."""

import re

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree
from refcheck.c.concrete import CodePlace, Node

_FOUR = ("struct_specifier", "union_specifier", "enum_specifier")
_QUALIFIERS = re.compile(r"\b(?:const|volatile|static|register|extern|inline|_Atomic|restrict)\b")


class Declarator(NamedTuple):
    """What stands around a name: stars, dimensions, whether it is a pointer to a function or a function, parameters."""

    name: str
    stars: int
    dims: int
    pointer: bool
    params: Node | None
    node: Node


def base_of(node: Node, place: CodePlace) -> str:
    """The text of a type: `struct dst_entry`, `unsigned int`; one without a name has its place instead."""
    if node.type in _FOUR:
        name = node.child_by_field_name("name")
        kind = node.type.removesuffix("_specifier")
        return f"{kind} {text(name)}" if name else f"{kind} @{place.span(node)}"
    return " ".join(_QUALIFIERS.sub(" ", text(node)).split())


def text(node: Node | None) -> str:
    """The text of a node."""
    return (node.text or b"").decode("ascii") if node else ""


def declarator(node: Node | None) -> Declarator | None:
    """Unwrap a declarator; None where it has none that is understood."""
    stars = dims = 0
    pointer = False
    params: Node | None = None
    inner = node
    while inner is not None:
        kind = inner.type
        if kind in ("identifier", "field_identifier", "type_identifier", "primitive_type"):
            return Declarator(text(inner), stars, dims, pointer, params, inner)
        if kind in ("pointer_declarator", "abstract_pointer_declarator"):
            if params is not None:
                pointer = True  # the star stands inside of the parentheses: a pointer to a function
            else:
                stars += 1
        elif kind in ("array_declarator", "abstract_array_declarator"):
            dims += 1
        elif kind in ("function_declarator", "abstract_function_declarator"):
            params = inner.child_by_field_name("parameters") if params is None else params
        elif kind not in (
            "parenthesized_declarator",
            "abstract_parenthesized_declarator",
            "attributed_declarator",
            "init_declarator",
        ):
            return None
        following = inner.child_by_field_name("declarator")
        if following is None:
            following = next((c for c in inner.named_children if c.type.endswith(("declarator", "identifier"))), None)
        if following is None:
            return Declarator("", stars, dims, pointer, params, inner) if kind.startswith("abstract") else None
        inner = following
    return Declarator("", 0, 0, False, None, node) if node is not None else None


def typed(base: str, found: Declarator | None, span: Span) -> tree.CType:
    """The type of a declarator."""
    if found is None:
        return tree.CType(base, 0, 0, False, span)
    return tree.CType(base, found.stars, found.dims, found.pointer, span)


def written(words: str, span: Span) -> tree.CType:
    """The type that a text of words and stars says."""
    words = _QUALIFIERS.sub(" ", words)
    return tree.CType(" ".join(words.replace("*", " ").split()), words.count("*"), 0, False, span)
