# SPDX-License-Identifier: GPL-2.0-only
"""What a name means, and the walk that finds names: what expressions, heads and outcomes share."""

from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, Span
from refcheck.lsp.words import TextWords, Word
from refcheck.syntax import ast, code
from refcheck.unit.declare import BUILTINS, SCALARS

LOCAL = ("variable", "label")


class Symbol(NamedTuple):
    """What a name means: its kind, the name, and for locals the place of the declaration that it belongs to.

    Kinds: function, resource, fact, entry, enum, constant, guard, slot, variable, label, spec.  `type` is that of a
    variable, or the resource of a slot.
    """

    kind: str
    name: str
    home: Span
    type: str

    def same(self, other: "Symbol") -> bool:
        """Both are one thing inside of one unit."""
        owner = self.type == other.type or self.kind != "slot"
        return (self.kind, self.name, self.home) == (other.kind, other.name, other.home) and owner


class Occurrence(NamedTuple):
    """A name in the text: what it means, where it stands, and whether it is declared there.

    `bare` marks a parameter that has the name of its type and is written once: `(skb)` is a variable and a resource.
    """

    symbol: Symbol
    span: Span
    declares: bool
    bare: bool = False


class Walker:
    """Collects the occurrences of one module: what all parts of it share, and its code."""

    def __init__(self, module: ast.Module, words: TextWords) -> None:
        self.path = module.path
        self.words = words
        self.found: list[Occurrence] = []
        self.scopes: list[dict[str, Symbol]] = []
        self.function = NOWHERE

    # -- what is found
    def add(self, kind: str, word: Word | None, declares: bool = False, type_name: str = "", bare: bool = False) -> None:
        """A name that is known everywhere."""
        if word is not None:
            self.found.append(Occurrence(Symbol(kind, word.text, NOWHERE, type_name), word.span(self.path), declares, bare))

    def behind(self, words: list[Word], *before: str) -> list[Word]:
        """The names behind some words, up to the next sign that is neither `,` nor `|` nor `.`."""
        texts = [w.text for w in words]
        for i in range(len(words)):
            if tuple(texts[i : i + len(before)]) == before:
                rest, found = words[i + len(before) :], list[Word]()
                for w in rest:
                    if w.is_name() and w.text not in ("if", "sleeps"):
                        found.append(w)
                    elif w.text not in (",", "|", "."):
                        break
                return found
        return []

    def variable(self, word: Word | None) -> Symbol | None:
        """The variable that a name means, if it is one."""
        if word is None:
            return None
        known = next((s[word.text] for s in reversed(self.scopes) if word.text in s), None)
        if known is not None:
            self.found.append(Occurrence(known, word.span(self.path), False))
        return known

    def declare(self, word: Word | None, type_name: str, bare: bool = False) -> None:
        """A variable that is known from here to the end of the block."""
        if word is not None:
            symbol = Symbol("variable", word.text, word.span(self.path), type_name)
            self.scopes[-1][word.text] = symbol
            self.found.append(Occurrence(symbol, symbol.home, True, bare))

    def names(self, span: Span) -> list[Word]:
        return [w for w in self.words.within(span) if w.is_name()]

    def named(self, span: Span, name: str, last: bool = False) -> Word | None:
        """The first or last word of a stretch that is a name."""
        found = [w for w in self.words.within(span) if w.text == name]
        return (found[-1] if last else found[0]) if found else None

    def type(self, t: code.Type) -> None:
        found = self.names(t.span)
        if found and found[0].text == "enum":
            self.add("enum", found[1] if len(found) > 1 else None)
        elif found and t.name not in SCALARS:
            self.add("resource", found[0])

    # -- code
    def statement(self, s: code.Stmt) -> None:
        match s:
            case code.Declare(type, name, init):
                self.type(type)
                self.declare(self.named(s.span, name), type.name)
                if init is not None:
                    self.expression(init)
            case code.Block() | code.Switch():
                if isinstance(s, code.Switch):
                    self.expression(s.subject)
                self.scopes.append({})
                for inner in s.body:
                    self.statement(inner)
                self.scopes.pop()
            case code.Goto(label) | code.Labelled(label):
                word = self.named(s.span, label)
                if word is not None:
                    symbol = Symbol("label", label, self.function, "")
                    self.found.append(Occurrence(symbol, word.span(self.path), isinstance(s, code.Labelled)))
            case code.Guard(lock, body):
                self.add("guard", self.named(s.span, lock))
                if body is not None:
                    self.scoped(body)
            case _:
                self.parts(s)

    def scoped(self, s: code.Stmt) -> None:
        self.scopes.append({})
        self.statement(s)
        self.scopes.pop()

    def parts(self, s: Any) -> None:
        """Expressions in their order, and statements below."""
        for part in s:
            if isinstance(part, code.Stmt):
                self.scoped(part)
            elif isinstance(part, code.Expr):
                self.expression(part)
            elif type(part) is tuple:
                self.parts(part)

    def expression(self, e: code.Expr) -> None:
        match e:
            case code.Name(name) | code.Errno(name):
                word = self.named(e.span, name)
                if self.variable(word) is None and isinstance(e, code.Name):
                    self.add("constant", word)
            case code.Call(name, args):
                if name not in BUILTINS:
                    self.add("function", self.named(e.span, name))
                for arg in args:
                    self.expression(arg)
            case code.Field(base, field) | code.AddressOf(base, field):
                known = self.variable(self.named(e.span, base))
                word = self.named(e.span, field, last=True) if field else None
                if word is not None and known is not None:
                    self.add("slot", word, type_name=known.type)
            case code.Deref(name):
                self.variable(self.named(e.span, name))
            case _:
                self.parts(e)
