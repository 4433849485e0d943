# SPDX-License-Identifier: GPL-2.0-only
"""Text to syntax tree, with syntax errors as diagnostics.

The parser is LALR(1); its tables are made from the grammar beforehand (tables.py), so that a text that is in the
language is read without lark.  After a syntax error parsing goes on behind the item in which it stands, so that one run
reports several.
"""

import re
from functools import lru_cache

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.source import SourceFile, Span
from refcheck.syntax import ast, code
from refcheck.syntax.reader import read

MAX_NESTING = 100
MAX_ERRORS = 20  # are shown; of the others it is said how many they are
MAX_READ = 200  # are looked for
_NESTS = (
    code.If, code.While, code.DoWhile, code.For, code.Switch, code.Guard, code.LogicalNot, code.Prefix, code.Ternary,
    code.Assigned,
)  # fmt: skip


def parse(source: SourceFile) -> tuple[ast.Module, list[Diagnostic]]:
    """Parse a file; contracts when its name ends in .spec, a model otherwise.

    Returns the module (what could be parsed of it) and the syntax errors, in order; no errors means that all of
    the file is in the module.
    """
    if source.path.endswith(".spec"):
        module, errors = _spec(source)
        return module, list(errors)
    return _parse(source, "model")


@lru_cache(maxsize=512)
def _spec(source: SourceFile) -> tuple[ast.Module, tuple[Diagnostic, ...]]:
    """Contracts are shared by the models of a run: each file is parsed once."""
    module, errors = _parse(source, "spec")
    return module, tuple(errors)


def _parse(source: SourceFile, start: str) -> tuple[ast.Module, list[Diagnostic]]:
    module, depth = read(source.text, source.path, start)
    # Whatever nests puts something on the stack, so that a low stack shows that nothing nests too deep.
    deep = None
    if depth > MAX_NESTING or module is None:
        deep = _nesting_error(source) or (_deep_node(module) if module is not None else None)
    if deep:
        return ast.Module(source.path, ()), [deep]
    return (module, []) if module is not None else _with_errors(source, start)


def _with_errors(source: SourceFile, start: str) -> tuple[ast.Module, list[Diagnostic]]:
    """What can be parsed of a text that the tables do not accept, and what lark says of the rest."""
    from lark import UnexpectedInput  # noqa: PLC0415  60 ms, to explain an error

    from refcheck.syntax import grammar, recovery  # noqa: PLC0415  needs lark

    text, errors, left, line = source.text, list[Diagnostic](), set[str](), 0
    while True:
        try:
            module = grammar.parse(text, source.path, start)
            return module._replace(left_out=tuple(sorted(left))), _shown(errors, False)
        except UnexpectedInput as e:
            found = recovery.wrong(source, text, e)
            again = found.diagnostic.span.line == line  # it follows from the block that was left standing
            errors += [found.diagnostic] if found.diagnostic not in errors and not again else []
            rest = recovery.without(text, found._replace(whole=found.whole or again))
            if rest is None or rest.text == text or len(errors) > MAX_READ:
                nothing = ast.Module(source.path, (), tuple(re.findall(r"\w+", source.text)))
                return nothing, _shown(errors, len(errors) > MAX_READ)
            if len(rest.text) == len(text):
                gone = "".join(a if a != b else " " for a, b in zip(text, rest.text, strict=True))
                left |= set(re.findall(r"\w+", gone))
            text, line = rest


def _shown(errors: list[Diagnostic], more: bool) -> list[Diagnostic]:
    """The first errors, and one that says how many others there are."""
    left = errors[MAX_ERRORS:]
    if not left:
        return errors
    number = f"{len(left)} {'or more ' if more else ''}other syntax error{'s' if left[1:] else ''}"
    text = f"{number} in this file, from here on, {'are' if left[1:] else 'is'} not shown"
    return [*errors[:MAX_ERRORS], error("syntax-error", text, left[0].span, "mend those above; the others are shown then")]


def _too_deep(where: Span) -> Diagnostic:
    what = f"this nests deeper than {MAX_NESTING} levels"
    return error("too-deep", what, where, "split the function, or write else-if chains as a switch")


def _deep_node(module: ast.Module) -> Diagnostic | None:
    """A statement or operator inside of too many others, whatever the lines on which they stand."""
    todo: list[tuple[object, int]] = [(item, 0) for item in module.items]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, _NESTS):
            depth += 1
            if depth > MAX_NESTING:
                return _too_deep(node.span)
        if isinstance(node, tuple) and not isinstance(node, Span):
            todo += [(part, depth) for part in node if isinstance(part, tuple)]
    return None


def _nesting_error(source: SourceFile) -> Diagnostic | None:
    depth = 0
    for match in re.finditer(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|[({})!]|\n|\belse\b', source.text, re.DOTALL):
        token = match.group()
        if token in "({!" or token == "else":
            depth += 1
            if depth > MAX_NESTING:
                line = source.text.count("\n", 0, match.start()) + 1
                col = match.start() - source.text.rfind("\n", 0, match.start())
                where = Span(source.path, line, col, line, col + 1)
                return _too_deep(where)
        elif token in ")}":
            depth = max(0, depth - 1)
        elif token == "\n":
            depth = max(0, depth - _prefixes_on_line(source.text, match.start()))
    return None


def _prefixes_on_line(text: str, end: int) -> int:
    """How many `!` and `else` stood on the line that ends at `end`: they open a level only for their line."""
    line = text[text.rfind("\n", 0, end) + 1 : end]
    code = re.sub(r'//.*|"(?:[^"\\]|\\.)*"', "", line)
    return code.count("!") + len(re.findall(r"\belse\b", code))
