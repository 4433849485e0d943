"""The grammar for lark: what the tables of tables.py are made from, and who explains a text that they do not accept."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import Shift
from lark.tree import Meta

from refcheck.source import Span
from refcheck.syntax import ast
from refcheck.syntax.build import MARKS, Builder

GRAMMAR = Path(__file__).with_name("refcheck.lark")
STARTS = ["model", "spec"]


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
        self.builder = Builder()

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
    lines = ['"""Made from refcheck.lark by `python -m refcheck.syntax.grammar`; see grammar.py.  Not to be edited."""', ""]
    lines += [f"DIGEST = {digest()!r}", f"START = { {n: order[s] for n, s in starts.items()} !r}"]
    lines += [f"END = { {n: order[table.end_states[n]] for n in starts} !r}", *_lexer(list(made.terminals))]
    lines += ["STATES: tuple[dict[str, int], ...] = (", *(f"    {row!r}," for row in states), ")"]
    lines += ["# left side, length, method, whether a single child stands for itself, children (index, whether a list)"]
    lines += ["RULES: tuple[tuple[str, int, str, bool, tuple[tuple[int, bool], ...]], ...] = ("]
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


def _rule(rule: Any) -> tuple[str, int, str, bool, tuple[tuple[int, bool], ...]]:
    name = str(rule.origin.name)
    keep = tuple(
        (i, not s.is_term and s.name.startswith("_"))
        for i, s in enumerate(rule.expansion) if not (s.is_term and s.filter_out)
    )  # fmt: skip
    method = "" if name.startswith("_") else str(rule.alias or name)
    return name, len(rule.expansion), method, rule.options.expand1 and not rule.alias, keep


def _lexer(terminals: list[TerminalDef]) -> list[str]:
    """One pattern for all, words that are terminals of their own, and patterns that come before a plain name."""
    value = {t.name: t.pattern.to_regexp() for t in terminals}
    plain = ("NAME", "INT", "STRING", "LINE")
    texts = {t.pattern.value.replace("\\", ""): t.name for t in terminals if t.pattern.type == "str"}
    texts |= dict.fromkeys(("==", "!="), "EQOP") | dict.fromkeys(("<=", ">=", "<", ">"), "RELOP")
    words = {w: n for w, n in texts.items() if w[0].isalpha() or w[0] == "_"}
    signs = {w: n for w, n in texts.items() if w not in words}
    known = {*plain, *words.values(), *signs.values(), "WS", "COMMENT", "BLOCK_COMMENT"}
    rest = [t for t in terminals if t.name not in known]
    rest.sort(key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    escaped = "|".join(_escape(w) for w in sorted(signs, key=lambda w: (-len(w), w)))
    skip = "|".join(value[n] for n in ("WS", "COMMENT", "BLOCK_COMMENT"))
    groups = [f"(?P<{n}>{value[n]})" for n in plain]
    pattern = "|".join([f"(?P<skip>(?:{skip})+)", *groups, f"(?P<sign>{escaped})"])
    return [
        f"PATTERN = {pattern!r}", f"WORDS = {dict(sorted(words.items()))!r}", f"SIGNS = {dict(sorted(signs.items()))!r}",
        f"BEFORE_NAMES = {tuple((t.name, value[t.name]) for t in rest)!r}",
    ]  # fmt: skip


def _escape(sign: str) -> str:
    return "".join(f"\\{c}" for c in sign)


if __name__ == "__main__":
    GRAMMAR.with_name("tables.py").write_text(tables(), encoding="utf-8")
