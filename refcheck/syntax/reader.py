"""Text to syntax tree by the tables that lark made: nothing of lark is loaded for a text that is in the language.

The parser is the shift-reduce loop of LALR(1) parsing (DeRemer 1969; Aho, Johnson 1974, doi 10.1145/356628.356629).
The lexer asks the state for the terminals that it takes, as lark's contextual lexer does.  Whatever it does not accept
is left to lark (grammar.py), which says what is wrong with it; tests compare the two on every file and on generated ones.
"""

import re
from functools import cache
from typing import Any

from refcheck.source import Span
from refcheck.syntax import ast, tables
from refcheck.syntax.build import MARKS, Builder

Place = tuple[int, int]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


@cache
def _before_names(state: int) -> tuple[tuple[str, str], ...]:
    """The terminals that a state takes before it takes a word for a name, with their patterns."""
    return tuple((name, text) for name, text in tables.BEFORE_NAMES if name in tables.STATES[state])


def read(text: str, path: str, start: str) -> tuple[ast.Module | None, int]:
    """The module that a text is, `start` being `model` or `spec`, and how high the parser's stack was.

    There is no module where the tables do not accept the text.
    """
    reader = _Reader(path, start)
    match = _pattern(tables.PATTERN).match
    at, line, line_start, length = 0, 1, 0, len(text)
    while at < length:
        found = match(text, at)
        if found is None:
            return None, reader.highest
        kind, end = found.lastgroup, found.end()
        if kind == "skip":
            newlines = text.count("\n", at, end)
            if newlines:
                line += newlines
                line_start = text.rindex("\n", at, end) + 1
            at = end
            continue
        value = found.group()
        if kind == "NAME":
            kind, end = _word(text, at, end, value, reader.states[-1])
            value = text[at:end]
        elif kind == "sign":
            kind = tables.SIGNS[value]
        assert kind is not None
        place, behind = (line, at - line_start + 1), (line, end - line_start + 1)
        if not reader.shift(kind, MARKS[kind](value) if kind in MARKS else value, place, behind):
            return None, reader.highest
        at = end
    return reader.end(), reader.highest


def _word(text: str, at: int, end: int, value: str, state: int) -> tuple[str, int]:
    """The terminal that a word is in a state, and where it ends."""
    for name, pattern in _before_names(state):
        found = _pattern(pattern).match(text, at)
        if found:
            return name, found.end()
    row = tables.STATES[state]
    keyword = tables.WORDS.get(value)
    return (keyword if keyword in row else "NAME"), end


def _no_node(_at: Span, children: list[Any]) -> Any:
    """Some rules only choose between others."""
    raise AssertionError(f"the grammar has a rule without a method: {children!r}")


class _Reader:
    """The stacks of the parser: states, values, and where each value begins and ends (None for an empty one)."""

    def __init__(self, path: str, start: str) -> None:
        self.states = [tables.START[start]]
        self.accepts = tables.END[start]
        self.values: list[Any] = []
        self.places: list[tuple[Place, Place] | None] = []
        self.path = path
        self.highest = 0
        builder = Builder(path)
        self.methods = [getattr(builder, name, _no_node) if name else None for _, _, name, _, _ in tables.RULES]

    def shift(self, terminal: str, value: Any, begin: Place, end: Place) -> bool:
        """Take a token, after the reductions that it allows; whether it is accepted."""
        action = tables.STATES[self.states[-1]].get(terminal)
        while action is not None and action < 0:
            self._reduce(~action)
            action = tables.STATES[self.states[-1]].get(terminal)
        if action is None:
            return False
        self.states.append(action)
        self.values.append(value)
        self.places.append((begin, end))
        self.highest = max(self.highest, len(self.states))
        return True

    def end(self) -> ast.Module | None:
        """The module at the end of the text; None where more is expected."""
        action = tables.STATES[self.states[-1]].get("$END")
        while action is not None and action < 0:
            self._reduce(~action)
            if self.states[-1] == self.accepts:
                module = self.values[-1]
                assert isinstance(module, ast.Module)
                return module
            action = tables.STATES[self.states[-1]].get("$END")
        return None

    def _reduce(self, number: int) -> None:
        left, length, _, alone, keep = tables.RULES[number]
        method = self.methods[number]
        values: list[Any] = []
        place: tuple[Place, Place] | None = None
        if length:
            right = self.values[-length:]
            where = self.places[-length:]
            del self.values[-length:], self.places[-length:], self.states[-length:]
            for i, is_list in keep:
                if is_list and not values and method is None:
                    values = right[i]  # nobody else has it
                elif is_list:
                    values += right[i]
                else:
                    values.append(right[i])
            first, last = where[0], where[-1]
            if first is None or last is None:
                known = [w for w in where if w is not None]
                first, last = (known[0], known[-1]) if known else (None, None)
            place = (first[0], last[1]) if first is not None and last is not None else None
        if method is None:
            value: Any = values
        elif alone and len(values) == 1:
            value = values[0]
        else:
            begin, end = place or ((1, 1), (1, 1))
            value = method(Span(self.path, *begin, *end), values)
        self.values.append(value)
        self.places.append(place)
        self.states.append(tables.STATES[self.states[-1]][left])
