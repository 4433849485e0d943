# SPDX-License-Identifier: GPL-2.0-only
"""The syntax tree of code: expressions and statements.  Contracts and declarations are in ast.py."""

from typing import TYPE_CHECKING, Any, Self, dataclass_transform

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span

if TYPE_CHECKING:
    # Nodes that hold nodes are named tuples like all others.  mypy is told of classes with fields instead: it compares
    # named tuples field by field, which takes minutes for unions that lead back to themselves.
    @dataclass_transform(frozen_default=True)
    class Node:
        """A named tuple of the fields that a subclass lists."""

        def _replace(self, **changes: Any) -> Self: ...
else:
    Node = NamedTuple

# ---------------------------------------------------------------------------------------------- expressions


class Name(Node):
    """A variable, enumerator or constant."""

    name: str
    span: Span


class Int(Node):
    """An integer literal, negative ones included."""

    value: int
    span: Span


class Errno(Node):
    """`-ENAME`: a negative error code by name; the negative of a variable where one is declared of that name."""

    name: str
    span: Span


class Null(Node):
    """The NULL pointer."""

    span: Span


class Bool(Node):
    """`true` or `false`."""

    value: bool
    span: Span


class Nondet(Node):
    """`nondet("kernel text", used...)`: an unknown condition; the pointers named are dereferenced to find it."""

    text: str
    args: tuple["Expr", ...]
    span: Span


class Config(Node):
    """`config(NAME)`: a build option, one value for the whole verification of a function."""

    name: str
    span: Span


class Call(Node):
    """A call; builtins such as IS_ERR are told apart by the resolver."""

    name: str
    args: tuple["Expr", ...]
    span: Span


class Field(Node):
    """`base->field`: the content of a slot."""

    base: str
    field: str
    span: Span


class AddressOf(Node):
    """`&name` (an out-argument) or `&name->field` (an alias of the object `name` points to)."""

    name: str
    field: str | None
    span: Span


class Deref(Node):
    """`*name`: the variable behind an out-parameter."""

    name: str
    span: Span


class LogicalNot(Node):
    """Logical negation."""

    arg: "Expr"
    span: Span


class Logic(Node):
    """`&&` and `||`, left to right with short circuit."""

    op: str
    left: "Expr"
    right: "Expr"
    span: Span


class Compare(Node):
    """`== != < <= > >=`."""

    op: str
    left: "Expr"
    right: "Expr"
    span: Span


class Arithmetic(Node):
    """`+ - * & | ^ << >>` of integers, as C has them; what overflows wraps around."""

    op: str
    left: "Expr"
    right: "Expr"
    span: Span


class Prefix(Node):
    """`-x` or `~x` of an integer."""

    op: str
    arg: "Expr"
    span: Span


class Ternary(Node):
    """`cond ? yes : no`."""

    cond: "Expr"
    yes: "Expr"
    no: "Expr"
    span: Span


class Assigned(Node):
    """`target = value` as a value: that of the target afterwards."""

    target: "Expr"
    value: "Expr"
    span: Span


Expr = (
    Name | Int | Errno | Null | Bool | Nondet | Config | Call | Field | AddressOf | Deref | LogicalNot | Logic | Compare
    | Arithmetic | Prefix | Ternary | Assigned
)  # fmt: skip

# ---------------------------------------------------------------------------------------------- statements


class Type(NamedTuple):
    """`int`, `bool`, `void`, an enum or a resource; `pointer` marks an out-parameter (`bool *noref`)."""

    name: str
    pointer: bool
    span: Span


class Declare(Node):
    """`type name [= init];`"""

    type: Type
    name: str
    init: Expr | None
    line: int
    span: Span


class Assign(Node):
    """`target = value;` where the target is a Name, Deref or Field."""

    target: Expr
    value: Expr
    line: int
    span: Span


class Evaluate(Node):
    """A call for its effects."""

    expr: Expr
    line: int
    span: Span


class Block(Node):
    """`{ ... }`: a scope; guards opened in it end with it."""

    body: tuple["Stmt", ...]
    span: Span
    line: int = 0


class If(Node):
    """`if (cond) then else orelse`."""

    cond: Expr
    then: "Stmt"
    orelse: "Stmt | None"
    line: int
    span: Span


class While(Node):
    """`while (cond) body`."""

    cond: Expr
    body: "Stmt"
    line: int
    span: Span


class DoWhile(Node):
    """`do body while (cond);`"""

    body: "Stmt"
    cond: Expr
    line: int
    span: Span


class For(Node):
    """`for (init; cond; step) body`; each part may be missing."""

    init: "Stmt | None"
    cond: Expr | None
    step: "Stmt | None"
    body: "Stmt"
    line: int
    span: Span


class Case(Node):
    """One `case VALUE:` or `default:` (value None): a label of the innermost switch around it."""

    value: Expr | None
    span: Span


class Switch(Node):
    """`switch (subject) { case ...: ... }`, with fall-through as in C."""

    subject: Expr
    body: tuple["Stmt", ...]
    line: int
    span: Span


class Jump(Node):
    """`break;` or `continue;`"""

    kind: str
    line: int
    span: Span


class Goto(Node):
    """`goto label;`, forwards or backwards."""

    label: str
    line: int
    span: Span


class Labelled(Node):
    """`label:` in front of a statement (or of a closing brace)."""

    label: str
    line: int
    span: Span


class Return(Node):
    """`return [value];`"""

    value: Expr | None
    line: int
    span: Span


class Guard(Node):
    """`guard(rcu)();` (body None: to the end of the block) or `scoped_guard(rcu) body`."""

    lock: str
    body: "Stmt | None"
    line: int
    span: Span


Stmt = (
    Declare | Assign | Evaluate | Block | If | While | DoWhile | For | Switch | Case | Jump | Goto | Labelled | Return
    | Guard
)  # fmt: skip
