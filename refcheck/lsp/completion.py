# SPDX-License-Identifier: GPL-2.0-only
"""What may be written at a place.  The text is half written there, so that words in front of it decide, and not the tree."""

import os
import re
from collections.abc import Iterator

from refcheck.base.errnos import ERRNO
from refcheck.base.files import ups
from refcheck.base.named import NamedTuple
from refcheck.graph.obligations import NAMES
from refcheck.lsp.units import Texts, words_of
from refcheck.syntax import ast, tables, write
from refcheck.unit.declare import BUILTINS, SCALARS
from refcheck.unit.load import SHIPPED, Unit

VERBS = tuple(w for w, kinds in tables.SPECIAL.items() if "VERB" in {name for name, _ in kinds})
EFFECTS = (*VERBS, "enter", "leave", "sleep", "revoke", "return")
VALUES = ("hold", "borrow", "immortal", "ERR_PTR", "NULL", "true", "false", "any", "take", "move", "noref", "copy")
STATEMENTS = ("if", "else", "while", "do", "for", "switch", "case", "default", "break", "continue", "goto", "return",
              "guard", "scoped_guard", "nondet", "config", "unreachable", "NULL", "true", "false")  # fmt: skip
CLAUSES = ("__must_hold", "__entry", "__from", "__requires", "__may_sleep", "expect", "contract")


class Offer(NamedTuple):
    """Something that may be written: a kind of names.Symbol or `keyword`, the text, and a few words about it."""

    kind: str
    text: str
    detail: str = ""


def offers(texts: Texts, path: str, text: str, line: int, column: int, unit: Unit | None) -> list[Offer]:
    """All that fits at a place of a text; `unit` is what could last be read of the file."""
    row = text.split("\n")[line - 1][: column - 1] if line <= text.count("\n") + 1 else ""
    quoted = re.match(r'\s*use\s+(?:"[^"]*"\s*,\s*)*"[^"]*$', row)
    if quoted:
        return [Offer("spec", name) for name in specs_for(texts, path)]
    if row.count('"') % 2 or "//" in re.sub(r'"[^"]*"', "", row):
        return []
    words = words_of(text)
    number = words.index(line, column)
    if number and words.all[number - 1].is_name() and words.all[number - 1].line == line:
        number -= words.all[number - 1].column + len(words.all[number - 1].text) >= column
    before, behind = words.all[:number], words.all[number:]
    item = [w.text for w in before]
    item = item[_item_begin(item) :]
    found = list(dict.fromkeys(_offers(item, [w.text for w in behind], path.endswith(".spec"), unit)))
    if any(o.kind == "function" for o in found):  # also those of the file itself, which is half written
        known = {o.text for o in found}
        found += [Offer("function", name) for name in _heads([w.text for w in words.all]) if name not in known]
    return found


def _heads(texts: list[str]) -> Iterator[str]:
    """The functions that a text begins, outside of all braces and brackets."""
    depth = 0
    for i, text in enumerate(texts):
        if text == "(" and depth == 0 and i > 1 and (texts[i - 2][-1].isalnum() or texts[i - 2] == "*"):
            yield texts[i - 1]
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text, 0)


def _item_begin(texts: list[str]) -> int:
    """The number of the first word of the item that is being written: behind the last `}` or `;` outside of braces."""
    depth, begin = 0, 0
    for i, text in enumerate(texts):
        depth = max(0, depth + {"{": 1, "}": -1}.get(text, 0))
        if depth == 0 and text in ("}", ";") and not (text == "}" and _body(texts[begin : i + 1]) < 0):
            begin = i + 1
    return begin


def _body(item: list[str]) -> int:
    """The number of the brace that opens the body of a function or declaration; -1 where there is a contract only."""
    depth = 0
    for i, text in enumerate(item):
        if text == "{" and depth == 0 and item[i - 1] != "contract":
            return i
        depth += {"{": 1, "}": -1}.get(text, 0)
    return -1


def _offers(item: list[str], behind: list[str], is_spec: bool, unit: Unit | None) -> Iterator[Offer]:
    last, opened = item[-1] if item else "", _open_bracket(item)
    if last == "->" and len(item) > 1:
        yield from _slots(unit, _types(item).get(item[-2], ""))
    elif last == "goto":
        yield from (Offer("label", name) for name in _labels([*item, *_rest(item, behind)]))
    elif opened in ("__must_hold", "borrow") or last in ("enter", "leave", "revoke"):
        yield from _facts(unit, contexts_only=last in ("enter", "leave"))
        yield from (Offer("variable", n) for n in _types(item) if opened == "borrow")
    elif opened == "__entry" or (last == "in" and "expect" in item):
        yield from _declared(unit, ast.EntryDef, "entry")
    elif opened in ("refuted", "vacuous"):
        yield from (Offer("keyword", name) for name in NAMES)
    elif opened in ("guard", "scoped_guard"):
        yield from _declared(unit, ast.GuardDef, "guard")
    elif last == "-":
        yield from (Offer("constant", name) for name in ERRNO)
    elif item.count("{") <= item.count("}"):
        yield from _outside(unit, item)
    elif _in_contract(item, is_spec):
        yield from _in_outcomes(item, last)
    else:
        yield from _in_code(unit, item)


def _outside(unit: Unit | None, item: list[str]) -> Iterator[Offer]:
    """At the begin of an item, or in the head of a function."""
    if item and item[-1] == "(":
        yield from _types_known(unit)
    elif "(" in item:
        yield from (Offer("keyword", w) for w in CLAUSES)
    else:
        opening = ("use", "source", "resource", "extend", "context", "fact", "entry", "enum", "guard", "role", "static")
        yield from (Offer("keyword", w) for w in (*opening, *SCALARS))
        yield from _types_known(unit)


def _in_outcomes(item: list[str], last: str) -> Iterator[Offer]:
    names = [Offer("variable", name, type_name) for name, type_name in _types(item).items()]
    if last in (":", ","):
        yield from (Offer("keyword", w) for w in EFFECTS)
    if last in ("return", "="):
        yield from (Offer("keyword", w) for w in VALUES)
    if last not in ("{", ";"):
        yield from names


def _in_code(unit: Unit | None, item: list[str]) -> Iterator[Offer]:
    yield from (Offer("variable", name, type_name) for name, type_name in _types(item).items())
    yield from _functions(unit)
    yield from _declared(unit, ast.EnumDef, "enum")
    for module in unit.modules if unit else ():
        for e in module.items:
            yield from (Offer("constant", m, e.name) for m in e.members) if isinstance(e, ast.EnumDef) else ()
    yield from (Offer("keyword", w) for w in (*STATEMENTS, *SCALARS))
    yield from _types_known(unit)


# ---------------------------------------------------------------------------------------------- what a unit has


def _functions(unit: Unit | None) -> Iterator[Offer]:
    """Every function that can be called, with its head and outcomes."""
    yield from (Offer("function", name, "built in") for name in sorted(BUILTINS))
    for module in unit.modules if unit else ():
        for item in module.items:
            if isinstance(item, ast.ContractDef):
                yield Offer("function", item.sig.name, _summary(item.sig, item.outcomes))
            elif isinstance(item, ast.FunctionDef):
                yield Offer("function", item.sig.name, _summary(item.sig, item.contract or ()))


def _summary(sig: ast.Signature, outcomes: tuple[ast.Outcome, ...]) -> str:
    bare = sig._replace(must_hold=(), entries=(), sources=(), requires=(), expects=())
    named = f"   {', '.join(o.name for o in outcomes)}" if outcomes else ""
    return write.signature(bare) + named


def _declared(unit: Unit | None, what: type, kind: str) -> Iterator[Offer]:
    for module in unit.modules if unit else ():
        yield from (Offer(kind, item.name) for item in module.items if isinstance(item, what))  # type: ignore[union-attr]


def _types_known(unit: Unit | None) -> Iterator[Offer]:
    yield from _declared(unit, ast.ResourceDef, "resource")


def _facts(unit: Unit | None, contexts_only: bool) -> Iterator[Offer]:
    for module in unit.modules if unit else ():
        for item in module.items:
            if isinstance(item, ast.ContextDef):
                yield from (Offer("fact", name, "context") for name in item.names)
    if not contexts_only:
        yield from _declared(unit, ast.FactDef, "fact")


def _slots(unit: Unit | None, resource: str) -> Iterator[Offer]:
    for module in unit.modules if unit else ():
        for item in module.items:
            if isinstance(item, ast.ResourceDef | ast.Extension) and item.name == resource:
                yield from (Offer("slot", s.name, s.target) for s in item.slots)
                yield from (Offer("slot", name, "embedded") for name in item.embeds if "." not in name)


def specs_for(texts: Texts, path: str) -> list[str]:
    """The specs that a file can use, by the names that lead to them."""
    folder = os.path.dirname(os.path.abspath(path))
    above = [os.path.join(up, "specs") for up in ups(folder)]
    found: dict[str, None] = {}
    for place in (*([str(texts.specs)] if texts.specs else []), folder, *above, str(SHIPPED)):
        for inner, _, files in os.walk(place) if place != folder else [(folder, [], os.listdir(folder))]:
            below = os.path.relpath(inner, place)
            names = sorted(n for n in files if n.endswith(".spec"))
            found |= dict.fromkeys(os.path.normpath(os.path.join(below, n)) for n in names)
    return list(found)


# ---------------------------------------------------------------------------------------------- what the words say


def _open_bracket(item: list[str]) -> str:
    """The word in front of the innermost bracket that is open."""
    depth = 0
    for i in range(len(item) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(item[i], 0)
        if depth < 0:
            return item[i - 1] if i else ""
        if item[i] in (";", "{", "}"):
            return ""
    return ""


def _types(item: list[str]) -> dict[str, str]:
    """Variables by what is written in front of them: `dst rt`, `bool *noref`, `(skb)`."""
    found: dict[str, str] = {}
    for i, text in enumerate(item):
        if not (text[0].isalpha() or text[0] == "_") or text in tables.WORDS or i == 0:
            continue
        before = item[i - 1] if item[i - 1] != "*" else item[i - 2]
        typed = (before[0].isalpha() or before[0] == "_") and before not in tables.WORDS and before not in EFFECTS
        after = item[i + 1] if i + 1 < len(item) else ";"
        if typed and after in (";", ",", ")", "=", "__nullable", "__maybe_err", "__any", "__counted", "__rcu"):
            found.setdefault(text, before)
        elif item[i - 1] in ("(", ",") and after in (",", ")", "__nullable", "__any", "__counted") and "{" not in item[:i]:
            found.setdefault(text, text)
    return found


def _labels(item: list[str]) -> list[str]:
    """The labels of a function: a name and a colon at the begin of a statement."""
    body = [(i, t) for i, t in enumerate(item) if i > _body(item) > 0]
    begins = (";", "{", "}", ":", "goto")  # the last where the statement in front is half written
    return [t for i, t in body if item[i + 1 : i + 2] == [":"] and item[i - 1] in begins and t != "default"]


def _rest(item: list[str], behind: list[str]) -> list[str]:
    """The words up to the end of the function that the place is in."""
    depth = item.count("{") - item.count("}")
    for i, text in enumerate(behind):
        depth += {"{": 1, "}": -1}.get(text, 0)
        if depth <= 0:
            return behind[:i]
    return behind


def _in_contract(item: list[str], is_spec: bool) -> bool:
    """The place is between the braces of outcomes."""
    opening = len(item) - 1 - item[::-1].index("{")
    depth = 0
    for i in range(len(item) - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(item[i], 0)
        if depth < 0:
            opening = i
            break
    before = item[opening - 1] if opening else ""
    return before == "contract" or (is_spec and "(" in item[:opening]) or item[:1] in (["role"], ["read"])
