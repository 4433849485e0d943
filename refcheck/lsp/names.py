# SPDX-License-Identifier: GPL-2.0-only
"""Where the names of a file stand, what each means, and which of them declare: read off the tree.

A variable or label belongs to its function or contract; everything else is known by its kind and name wherever a unit
has it.  Scopes of variables are the blocks of C.
"""

from typing import assert_never

from refcheck.base.source import NOWHERE
from refcheck.lsp.symbols import Occurrence, Symbol, Walker
from refcheck.lsp.words import TextWords, Word
from refcheck.syntax import ast, code


class _ModuleWalker(Walker):
    """Collects the occurrences of a module, item by item."""

    # -- declarations
    def item(self, item: ast.ModuleItem) -> None:
        words = self.words.within(item.span)
        match item:
            case ast.UseSpecs():
                for w in words:
                    if w.text[0] == '"':
                        symbol = Symbol("spec", w.text.strip('"'), NOWHERE, "")
                        self.found.append(Occurrence(symbol, w.span(self.path), False))
            case ast.SourceNote():
                pass
            case ast.ResourceDef() | ast.Extension():
                self.resource(item, words)
            case ast.ContextDef():
                for w in self.behind(words, "context"):
                    self.add("fact", w, declares=True)
            case ast.FactDef(name):
                self.add("fact", self.named(item.span, name), declares=True)
                for w in self.behind(words, "="):
                    self.add("fact", w)
            case ast.EntryDef():
                self.entry(item, words)
            case ast.EnumDef():
                first, *members = [w for w in words if w.is_name()][1:]
                self.add("enum", first, declares=True)
                for w in members:
                    self.add("constant", w, declares=True)
            case ast.GuardDef():
                guard, *calls = [w for w in words if w.is_name()][1:]
                self.add("guard", guard, declares=True)
                for w in calls:
                    self.add("function", w)
            case ast.RoleDef(contract=contract):
                self.contract(contract)
            case ast.ContractDef():
                self.contract(item)
            case ast.FunctionDef():
                self.body(item)
            case _:
                assert_never(item)

    def resource(self, item: ast.ResourceDef | ast.Extension, words: list[Word]) -> None:
        self.add("resource", self.behind(words, "resource")[0], declares=isinstance(item, ast.ResourceDef))
        for w in self.behind(words, "freed", "after"):
            self.add("fact", w)
        for slot in item.slots:
            name, target = self.names(slot.span)[1:3]
            self.add("slot", name, declares=True, type_name=item.name)
            self.add("resource", target)

    def entry(self, item: ast.EntryDef, words: list[Word]) -> None:
        self.add("entry", self.behind(words, "entry")[0], declares=True)
        texts = [w.text for w in words]
        for i, text in enumerate(texts):
            if text == "holds" and i > 2:
                for w in self.behind(words[i:], "holds"):
                    self.add("fact", w)
            if text == "slot" and texts[i + 2 : i + 3] == ["."]:
                self.add("resource", words[i + 1])
                self.add("slot", words[i + 3], type_name=texts[i + 1])
        self.scopes.append({})
        for cond in item.requires:
            self.condition(cond)
        self.scopes.pop()

    def signature(self, sig: ast.Signature) -> None:
        """The head of a function or contract; its parameters are known from here on."""
        self.type(sig.result)
        words = self.words.within(sig.span)
        opening = next((i for i, w in enumerate(words) if w.text == "("), 1)
        self.add("function", words[opening - 1], declares=True)
        for p in sig.params:
            found, end = self.names(p.span), (p.type.span.end_line, p.type.span.end_col)
            name = next((w for w in found if w.text == p.name and (w.line, w.column) >= end), None)
            if name is None:
                self.declare(found[0], p.type.name, bare=True)
                self.add("resource", found[0], bare=True)
            else:
                self.type(p.type)
                self.declare(name, p.type.name)
        for i, w in enumerate(words):
            kind = {"__must_hold": "fact", "__entry": "entry", "kept": "function"}.get(w.text, "")
            if kind == "fact":
                self.musts(words[i:])
            elif kind:
                for name in self.behind(words[i:], w.text, "("):
                    self.add(kind, name)
        for m in sig.must_hold:
            self.maybe(m.when)
        for _, asked in sig.requires:
            self.condition(asked)
        for e in sig.expects:
            if e.entry is not None:
                self.add("entry", self.named(e.span, e.entry, last=True))

    def musts(self, words: list[Word]) -> None:
        """The facts of one `__must_hold(...)`: those that stand before an `if`, between brackets and commas."""
        depth, asks = 0, False
        for w in words[1:]:
            depth += {"(": 1, ")": -1}.get(w.text, 0)
            if not depth:
                return
            asks = (asks or w.text == "if") and not (w.text == "," and depth == 1)
            if w.is_name() and not asks:
                self.add("fact", w)

    def contract(self, c: ast.ContractDef) -> None:
        self.scopes.append({})
        self.signature(c.sig)
        self.outcomes(c.outcomes)
        self.scopes.pop()

    def outcomes(self, outcomes: tuple[ast.Outcome, ...]) -> None:
        for o in outcomes:
            self.maybe(o.when)
            for e in o.effects:
                self.effect(e)

    def effect(self, e: ast.Effect) -> None:
        if e.verb in ("enter", "leave", "revoke"):
            self.add("fact", self.named(e.span, e.context))
        if e.place is not None:
            self.place(e.place)
        match e.value:
            case ast.Fresh(_, until, span):
                for name in until:
                    word = self.named(span, name)
                    if self.variable(word) is None:
                        self.add("fact", word)
            case ast.FromPlace(_, place):
                self.place(place)
            case _:
                pass
        self.maybe(e.when)

    def place(self, p: ast.EffectPlace) -> None:
        found = self.names(p.span)
        base = self.variable(found[0] if found else None)
        if p.slot is not None and len(found) > 1:
            self.add("slot", found[-1], type_name=base.type if base else "")
        elif found and base is None and found[0].text != "result":
            self.add("constant", found[0])

    def maybe(self, c: ast.CondExpr | None) -> None:
        if c is not None:
            self.condition(c)

    def condition(self, c: ast.CondExpr) -> None:
        match c:
            case ast.StateIs(place):
                self.place(place)
            case ast.PlaceTest(place, _, value):
                self.place(place)
                if value is not None:
                    self.expression(value)
            case code.Config():
                pass
            case code.LogicalNot(arg) | code.Logic(_, arg):
                self.condition(arg)  # type: ignore[arg-type]
                if isinstance(c, code.Logic):
                    self.condition(c.right)  # type: ignore[arg-type]
            case _:
                assert_never(c)

    def body(self, f: ast.FunctionDef) -> None:
        self.scopes.append({})
        self.signature(f.sig)
        self.outcomes(f.contract or ())
        self.function = f.sig.span
        self.statement(f.body)
        self.function = NOWHERE
        self.scopes.pop()


def occurrences(module: ast.Module, words: TextWords) -> list[Occurrence]:
    """Every name of a module that means something, in the order of the text; `words` are those of its text."""
    walker = _ModuleWalker(module, words)
    for item in module.items:
        walker.item(item)
    return sorted(walker.found, key=lambda o: (o.span.line, o.span.col))
