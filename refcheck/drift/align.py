# SPDX-License-Identifier: GPL-2.0-only
"""Which statement of a source stands behind which statement of a model: both in the order of their texts.

An alignment of the two sequences with the greatest score (Needleman and Wunsch 1970, doi 10.1016/0022-2836(70)90057-4).
Statements that call the same, jump to one label or return the same fit; conditions of which nothing is known fit the better
the more alike their texts are.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from refcheck.base.named import NamedTuple
from refcheck.syntax import ast, code, pretty
from refcheck.unit.declare import BUILTINS

_ALIKE = 0.5  # below this, two texts have nothing to do with each other


class Aligned(NamedTuple):
    """A statement: what kind it is, which functions it calls, its text, and its line in the source that it was read from.

    `number` is its place among the statements of its function, in the order of `statements`.
    """

    kind: str
    calls: frozenset[str]
    text: str
    line: int
    number: int


def statements(body: code.Stmt | None) -> Iterator[code.Stmt]:
    """A statement and all inside of it that do or ask something, in the order of the text."""
    match body:
        case None:
            return
        case code.Block(inner) | code.Switch(_, inner):
            if isinstance(body, code.Switch):
                yield body
            for s in inner:
                yield from statements(s)
        case code.If(_, then, orelse):
            yield body
            yield from statements(then)
            yield from statements(orelse)
        case code.While(_, inner) | code.For(_, _, _, inner) | code.Guard(_, inner):
            yield body
            yield from statements(inner)
        case code.DoWhile(inner):
            yield from statements(inner)
            yield body
        case _:
            yield body


def items(f: ast.FunctionDef) -> list[Aligned]:
    """The statements of a function that can have a counterpart."""
    found = [_item(s, i) for i, s in enumerate(statements(f.body))]
    return [x for x in found if x is not None]


def _item(s: code.Stmt, number: int) -> Aligned | None:
    line = s.span.line
    match s:
        case code.Goto(label) | code.Labelled(label):
            return Aligned(type(s).__name__, frozenset(), label, line, number)
        case code.If(cond) | code.While(cond) | code.DoWhile(_, cond):
            return Aligned("asks", _calls(cond), _text(cond), line, number)
        case code.For(_, cond):
            return Aligned("asks", _calls(cond), _text(cond) if cond is not None else "", line, number)
        case code.Switch(subject):
            return Aligned("switch", _calls(subject), _text(subject), line, number)
        case code.Return(value):
            return Aligned("return", _calls(value), _text(value) if value is not None else "", line, number)
        case code.Jump(kind):
            return Aligned(kind, frozenset(), "", line, number)
        case code.Guard(lock):
            return Aligned("guard", frozenset(), lock, line, number)
        case code.Declare(_, _, value) | code.Assign(_, value) if value is not None:
            return Aligned("does", _calls(value), _text(value), line, number)
        case code.Evaluate(call):
            return Aligned("does", _calls(call), _text(call), line, number)
        case _:
            return None


def _calls(e: code.Expr | None) -> frozenset[str]:
    todo: list[object] = [e]
    found: set[str] = set()
    while todo:
        here = todo.pop()
        if isinstance(here, code.Call) and here.name not in BUILTINS:
            found.add(here.name)
        if isinstance(here, tuple):
            todo += here
    return frozenset(found)


def _text(e: code.Expr) -> str:
    """An expression as text; a condition of which nothing is known as it is written."""
    return e.text if isinstance(e, code.Nondet) else pretty.expr(e)


@lru_cache(maxsize=65536)
def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def score(one: Aligned, other: Aligned) -> float:
    """How well two statements fit, 0 where they do not."""
    if one.calls or other.calls:
        return 4.0 + (one.kind == other.kind) if one.calls & other.calls else 0.0
    if one.kind != other.kind:
        return 0.0
    match one.kind:
        case "Labelled" | "Goto" | "guard" | "return":
            return 3.0 if one.text == other.text else 0.0
        case "switch" | "break" | "continue":
            return 1.0
        case _:
            alike = _likeness(one.text, other.text)
            return 3 * alike if alike > _ALIKE else 0.0


def aligned(model: list[Aligned], source: list[Aligned]) -> dict[int, int]:
    """The line of the source for each statement of the model, by its number, that has a counterpart."""
    rows, columns = len(model), len(source)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            fit = score(model[i], source[j])
            taken = best[i + 1][j + 1] + fit if fit else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], taken)
    found: dict[int, int] = {}
    i = j = 0
    while i < rows and j < columns:
        fit = score(model[i], source[j])
        if fit and best[i][j] == best[i + 1][j + 1] + fit:
            found[model[i].number] = source[j].line
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found
