# SPDX-License-Identifier: GPL-2.0-only
"""Operands of one expression, which C evaluates in any order, and values that nobody wants."""

from collections.abc import Iterator
from contextlib import contextmanager

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.effects import does_something
from refcheck.slice.emit import Val
from refcheck.slice.facts import nodes
from refcheck.slice.reached import ByExpression
from refcheck.syntax import code

Touched = dict[str, dict[str, code.Expr]]  # by operand, the objects that it looks at


class Operands(ByExpression):
    """What an expression does beside its value."""

    # -- in any order
    def unordered(self, *operands: c.CExpr) -> list[Val]:
        """Operands that C evaluates in any order: what one touches is there behind what another does, too."""
        found: list[Val] = []
        touched: Touched = {}
        for i, operand in enumerate(operands):
            with self.touching(touched, f"{i}"):
                found.append(self.value(operand))
        return [
            v._replace(expr=self.in_any_order(v.expr, v.type, f"{i}", touched)) if v.expr is not None else v
            for i, v in enumerate(found)
        ]

    @contextmanager
    def touching(self, touched: Touched, which: str) -> Iterator[None]:
        """What is touched in here is noted as what one operand touches."""
        before = set(self.uses)
        yield
        touched[which] = {n: x for n, x in self.uses.items() if n not in before}

    def in_any_order(self, e: code.Expr, kind: str, which: str, touched: Touched) -> code.Expr:
        """An operand that does something, as a variable: what the others touch is touched behind it, too."""
        others = {n: x for other, those in touched.items() if other != which for n, x in those.items()}
        acts = any(isinstance(n, code.Call) and self._acts(n.name) for n in nodes(e))
        if not others or not acts or kind in ("", "void", "null", "error"):
            return e
        kept = self.temp(kind, e, e.span)
        for x in others.values():
            self.touch(x)
        return kept

    def _acts(self, name: str) -> bool:
        contract = self.setting.contracts.get(name) or self.setting.made.get(name)
        return contract is not None and does_something(contract)

    # -- values that nobody wants
    def discard(self, v: Val, span: Span) -> None:
        """Evaluate for the effects only."""
        if v.expr is not None:
            self.drop(v.expr, span)

    def drop(self, e: code.Expr, span: Span) -> None:
        """The calls and assignments in an expression whose value is not wanted."""
        match e:
            case code.Call(name, args) if name in words.ERRORS | {"likely", "unlikely"}:
                for a in args:
                    self.drop(a, span)
            case code.Call():
                self.emit(code.Evaluate(e, e.span.line, e.span))
            case code.Assigned(target, value):
                self.emit(code.Assign(target, value, e.span.line, e.span))
            case code.LogicalNot(arg):
                self.drop(arg, span)
            case code.Compare(_, left, right) | code.Arithmetic(_, left, right):
                self.drop(left, span)
                self.drop(right, span)
            case code.Logic(op, left, right):
                with self.captured() as then:
                    self.drop(right, span)
                if then:
                    cond = left if op == "&&" else code.LogicalNot(left, e.span)
                    self.emit(code.If(cond, code.Block(tuple(then), e.span), None, e.span.line, e.span))
                else:
                    self.drop(left, span)
            case code.Ternary(cond, yes, no):
                with self.captured() as then:
                    self.drop(yes, span)
                with self.captured() as orelse:
                    self.drop(no, span)
                if then or orelse:
                    other = code.Block(tuple(orelse), e.span) if orelse else None
                    self.emit(code.If(cond, code.Block(tuple(then), e.span), other, e.span.line, e.span))
                else:
                    self.drop(cond, span)
            case code.Nondet(_, args):
                for a in args:
                    self.touch(a)
            case _:
                pass
