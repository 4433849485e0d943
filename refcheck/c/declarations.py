# SPDX-License-Identifier: GPL-2.0-only
"""Declarations of the concrete tree: variables, parameters, functions, structs, enumerations, type names."""

import re

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree
from refcheck.c.concrete import Node
from refcheck.c.expressions import Blocks, base_name, expression
from refcheck.c.mask import blank
from refcheck.c.reader import KEYWORDS, Reader, damaged
from refcheck.c.table import table
from refcheck.c.types import Declarator, declarator, text, typed, written

_BY_MACRO = re.compile(r"\s*(static\s+)?([A-Z]\w*)\s*\(([^()]*)\)\s*$")


def variables(r: Reader, node: Node, depth: int, block: Blocks, *, inside: bool) -> tuple[tree.Variable, ...] | None:
    """The variables of a declaration, in a function or at file scope; None where it was not understood.

    Structs that it defines go to the reader.
    """
    specifier = node.child_by_field_name("type")
    if specifier is None or damaged(specifier) or (inside and specifier.type == "macro_type_specifier"):
        return None
    if text(specifier) in KEYWORDS:
        return None  # the parser takes a word of C where it has no sense for a name
    define(r, specifier, depth, block)
    base = base_name(r, specifier)
    static = storage(node, "static")
    found: list[tree.Variable] = []
    declared = node.children_by_field_name("declarator")
    for number, part in enumerate(declared):
        made = declarator(part)
        if made is None or damaged(part):
            return None
        if made.params is not None and not made.pointer:
            if inside and not storage(node, "extern"):
                return None  # `MACRO(x) f(y);` looks like a prototype
            continue
        first = r.place.offset + (node.start_byte if not number else part.start_byte)
        last = r.place.offset + (node.end_byte if part is declared[-1] else declared[number + 1].start_byte)
        cleanup = next((f for at, f in r.text.marks.cleanups.items() if first <= at < last), None)
        value = part.child_by_field_name("value") if part.type == "init_declarator" else None
        init = expression(r, value, depth + 1, block) if value is not None else None
        span = r.place.span(part)
        found.append(tree.Variable(typed(base, made, r.place.span(specifier)), made.name, init, static, cleanup, span))
    return tuple(found)


def storage(node: Node, word: str) -> bool:
    """The declaration has a storage class."""
    return any(c.type == "storage_class_specifier" and text(c) == word for c in node.children)


def parameters(r: Reader, node: Node, depth: int, block: Blocks) -> tuple[tuple[tree.CParam, ...], bool] | None:
    """The parameters of a function and whether more may follow; None where they were not understood."""
    if damaged(node):
        return None
    found: list[tree.CParam] = []
    variadic = False
    for part in node.named_children:
        if part.type == "variadic_parameter":
            variadic = True
        elif part.type == "parameter_declaration" and not damaged(part):
            specifier = part.child_by_field_name("type")
            if specifier is None:
                return None
            given = part.child_by_field_name("declarator")
            made = declarator(given)
            if given is not None and made is None:
                return None
            define(r, specifier, depth, block)
            of = typed(base_name(r, specifier), made, r.place.span(part))
            if made is not None and made.params is not None:
                of = of._replace(function=True)
            found.append(tree.CParam(of, made.name if made else "", r.place.span(part)))
        elif part.type != "comment":
            return None
    if len(found) == 1 and not found[0].name and found[0].type.base == "void" and not found[0].type.stars:
        found = []
    return tuple(found), variadic


def function(
    r: Reader, node: Node, given: Node | None, block: Blocks, body: tree.CBlock | None, conds: tuple[str, ...], span: Span
) -> tree.CFunction | None:
    """A function or prototype: the declaration and the declarator that names it; None where it was not understood."""
    specifier, made = node.child_by_field_name("type"), declarator(given)
    if specifier is None or made is None or made.params is None or made.pointer or not made.name or damaged(specifier):
        return None
    params = parameters(r, made.params, 0, block)
    if params is None:
        return None
    of = typed(base_name(r, specifier), made._replace(pointer=False), r.place.span(specifier))
    return tree.CFunction(of, made.name, params[0], params[1], storage(node, "static"), body, conds, span)


def define(r: Reader, specifier: Node, depth: int, block: Blocks) -> None:
    """A struct, union or enumeration that is defined here goes to the reader's list."""
    body = specifier.child_by_field_name("body")
    if body is None:
        return
    span = r.place.span(specifier)
    if specifier.type == "enum_specifier":
        name = text(specifier.child_by_field_name("name"))
        r.structs.append(tree.CEnum(name, _enumerators(r, body, depth, block), span))
    elif specifier.type in ("struct_specifier", "union_specifier"):
        fields, overlaid = _fields(r, body, depth, block)
        r.structs.append(tree.CStruct(base_name(r, specifier), fields, overlaid, span))


def _enumerators(r: Reader, body: Node, depth: int, block: Blocks) -> tuple[tuple[str, tree.CExpr | None], ...]:
    found: list[tuple[str, tree.CExpr | None]] = []
    for part in body.named_children:
        if part.type == "enumerator":
            value = part.child_by_field_name("value")
            found.append(
                (
                    text(part.child_by_field_name("name")),
                    expression(r, value, depth + 1, block) if value is not None else None,
                )
            )
    return tuple(found)


def _fields(r: Reader, body: Node, depth: int, block: Blocks) -> tuple[tuple[tree.CParam, ...], tuple[str, ...]]:
    """The fields of a struct; those of members without a name stand among them.  The names of those in a union, too."""
    found: list[tree.CParam] = []
    overlaid: list[str] = []
    for part in body.named_children:
        specifier = part.child_by_field_name("type") if part.type == "field_declaration" else None
        if specifier is None:
            continue
        inner = specifier.child_by_field_name("body")
        declared = part.children_by_field_name("declarator")
        if inner is not None and not declared and specifier.type != "enum_specifier" and depth < 60:
            fields, shared = _fields(r, inner, depth + 1, block)
            found += fields
            overlaid += [f.name for f in fields] if specifier.type == "union_specifier" else shared
            continue
        define(r, specifier, depth + 1, block)
        base = base_name(r, specifier)
        for given in declared:
            made = declarator(given)
            if made is not None and not damaged(given):
                found.append(_field(base, made, r.place.span(given)))
    return tuple(found), tuple(overlaid)


def _field(base: str, made: Declarator, span: Span) -> tree.CParam:
    return tree.CParam(typed(base, made, span), made.name, span)


def declared(r: Reader, root: Node, block: Blocks, conds: tuple[str, ...], span: Span) -> list[tree.CItem] | None:
    """What an item that is no function definition declares; None where it was not understood."""
    found: list[tree.CItem] = []
    for node in root.named_children:
        if node.type == "comment":
            continue
        if damaged(node):
            return None
        made = _declared(r, node, block, conds, span)
        if made is None:
            return None
        found += made
    return found if not damaged(root) else None


def _declared(r: Reader, node: Node, block: Blocks, conds: tuple[str, ...], span: Span) -> list[tree.CItem] | None:
    match node.type:
        case "struct_specifier" | "union_specifier" | "enum_specifier":
            define(r, node, 0, block)
            return []
        case "type_definition":
            return _typedefs(r, node, block, span)
        case "expression_statement":
            inside = node.named_children
            call = expression(r, inside[0], 0, block) if inside else None
            if not inside:
                return []
            if isinstance(call, tree.CallExpr) and isinstance(call.callee, tree.Id):
                return [tree.CMacroCall(call.callee.name, call.args, span)]
            return None
        case "declaration":
            found: list[tree.CItem] = []
            held = variables(r, node, 0, block, inside=False)
            if held is None:
                return None
            for part in node.children_by_field_name("declarator"):
                made = declarator(part)
                if made is not None and made.params is not None and not made.pointer:
                    prototype = function(r, node, part, block, None, conds, span)
                    if prototype is None:
                        return None
                    found.append(prototype)
            return [*found, *(tree.CGlobal(v, v.span) for v in held)]
        case _:
            return None


def _typedefs(r: Reader, node: Node, block: Blocks, span: Span) -> list[tree.CItem] | None:
    specifier = node.child_by_field_name("type")
    if specifier is None or damaged(specifier):
        return None
    define(r, specifier, 0, block)
    base = base_name(r, specifier)
    found: list[tree.CItem] = []
    for part in node.children_by_field_name("declarator"):
        made = declarator(part)
        if made is None:
            return None
        of = typed(base, made, r.place.span(specifier))
        found.append(tree.CTypedef(made.name, of._replace(function=made.params is not None), span))
    return found


class ByMacro(NamedTuple):
    """A function that a macro defines: what it is, and a header of the same length for the parser."""

    made: tree.CFunction
    header: str


def defined_by_macro(r: Reader, header: str) -> ByMacro | None:
    """The function of `SYSCALL_DEFINE2(name, type, x, type, y)` and its like; None for every other header."""
    found = _BY_MACRO.match(header)
    definer = next(
        (d for d in table().definers if found and found[2].rstrip("0123456789x").rstrip("_") == d.rstrip("_")), None
    )
    if found is None or definer is None:
        return None
    words = [w.strip() for w in found[3].split(",")]
    span = r.place.whole(header)
    pairs = zip(words[1::2], words[2::2], strict=False)
    params = tuple(tree.CParam(written(of, span), name, span) for of, name in pairs)
    of = tree.CType(table().definers[definer], 0, 0, False, span)
    made = tree.CFunction(of, words[0], params, False, bool(found[1]), None, (), span)
    return ByMacro(made, "int f()" + blank(header)[7:])
