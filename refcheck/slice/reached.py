# SPDX-License-Identifier: GPL-2.0-only
"""What is no variable: containers that are parts of something or reached by an expression (paths.py), and places.py."""

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.emit import Val, unasked
from refcheck.slice.facts import nodes
from refcheck.slice.paths import written
from refcheck.slice.scope import Var
from refcheck.slice.sources import Sources, plain_name
from refcheck.slice.typing import type_of
from refcheck.syntax import code


class ByExpression(Sources):
    """Which container an expression stands for."""

    def draw(self, text: str, span: Span, declared: bool = False) -> None:
        """The container of a path is any one that may stand there."""
        path, name = self.paths[text], self.drawn_as[text]
        found = self.lent(path.kind, path.label, text, span).expr
        if declared:
            self.emit(code.Declare(code.Type(path.kind, False, span), name, found, span.line, span))
        elif found is not None:
            self.emit(code.Assign(code.Name(name, span), found, span.line, span))

    def drawn(self, e: c.CExpr) -> Val | None:
        """The container that an expression stands for wherever it is written."""
        text = written(e, self.setting.known.passing) if self.paths else ""
        return Val(code.Name(self.drawn_as[text], e.span), self.paths[text].kind) if text in self.paths else None

    def redraw(self, name: str, span: Span) -> None:
        """A variable has another value: what is reached by it is another container."""
        for text, path in self.paths.items():
            if name in path.roots:
                self.draw(text, span)
        for text, place in self.places.found.items():
            if name in place.roots:
                self.unread(text, span)

    # -- places
    def nothing_read(self, span: Span) -> None:
        """Nothing has been read from any place."""
        for text, place in self.places.found.items():
            name = plain_name(text)
            self.placed[text] = self.scope.fresh(name), self.scope.fresh(f"read_{name}")
            holds, known = self.placed[text]
            self.temps.add(known)
            self.emit(code.Declare(code.Type(place.kind, False, span), holds, code.Null(span), span.line, span))
            self.emit(code.Declare(code.Type("bool", False, span), known, code.Bool(False, span), span.line, span))

    def unread(self, text: str, span: Span) -> None:
        """What a place holds is not known any more."""
        self.emit(code.Assign(code.Name(self.placed[text][1], span), code.Bool(False, span), span.line, span))

    def read(self, e: c.CExpr, kind: str, about: str) -> Val:
        """What a field has: of a place what it had before, where nothing was written since."""
        label = self.source(e)
        about += ", of which each read gives another reference" if label in self.places.alike else ""
        about += ", where each expression for it is for another one" if label in self.places.apart else ""
        text, found = self.places.known(e), self.lent(kind, label, about, e.span)
        if not text or found.expr is None:
            return found
        span, at = e.span, unasked(e.span)
        name, known = self.placed[text]
        asked: code.Expr = code.LogicalNot(code.Name(known, at), at)
        if self.dereferenced:  # and so nobody takes it for NULL
            asked = code.Logic("||", asked, code.LogicalNot(code.Name(name, at), at), at)
        first = (
            code.Assign(code.Name(name, span), found.expr, span.line, span),
            code.Assign(code.Name(known, span), code.Bool(True, span), span.line, span),
        )
        self.emit(code.If(asked, code.Block(first, span), None, span.line, span))
        return Val(code.Name(name, span), kind)

    def outside(self, e: c.Member) -> Val | None:
        """A place that is reached from a variable of the file, of which the function does not know the type."""
        text = self.places.known(e)
        if not text:
            return None
        self.discard(self.pointer(e.base), e.span)
        return self.read(e, self.places.found[text].kind, self.text(e.span))

    def written(self, target: c.CExpr, v: Val, span: Span) -> None:
        """Something is assigned to a field: what other expressions reach through one of its name may be another object."""
        fields = {n.field for n in nodes(target) if isinstance(n, c.Member)}
        field = target.field if isinstance(target, c.Member) else ""
        mine, whole = self.places.known(target), self.places.text(target)
        of = self.places.text(target.arg) if isinstance(target, c.Unary) else ""
        before = tuple(x for x in (f"{whole}->", f"{whole}.", f"{whole}[", f"{of}->") if x[0] not in "-.[")
        for text, place in self.places.found.items():
            through = text.startswith(before)
            if text != mine and (through or (field in place.fields if field else fields & place.fields)):
                self.unread(text, span)
        if mine and v.expr is not None and v.type in (self.places.found[mine].kind, "null"):
            name, known = self.placed[mine]
            self.emit(code.Assign(code.Name(name, span), v.expr, span.line, span))
            self.emit(code.Assign(code.Name(known, span), code.Bool(True, span), span.line, span))
        elif mine:
            self.unread(mine, span)

    def holder(self, e: c.Member) -> Val:
        """The object that has a member, also where that is a part of another struct."""
        within = None if e.arrow else self.kinds.embedded(type_of(self.kinds, self.scope, e.base))
        if within is not None and self.is_followed(e.base, within):
            return self.embedded(e.base, within, e.span)
        return self.pointer(e.base)

    def is_followed(self, e: c.CExpr, kind: str) -> bool:
        """An object that is no pointer is a container, and one of those that are followed where it is."""
        return self.is_container(kind) and (not self.is_local(kind) or self.stacked(e))

    def stacked(self, e: c.CExpr) -> bool:
        """A struct on the stack that is followed."""
        var = self.scope.lookup(e.name) if isinstance(e, c.Id) else None
        return var is not None and self.is_container(var.kind.name) and not var.type.stars

    def embedded(self, e: c.CExpr, kind: str, span: Span) -> Val:
        """A container that is no pointer: a variable, or a part of something."""
        if isinstance(e, c.Id) and (var := self.scope.lookup(e.name)) is not None and var.kind.name == kind:
            return Val(code.Name(var.name, span), kind)
        drawn = self.drawn(e)
        if drawn is not None:
            return drawn
        if isinstance(e, c.Unary | c.Subscript | c.CallExpr):
            self.discard(self.value(e), span)
        text = self.text(e.span)
        return self.lent(kind, f"value:&{text}", text, span)

    def taken_in_part(self, s: c.MacroLoop, name: str, var: Var, first: bool) -> None:
        """An element that the loop may take out: the function's own where it will, and lent where it stays."""
        about, label = f"each round of `{s.macro}` has an element", f"walk:{s.macro}:{name}"
        self.settled((name,), s.span)
        lent = self.element(var.kind.name, label, False, about, s.span)
        target = code.Name(var.name, s.span)
        if first:
            self.unguessed(name, s.span)
            self.emit(code.Assign(target, lent, s.span.line, s.span))
        else:
            self.guess(name, target, self.element(var.kind.name, f"{label}:owned", True, about, s.span), lent)

    # -- what stands further down in the chain of classes
    def pointer(self, e: c.CExpr) -> Val:
        """A value that is dereferenced at once."""
        raise NotImplementedError

    def discard(self, v: Val, span: Span) -> None:
        """Evaluate for the effects only."""
        raise NotImplementedError
