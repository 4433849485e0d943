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
Rule = tuple[str, int, Any, bool, tuple[tuple[int, bool], ...]]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


@cache
def _before_names(state: int) -> tuple[tuple[str, str], ...]:
    """The terminals that a state takes before it takes a word for a name, with their patterns."""
    return tuple((name, text) for name, text in tables.BEFORE_NAMES if name in tables.STATES[state])


@cache
def _rules() -> list[Rule]:
    """The rules with their methods: None for a list of parts; a rule that only chooses between others needs none."""
    builder = Builder()
    return [
        (left, length, getattr(builder, name, _no_node) if name else None, alone, keep)
        for left, length, name, alone, keep in tables.RULES
    ]


def _no_node(_at: Span, children: list[Any]) -> Any:
    raise AssertionError(f"the grammar has a rule without a method: {children!r}")


def read(text: str, path: str, start: str) -> tuple[ast.Module | None, int]:
    """The module that a text is, `start` being `model` or `spec`, and how high the parser's stack was.

    There is no module where the tables do not accept the text.
    """
    stack = _Stack(path, start)
    match = _pattern(tables.PATTERN).match
    at, line, line_start, length = 0, 1, 0, len(text)
    while at < length:
        found = match(text, at)
        if found is None:
            return None, stack.highest
        kind, end = found.lastgroup, found.end()
        if kind == "skip":
            newlines = text.count("\n", at, end)
            if newlines:
                line += newlines
                line_start = text.rindex("\n", at, end) + 1
            at = end
            continue
        value: Any = found.group()
        if kind == "NAME":
            kind, end = _word(text, at, end, value, stack.states[-1])
            value = text[at:end]
        elif kind == "sign":
            kind = tables.SIGNS[value]
        assert kind is not None
        if kind in MARKS:
            value = MARKS[kind](value)
        if not stack.shift(kind, value, (line, at - line_start + 1), (line, end - line_start + 1)):
            return None, stack.highest
        at = end
    return stack.end(), stack.highest


def _word(text: str, at: int, end: int, value: str, state: int) -> tuple[str, int]:
    """The terminal that a word is in a state, and where it ends."""
    for name, pattern in _before_names(state):
        found = _pattern(pattern).match(text, at)
        if found:
            return name, found.end()
    row = tables.STATES[state]
    keyword = tables.WORDS.get(value)
    return (keyword if keyword in row else "NAME"), end


class _Stack:
    """The stack of the parser in three: states, values, and where each value begins and ends (None for an empty one)."""

    def __init__(self, path: str, start: str) -> None:
        self.states = [tables.START[start]]
        self.accepts = tables.END[start]
        self.values: list[Any] = []
        self.begins: list[Place | None] = []
        self.ends: list[Place | None] = []
        self.path = path
        self.highest = 0
        self.rules = _rules()

    def shift(self, terminal: str, value: Any, begin: Place, end: Place) -> bool:
        """Take a token, after the reductions that it allows; whether it is accepted."""
        states = self.states
        action = tables.STATES[states[-1]].get(terminal)
        while action is not None and action < 0:
            self._reduce(self.rules[~action])
            action = tables.STATES[states[-1]].get(terminal)
        if action is None:
            return False
        states.append(action)
        self.values.append(value)
        self.begins.append(begin)
        self.ends.append(end)
        if len(states) > self.highest:  # noqa: PLR1730  a call for each token would cost more
            self.highest = len(states)
        return True

    def end(self) -> ast.Module | None:
        """The module at the end of the text; None where more is expected."""
        action = tables.STATES[self.states[-1]].get("$END")
        while action is not None and action < 0:
            self._reduce(self.rules[~action])
            if self.states[-1] == self.accepts:
                module = self.values[-1]
                assert isinstance(module, ast.Module)
                return module
            action = tables.STATES[self.states[-1]].get("$END")
        return None

    def _reduce(self, rule: Rule) -> None:
        """Put the value of a rule in place of its parts."""
        left, length, method, alone, keep = rule
        states, values, begins, ends = self.states, self.values, self.begins, self.ends
        if length == 1:
            states.pop()
            kept = [] if not keep else values[-1] if keep[0][1] else [values[-1]]
            if method is None:
                values[-1] = kept
            elif alone and len(kept) == 1:
                values[-1] = kept[0]
            else:
                values[-1] = method(self._span(begins[-1], ends[-1]), kept)
            states.append(tables.STATES[states[-1]][left])
            return
        kept, begin, end = list[Any](), None, None
        if length:
            parts = values[-length:]
            for i, is_list in keep:
                if is_list and not kept and method is None:
                    kept = parts[i]  # nobody else has it
                elif is_list:
                    kept += parts[i]
                else:
                    kept.append(parts[i])
            begin, end = begins[-length], ends[-1]
            if begin is None or end is None:
                begin = next((b for b in begins[-length:] if b is not None), None)
                end = next((e for e in reversed(ends[-length:]) if e is not None), None)
            del values[-length:], begins[-length:], ends[-length:], states[-length:]
        if method is None:
            values.append(kept)
        elif alone and len(kept) == 1:
            values.append(kept[0])
        else:
            values.append(method(self._span(begin, end), kept))
        begins.append(begin)
        ends.append(end)
        states.append(tables.STATES[states[-1]][left])

    def _span(self, begin: Place | None, end: Place | None) -> Span:
        return Span(self.path, 1, 1, 1, 1) if begin is None or end is None else Span(self.path, *begin, *end)
