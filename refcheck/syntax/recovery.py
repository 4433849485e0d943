# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a text that cannot be read, in words, and the text with which reading goes on."""

import re
from typing import Any

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from refcheck.base.diagnostics import Diagnostic, error, near
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile, Span
from refcheck.syntax import grammar, left_out
from refcheck.syntax.habits import ATTRIBUTES, habit
from refcheck.syntax.left_out import Remains
from refcheck.syntax.mask import masked

_ITEM = re.compile(r"^\w[^\n]*", re.MULTILINE)
_EFFECTS = ("use", "hold", "try_hold", "release", "consume", "queue", "drop", "free", "enter", "leave", "sleep")

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
            return f"`{choice[1] if choice else definition.pattern.value}`".replace("\\", "").replace("|", "` or `")
    return name


def _words(names: set[str]) -> list[str]:
    """The words that some terminals stand for."""
    patterns = (d.pattern.value for d in grammar.parser().terminals if d.name in names)
    return [p for p in patterns if re.fullmatch(r"\w+", p)]


def _expected(names: set[str]) -> str:
    if "_RESOURCE" in names:
        names = {"TOP"}
    elif {"NAME", "INT", "NULL", "LPAR"} <= names:
        return "expected a value: a name, a number, `NULL`, a call or an operator"
    shown = sorted(dict.fromkeys(_terminal(n) for n in names))
    if len(shown) > 8:
        shown = [*shown[:8], "..."]
    return "expected " + (", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else shown[0]) if shown else ""


class Wrong(NamedTuple):
    """What is wrong, and how reading goes on: behind `insert` at the offset, or without what stands there.

    `drop` characters go where there are any; `whole` says that nothing can be made of the function around it.
    """

    diagnostic: Diagnostic
    at: int
    insert: str = ""
    drop: int = 0
    whole: bool = False


def wrong(source: SourceFile, text: str, e: UnexpectedInput) -> Wrong:
    """What is wrong at the first place that cannot be read; `text` is what is left of the source."""
    allowed = _allowed(e)
    at, width, found = _place(text, e)
    token = str(e.token) if isinstance(e, UnexpectedToken) else ""
    w = _Stop(source, text, masked(text), at, token, allowed)
    said = _unpaired(w) or _missing(w) or _misplaced(w)
    if said is not None:
        return said
    habitual = _habitual(w)
    if habitual is not None:
        return Wrong(habitual, at)
    return Wrong(error("syntax-error", f"found {found}", w.span(at, width), _expected(allowed)), at)


class _Stop(NamedTuple):
    """Where reading stopped: the text and its code, the token there, and what could stand there."""

    source: SourceFile
    text: str
    code: str
    at: int
    token: str
    allowed: set[str]

    @property
    def before(self) -> str:
        """The code in front, without white space at its end."""
        return self.code[: self.at].rstrip()

    def span(self, at: int, width: int) -> Span:
        """A place of the text, which has the lines of the source."""
        front = self.text[:at]
        line, col = front.count("\n") + 1, at - front.rfind("\n")
        return Span(self.source.path, line, col, line, col + width)

    def said(self, message: str, help_text: str, at: int | None = None, **more: Any) -> Wrong:
        """That this is wrong, here or at another place."""
        place = self.at if at is None else at
        width = max(1, len(self.token)) if at is None else 1
        return Wrong(error("syntax-error", message, self.span(place, width), help_text), place, **more)


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


def _unpaired(w: _Stop) -> Wrong | None:
    """A brace or a parenthesis without its partner."""
    deep = w.code.count("{", 0, w.at) - w.code.count("}", 0, w.at)
    begins = _ITEM.match(w.code, w.code.rfind("\n", 0, w.at) + 1)
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
    if w.token == ")" and _open(w.before) <= 0:
        return w.said("this `)` closes nothing", "each `)` has its `(`")
    return None


def _missing(w: _Stop) -> Wrong | None:
    """A sign that must stand at the end of what is in front: said where it is missing, not where that is noticed."""
    end = len(w.before)
    fresh = "\n" in w.code[end : w.at] or w.token == "}"
    if not w.token or not fresh:
        return None
    if "RPAR" in w.allowed and "SEMICOLON" not in w.allowed and _open(w.before) > 0:
        return w.said("a `)` is missing here", "each `(` has its `)`", end, insert=")")
    if w.allowed == {"COLON"} and re.search(r"\b(default|case\s+[^:;{}]*)$", w.before):
        return w.said("a `:` is missing here", "a `case` and `default` end with `:`", end, insert=":")
    if w.allowed == {"WHILE"}:
        return w.said("this `do` has no `while`", "a `do` ends with `while (...);`", end, insert=" while (0);")
    if {"SEMICOLON", "LBRACE"} == w.allowed and w.before[-1:] == "}":
        return w.said("a `;` is missing here", "a contract without a body ends with `};`", end, insert=";")
    if "SEMICOLON" in w.allowed and w.before[-1:] not in (";", "{", "}", "") and not _loop_head(w.before):
        return w.said("a `;` is missing here", "a statement ends with `;`", end, insert=";")
    return None


def _misplaced(w: _Stop) -> Wrong | None:
    """What stands where a body, a contract, an outcome or an effect begins."""
    last = re.search(r"(\w+)\s*$", w.before)
    if w.token == ";" and "_RESOURCE" in w.allowed and w.before[-1:] == "}":
        return w.said("this `;` stands behind what is complete", "leave it out", drop=1)
    if w.allowed == {"SEMICOLON", "LBRACE"} and (w.token == "expect" or w.token.startswith("__")):
        return w.said(f"`{w.token}` stands in front of the contract", "write it behind the parameters", whole=True)
    if w.token == "contract" and "LBRACE" in w.allowed:
        return w.said("in a spec every `{ ... }` is a contract", "leave the word out", drop=len(w.token))
    if w.token == ";" and w.allowed >= {"LBRACE", "__MUST_HOLD"} and "CONTRACT" not in w.allowed:
        return w.said("this has no contract", "write { ok: ...; } in place of the `;`", whole=True)
    if {"CONTRACT", "LBRACE"} <= w.allowed:
        if w.token == ";":
            return w.said("this has neither a contract nor a body", "write `contract { ok: ...; };`, or a body", whole=True)
        if w.token.startswith("_"):
            meant = near(w.token, _words(w.allowed), 0.8)
            help_text = ATTRIBUTES.get(w.token) or (f"{meant} Otherwise leave it out" if meant else "leave it out")
            return w.said(f"`{w.token}` is no word of a signature", help_text)
        return w.said("a body begins with `{`", "write `{` in front, or `contract { ok: ...; };`", whole=True)
    if w.allowed == {"PROPERTY"}:
        dashed = w.token.replace("_", "-")
        help_text = f"write `{dashed}`" if dashed != w.token else "a name has `-` between words"
        return w.said(f"`{w.token}` is no name of a property", help_text)
    if w.allowed <= {"COLON", "IF"} and last and last[1] not in _EFFECTS and w.token in (*_EFFECTS, "return"):
        help_text = f"an outcome has a name: {last[1]}: {w.token} ...;"
        return w.said("a `:` is missing here", help_text, len(w.before), insert=":")
    if w.allowed == {"COLON", "IF"} and last:
        return _unnamed(w, last)
    if "COLON" in w.allowed and w.token in (*_EFFECTS, "return") and re.search(r"[{;]\s*\w+\s+if\b[^:;{}]*$", w.before):
        return w.said("a `:` is missing here", "an outcome is NAME if CONDITION: EFFECTS;", len(w.before), insert=":")
    if w.token in ("|", "||") and {"COMMA", "SEMICOLON", "UNLESS"} <= w.allowed:
        return w.said("an outcome returns one value, or one of some numbers", "write an outcome for each")
    if w.token == ":" and last and "EQUAL" in w.allowed:
        return w.said("an outcome ends with `;`", f"write `;` in front: ...; {last[1]}: ...;", last.start())
    if {"SLOT", "EMBEDS"} <= w.allowed and re.match(r"\w+[ \t]*\**\w+[ \t]*;", w.code[w.at :]):
        text = f"`{w.token}` is no word of a resource"
        return w.said(text, f"a field that holds an object is a slot: slot NAME: {w.token};")
    member = last is not None and w.before[: last.start()].rstrip().endswith(("->", "."))
    signs = {"EQUAL", "__ANON_0", "__ANON_1", "__ANON_2", "__ANON_3"}
    if w.allowed <= signs and last and "EQUAL" in w.allowed and not member:
        listed = f"effects are {', '.join(_EFFECTS)}"
        return w.said(f"there is no effect `{last[1]}`", _meant(last[1]) or near(last[1], [*_EFFECTS, "return"]) or listed)
    return None


def _unnamed(w: _Stop, last: re.Match[str]) -> Wrong | None:
    """What stands in place of the name of an outcome."""
    word, front = last[1], w.before[: last.start()].rstrip()
    text = f"`{word}` is no name of an outcome: that is missing"
    if word in (*_EFFECTS, "return"):
        if front[-1:] == ";":
            help_text = f"write `,` in place of the `;`: ..., {word} ...;"
            return w.said("the effects of an outcome are divided by `,`", help_text, len(front) - 1, insert=",", drop=1)
        return w.said(text, f"name the outcome: ok: {word} {w.token};")
    if word == "if":
        return w.said(text, "write it in front: ok if ...: ...;", last.start())
    if w.token in (";", "}", ","):
        help_text, sign = f"an outcome that does nothing is `{word}: ;`", ":;" if w.token == "}" else ":"
        return w.said("a `:` is missing here", help_text, len(w.before), insert=sign)
    if w.token == "(":
        return w.said(f"`{word}(...)` is no effect: this is a contract", f"effects are {', '.join(_EFFECTS)}", last.start())
    return None


def _meant(word: str) -> str:
    """The effect that a word of the kernel stands for."""
    if word == "if":
        return "a condition stands behind an effect: consume x if a, or behind the name of the outcome"
    other = {"put": "release", "get": "hold", "take": "consume", "give": "consume", "lock": "enter", "unlock": "leave"}
    return f"did you mean `{other[word]}`?" if word in other else ""


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


def _habitual(w: _Stop) -> Diagnostic | None:
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
