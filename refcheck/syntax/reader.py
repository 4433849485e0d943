# SPDX-License-Identifier: GPL-2.0-only
"""Text to syntax tree by the tables that lark made: nothing of lark is loaded for a text that is in the language.

The parser is the shift-reduce loop of LALR(1) parsing (DeRemer 1969; Aho, Johnson 1974, doi 10.1145/356628.356629).
What a word is depends on what the state takes, as in lark's contextual lexer.  Whatever the tables do not accept is left
to lark (grammar.py), which says what is wrong with it; tests compare the two on every file and on generated ones.
"""

import re
from functools import cache, partial
from operator import itemgetter
from typing import Any

from refcheck.base.source import Span
from refcheck.syntax import ast, tables
from refcheck.syntax.build import MARKS, TreeBuilder

ActionRow = dict[str, int]
# Where a value stands, as a span has it: path, line and column of its begin, line and column of its end.
TokenPlace = tuple[str, int, int, int, int]

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_REFUSED = 1 << 20
_MOST_KNOWN = 10_000


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


class _TokenKinds(dict[str, str]):
    """What a token is, by its text: a terminal, `skip`, `word` (what it is depends on the state), or `bad`."""

    def __missing__(self, token: str) -> str:
        kind = _kind(token)
        if len(self) < _MOST_KNOWN:
            self[token] = kind
        return kind


@cache
def _kinds() -> _TokenKinds:
    return _TokenKinds(tables.SIGNS)


def _kind(token: str) -> str:
    first = token[0]
    if first in _LETTERS:
        special = token in tables.WORDS or token in tables.SPECIAL or any(map(token.startswith, tables.OPEN))
        return "PROPERTY" if "-" in token else "word" if special else "NAME"
    if first in " \t\f\r\n" or token.startswith(("//", "/*")):
        return "skip"
    if first.isdecimal():
        return "INT"
    if len(token) == 1:
        return "bad"
    return {'"': "STRING", "@": "LINE"}[first]


def _word(token: str, text: str, end: int, row: ActionRow) -> str:
    """What a word that ends at `end` is in a state: what comes before names, a keyword, or a name."""
    if token in tables.SPECIAL:
        for terminal, behind in tables.SPECIAL[token]:
            if terminal in row and (not behind or _pattern(behind).match(text, end)):
                return terminal
    elif token not in tables.WORDS and any(token.startswith(w) and name in row for w, name in tables.OPEN.items()):
        return "bad"  # lark takes its beginning for a token of its own
    keyword = tables.WORDS.get(token)
    return keyword if keyword in row else "NAME"


class _Rule:
    """A rule: how many values it takes, what it makes of which of them, and the nonterminal that this is.

    A rule that is one nonterminal under another name is a `chain`: nothing is made.
    """

    __slots__ = ("build", "chain", "children", "left", "length")

    def __init__(self, builder: TreeBuilder, left: str, length: int, name: str, keep: tuple[tuple[int, bool], ...]) -> None:
        self.left = left
        self.length = length
        self.chain = name == tables.ITSELF and length == 1
        self.build: Any = _first if name == tables.ITSELF else getattr(builder, name) if name else None
        self.children: Any = _children(keep, not name)


def _children(keep: tuple[tuple[int, bool], ...], is_list: bool) -> Any:
    """What gives the values that a rule keeps, from those of all its parts; the elements of a list stand for themselves.

    For a rule that is a list it gives one, else any sequence.
    """
    first, last = (keep[0][0], keep[-1][0]) if keep else (0, -1)
    if any(inner for _, inner in keep):
        return partial(_flat, keep, is_list)
    if last - first == len(keep) - 1:
        return itemgetter(slice(first, last + 1))
    return itemgetter(*(i for i, _ in keep)) if not is_list else partial(_flat, keep, is_list)


def _flat(keep: tuple[tuple[int, bool], ...], is_list: bool, parts: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for i, inner in keep:
        if not inner:
            kept.append(parts[i])
        elif is_list and not kept:
            kept = parts[i]  # nobody else has it
        else:
            kept += parts[i]
    return kept


def _first(_at: Span, children: list[Any]) -> Any:
    return children[0]


@cache
def _rules() -> list[_Rule]:
    builder = TreeBuilder()
    return [_Rule(builder, *rule) for rule in tables.RULES]


_span: Any = tuple.__new__  # a third of the time of calling the class


class _Stack:
    """The stack of the parser in three: states, values and places."""

    def __init__(self, path: str, start: str) -> None:
        self.states = [tables.START[start]]
        self.values: list[Any] = []
        self.places: list[TokenPlace | None] = []
        self.nowhere = (path, 1, 1, 1, 1)

    def reduce(self, rule: _Rule) -> ActionRow:
        """Put the value of a rule in place of its parts; what the parser can do next, by terminal."""
        states, values, places, length = self.states, self.values, self.places, rule.length
        place: TokenPlace | None = None
        parts: list[Any] = []
        if length:
            parts, first, last = values[-length:], places[-length], places[-1]
            if first is None or last is None:
                first, last = _ends(places[-length:])
            if first is not None and last is not None:
                place = (first[0], first[1], first[2], last[3], last[4])
            del values[-length:], places[-length:], states[-length:]
        if rule.build is None:
            values.append(rule.children(parts))
        else:
            values.append(rule.build(_span(Span, place or self.nowhere), rule.children(parts)))
        places.append(place)
        state = tables.STATES[states[-1]][rule.left]
        states.append(state)
        return tables.STATES[state]


def _ends(places: list[TokenPlace | None]) -> tuple[TokenPlace | None, TokenPlace | None]:
    """The first and the last place that is one."""
    there = [p for p in places if p is not None]
    return (there[0], there[-1]) if there else (None, None)


def read(text: str, path: str, start: str) -> tuple[ast.Module | None, int]:
    """The module that a text is, `start` being `model` or `spec`, and how high the parser's stack was.

    There is no module where the tables do not accept the text.
    """
    stack, rules, rows = _Stack(path, start), _rules(), tables.STATES
    states, values, places = stack.states, stack.values, stack.places
    kinds = _kinds()
    row, highest, at, line, newline = rows[states[-1]], 0, 0, 1, -1
    for token in _pattern(tables.TOKENS).findall(text):
        kind, end = kinds[token], at + len(token)
        if kind == "skip":
            if "\n" in token:
                line, newline = line + token.count("\n"), at + token.rindex("\n")
            at = end
            continue
        if kind == "word":
            kind = _word(token, text, end, row)
        while (action := row.get(kind, _REFUSED)) < 0:
            rule = rules[~action]
            if rule.chain:
                states.pop()
                action = rows[states[-1]][rule.left]
                states.append(action)
                row = rows[action]
            else:
                row = stack.reduce(rule)
        if action == _REFUSED:
            return None, highest
        states.append(action)
        values.append(MARKS[kind](token) if kind in MARKS else token)
        places.append((path, line, at - newline, line, end - newline))
        row, at = rows[action], end
        if len(states) > highest:  # noqa: PLR1730  a call for each token would cost more
            highest = len(states)
    while (action := row.get("$END", _REFUSED)) < 0:
        row = stack.reduce(rules[~action])
    return (values[-1] if states[-1] == tables.END[start] else None), highest
