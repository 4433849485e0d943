# SPDX-License-Identifier: GPL-2.0-only
"""The grammar for lark: what the tables of tables.py are made from, and who explains a text that they do not accept."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import Shift
from lark.tree import Meta

from refcheck.base.source import Span
from refcheck.syntax import ast
from refcheck.syntax.build import MARKS, TreeBuilder

GRAMMAR = Path(__file__).with_name("refcheck.lark")
STARTS = ["model", "spec"]
_ITSELF = "="
_JOINED = "[a-z]+(-[a-z]+)+"  # the name of a property, wherever it stands


@cache
def parser() -> lark.Lark:
    """lark's parser for the grammar."""
    text = GRAMMAR.read_text(encoding="utf-8")
    return lark.Lark(text, parser="lalr", start=STARTS, propagate_positions=True, maybe_placeholders=False)


class _FromTree(lark.Transformer[lark.Token, Any]):
    """Lark's tree to ours, by the rule methods of a Builder."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.builder = TreeBuilder()

    def __default__(self, data: str, children: list[Any], meta: Meta) -> Any:
        at = Span(self.path, 1, 1, 1, 1)
        if not meta.empty:
            at = Span(self.path, meta.line, meta.column, meta.end_line, meta.end_column)
        return getattr(self.builder, data)(at, children)

    def __default_token__(self, token: lark.Token) -> Any:
        return MARKS.get(token.type, str)(token)


def parse(text: str, path: str, start: str) -> ast.Module:
    """Parse by lark alone; lark's UnexpectedInput where the text is not in the language."""
    module = _FromTree(path).transform(parser().parse(text, start=start))
    assert isinstance(module, ast.Module)
    return module


def digest() -> str:
    """The grammar that the tables were made from."""
    return hashlib.sha256(GRAMMAR.read_bytes()).hexdigest()


def tables() -> str:
    """The text of tables.py, the same for the same grammar: states are numbered as they are met, rules in order."""
    made = parser()
    table: Any = made.parser.parser._parse_table  # noqa: SLF001
    rules = sorted(made.rules, key=_rule_text)
    number = {rule: i for i, rule in enumerate(rules)}
    starts = {name: table.start_states[name] for name in sorted(table.start_states)}
    order = _order(list(starts.values()), table.states)
    states = [
        {name: order[a] if action is Shift else ~number[a] for name, (action, a) in _row(table.states[s])} for s in order
    ]
    lines = ["# SPDX-License-Identifier: GPL-2.0-only"]
    lines += ['"""Made from refcheck.lark by `python -m refcheck.syntax.grammar`; see grammar.py.  Not to be edited."""', ""]
    lines += [f"DIGEST = {digest()!r}", f"START = { {n: order[s] for n, s in starts.items()} !r}"]
    lines += [f"END = { {n: order[table.end_states[n]] for n in starts} !r}", *_lexer(list(made.terminals))]
    lines += ["STATES: tuple[dict[str, int], ...] = (", *(f"    {row!r}," for row in states), ")"]
    lines += [f"ITSELF = {_ITSELF!r}  # in place of a method: the only child stands for the rule"]
    lines += ["# left side, length, method, children (index, whether a list)"]
    lines += ["RULES: tuple[tuple[str, int, str, tuple[tuple[int, bool], ...]], ...] = ("]
    return "\n".join([*lines, *(f"    {_rule(rule)!r}," for rule in rules), ")", ""])


def _order(todo: list[int], states: dict[int, dict[str, tuple[Any, Any]]]) -> dict[int, int]:
    """New numbers of the states, breadth first."""
    order = {s: i for i, s in enumerate(todo)}
    for s in todo:
        for _, (action, to) in _row(states[s]):
            if action is Shift and to not in order:
                order[to] = len(order)
                todo.append(to)
    return order


def _row(row: dict[str, tuple[Any, Any]]) -> list[tuple[str, tuple[Any, Any]]]:
    return sorted(row.items(), key=lambda item: item[0])


def _rule_text(rule: Any) -> tuple[str, ...]:
    return str(rule.origin.name), str(rule.alias), *(str(s.name) for s in rule.expansion)


def _rule(rule: Any) -> tuple[str, int, str, tuple[tuple[int, bool], ...]]:
    name = str(rule.origin.name)
    keep = tuple(
        (i, not s.is_term and s.name.startswith("_"))
        for i, s in enumerate(rule.expansion) if not (s.is_term and s.filter_out)
    )  # fmt: skip
    method = "" if name.startswith("_") else str(rule.alias or name)
    if rule.options.expand1 and not rule.alias:
        assert [is_list for _, is_list in keep] == [False], f"the only child of `{name}` is to stand for it"
        method = _ITSELF
    return name, len(rule.expansion), method, keep


def _lexer(terminals: list[TerminalDef]) -> list[str]:
    """One pattern for all, signs, keywords, and words that come before a plain name where a state takes them."""
    value = {t.name: t.pattern.to_regexp() for t in terminals}
    texts = {t.pattern.value.replace("\\", ""): t.name for t in terminals if t.pattern.type == "str"}
    texts |= dict.fromkeys(("==", "!="), "EQOP") | dict.fromkeys(("<=", ">=", "<", ">"), "RELOP")
    words = {w: n for w, n in texts.items() if w[0].isalpha() or w[0] == "_"}
    signs = {w: n for w, n in texts.items() if w not in words}
    known = {"NAME", "INT", "STRING", "LINE", *words.values(), *signs.values(), "WS", "COMMENT", "BLOCK_COMMENT"}
    rest = [t for t in terminals if t.name not in known]
    rest.sort(key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    special, opening = _words_before_names([(t.name, value[t.name]) for t in rest])
    escaped = "|".join(_escape(w) for w in sorted(signs, key=lambda w: (-len(w), w)))
    skip = "|".join(value[n] for n in ("WS", "COMMENT", "BLOCK_COMMENT"))
    parts = [f"(?:{skip})+", _JOINED, *(value[n] for n in ("NAME", "INT", "STRING", "LINE")), escaped, r"[\s\S]"]
    tokens = re.sub(r"(?<!\\)\((?!\?)", "(?:", "|".join(parts))
    return [
        f"TOKENS = {tokens!r}", f"WORDS = {dict(sorted(words.items()))!r}", f"SIGNS = {dict(sorted(signs.items()))!r}",
        "# by word: terminals that come before a keyword and a name where a state takes them, and what must stand behind it",
        f"SPECIAL: dict[str, tuple[tuple[str, str], ...]] = {special!r}",
        "# words that are a token of their own even where more letters follow", f"OPEN = {opening!r}",
    ]  # fmt: skip


def _words_before_names(terminals: list[tuple[str, str]]) -> tuple[dict[str, tuple[tuple[str, str], ...]], dict[str, str]]:
    """The words of terminals that are a few words each, with what must follow; and those that need not end there."""
    special: dict[str, tuple[tuple[str, str], ...]] = {}
    opening: dict[str, str] = {}
    for name, pattern in terminals:
        shape = re.fullmatch(r"(?:\((?:\?:)?)?([\w|]+)\)?(\\b)?(\(\?[=!].*\))?", pattern.replace(f"{_JOINED}|", ""))
        assert shape is not None, f"`{name}` is no choice of words: {pattern}"
        listed, ends, behind = shape.groups()
        for word in listed.split("|"):
            special[word] = (*special.get(word, ()), (name, behind or ""))
            if not ends and not (behind or "").startswith(r"(?=\s"):
                opening[word] = name
    return dict(sorted(special.items())), dict(sorted(opening.items()))


def _escape(sign: str) -> str:
    return "".join(f"\\{c}" for c in sign)


if __name__ == "__main__":
    GRAMMAR.with_name("tables.py").write_text(tables(), encoding="utf-8")
