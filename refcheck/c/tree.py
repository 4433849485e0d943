# SPDX-License-Identifier: GPL-2.0-only
"""The tree of a C file as refcheck reads it: what parse.py gives and everything behind it matches on.

Every node is an immutable named tuple with its span in the user's own file as the last field.  What the parser did not
understand is there as `Broken`, never left out: who meets one where it matters says "not read" with the line.
"""

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax.code import Node


class CType(NamedTuple):
    """A type: `base` is `struct dst_entry`, `unsigned int`, `bool`, a typedef's name; then stars and array dimensions."""

    base: str
    stars: int
    dims: int
    function: bool  # a pointer to a function
    span: Span


# ---------------------------------------------------------------------------------------------- expressions


class Id(Node):
    """A name: variable, function, macro or enumerator."""

    name: str
    span: Span


class Number(Node):
    """A number or character constant, with its value."""

    value: int
    span: Span


class CString(Node):
    """A string, adjacent ones joined; its content does not matter here."""

    span: Span


class CallExpr(Node):
    """`callee(args)`, where the callee is most often an Id, else a Member (a method pointer)."""

    callee: "CExpr"
    args: "tuple[CExpr | CType, ...]"
    span: Span


class Member(Node):
    """`base.field` or, with `arrow`, `base->field`."""

    base: "CExpr"
    field: str
    arrow: bool
    span: Span


class Subscript(Node):
    """`base[at]`."""

    base: "CExpr"
    at: "CExpr"
    span: Span


class Unary(Node):
    """`! ~ - + * &` before an operand."""

    op: str
    arg: "CExpr"
    span: Span


class IncDec(Node):
    """`++` and `--`; `prefix` where the value is the new one."""

    op: str
    arg: "CExpr"
    prefix: bool
    span: Span


class Binary(Node):
    """An operator between two operands: arithmetic, comparison, `&&`, `||`."""

    op: str
    left: "CExpr"
    right: "CExpr"
    span: Span


class Conditional(Node):
    """`cond ? yes : no`; GNU's `cond ?: no` has no `yes`."""

    cond: "CExpr"
    yes: "CExpr | None"
    no: "CExpr"
    span: Span


class AssignExpr(Node):
    """`target op value`; op is `=`, `+=`, ..."""

    op: str
    target: "CExpr"
    value: "CExpr"
    span: Span


class Cast(Node):
    """`(type)arg`."""

    type: CType
    arg: "CExpr"
    span: Span


class SizeOf(Node):
    """sizeof, offsetof, _Alignof, a fraction: a number that nothing is evaluated for and that is not known here."""

    span: Span


class Comma(Node):
    """`a, b`: the value is the last."""

    items: "tuple[CExpr, ...]"
    span: Span


class StatementExpr(Node):
    """GNU's `({ ... })`."""

    body: "CBlock"
    span: Span


class Initialiser(Node):
    """`{ .field = value, value }`; of a compound literal with its type.  A designator is `field`, `[...]` or empty."""

    type: CType | None
    items: "tuple[tuple[str, CExpr], ...]"
    span: Span


class Broken(Node):
    """Text that was not understood; `calls` are the names before a `(` in it, behind `/*` or `#if` that has no end."""

    calls: tuple[str, ...]
    span: Span


CExpr = (
    Id | Number | CString | CallExpr | Member | Subscript | Unary | IncDec | Binary | Conditional | AssignExpr | Cast
    | SizeOf | Comma | StatementExpr | Initialiser | Broken
)  # fmt: skip

# ---------------------------------------------------------------------------------------------- statements


class Variable(Node):
    """One declarator of a declaration; `cleanup` is what `__free(f)` or `__attribute__((cleanup(f)))` names."""

    type: CType
    name: str
    init: CExpr | None
    static: bool
    cleanup: str | None
    span: Span


class ExprStmt(Node):
    """An expression for its effects."""

    expr: CExpr
    span: Span


class CBlock(Node):
    """`{ ... }`."""

    body: "tuple[CStmt, ...]"
    span: Span


class CIf(Node):
    """`if (cond) then else orelse`."""

    cond: CExpr
    then: "CStmt"
    orelse: "CStmt | None"
    span: Span


class CWhile(Node):
    """`while (cond) body`."""

    cond: CExpr
    body: "CStmt"
    span: Span


class CDo(Node):
    """`do body while (cond);`."""

    body: "CStmt"
    cond: CExpr
    span: Span


class CFor(Node):
    """`for (init; cond; step) body`; init may be declarations."""

    init: "tuple[CStmt, ...]"
    cond: CExpr | None
    step: CExpr | None
    body: "CStmt"
    span: Span


class MacroLoop(Node):
    """A loop macro of the table (`list_for_each_entry(pos, head, member) body`); runs any number of times."""

    macro: str
    args: tuple[CExpr, ...]
    body: "CStmt"
    span: Span


class MacroGuard(Node):
    """`guard(class)(args);` (body None: to the end of its block) or `scoped_guard(class, args) body`, as cleanup.h says."""

    lock: str
    args: tuple[CExpr, ...]
    body: "CStmt | None"
    span: Span


class CSwitch(Node):
    """`switch (subject) body`."""

    subject: CExpr
    body: "CStmt"
    span: Span


class CCase(Node):
    """`case low:`, `case low ... high:` or `default:` (low None): a label of the innermost switch around it."""

    low: CExpr | None
    high: CExpr | None
    span: Span


class CJump(Node):
    """`break;` or `continue;`."""

    kind: str
    span: Span


class CGoto(Node):
    """`goto label;`; a computed goto has no label."""

    label: str | None
    span: Span


class CLabel(Node):
    """`label:`."""

    name: str
    span: Span


class CReturn(Node):
    """`return [value];`."""

    value: CExpr | None
    span: Span


class Asm(Node):
    """Inline assembly."""

    goto: bool
    span: Span


class Conditioned(Node):
    """`#if cond` around statements inside a function; `cond` is its text without the `#if` (`defined(X)` for `#ifdef X`)."""

    cond: str
    then: "tuple[CStmt, ...]"
    orelse: "tuple[CStmt, ...]"
    span: Span


CStmt = (Variable | ExprStmt | CBlock | CIf | CWhile | CDo | CFor | MacroLoop | MacroGuard | CSwitch | CCase | CJump
         | CGoto | CLabel | CReturn | Asm | Conditioned | Broken)  # fmt: skip

# ---------------------------------------------------------------------------------------------- a file


class CParam(NamedTuple):
    """A parameter; the name is empty where a prototype has none."""

    type: CType
    name: str
    span: Span


class CFunction(Node):
    """A function with a body, or a prototype (body None); `conds` are the texts of the `#if` around it.

    Where an `#if` inside cuts through a statement there is one function for each choice, which `conds` names too.
    """

    result: CType
    name: str
    params: tuple[CParam, ...]
    variadic: bool
    static: bool
    body: CBlock | None
    conds: tuple[str, ...]
    span: Span


class CStruct(NamedTuple):
    """A struct or union: `base` as in CType; fields, those of unnamed members too, and which are in an unnamed union."""

    base: str
    fields: tuple[CParam, ...]
    overlaid: tuple[str, ...]
    span: Span


class CEnum(NamedTuple):
    """Enumerators with their values in text order; None where the value is an expression."""

    name: str
    members: tuple[tuple[str, CExpr | None], ...]
    span: Span


class CMacro(NamedTuple):
    """`#define name text` or `#define name(params) text` (params None for the first), where `conds` hold."""

    name: str
    params: tuple[str, ...] | None
    text: str
    conds: tuple[str, ...]
    span: Span


class CTypedef(NamedTuple):
    """`typedef type name;`."""

    name: str
    type: CType
    span: Span


class CGlobal(NamedTuple):
    """A variable at file scope, with its initialiser (`static const struct net_device_ops x = { .ndo_start_xmit = f }`)."""

    variable: Variable
    span: Span


class CInclude(NamedTuple):
    """`#include`: the path between the quotes or brackets."""

    path: str
    angle: bool
    span: Span


class CMacroCall(NamedTuple):
    """A macro that is called at file scope: `module_init(f);`, `EXPORT_SYMBOL(f);`, `DEFINE_MUTEX(lock);`."""

    macro: str
    args: "tuple[CExpr | CType, ...]"
    span: Span


CItem = CFunction | CStruct | CEnum | CMacro | CTypedef | CGlobal | CInclude | CMacroCall | Broken


class CFile(NamedTuple):
    """One file: its path and what it declares, in text order."""

    path: str
    items: tuple[CItem, ...]
