# SPDX-License-Identifier: GPL-2.0-only
"""Calculations: what they give is any integer as far as steps know, and a term says which.

A calculation as a condition is two branches of which either can be taken, each under what it supposes; as a value it is
a free choice of a class of integers, under the same.  What is supposed follows C on `int`: 32 bits that wrap around, as the
kernel is compiled (-fno-strict-overflow).
"""

from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import LEAST, MOST
from refcheck.graph.footprint import reads
from refcheck.lower.builder import Operand
from refcheck.lower.places import Places
from refcheck.syntax import code, pretty
from refcheck.syntax.parser import MAX_NESTING

# A term, and what is asked before it has a value: that each variable in it was written.
CheckedTerm = tuple[ops.IntTerm, tuple[ops.Op, ...]]


class Calculations(Places):
    """Lowers the calculations of one function."""

    def is_term(self, e: code.Expr) -> bool:
        """The expression is a calculation, or a number that stands for no class of integers of its own."""
        match e:
            case code.Arithmetic() | code.Prefix():
                return True
            case code.Int(value):
                return not LEAST < value < MOST
            case code.Errno(name):
                return self.is_variable(name)
            case _:
                return False

    def is_variable(self, name: str) -> bool:
        """A variable of this name is declared."""
        return any(name in scope.names for scope in self.scopes)

    def term(self, e: code.Expr, depth: int = 0) -> CheckedTerm:
        """The term of an integer expression; InputError RC007 where an operand is none, or where it nests too deep."""
        if depth > MAX_NESTING:
            text = f"this calculation nests deeper than {MAX_NESTING} levels"
            raise self.b.fail("too-deep", text, e.span, "calculate parts of it in statements of their own")
        match e:
            case code.Arithmetic(op, left, right, span):
                self.in_any_order((left, right), span)
                (a, first), (b, second) = self.term(left, depth + 1), self.term(right, depth + 1)
                return ops.Calculated(op, a, b), (*first, *second)
            case code.Prefix("-", arg):
                inner, asked = self.term(arg, depth + 1)
                return ops.Calculated("-", ops.Constant(0), inner), asked
            case code.Prefix(_, arg):
                inner, asked = self.term(arg, depth + 1)
                return ops.Calculated("^", inner, ops.Constant(-1)), asked
            case code.Errno(name, span) if self.is_variable(name):
                inner, asked = self.term(code.Name(name, span), depth)
                return ops.Calculated("-", ops.Constant(0), inner), asked
            case code.Int(value):
                return ops.Constant(value), ()
            case _:
                who = self.value(e)
                if who.type in self.decl.enums and who.cell >= 0:
                    text = f"a compiler may take `{self.named(who.type)}` for unsigned, and calculates otherwise then"
                    raise self.b.fail("wrong-kind", text, e.span, "give it to a variable of type `int` first")
                return self.number(who, e)

    def number(self, who: Operand, e: code.Expr) -> CheckedTerm:
        """An operand as a term; InputError RC007 where it is no number."""
        if who.type == "void" or self.is_pointer(who.type):
            raise self.b.fail("wrong-kind", f"one does not calculate with `{who.type}`", e.span, "write a number")
        if who.cell < 0:
            return ops.Constant(who.value), ()
        asked = (ops.CheckInit(who.cell),) if isinstance(e, code.Name | code.Deref) else ()
        return ops.ValueOf(who.cell), asked

    def calculation(self, e: code.Expr, into: int, kind: str) -> Operand:
        """The value of a calculation, in cell `into` where that is an integer that the calculation does not read."""
        term, asked = self.term(e)
        text = pretty.expr(e)
        if into < 0 or kind != "int" or into in reads(term):
            cell = self.b.cell(text, "int", "temp")
        else:
            cell, text = into, f"{self.b.cells[into].name} = {text}"
        todo = (*asked, ops.Havoc(cell, self.b.values_of("int")), ops.Suppose(ops.ValueOf(cell), "==", term))
        self.b.then(e.span, text, "statement", todo, self.line)
        return Operand(cell, 0, "int")

    def supposed(self, op: str, left: CheckedTerm, right: CheckedTerm, span: Span, text: str, ways: tuple[int, int]) -> None:
        """Two branches: to the first of `ways` where the terms compare so, to the second where they do not."""
        asked = (*left[1], *right[1])
        for way, word, way_op in zip(ways, ("true", "false"), (op, NEGATED[op]), strict=True):
            todo = (*asked, ops.Suppose(left[0], way_op, right[0]))
            self.b.edge(way, span, f"{text}: {word}", "branch", todo, outcome=word, line=self.line)


NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
