# SPDX-License-Identifier: GPL-2.0-only
"""Values of one type where another is wanted, as a C compiler converts them, and what fits nowhere."""

from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.logic import negate


class Conversions:
    """Gives values to variables of one function."""

    def __init__(self, builder: Builder) -> None:
        self.b = builder
        self.decl = builder.tables.decl
        self.line = 0

    def is_pointer(self, kind: str) -> bool:
        """The type is a resource (or the type of NULL and ERR_PTR)."""
        return kind in self.decl.resources or kind in ("null", "err")

    def fits(self, kind: str, src: Operand) -> bool:
        """A value of the operand's type can be given to a variable of type `kind`.

        Everything is true or false, and an enum is a number.  A number is an enum only where it is certain that it is one
        of the enumerators: code that takes an enum is proved for these alone.
        """
        if kind in (src.type, "bool"):
            return src.type != "void"
        if kind in self.decl.enums:
            return src.type in ("int", "bool") and src.cell < 0 and src.value in self.b.values_of(kind)
        if src.type in self.decl.resources or src.type == "void":
            return False
        return self.is_pointer(kind) == self.is_pointer(src.type)

    def named(self, kind: str) -> str:
        """A type as C writes it."""
        return f"enum {kind}" if kind in self.decl.enums else kind

    def remedy(self, kind: str, src: Operand) -> str:
        """What helps where a value does not fit."""
        if src.type == "null" and kind == "int":
            return "what is no pointer is 0, or an error: -ENOMEM"
        if self.is_pointer(src.type) and kind == "int":
            return "the error of a pointer is PTR_ERR(x)"
        if kind in self.decl.resources and src.type == "int":
            return "an error as a pointer is ERR_PTR(x), none is NULL"
        if kind not in self.decl.enums:
            return ""
        members = ", ".join(self.decl.enums[kind].members)
        if src.cell < 0:
            return f"{src.value} is none of {members}"
        return f"it may be none of {members}: choose one of them with a switch or `?:`"

    def assign(self, cell: int, kind: str, src: Operand, span: Span, text: str) -> None:
        """cell := operand, unless the operand is that cell already; InputError RC007 on a mismatch of types."""
        if src.cell == cell:
            return
        if not self.fits(kind, src):
            have, want = self.named(src.type), self.named(kind)
            place = "the result" if self.b.cells[cell].role == "result" else f"`{self.b.cells[cell].name}`"
            message = f"a value of type `{have}` does not fit {place}, which is `{want}`"
            raise self.b.fail("wrong-kind", message, span, self.remedy(kind, src))
        if kind == "bool" and src.type != "bool":
            self._truth(cell, src, span, text)
            return
        op: ops.Op = ops.Copy(cell, src.cell) if src.cell >= 0 else ops.Set(cell, src.value)
        self.b.then(span, text, "statement", (op,), self.line)

    def _truth(self, cell: int, src: Operand, span: Span, text: str) -> None:
        """A number or pointer becomes a bool: false for 0, true for everything else."""
        if src.cell < 0:
            self.b.then(span, text, "statement", (ops.Set(cell, int(src.value != 0)),), self.line)
            return
        after, guard = self.b.location(), ops.Truth(src.cell)
        self.b.edge(after, span, text, "statement", (ops.Set(cell, 1),), guard, line=self.line)
        self.b.edge(after, span, text, "statement", (ops.Set(cell, 0),), negate(guard), line=self.line)
        self.b.at = after
