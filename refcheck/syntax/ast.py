"""The syntax tree of model and spec files.

Every node is an immutable named tuple that carries its span as the last field.  The tree knows nothing of the
concrete syntax, so that another front end can build it from real C.  Unions are closed; consumers `match` on them.
"""

from typing import TYPE_CHECKING, Any, NamedTuple, Self, dataclass_transform

from refcheck.source import Span

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
    """`-ENAME`: a negative error code by name."""

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


class Not(Node):
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


class Ternary(Node):
    """`cond ? yes : no`."""

    cond: "Expr"
    yes: "Expr"
    no: "Expr"
    span: Span


Expr = (
    Name | Int | Errno | Null | Bool | Nondet | Config | Call | Field | AddressOf | Deref | Not | Logic | Compare | Ternary
)

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
    """One `case VALUE:` or `default:` (value None) inside a switch."""

    value: Expr | None
    span: Span


class Switch(Node):
    """`switch (subject) { case ...: ... }`, with fall-through as in C."""

    subject: Expr
    body: tuple["Stmt | Case", ...]
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
    Declare | Assign | Evaluate | Block | If | While | DoWhile | For | Switch | Jump | Goto | Labelled | Return | Guard
)

# ---------------------------------------------------------------------------------------------- contracts


class Place(NamedTuple):
    """What an effect speaks of: a parameter (`d`), what an out-parameter points to (`*d`), a slot (`skb->dst`)."""

    name: str
    deref: bool
    slot: str | None
    span: Span


class StateIs(NamedTuple):
    """`place is owned|noref|empty`: the state of a slot on entry to the call."""

    place: Place
    states: tuple[str, ...]
    span: Span


class PlaceTest(NamedTuple):
    """`place` (true or not NULL) or `place OP constant`, by its value on entry to the call."""

    place: Place
    op: str | None
    value: Expr | None
    span: Span


CondExpr = StateIs | PlaceTest | Config | Not | Logic


class Values(NamedTuple):
    """A set of integers: `< 0`, `> 0`, `!= 0`, `any`, or constants, less the exceptions."""

    relation: str
    constants: tuple[Expr, ...]
    excepted: tuple[Expr, ...]
    span: Span


class Fresh(NamedTuple):
    """A result that is a new object: how is `hold` or `borrow`; `until` names facts or one parameter."""

    how: str
    until: tuple[str, ...]
    span: Span


class ErrPtr(NamedTuple):
    """A result that is ERR_PTR of one of the codes (any code when there are none)."""

    codes: tuple[Expr, ...]
    span: Span


class FromPlace(NamedTuple):
    """A value read from a place: how is `alias`, `take`, `move`, `noref` or `copy`."""

    how: str
    place: Place
    span: Span


Value = Values | Fresh | ErrPtr | FromPlace | Null | Bool


class Effect(NamedTuple):
    """One effect of an outcome; verb is use, hold, ..., enter, leave, set or return; `when` guards it."""

    verb: str
    place: Place | None
    value: Value | None
    context: str
    when: CondExpr | None
    span: Span


class Outcome(NamedTuple):
    """A named outcome of a contract: possible where `when` holds on entry, with its effects in order."""

    name: str
    when: CondExpr | None
    effects: tuple[Effect, ...]
    span: Span


class Param(NamedTuple):
    """A parameter; attrs are `__nullable`, `__maybe_err`, `__any`, `__counted`."""

    type: Type
    name: str
    attrs: tuple[str, ...]
    span: Span


class MustHold(NamedTuple):
    """`__must_hold(a | b if cond)`: one of the facts must hold where the condition does."""

    facts: tuple[str, ...]
    when: CondExpr | None
    span: Span


class Expect(NamedTuple):
    """`expect refuted(property, ...) [in entry]`, or `expect vacuous(...)`."""

    verdict: str
    properties: tuple[str, ...]
    entry: str | None
    span: Span


class Signature(NamedTuple):
    """Result type, name, parameters and attributes of a function or contract."""

    result: Type
    name: str
    params: tuple[Param, ...]
    must_hold: tuple[MustHold, ...]
    entries: tuple[str, ...]
    sources: tuple[str, ...]
    may_sleep: bool
    requires: tuple[tuple[str, "CondExpr"], ...]
    expects: tuple[Expect, ...]
    span: Span


class ContractDef(NamedTuple):
    """A contract: signature and outcomes; without a body it is trusted."""

    sig: Signature
    outcomes: tuple[Outcome, ...]
    span: Span


class FunctionDef(NamedTuple):
    """A function with a body, and its contract where it stands beside it."""

    sig: Signature
    contract: tuple[Outcome, ...] | None
    body: Block
    span: Span


# ---------------------------------------------------------------------------------------------- declarations


class Use(NamedTuple):
    """`use "dst.spec", ...;`"""

    names: tuple[str, ...]
    span: Span


class SourceNote(NamedTuple):
    """`source "file", "version";`: the kernel file the module was read from."""

    file: str
    version: str
    span: Span


class SlotDef(NamedTuple):
    """`slot name: resource;` inside a resource."""

    name: str
    target: str
    span: Span


class ResourceDef(NamedTuple):
    """A counted object: its slots, the fact that delays its free, embedded aliases, whether acquisitions may meet."""

    name: str
    slots: tuple[SlotDef, ...]
    freed_after: str | None
    embeds: tuple[str, ...]
    shared: bool
    span: Span


class ContextDef(NamedTuple):
    """`context a, b [sleeps];`: counters that nest; inside those that sleep, sleeping is allowed."""

    names: tuple[str, ...]
    sleeps: bool
    span: Span


class FactDef(NamedTuple):
    """`fact f = a | b;`: holds while one of the contexts is entered."""

    name: str
    contexts: tuple[str, ...]
    span: Span


class EntryDef(NamedTuple):
    """`entry name { holds ...; slot skb.dst: ...; }`: what a named caller guarantees."""

    name: str
    holds: tuple[str, ...]
    slots: tuple[tuple[str, str, tuple[str, ...]], ...]
    span: Span


class EnumDef(NamedTuple):
    """`enum name { A, B };` numbered from 0."""

    name: str
    members: tuple[str, ...]
    span: Span


class GuardDef(NamedTuple):
    """`guard name = lock, unlock;`: what guard(name)() calls."""

    name: str
    lock: str
    unlock: str
    span: Span


Item = (
    Use | SourceNote | ResourceDef | ContextDef | FactDef | EntryDef | EnumDef | GuardDef | ContractDef | FunctionDef
)


class Module(NamedTuple):
    """One file: its path and its items in order."""

    path: str
    items: tuple[Item, ...]
