# SPDX-License-Identifier: GPL-2.0-only
"""What edges do to the integers themselves, as SMT-LIB 2 over bit-vectors of 32 bits.

A state of steps knows of an integer its class; here is the integer.  Calculations are those of C on `int` that wraps
around.  A shift by less than 0 or more than 31 bits is any number, and so is whatever is not understood: pointers, what
slots hold, the levels of contexts.  An enum or a bool is its number.
"""

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.graph.footprint import touched
from refcheck.refinement.data import Predicate

_CALCULATE = {"+": "bvadd", "-": "bvsub", "*": "bvmul", "&": "bvand", "|": "bvor", "^": "bvxor"}
_SHIFT = {"<<": "bvshl", ">>": "bvashr"}
_COMPARE = {"==": "=", "!=": "distinct", "<": "bvslt", "<=": "bvsle", ">": "bvsgt", ">=": "bvsge"}


def number(value: int) -> str:
    """A number as a bit-vector."""
    return f"(_ bv{value % (1 << 32)} 32)"


def compared(op: str, left: str, right: str) -> str:
    """A comparison of two bit-vectors, signed."""
    return f"({_COMPARE[op]} {left} {right})"


def both(*conditions: str) -> str:
    """All of the conditions."""
    return f"(and true {' '.join(conditions)})"


class Integers:
    """The integers of a graph along a path, as symbols; `lines` declares and asserts what the path does.

    `now` has for each cell the symbol of its integer where one was needed or made.
    """

    def __init__(self, cfg: CFG, prefix: str) -> None:
        self.cfg, self.prefix = cfg, prefix
        self.lines: list[str] = []
        self.now: dict[int, str] = {}
        self.count = 0

    def fresh(self, sort: str = "(_ BitVec 32)") -> str:
        """A symbol that is anything."""
        self.count += 1
        self.lines.append(f"(declare-const {self.prefix}{self.count} {sort})")
        return f"{self.prefix}{self.count}"

    def suppose(self, condition: str) -> None:
        """Only where this holds."""
        self.lines.append(f"(assert {condition})")

    def cell(self, cell: int) -> str:
        """The integer in a cell now; a bool is 0 or 1."""
        if cell not in self.now:
            self.now[cell] = self.fresh()
            if self.cfg.cells[cell].kind == "bool":
                self.suppose(f"(bvule {self.now[cell]} {number(1)})")
        return self.now[cell]

    def term(self, t: ops.IntTerm, total: bool = False) -> str:
        """The value of a term now; where it is `total`, a shift by no number of bits is what SMT-LIB says."""
        match t:
            case ops.ValueOf(cell):
                return self.cell(cell)
            case ops.Constant(value):
                return number(value)
            case ops.Calculated(op, left, right):
                a, b = self.term(left, total), self.term(right, total)
                if op in _CALCULATE:
                    return f"({_CALCULATE[op]} {a} {b})"
                shifted = f"({_SHIFT[op]} {a} {b})"
                return shifted if total else f"(ite (bvult {b} {number(32)}) {shifted} {self.fresh()})"

    def predicate(self, p: Predicate) -> str:
        """The truth of a predicate now: it follows from the integers, whatever these are."""
        return compared(p.op, self.term(p.left, total=True), self.term(p.right, total=True))

    def one_of(self, symbol: str, cell: int, values: tuple[int, ...]) -> str:
        """The integer is in the classes that values stand for."""
        return f"(or false {' '.join(self._in_class(symbol, cell, v) for v in values)})"

    def _in_class(self, symbol: str, cell: int, value: int) -> str:
        if value in self.cfg.points or self.cfg.cells[cell].kind == "bool":
            return compared("==", symbol, number(value))
        below = [p for p in self.cfg.points if p < value]
        above = [p for p in self.cfg.points if p > value]
        bounds = [compared(">", symbol, number(below[-1]))] if below else []
        return both(*bounds, *([compared("<", symbol, number(above[0]))] if above else []))

    def condition(self, c: ops.Cond) -> str:
        """The truth of a condition now; of what is no integer it is anything."""
        match c:
            case ops.And(args):
                return both(*map(self.condition, args))
            case ops.Or(args):
                return f"(or false {' '.join(map(self.condition, args))})"
            case ops.Not(arg):
                return f"(not {self.condition(arg)})"
            case ops.Truth(cell) if self._is_integer(cell):
                return compared("!=", self.cell(cell), number(0))
            case ops.Cmp(cell, op, value) if self._is_integer(cell):
                return compared(op, self.cell(cell), number(value))
            case ops.CmpCells(left, op, right) if self._is_integer(left) and self._is_integer(right):
                return compared(op, self.cell(left), self.cell(right))
            case _:
                return self.fresh("Bool")

    def _is_integer(self, cell: int) -> bool:
        return self.cfg.cells[cell].kind != "ptr"

    def edge(self, edge: Edge) -> list[str]:
        """The path goes along an edge; the symbols of its free choices, in order."""
        self.suppose(self.condition(edge.guard))
        chosen = list[str]()
        for op in edge.ops:
            self._does(op, chosen)
        return chosen

    def _does(self, op: ops.Op, chosen: list[str]) -> None:
        match op:
            case ops.Havoc(cell, values):
                chosen.append(self.fresh())
                if self._is_integer(cell):
                    self.suppose(self.one_of(chosen[-1], cell, values))
                    self.now[cell] = chosen[-1]
            case ops.Set(cell, value) if self._is_integer(cell) and value != UNINIT:
                self.now[cell] = self.fresh()  # a contract gives a class where it leaves one only
                self.suppose(self.one_of(self.now[cell], cell, (value,)))
            case ops.Copy(cell, src) if self._is_integer(cell) and self._is_integer(src):
                self.now[cell] = self.cell(src)
            case ops.Suppose(left, compare, right):
                self.suppose(compared(compare, self.term(left), self.term(right)))
            case ops.When(cond, todo):
                self._when(cond, todo)
            case ops.Kill():
                pass  # nobody reads it again; it has its integer all the same
            case _:
                for cell in touched(op):
                    if self._is_integer(cell):
                        self.now.pop(cell, None)
                        self.cell(cell)

    def _when(self, cond: ops.Cond, todo: tuple[ops.Op, ...]) -> None:
        """What happens where a condition holds; else each integer is what it was."""
        truth = self.condition(cond)
        cells = [c for op in todo for c in touched(op) if self._is_integer(c)]
        before = {c: self.cell(c) for c in cells}
        for op in todo:
            self._does(op, [])
        for c, was in before.items():
            if self.now[c] != was:
                self.now[c] = f"(ite {truth} {self.now[c]} {was})"
