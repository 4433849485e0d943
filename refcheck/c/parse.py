# SPDX-License-Identifier: GPL-2.0-only
"""A C file to the tree of tree.py, item by item.

`parse` reads a whole file; `read_item` one item of it, with or without the body of a function, for whoever needs few.
"""

import re
from collections.abc import Callable

from refcheck.base.source import SourceFile, Span
from refcheck.c import tree
from refcheck.c.concrete import CodePlace, Node, parsed, placed
from refcheck.c.declarations import declared, defined_by_macro, function
from refcheck.c.directives import Define, Group, Include
from refcheck.c.items import Item
from refcheck.c.mask import masked, open_comment
from refcheck.c.reader import HardBranchError, Reader, called
from refcheck.c.statements import block
from refcheck.c.text import CText, commas, normalised
from refcheck.c.variants import MOST, MOST_GROUPS, Stretch, choices, cut, stretch

_DO_ONCE = re.compile(r"do\s*\{(.*)\}\s*while\s*\(\s*0\s*\)\s*;?", re.DOTALL)
_MACRO_CALL = re.compile(r"(?:static\s+)?([A-Z]\w*)\s*\((.*)\)\s*;?\s*", re.DOTALL)
_PATH = re.compile(r'[<"]([^>"\n]*)[>"]')


def parse(source: SourceFile) -> tree.CFile:
    """All that a file declares, in text order; what was not understood is there as Broken.  Raises nothing."""
    text = normalised(source)
    return whole(text, lambda item: read_item(text, item))


def whole(text: CText, read: Callable[[Item], list[tree.CItem]]) -> tree.CFile:
    """The same of a text at hand, with what reads its items."""
    found: list[tuple[int, tree.CItem]] = [(d.start, macro(text, d)) for d in text.directives.defines]
    found += [(i.start, include(text, i)) for i in text.directives.includes]
    found += [(at, tree.Broken(("#if",), span_of(text, at, at + 1))) for at in text.directives.loose]
    if (at := open_comment(text.source.text)) >= 0:
        found.append((at, tree.Broken(("/*", *called(text.source.text[at:])), span_of(text, at, at + 2))))
    for item in text.items:
        found += [(item.start, made) for made in read(item)]
    found.sort(key=lambda f: f[0])
    return tree.CFile(text.source.path, tuple(made for _, made in found))


def macro(text: CText, line: Define) -> tree.CMacro:
    """A `#define` with its text on one line, without comments."""
    body = masked(text.source.text[line.body : line.end]) if "/*" in text.source.text[line.body : line.end] else None
    words = (
        (body if body is not None else text.source.text[line.body : line.end]).replace("\\\n", " ").replace("\\\r\n", " ")
    )
    conds = tuple(c for g in text.directives.groups for i, b in enumerate(g.branches) if b.body <= line.start < b.end
                  for c in g.under(i))  # fmt: skip
    words = " ".join(words.split("//")[0].split())
    return tree.CMacro(line.name, line.params, words, conds, span_of(text, line.start, line.end))


def include(text: CText, line: Include) -> tree.CInclude:
    """An `#include`."""
    words = text.source.text[line.start : line.end]
    path = _PATH.search(words)
    return tree.CInclude(path[1] if path else "", "<" in words, span_of(text, line.start, line.end))


def span_of(text: CText, start: int, end: int) -> Span:
    """The span of a stretch of a file."""
    first, last = placed(text, start), placed(text, end)
    return Span(text.source.path, first.line, first.col + 1, last.line, last.col + 1)


def read_item(text: CText, item: Item, *, bodies: bool = True) -> list[tree.CItem]:
    """What one item declares: a function (one for each variant), variables, types; Broken where it was not understood.

    Without `bodies` a function has an empty one.
    """
    whole, end = text.text, item.end
    groups = list(item.groups)
    if item.body >= 0 and not bodies and all(g.start > item.body for g in groups):
        whole, end, groups = whole[: item.body] + "{}", item.body + 2, []
    if not groups:
        return _convert(text, item, Stretch(whole[item.start : end], (), {}))
    if len(groups) > MOST_GROUPS and item.body >= 0:
        return [_unread(text, item)]
    if item.body >= 0:
        hard = cut(whole, groups, item.body)
    else:
        hard = [] if "{" in whole[item.start : end] else list(groups)
        if not hard and not parsed(whole[item.start : end]).has_error:
            return _convert(text, item, Stretch(whole[item.start : end], (), {}))
        hard = list(groups)
        if len(groups) > MOST_GROUPS:
            return [_unread(text, item)]
    return _with_choices(text, item, groups, hard)


def _with_choices(text: CText, item: Item, groups: list[Group], hard: list[Group]) -> list[tree.CItem]:
    """Read an item once for each choice; a group that turns out to cut through a statement is chosen as well."""
    while True:
        made = choices(groups, hard)
        if len(made) > MOST:
            return [_unread(text, item)]
        texts = [stretch(text.text, item.start, item.end, groups, choice) for choice in made]
        found: list[tree.CItem] = []
        wrong: Group | None = None
        for one in texts:
            open_groups = [g for g in groups if g not in hard]
            wrong = _nearest(item, one, open_groups)
            if wrong is not None:
                break
            try:
                found += _convert(text, item, one)
            except HardBranchError as e:
                wrong = next((g for g in open_groups if g.start <= e.at <= g.end), None)
                if wrong is None:
                    return [_unread(text, item)]
                break
        if wrong is None:
            return found
        hard = [*hard, wrong]


def _nearest(item: Item, one: Stretch, groups: list[Group]) -> Group | None:
    """The open group nearest to the first place that the parser does not understand."""
    if not groups:
        return None
    root = parsed(one.text)
    if not root.has_error:
        return None
    at = item.start + _first_error(root)
    return min(groups, key=lambda g: 0 if g.start <= at <= g.end else min(abs(g.start - at), abs(g.end - at)))


def _first_error(node: Node) -> int:
    """The offset of the first node that is an error or missing."""
    while True:
        following = next((c for c in node.children if c.has_error or c.is_missing), None)
        if following is None or node.is_error:
            return node.start_byte
        node = following


def _unread(text: CText, item: Item) -> tree.Broken:
    return tree.Broken(called(text.text[item.start : item.end]), span_of(text, item.start, item.end))


def _convert(text: CText, item: Item, one: Stretch) -> list[tree.CItem]:
    """The tree of one item under one choice."""
    place: CodePlace = placed(text, item.start)
    r = Reader(text, place, one.branches, [])
    conds = (*item.conds, *one.conds)
    span = span_of(text, item.start, item.end)
    if item.body >= 0:
        made = _function(r, item, one, conds, span)
        return [*r.structs, made if made is not None else _unread(text, item)]
    root = parsed(one.text + ";" if one.text.rstrip().endswith(")") else one.text)
    found = declared(r, root, block, conds, span)
    if found is None:
        call = _macro_call(one.text, span)
        return [*r.structs, call if call is not None else _unread(text, item)]
    return [*r.structs, *found]


def _macro_call(words: str, span: Span) -> tree.CMacroCall | None:
    """A macro at file scope some of whose arguments are no expressions: statements, or what stays Broken."""
    found = _MACRO_CALL.fullmatch(words)
    if found is None:
        return None
    args: list[tree.CExpr] = []
    at = 0
    for comma in [*commas(found[2]), len(found[2])]:
        part = found[2][at:comma].strip()
        at = comma + 1
        made = read_expression(part, span) or read_expression(f"({{ {part}; }})", span)
        args.append(made if made is not None else tree.Broken(called(part), span))
    return tree.CMacroCall(found[1], tuple(args), span)


def _function(r: Reader, item: Item, one: Stretch, conds: tuple[str, ...], span: Span) -> tree.CFunction | None:
    """A function with a body."""
    by_macro = defined_by_macro(r, one.text[: item.body - item.start])
    root = parsed(by_macro.header + one.text[item.body - item.start :] if by_macro else one.text)
    nodes = [c for c in root.named_children if c.type != "comment"]
    if len(nodes) != 1 or nodes[0].type != "function_definition":
        return None
    node = nodes[0]
    body = node.child_by_field_name("body")
    if body is None or body.type != "compound_statement" or any(c.is_error or c.is_missing for c in node.children):
        return None
    read = block(r, body, 0)
    if by_macro:
        return by_macro.made._replace(body=read, conds=conds, span=span)
    return function(r, node, node.child_by_field_name("declarator"), block, read, conds, span)


def read_expression(words: str, at: Span) -> tree.CExpr | None:
    """The expression that a macro stands for (`do { } while (0)` is one too); None where it is none.

    All of it has the line of the macro.
    """
    body = words
    if found := _DO_ONCE.fullmatch(words):
        body = f"({{{found[1]}}})"
    text = normalised(SourceFile(at.path, "\n" * (at.line - 1) + f"int x = ({body});"))
    if len(text.items) != 1:
        return None
    match read_item(text, text.items[0]):
        case [tree.CGlobal(tree.Variable(_, "x", init, _, _, _), _)] if init is not None:
            return None if isinstance(init, tree.Broken) else init
        case _:
            return None
