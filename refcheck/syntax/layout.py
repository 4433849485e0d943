# SPDX-License-Identifier: GPL-2.0-only
"""Where the lexemes of a text stand in the kernel's style: which begin a line, how far in, and what is close to what.

The text must be in the language: structure is read off the words that open statements and off brackets alone.  Where the
author broke a long statement, signature or outcome is the author's: such breaks stay, and are only moved in.
"""

from refcheck.base.named import NamedTuple
from refcheck.syntax import tables
from refcheck.syntax.lexemes import Lexeme

NEW, JOIN, KEEP = "new", "join", "keep"
_HEADS = frozenset({"if", "while", "for", "switch", "scoped_guard"})
_OPERATORS = frozenset(["==", "!=", "<=", ">=", "<", ">", "=", "&&", "||", "|", "&", "^", "<<", ">>", "+", "-", "*", "?"])
_TIGHT_AFTER = frozenset({"(", ".", "->", "!", "~", ""})
_TIGHT_BEFORE = frozenset({";", ",", ")", ".", "->"})
_SPACED = frozenset({"if", "while", "for", "switch", "return", "unless", "case", ",", ";", ":", "{", "}", *_OPERATORS})
_VERBS = frozenset(w for w, kinds in tables.SPECIAL.items() if {"VERB", "FROM"} & {name for name, _ in kinds})
_BEFORE_OPERAND = frozenset({"return", "case", "else", "if", "unless", "except", *_VERBS})


class Spot(NamedTuple):
    """Where a lexeme stands.

    `line` is NEW, JOIN, or KEEP for the author's choice; `indent` counts the tabs of a line that begins with it; `space` is
    the gap to what is in front of it on its line; `cell` names the column of a table that begins behind it.
    """

    line: str
    indent: int
    space: bool
    cell: str = ""


class _Layout:
    """The walk over the lexemes of one text."""

    def __init__(self, found: list[Lexeme], is_spec: bool) -> None:
        self.found = found
        self.is_spec = is_spec
        self.spots: list[Spot] = []
        self.switches: list[int] = []
        self.tables = 0

    @property
    def text(self) -> str:
        return self.found[len(self.spots)].text

    def ahead(self, by: int) -> str:
        at = len(self.spots) + by
        return self.found[at].text if at < len(self.found) else ""

    def put(self, line: str, indent: int, space: bool = True, cell: str = "") -> None:
        """The next lexeme stands here."""
        self.spots.append(Spot(line, indent, space, cell))

    def before(self, by: int = 1) -> str:
        at = len(self.spots) - by
        return self.found[at].text if at >= 0 else ""

    # -- files
    def file(self) -> list[Spot]:
        while self.text:
            self.item()
        self.put(NEW, 0)
        return self.spots

    def item(self) -> None:
        """A declaration, a contract or a function."""
        start, is_role, is_signature = len(self.spots), self.text in ("role", "read") and self.ahead(1)[:1] == '"', False
        is_outcomes, head = self.is_spec or is_role, start
        while self.text:
            if self.text == "{":
                named = self.before() == "contract"
                if is_signature and (is_outcomes or named):
                    long = any(x.breaks() for x in self.found[head + 1 : len(self.spots)])
                    self.braces(NEW if long and not named else JOIN, outcomes=True)
                    if named and self.text == ";":
                        self.put(JOIN, 0, space=False)
                    elif named and self.text == "{":
                        self.body(NEW, 0)
                elif is_signature:
                    self.body(NEW, 0)
                else:
                    self.braces(JOIN, outcomes=False)
                    if self.text == ";":
                        self.put(JOIN, 0, space=False)
                return
            is_signature = is_signature or self.text == "("
            ends = self.text == ";"
            own = self.text == "contract"
            if is_role and self.before()[:1] == '"' and self.text != "," and head == start:
                own, head = True, len(self.spots)
            first = len(self.spots) == start
            self.put(NEW if first else KEEP, 0 if first or own else 1, self.gap(declares=True))
            if ends:
                return

    def braces(self, line: str, outcomes: bool) -> None:
        """What a contract or declaration has in braces: on one line if the author has it there, else a line for each."""
        end = len(self.spots)
        while self.found[end].text not in ("}", ""):
            end += 1
        inner = self.found[len(self.spots) + 1 : end + 1]
        flat = not any(x.newlines or x.before for x in inner) and not any(x.ends_line() for x in inner[:-1])
        flat = flat and not any(x.ends_line() for x in self.found[len(self.spots) - 1 : len(self.spots) + 1])
        is_enum = not any(x.text == ";" for x in inner)
        self.tables += 1
        self.put(line, 0)
        begin = True
        while self.text not in ("}", ""):
            cell = f"when {self.tables}" if begin and outcomes and not flat and self.ahead(1) == "if" else ""
            if self.text == ":" and outcomes and not flat:
                cell = f"effects {self.tables}"
            space = self.gap(declares=True) or (outcomes and self.text == ";" and self.before() == ":")
            new = begin and not flat
            self.put(NEW if new else KEEP, 1 if new or is_enum else 2, space, cell)
            begin = self.before() == ";" or (is_enum and len(inner) > 1 and self.before() == "{")
        if self.text:
            self.put(JOIN if flat else NEW, 0)

    # -- code
    def body(self, line: str, indent: int) -> None:
        """A block with its braces."""
        self.put(line, indent)
        while self.text not in ("}", ""):
            self.statement(indent + 1, indent)
        if self.text:
            self.put(NEW, indent)

    def statement(self, indent: int, around: int) -> None:
        """A statement or label in a block whose braces stand at `around`."""
        if self.text == "{":
            self.body(NEW, indent)
        elif self.text in ("case", "default"):
            self.case(self.switches[-1] if self.switches else around)
        elif self.is_label():
            self.put(NEW, 0)
            self.put(JOIN, 0, space=False)
        else:
            self.plain(NEW, indent)

    def is_label(self) -> bool:
        return self.ahead(1) == ":" and self.text != ":"

    def case(self, indent: int) -> None:
        self.put(NEW, indent)
        while self.text not in (":", ""):
            self.put(KEEP, indent + 1, self.gap())
        self.put(JOIN, indent, space=False)
        if self.text == "{":
            self.body(JOIN, indent)

    def plain(self, line: str, indent: int) -> None:
        """A statement that is neither block nor label; `line` is that of its first word."""
        match self.text:
            case word if word in _HEADS:
                self.put(line, indent)
                self.brackets(indent)
                if word == "switch":
                    self.switches.append(indent)
                self.arm(indent)
                if word == "switch":
                    self.switches.pop()
                if word == "if" and self.text == "else":
                    self.orelse(indent)
            case "do":
                self.put(line, indent)
                self.arm(indent)
                self.put(self.behind_arm(), indent)
                self.brackets(indent)
                self.put(JOIN, indent, space=False)
            case _:
                self.simple(line, indent)

    def orelse(self, indent: int) -> None:
        self.put(self.behind_arm(), indent)
        if self.text == "if":
            self.plain(JOIN, indent)
        else:
            self.arm(indent)

    def behind_arm(self) -> str:
        """Where `else` and the `while` of a `do` stand: behind the brace, unless a comment is between."""
        here, last = self.found[len(self.spots)], self.found[len(self.spots) - 1]
        return JOIN if last.text == "}" and not here.before and not last.ends_line() else NEW

    def arm(self, indent: int) -> None:
        """What an `if` or a loop has below it."""
        while self.text in ("case", "default") or self.is_label():
            self.statement(indent, indent)
        if self.text == "{":
            self.body(JOIN if self.before() != ":" else NEW, indent)
        else:
            self.statement(indent + 1, indent)

    def brackets(self, indent: int) -> None:
        """A pair of brackets with all between them."""
        depth = 0
        while self.text:
            depth += {"(": 1, ")": -1}.get(self.text, 0)
            self.put(KEEP, indent + 1, self.gap())
            if depth == 0:
                return

    def simple(self, line: str, indent: int) -> None:
        """Everything up to the semicolon."""
        start = len(self.spots)
        self.put(line, indent)
        while self.before() != ";" and self.text:
            typed = len(self.spots) - start <= 2 + (self.found[start].text == "enum")
            self.put(KEEP, indent + 1, self.gap(declares=typed))

    # -- gaps
    def gap(self, declares: bool = False) -> bool:
        """Whether there is a space in front of the next lexeme; `declares` where a star makes a pointer type."""
        now, last = self.text, self.before()
        if now == ":":
            return not declares
        if now == "(":
            return last in _SPACED and not self.is_prefix(1, declares)
        if now == ";" and last == ";":
            return False
        if last == ";" and now == ")":
            return False
        return now not in _TIGHT_BEFORE and last not in _TIGHT_AFTER and not self.is_prefix(1, declares)

    def is_prefix(self, by: int, declares: bool) -> bool:
        """The sign that stands `by` lexemes before the next stands in front of its only operand."""
        sign, last = self.before(by), self.before(by + 1)
        if sign not in ("*", "-", "&"):
            return sign in ("!", "~")
        if declares or (sign == "*" and last in ("int", "bool", "void")):
            return True
        operand = last in (")", "") or last[0].isalnum() or last[0] in '_"'
        return not operand or last in _BEFORE_OPERAND


def spots(found: list[Lexeme], is_spec: bool) -> list[Spot]:
    """Where each lexeme of a text stands that is in the language."""
    return _Layout(found, is_spec).file()
