# SPDX-License-Identifier: GPL-2.0-only
"""Rules to syntax tree: one method per grammar rule of refcheck.lark, named after it.

A method gets the span of the rule and the values of its parts: tokens as texts, those of MARKS as texts of a class.
"""

from typing import Any

from refcheck.base.source import Span
from refcheck.syntax import ast, code

Children = list[Any]


class LineMark(str):
    """A line mark `@N`."""

    __slots__ = ()


class PropertyName(str):
    """The name of a property."""

    __slots__ = ()


class FlagWord(str):
    """A word that says something of what it stands beside: `sleeps`, `published`, `static`, `inline`."""

    __slots__ = ()


MARKS: dict[str, type[str]] = {
    "LINE": LineMark, "PROPERTY": PropertyName, "SLEEPS": FlagWord, "PUBLISHED": FlagWord, "STATIC": FlagWord,
    "OVERRIDE": FlagWord,
}  # fmt: skip


def _text(token: str) -> str:
    return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _line(children: Children) -> int:
    """The kernel line `@N` among the children, 0 when there is none."""
    for c in children:
        if type(c) is LineMark:
            return int(c[1:])
    return 0


def _rest(children: Children) -> Children:
    return [c for c in children if type(c) is not LineMark]


class TreeBuilder:
    """Builds the nodes of `refcheck.syntax.ast`."""

    # -- modules and declarations
    def model(self, at: Span, c: Children) -> ast.Module:
        return ast.Module(at.path, tuple(c))

    spec = model

    def use(self, at: Span, c: Children) -> ast.UseSpecs:
        return ast.UseSpecs(tuple(_text(t) for t in c), at)

    def source(self, at: Span, c: Children) -> ast.SourceNote:
        return ast.SourceNote(_text(c[0]), _text(c[1]) if len(c) > 1 else "", at)

    def slot_def(self, at: Span, c: Children) -> ast.SlotDef:
        published = len(c) > 2 and type(c[2]) is FlagWord
        return ast.SlotDef(c[0], c[1], published, _text(c[-1]) if len(c) > 2 + published else c[0], at)

    def c_types(self, _at: Span, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("c_types", tuple(_text(t) for t in c))

    def freed_after(self, _at: Span, c: Children) -> tuple[str, str]:
        return ("freed", c[0])

    def freed_at_once(self, _at: Span, _c: Children) -> tuple[str, None]:
        return ("freed", None)

    def extend(self, at: Span, c: Children) -> ast.Extension:
        made = self.resource(at, [c[0], *c[1:]])
        return ast.Extension(c[0], made.slots, made.embeds, made.c_types, at)

    def embeds(self, _at: Span, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("embeds", tuple(c))

    def member(self, _at: Span, c: Children) -> str:
        return ".".join(c)

    def shared(self, _at: Span, _c: Children) -> tuple[str, bool]:
        return ("shared", True)

    def resource(self, at: Span, c: Children) -> ast.ResourceDef:
        parts = [x for x in c[1:] if not isinstance(x, ast.SlotDef)]
        facts: dict[str, Any] = dict(parts)
        slots = tuple(x for x in c[1:] if isinstance(x, ast.SlotDef))
        embeds, types = (tuple(t for kind, listed in parts if kind == of for t in listed) for of in ("embeds", "c_types"))
        return ast.ResourceDef(c[0], slots, facts.get("freed"), embeds, "shared" in facts, types, at)

    def context(self, at: Span, c: Children) -> ast.ContextDef:
        names = tuple(t for t in c if type(t) is not FlagWord)
        return ast.ContextDef(names, len(names) < len(c), at)

    def fact(self, at: Span, c: Children) -> ast.FactDef:
        return ast.FactDef(c[0], tuple(c[1:]), at)

    def holds(self, _at: Span, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("holds", tuple(c))

    def entry_slot(self, _at: Span, c: Children) -> tuple[str, str, str, tuple[str, ...]]:
        return ("slot", c[0], c[1], tuple(c[2:]))

    def entry_requires(self, _at: Span, c: Children) -> tuple[str, ast.CondExpr]:
        return ("requires", c[0])

    def entry(self, at: Span, c: Children) -> ast.EntryDef:
        holds = tuple(n for x in c[1:] if x[0] == "holds" for n in x[1])
        slots = tuple(x[1:] for x in c[1:] if x[0] == "slot")
        asked = tuple(x[1] for x in c[1:] if x[0] == "requires")
        return ast.EntryDef(c[0], holds, slots, asked, at)

    def enum(self, at: Span, c: Children) -> ast.EnumDef:
        return ast.EnumDef(c[0], tuple(c[1:]), at)

    def guard_def(self, at: Span, c: Children) -> ast.GuardDef:
        return ast.GuardDef(c[0], c[1], c[2], at)

    # -- functions and contracts
    def base_type(self, at: Span, c: Children) -> code.Type:
        return code.Type(c[0], False, at)

    def pointer_type(self, at: Span, c: Children) -> code.Type:
        return code.Type(c[0].name, True, at)

    def param_attr(self, _at: Span, c: Children) -> str:
        return str(c[0])

    def param(self, at: Span, c: Children) -> ast.Param:
        return ast.Param(c[0], c[1], tuple(c[2:]), at)

    def bare_param(self, at: Span, c: Children) -> ast.Param:
        span = at._replace(end_line=at.line, end_col=at.col + len(c[0]))
        return ast.Param(code.Type(c[0], False, span), c[0], tuple(c[1:]), at)

    def params(self, _at: Span, c: Children) -> tuple[ast.Param, ...]:
        return tuple(c)

    def must(self, at: Span, c: Children) -> ast.MustHold:
        names = tuple(x for x in c if isinstance(x, str))
        when = next((x for x in c if not isinstance(x, str)), None)
        return ast.MustHold(names, when, at)

    def must_hold(self, _at: Span, c: Children) -> tuple[str, Any]:
        return ("must_hold", tuple(c))

    def entries(self, _at: Span, c: Children) -> tuple[str, Any]:
        return ("entries", tuple(c))

    def from_sources(self, _at: Span, c: Children) -> tuple[str, Any]:
        return ("sources", tuple(_text(t) for t in c))

    def requires(self, _at: Span, c: Children) -> tuple[str, Any]:
        prop = next((str(x) for x in c if isinstance(x, str)), "broken-contract")
        return ("requires", ((prop, c[-1]),))

    def may_sleep(self, _at: Span, _c: Children) -> tuple[str, Any]:
        return ("may_sleep", ())

    def expect(self, at: Span, c: Children) -> tuple[str, Any]:
        properties = tuple(str(t) for t in c[1:] if type(t) is PropertyName)
        entry = next((t for t in c[1:] if type(t) is not PropertyName), None)
        return ("expects", (ast.Expect(c[0], properties, entry, at),))

    def signature(self, at: Span, c: Children) -> ast.Signature:
        got: dict[str, tuple[Any, ...]] = {}
        for key, value in c[3:]:
            got[key] = got.get(key, ()) + value
        sleeps = any(key == "may_sleep" for key, _ in c[3:])
        held, entries = got.get("must_hold", ()), got.get("entries", ())
        sources, expects = got.get("sources", ()), got.get("expects", ())
        asked = got.get("requires", ())
        return ast.Signature(c[0], c[1], c[2], held, entries, sources, sleeps, asked, expects, at)

    def outcomes(self, _at: Span, c: Children) -> tuple[ast.Outcome, ...]:
        return tuple(c)

    def contract(self, at: Span, c: Children) -> ast.ContractDef:
        return ast.ContractDef(c[-2], c[-1], at, type(c[0]) is FlagWord)

    def role(self, at: Span, c: Children) -> ast.RoleDef:
        return ast.RoleDef(c[0], tuple(_text(t) for t in c[1:-2]), ast.ContractDef(c[-2], c[-1], at), at)

    def function(self, at: Span, c: Children) -> ast.FunctionDef:
        return ast.FunctionDef(c[-2], None, c[-1], at, type(c[0]) is FlagWord)

    def function_with_contract(self, at: Span, c: Children) -> ast.FunctionDef:
        return ast.FunctionDef(c[0], c[1], c[2], at)

    def outcome(self, at: Span, c: Children) -> ast.Outcome:
        effects = tuple(x for x in c[1:] if isinstance(x, ast.Effect))
        when = next((x for x in c[1:] if not isinstance(x, ast.Effect)), None)
        return ast.Outcome(c[0], when, effects, at)

    def effect_if(self, at: Span, c: Children) -> ast.Effect:
        return c[0]._replace(when=c[1], span=at)  # type: ignore[no-any-return]

    def effect_unless(self, at: Span, c: Children) -> ast.Effect:
        return c[0]._replace(when=code.LogicalNot(c[1], c[1].span), span=at)  # type: ignore[no-any-return]

    def verb(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect(c[0], c[1], None, "", None, at)

    def enter(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect("enter", None, None, c[0], None, at)

    def leave(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect("leave", None, None, c[0], None, at)

    def sleep(self, at: Span, _c: Children) -> ast.Effect:
        return ast.Effect("sleep", None, None, "", None, at)

    def set_place(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect("set", c[0], c[1], "", None, at)

    def returns(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect("return", None, c[0], "", None, at)

    def place(self, at: Span, c: Children) -> ast.EffectPlace:
        return ast.EffectPlace(c[0], False, None, at)

    def deref_place(self, at: Span, c: Children) -> ast.EffectPlace:
        return ast.EffectPlace(c[0], True, None, at)

    def slot_place(self, at: Span, c: Children) -> ast.EffectPlace:
        return ast.EffectPlace(c[0], False, c[1], at)

    def deref_slot_place(self, at: Span, c: Children) -> ast.EffectPlace:
        return ast.EffectPlace(c[0], True, c[1], at)

    def v_immortal(self, at: Span, _c: Children) -> ast.Fresh:
        return ast.Fresh("immortal", (), at)

    def v_hold(self, at: Span, _c: Children) -> ast.Fresh:
        return ast.Fresh("hold", (), at)

    def v_borrow(self, at: Span, c: Children) -> ast.Fresh:
        return ast.Fresh("borrow", tuple(c), at)

    def v_err(self, at: Span, c: Children) -> ast.ErrPtr:
        return ast.ErrPtr(tuple(c), at)

    def v_any(self, at: Span, _c: Children) -> ast.Values:
        return ast.Values("any", (), (), at)

    def v_relation(self, at: Span, c: Children) -> ast.Values:
        return ast.Values(c[0], (c[1],), tuple(c[2:]), at)

    def v_constants(self, at: Span, c: Children) -> ast.Values:
        return ast.Values("in", tuple(c), (), at)

    def v_from(self, at: Span, c: Children) -> ast.FromPlace:
        return ast.FromPlace(c[0], c[1], at)

    def v_alias(self, at: Span, c: Children) -> ast.FromPlace:
        return ast.FromPlace("alias", c[0], at)

    def state_is(self, at: Span, c: Children) -> ast.StateIs:
        return ast.StateIs(c[0], tuple(c[1:]), at)

    def is_error(self, at: Span, c: Children) -> ast.PlaceTest:
        return ast.PlaceTest(c[1], "<=" if c[0] == "IS_ERR_OR_NULL" else "<", code.Null(at), at)

    def place_cmp(self, at: Span, c: Children) -> ast.PlaceTest:
        return ast.PlaceTest(c[0], c[1], c[2], at)

    def place_truth(self, at: Span, c: Children) -> ast.PlaceTest:
        return ast.PlaceTest(c[0], None, None, at)

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
        return code.Evaluate(code.Call("unreachable", (code.Nondet(_text(c[0]), (), at),), at), 0, at)

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
        return code.Nondet(_text(c[0]), tuple(c[1:]), at)

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
