# SPDX-License-Identifier: GPL-2.0-only
"""Rules to syntax tree: one method per grammar rule of refcheck.lark, named after it.

A method gets the span of the rule and the values of its parts: tokens as texts, those of MARKS as texts of a class.
Declarations, signatures and contracts are built here, statements and expressions in build_code.py.
"""

from typing import Any

from refcheck.base.source import Span
from refcheck.syntax import ast, code
from refcheck.syntax.build_code import Children, CodeBuilder, LineMark, text


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


class TreeBuilder(CodeBuilder):
    """Builds the nodes of `refcheck.syntax.ast`, and of code.py by what it inherits."""

    # -- modules and declarations
    def model(self, at: Span, c: Children) -> ast.Module:
        return ast.Module(at.path, tuple(c))

    spec = model

    def use(self, at: Span, c: Children) -> ast.UseSpecs:
        return ast.UseSpecs(tuple(text(t) for t in c), at)

    def source(self, at: Span, c: Children) -> ast.SourceNote:
        return ast.SourceNote(text(c[0]), text(c[1]) if len(c) > 1 else "", at)

    def slot_def(self, at: Span, c: Children) -> ast.SlotDef:
        published = len(c) > 2 and type(c[2]) is FlagWord
        return ast.SlotDef(c[0], c[1], published, text(c[-1]) if len(c) > 2 + published else c[0], at)

    def c_types(self, _at: Span, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("c_types", tuple(text(t) for t in c))

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
        return ("sources", tuple(text(t) for t in c))

    def requires(self, _at: Span, c: Children) -> tuple[str, Any]:
        prop = next((str(x) for x in c if isinstance(x, str)), "broken-contract")
        return ("requires", ((prop, c[-1]),))

    def may_sleep(self, _at: Span, _c: Children) -> tuple[str, Any]:
        return ("may_sleep", ())

    def expect(self, at: Span, c: Children) -> tuple[str, Any]:
        properties = tuple(str(t) for t in c[1:] if type(t) is PropertyName)
        entry = next((t for t in c[1:] if type(t) is not PropertyName), None)
        return ("expects", (ast.Expect(c[0], properties, entry, at),))

    def callees(self, _at: Span, c: Children) -> tuple[str, ...]:
        return tuple(c)

    def expect_kept(self, at: Span, c: Children) -> tuple[str, Any]:
        return ("expects", (ast.Expect("kept", c[0], c[1] if len(c) > 1 else None, at),))

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
        return ast.RoleDef(c[0], tuple(text(t) for t in c[1:-2]), ast.ContractDef(c[-2], c[-1], at), at)

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

    def revoke(self, at: Span, c: Children) -> ast.Effect:
        return ast.Effect("revoke", None, None, c[0], None, at)

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
