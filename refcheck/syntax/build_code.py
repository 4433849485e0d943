# SPDX-License-Identifier: GPL-2.0-only
"""Rules to syntax tree, of statements and expressions: one method per grammar rule, named after it.  See build.py."""

from typing import Any

from refcheck.base.source import Span
from refcheck.syntax import code

Children = list[Any]


class LineMark(str):
    """A line mark `@N`."""

    __slots__ = ()


def text(token: str) -> str:
    """What stands between the quotes."""
    return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _line(children: Children) -> int:
    """The kernel line `@N` among the children, 0 when there is none."""
    for c in children:
        if type(c) is LineMark:
            return int(c[1:])
    return 0


def _rest(children: Children) -> Children:
    return [c for c in children if type(c) is not LineMark]


class CodeBuilder:
    """Builds the nodes of `refcheck.syntax.code`."""

    # -- statements
    def body(self, at: Span, c: Children) -> code.Block:
        statements = tuple(s for x in _rest(c) for s in (x if type(x) is list else [x]))
        return code.Block(statements, at, _line(c))

    def declare(self, _at: Span, c: Children) -> list[code.Declare]:
        line, kind = _line(c), c[0]
        return [code.Declare(kind, name, init, line, span) for name, init, span in _rest(c)[1:]]

    for_declare = declare

    def declarator(self, at: Span, c: Children) -> tuple[str, code.Expr | None, Span]:
        return (c[0], c[1] if len(c) > 1 else None, at)

    def labelled_arm(self, at: Span, c: Children) -> code.Block:
        return self.body(at, c)

    def assign(self, at: Span, c: Children) -> code.Assign:
        return code.Assign(c[0], c[1], 0, at)

    def evaluate(self, at: Span, c: Children) -> code.Evaluate:
        return code.Evaluate(c[0], 0, at)

    def unreachable(self, at: Span, c: Children) -> code.Evaluate:
        return code.Evaluate(code.Call("unreachable", (code.Nondet(text(c[0]), (), at),), at), 0, at)

    def simple_stmt(self, _at: Span, c: Children) -> code.Stmt:
        return c[0]._replace(line=_line(c)) if len(c) > 1 else c[0]  # type: ignore[no-any-return]

    def if_stmt(self, at: Span, c: Children) -> code.If:
        cond, then = _rest(c)
        return code.If(cond, _one(then), None, _line(c) or _block_line(then), at)

    def if_else(self, at: Span, c: Children) -> code.If:
        cond, then, orelse = _rest(c)
        return code.If(cond, _one(then), _one(orelse), _line(c) or _block_line(then), at)

    def while_stmt(self, at: Span, c: Children) -> code.While:
        cond, body = _rest(c)
        return code.While(cond, _one(body), _line(c) or _block_line(body), at)

    def do_stmt(self, at: Span, c: Children) -> code.DoWhile:
        body, cond = _rest(c)
        return code.DoWhile(_one(body), cond, _line(c), at)

    def for_part(self, _at: Span, c: Children) -> Any:
        return c[0] if c else None

    for_cond = for_init = for_part

    def for_stmt(self, at: Span, c: Children) -> code.For | code.Block:
        init, cond, step, body = _rest(c)
        line, body = _line(c) or _block_line(body), _one(body)
        if type(init) is list:  # their scope is the whole loop
            return code.Block((*init, code.For(None, cond, step, body, line, at)), at)
        return code.For(init, cond, step, body, line, at)

    def switch_stmt(self, at: Span, c: Children) -> code.Switch:
        parts = _rest(c)
        body = tuple(s for x in parts[1:] for s in (x if type(x) is list else [x]))
        return code.Switch(parts[0], body, _line(c), at)

    def case(self, at: Span, c: Children) -> code.Case:
        return code.Case(c[0], at)

    def default(self, at: Span, _c: Children) -> code.Case:
        return code.Case(None, at)

    def break_stmt(self, at: Span, c: Children) -> code.Jump:
        return code.Jump("break", _line(c), at)

    def continue_stmt(self, at: Span, c: Children) -> code.Jump:
        return code.Jump("continue", _line(c), at)

    def goto_stmt(self, at: Span, c: Children) -> code.Goto:
        return code.Goto(c[0], _line(c), at)

    def return_stmt(self, at: Span, c: Children) -> code.Return:
        rest = _rest(c)
        return code.Return(rest[0] if rest else None, _line(c), at)

    def guard_stmt(self, at: Span, c: Children) -> code.Guard:
        return code.Guard(c[0], None, _line(c), at)

    def scoped_guard(self, at: Span, c: Children) -> code.Guard:
        lock, body = _rest(c)
        return code.Guard(str(lock), _one(body), _line(c) or _block_line(body), at)

    def label(self, at: Span, c: Children) -> code.Labelled:
        return code.Labelled(c[0], _line(c), at)

    def empty_stmt(self, at: Span, _c: Children) -> code.Block:
        return code.Block((), at)

    # -- expressions
    def name(self, at: Span, c: Children) -> code.Name:
        return code.Name(c[0], at)

    def int(self, at: Span, c: Children) -> code.Int:
        return code.Int(int(c[0]), at)

    def neg_int(self, at: Span, c: Children) -> code.Int:
        return code.Int(-int(c[0]), at)

    def errno(self, at: Span, c: Children) -> code.Errno:
        return code.Errno(c[0], at)

    def null(self, at: Span, _c: Children) -> code.Null:
        return code.Null(at)

    def true(self, at: Span, _c: Children) -> code.Bool:
        return code.Bool(True, at)

    def false(self, at: Span, _c: Children) -> code.Bool:
        return code.Bool(False, at)

    def call(self, at: Span, c: Children) -> code.Call:
        return code.Call(c[0], tuple(c[1:]), at)

    def nondet(self, at: Span, c: Children) -> code.Nondet:
        return code.Nondet(text(c[0]), tuple(c[1:]), at)

    def config(self, at: Span, c: Children) -> code.Config:
        return code.Config(c[0], at)

    def field(self, at: Span, c: Children) -> code.Field:
        return code.Field(c[0], c[1], at)

    def address(self, at: Span, c: Children) -> code.AddressOf:
        return code.AddressOf(c[0], None, at)

    def address_field(self, at: Span, c: Children) -> code.AddressOf:
        return code.AddressOf(c[0], ".".join(c[1:]), at)

    def deref(self, at: Span, c: Children) -> code.Deref:
        return code.Deref(c[0], at)

    def logic_not(self, at: Span, c: Children) -> code.LogicalNot:
        return code.LogicalNot(c[0], at)

    def logic_or(self, at: Span, c: Children) -> code.Logic:
        return code.Logic("||", c[0], c[1], at)

    def logic_and(self, at: Span, c: Children) -> code.Logic:
        return code.Logic("&&", c[0], c[1], at)

    def compare(self, at: Span, c: Children) -> code.Compare:
        return code.Compare(c[1], c[0], c[2], at)

    def plus(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("+", c[0], c[1], at)

    def minus(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("-", c[0], c[1], at)

    def times(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("*", c[0], c[1], at)

    def shift_left(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("<<", c[0], c[1], at)

    def shift_right(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic(">>", c[0], c[1], at)

    def bit_and(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("&", c[0], c[1], at)

    def bit_xor(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("^", c[0], c[1], at)

    def bit_or(self, at: Span, c: Children) -> code.Arithmetic:
        return code.Arithmetic("|", c[0], c[1], at)

    def complement(self, at: Span, c: Children) -> code.Prefix:
        return code.Prefix("~", c[0], at)

    def negative(self, at: Span, c: Children) -> code.Prefix:
        return code.Prefix("-", c[0], at)

    def assigned(self, at: Span, c: Children) -> code.Assigned:
        return code.Assigned(c[0], c[1], at)

    def ternary(self, at: Span, c: Children) -> code.Ternary:
        return code.Ternary(c[0], c[1], c[2], at)


def _block_line(statement: Any) -> int:
    """The kernel line that stands behind an opening brace: it belongs to the condition in front of it."""
    return statement.line if isinstance(statement, code.Block) else 0


def _one(statement: Any) -> code.Stmt:
    """The first of several declarations where one statement is wanted: C takes none there."""
    return statement[0] if type(statement) is list else statement  # type: ignore[no-any-return]
