# SPDX-License-Identifier: GPL-2.0-only
"""The syntax tree of model and spec files: contracts and declarations; expressions and statements are in code.py.

Every node is an immutable named tuple that carries its span as the last field.  The tree knows nothing of the
concrete syntax, so that another front end can build it from real C.  Unions are closed; consumers `match` on them.
"""


from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax.code import Block, Bool, Config, Expr, Logic, LogicalNot, Null, Type

# ---------------------------------------------------------------------------------------------- contracts


class EffectPlace(NamedTuple):
    """What an effect speaks of: a parameter (`d`), what an out-parameter points to (`*d`), a slot (`skb->dst`)."""

    name: str
    deref: bool
    slot: str | None
    span: Span


class StateIs(NamedTuple):
    """`place is owned|noref|empty`: the state of a slot on entry to the call."""

    place: EffectPlace
    states: tuple[str, ...]
    span: Span


class PlaceTest(NamedTuple):
    """`place` (true or not NULL) or `place OP constant`, by its value on entry to the call."""

    place: EffectPlace
    op: str | None
    value: Expr | None
    span: Span


CondExpr = StateIs | PlaceTest | Config | LogicalNot | Logic


class Values(NamedTuple):
    """A set of integers: `< 0`, `> 0`, `!= 0`, `any`, or constants, less the exceptions."""

    relation: str
    constants: tuple[Expr, ...]
    excepted: tuple[Expr, ...]
    span: Span


class Fresh(NamedTuple):
    """A result that is a new object: how is `hold`, `borrow` or `immortal`; `until` names facts or one parameter."""

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
    place: EffectPlace
    span: Span


Value = Values | Fresh | ErrPtr | FromPlace | Null | Bool


class Effect(NamedTuple):
    """One effect of an outcome; verb is use, hold, ..., enter, leave, set or return; `when` guards it.

    `context` is what is entered or left, or the fact of what is revoked.
    """

    verb: str
    place: EffectPlace | None
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
    """A parameter; attrs are `__nullable`, `__maybe_err`, `__any`, `__counted`, `__rcu`."""

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
    """`expect refuted(property, ...) [in entry]`, `expect vacuous(...)`, or `expect kept(function, ...)`."""

    what: str
    names: tuple[str, ...]
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
    """A contract: signature and outcomes; without a body it is trusted.  An override stands in place of another one."""

    sig: Signature
    outcomes: tuple[Outcome, ...]
    span: Span
    override: bool = False


class FunctionDef(NamedTuple):
    """A function with a body, and its contract where it stands beside it."""

    sig: Signature
    contract: tuple[Outcome, ...] | None
    body: Block
    span: Span
    static: bool = False


# ---------------------------------------------------------------------------------------------- declarations


class UseSpecs(NamedTuple):
    """`use "dst.spec", ...;`"""

    names: tuple[str, ...]
    span: Span


class SourceNote(NamedTuple):
    """`source "file", "version";`: the kernel file the module was read from."""

    file: str
    version: str
    span: Span


class SlotDef(NamedTuple):
    """A field that can hold an object; where it is published, readers find the object there without a lock.

    `c_field` is the field's name in C.
    """

    name: str
    target: str
    published: bool
    c_field: str
    span: Span


class ResourceDef(NamedTuple):
    """A counted object: its slots, the fact that delays its free, embedded aliases, whether acquisitions may meet.

    `c_types` are the C types a pointer to which is a pointer to such an object.
    """

    name: str
    slots: tuple[SlotDef, ...]
    freed_after: str | None
    embeds: tuple[str, ...]
    shared: bool
    c_types: tuple[str, ...]
    span: Span


class Extension(NamedTuple):
    """Slots, members and C types that a unit adds to a resource which another file declares."""

    name: str
    slots: tuple[SlotDef, ...]
    embeds: tuple[str, ...]
    c_types: tuple[str, ...]
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
    requires: tuple["CondExpr", ...]
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


class RoleDef(NamedTuple):
    """What places in C mean, `struct S.field` or `callee(argument)`.

    Kind `role`: functions that are put there keep the contract, and calls through it apply it.  Kind `read`: the contract
    says what the field of its only parameter gives.
    """

    kind: str
    places: tuple[str, ...]
    contract: ContractDef
    span: Span


ModuleItem = (
    UseSpecs | SourceNote | ResourceDef | Extension | ContextDef | FactDef | EntryDef | EnumDef | GuardDef | RoleDef
    | ContractDef | FunctionDef
)


class Module(NamedTuple):
    """One file: its path and its items in order, and the words of what could not be read of it."""

    path: str
    items: tuple[ModuleItem, ...]
    left_out: tuple[str, ...] = ()
