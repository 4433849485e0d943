# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a text that cannot be read, in words, and the text with which reading goes on."""

import re

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from refcheck.base.diagnostics import Diagnostic, error, near, slip
from refcheck.base.source import SourceFile, Span
from refcheck.syntax import grammar, left_out, slips
from refcheck.syntax.habits import habit
from refcheck.syntax.left_out import Remains
from refcheck.syntax.mask import masked
from refcheck.syntax.misplaced import misplaced, without_list
from refcheck.syntax.stop import Stop, Wrong, meaning, words
from refcheck.syntax.strays import stray

_FRIENDLY = {
    "NAME": "a name", "INT": "a number", "STRING": "a text in quotes", "LINE": "a line mark `@N`",
    "EQOP": "`==` or `!=`", "RELOP": "`<`, `<=`, `>` or `>=`", "TYPE_WORD": "a type", "VERB": "an effect",
    "PROPERTY": "a property", "PARAM_ATTR": "a parameter attribute", "FROM": "`take`, `move`, `noref` or `copy`",
    "$END": "the end of the file", "ROLE": "`role`", "STATIC": "`static`", "OVERRIDE": "`override`", "IS_ERROR": "`IS_ERR`",
    "_SHIFT_LEFT": "`<<`", "_SHIFT_RIGHT": "`>>`",
    "TOP": "a function, a contract, or a declaration such as `resource` or `use`",
}  # fmt: skip


def _terminal(name: str) -> str:
    if name in _FRIENDLY:
        return _FRIENDLY[name]
    if name.startswith("_") and not name.startswith("__"):
        return f"`{name[1:].lower()}`"
    for definition in grammar.parser().terminals:
        if definition.name == name:
            choice = re.fullmatch(r"\(\?:([\w|]+)\)", definition.pattern.value)
            sign = definition.pattern.value.replace("\\", "")
            return f"`{choice[1]}`".replace("|", "` or `") if choice else f"`{sign}`"
    return name


def _expected(names: set[str]) -> str:
    if "_RESOURCE" in names:
        names = {"TOP"}
    elif {"NAME", "INT", "NULL", "LPAR"} <= names:
        return "expected a value: a name, a number, `NULL`, a call or an operator"
    shown = sorted(dict.fromkeys(_terminal(n) for n in names))
    if len(shown) > 8:
        shown = [*shown[:8], "..."]
    return "expected " + (", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else shown[0]) if shown else ""


def wrong(source: SourceFile, text: str, e: UnexpectedInput) -> Wrong:
    """What is wrong at the first place that cannot be read; `text` is what is left of the source."""
    allowed = _allowed(e)
    at, width, found = _place(text, e)
    token = str(e.token) if isinstance(e, UnexpectedToken) else ""
    w = Stop(source, text, masked(text), at, token, allowed)
    said = _astray(w) or _unpaired(w) or _slipped(w) or _missing(w) or misplaced(w)
    if said is not None:
        return said
    habitual = _habitual(w)
    if habitual is not None:
        return Wrong(habitual, at)
    listless = without_list(w)
    if listless is not None:
        return listless
    help_text = near(token, words(allowed), 0.75) or _expected(allowed)
    return Wrong(error("syntax-error", f"found {found}", w.span(at, width), help_text), at)


def _allowed(e: UnexpectedInput) -> set[str]:
    if isinstance(e, UnexpectedToken):
        return set(e.accepts or e.expected)
    assert isinstance(e, UnexpectedCharacters)
    return set(e.allowed or ())


def _place(text: str, e: UnexpectedInput) -> tuple[int, int, str]:
    """Where it stands, how wide it is, and what it is."""
    if isinstance(e, UnexpectedToken) and e.token.type == "$END":
        return len(text), 1, "the end of the file"
    at = _offset(text, max(e.line, 1), max(e.column, 1))
    if isinstance(e, UnexpectedToken):
        return at, max(1, len(str(e.token).split("\n")[0])), f"`{e.token}`"
    assert isinstance(e, UnexpectedCharacters)
    return at, 1, f"the character {e.char!r}"


def _unpaired(w: Stop) -> Wrong | None:
    """A brace or a parenthesis without its partner."""
    deep = w.code.count("{", 0, w.at) - w.code.count("}", 0, w.at)
    begins = left_out.ITEM.match(w.code, w.code.rfind("\n", 0, w.at) + 1)
    another = w.token == "(" and begins is not None and begins[0].rstrip().endswith(")")
    line = w.text[w.at : w.text.find("\n", w.at) if "\n" in w.text[w.at :] else None]
    if line[:1] == '"' and '"' not in line[1:]:
        return w.said("this text is not closed", 'end it with `"`')
    if line[:2] == "/*" and "*/" not in w.text[w.at :]:
        return w.said("this comment is not closed", "end it with `*/`", w.at, drop=len(line))
    if w.at >= len(w.text) and _open(w.before) > 0:
        return w.said("this `(` is not closed", "each `(` has its `)`", w.before.rfind("("), whole=True)
    if deep > 0 and (another or w.at >= len(w.text)):
        return w.said("this `{` is not closed", "each `{` has its `}`", _unclosed(w.code[: w.at]), whole=True)
    if deep <= 0 and w.token and not begins:
        closing = w.code.rfind("}", 0, w.at + 1)
        if closing >= 0 and (deep < 0 or w.code[closing - 1 : closing] not in ("\n", "")):
            return w.said("this `}` closes no block of the function", "drop it, or open its block", closing, drop=1)
    if w.token == "{" and _open(w.before) > 0 and w.before[-1:] != "(" and "RPAR" in w.allowed:
        return w.said("a `)` is missing here", "each `(` has its `)`", len(w.before), insert=")")
    if w.before[-1:] == "," and (w.token in (")", "}", ";") or (w.token == "{" and _open(w.before) > 0)):
        return w.said("nothing stands behind this `,`", "leave it out, or write what is missing", len(w.before) - 1, drop=1)
    if w.token == "," and w.before[-1:] in ("(", ","):
        return w.said("nothing stands in front of this `,`", "leave it out, or write what is missing", drop=1)
    if w.token == ")" and _open(w.before) <= 0:
        return w.said("this `)` closes nothing", "each `)` has its `(`")
    return None


def _astray(w: Stop) -> Wrong | None:
    """What can be mended where it stands."""
    s = stray(w.text, w.at) if w.at < len(w.text) else None
    if s is None:
        return None
    width = s.end - s.start
    said = error("syntax-error", s.message, w.span(s.start, max(1, width)), s.help)
    return Wrong(said, s.start, insert=s.instead.ljust(width) if s.instead else "", drop=width)


def _slipped(w: Stop) -> Wrong | None:
    """A word of the language that was typed wrong: reading goes on with the one that is meant."""
    cut = slips.cut(w.code, w.at)
    if cut is not None and (cut.meant or cut.word.startswith("__")):
        of_signature = w.code[: cut.at].rstrip()[-1:] == ")"
        return meaning(w, cut, f"`{cut.word}` is no word of a signature" if of_signature else "")
    if "PARAM_ATTR" in w.allowed and (meant := slips.attribute(w.token)) in slips.PARAMETERS:
        return meaning(w, slips.Slip(w.token, w.at, meant))
    called = re.search(r"(\w+)\s*\(\s*$", w.before)
    asked = slips.builtin(called[1]) if called and w.token.startswith('"') else ""
    if called and asked:
        return meaning(w, slips.Slip(called[1], called.start(), asked))
    found = slips.keyword(w.code, w.at, w.source.path.endswith(".spec")) if w.token else None
    return meaning(w, found) if found is not None else None


def _missing(w: Stop) -> Wrong | None:
    """A sign that must stand at the end of what is in front: said where it is missing, not where that is noticed."""
    end = len(w.before)
    case = w.allowed == {"COLON"} and re.search(r"\b(default|case\s+[^:;{}]*)$", w.before)
    fresh = "\n" in w.code[end : w.at] or w.token in ("}", "else") or w.token.startswith("@")
    fresh = fresh or bool(case and w.token == "{")
    if not w.token or not fresh:
        return None
    if "RPAR" in w.allowed and "SEMICOLON" not in w.allowed and _open(w.before) > 0:
        return w.said("a `)` is missing here", "each `(` has its `)`", end, insert=")")
    if case:
        return w.said("a `:` is missing here", "a `case` and `default` end with `:`", end, insert=":")
    if w.allowed == {"WHILE"} and slip(w.token, ["while"]):
        return meaning(w, slips.Slip(w.token, w.at, "while"))
    if w.allowed == {"WHILE"}:
        return w.said("this `do` has no `while`", "a `do` ends with `while (...);`", end, insert=" while (0);")
    if w.allowed == {"SEMICOLON"} and w.before[-1:] == "}":
        return w.said("a `;` is missing here", "a declaration ends with `;`", end, insert=";")
    if {"SEMICOLON", "LBRACE"} == w.allowed and w.before[-1:] == "}":
        return w.said("a `;` is missing here", "a contract without a body ends with `};`", end, insert=";")
    if "SEMICOLON" in w.allowed and w.before[-1:] not in (";", "{", "}", "") and not _loop_head(w.before):
        return w.said("a `;` is missing here", "a statement ends with `;`", end, insert=";")
    return None


def _loop_head(before: str) -> bool:
    """What is in front is a macro that looks like the head of a loop."""
    line = before[before.rfind("\n") + 1 :]
    return bool(re.search(r"for_each\w*\s*\(|^\s*(elif|elseif|elsif)\b", line))


def _open(before: str) -> int:
    """How many parentheses are open in the statement that ends here."""
    start = max(before.rfind(c) for c in ";{}")
    return before.count("(", start + 1) - before.count(")", start + 1)


def _unclosed(code: str) -> int:
    """Where the brace is opened that has no partner, by how far its line and that of its partner are indented."""
    opened, last = list[int](), 0
    for m in re.finditer(r"[{}]", code):
        if m[0] == "{":
            opened.append(m.start())
        elif opened:
            at = opened.pop()
            first = not code[code.rfind("\n", 0, m.start()) + 1 : m.start()].strip()
            if first and _indent(code, m.start()) < _indent(code, at):
                return at
        last = opened[-1] if opened else last
    return last


def _indent(code: str, at: int) -> int:
    line = code[code.rfind("\n", 0, at) + 1 :].split("\n", maxsplit=1)[0].expandtabs(8)
    return len(line) - len(line.lstrip())


def _habitual(w: Stop) -> Diagnostic | None:
    """A habit of C at the place, or of the line before, whose end is what made no sense."""
    lines, where = w.text.split("\n"), w.span(w.at, 1)
    line, here = where.line, _masked_line(lines[where.line - 1])
    found = habit(here, where.col - 1)
    if found is None and line > 1 and not here[: where.col - 1].strip():
        above = _masked_line(lines[line - 2]).rstrip()
        found = habit(above, len(above)) if above[-1:] not in (";", "{", "}", ":", ",", "") else None
        line -= 1
    if found is None:
        return None
    return error("syntax-error", found.message, Span(w.source.path, line, found.start + 1, line, found.end + 1), found.help)


def without(text: str, w: Wrong) -> Remains | None:
    """The text without what cannot be read, or with what is missing; None where nothing is left to go on with."""
    if w.insert or w.drop:
        return Remains(text[: w.at] + (w.insert or " " * w.drop) + text[w.at + w.drop :])
    return left_out.without(text, w.at, w.diagnostic.span, w.whole)


def _masked_line(line: str) -> str:
    return re.sub(r"//.*|/\*.*?\*/", lambda m: " " * len(m[0]), line)


def _offset(text: str, line: int, col: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at + col - 1
