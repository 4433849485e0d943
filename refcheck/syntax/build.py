"""Lark tree to syntax tree: one method per grammar rule of refcheck.lark, named after it."""

from typing import Any

from lark import Token, Transformer, v_args
from lark.tree import Meta

from refcheck.source import Span
from refcheck.syntax import ast

Children = list[Any]


def _text(token: Token) -> str:
    return str(token)[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _line(children: Children) -> int:
    """The kernel line `@N` among the children, 0 when there is none."""
    return next((int(c[1:]) for c in children if isinstance(c, Token) and c.type == "LINE"), 0)


def _rest(children: Children) -> Children:
    return [c for c in children if not (isinstance(c, Token) and c.type == "LINE")]


@v_args(meta=True)
class Builder(Transformer[Token, ast.Module]):
    """Builds the nodes of `refcheck.syntax.ast`; `path` is put into every span."""

    def __init__(self, path: str) -> None:
        super().__init__(visit_tokens=False)
        self.path = path

    def _span(self, meta: Meta) -> Span:
        if meta.empty:
            return Span(self.path, 1, 1, 1, 1)
        return Span(self.path, meta.line, meta.column, meta.end_line, meta.end_column)

    def _token_span(self, t: Token) -> Span:
        return Span(self.path, t.line or 1, t.column or 1, t.end_line or 1, t.end_column or 1)

    # -- modules and declarations
    def model(self, _m: Meta, c: Children) -> ast.Module:
        return ast.Module(self.path, tuple(c))

    spec = model

    def use(self, m: Meta, c: Children) -> ast.Use:
        return ast.Use(tuple(_text(t) for t in c), self._span(m))

    def source(self, m: Meta, c: Children) -> ast.SourceNote:
        return ast.SourceNote(_text(c[0]), _text(c[1]) if len(c) > 1 else "", self._span(m))

    def slot_def(self, m: Meta, c: Children) -> ast.SlotDef:
        return ast.SlotDef(str(c[0]), str(c[1]), self._span(m))

    def freed_after(self, _m: Meta, c: Children) -> tuple[str, str]:
        return ("freed", str(c[0]))

    def embeds(self, _m: Meta, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("embeds", tuple(map(str, c)))

    def member(self, _m: Meta, c: Children) -> str:
        return ".".join(map(str, c))

    def shared(self, _m: Meta, _c: Children) -> tuple[str, bool]:
        return ("shared", True)

    def resource(self, m: Meta, c: Children) -> ast.ResourceDef:
        parts = [x for x in c[1:] if not isinstance(x, ast.SlotDef)]
        facts: dict[str, Any] = dict(parts)
        slots = tuple(x for x in c[1:] if isinstance(x, ast.SlotDef))
        embeds = facts.get("embeds", ())
        return ast.ResourceDef(str(c[0]), slots, facts.get("freed"), embeds, "shared" in facts, self._span(m))

    def context(self, m: Meta, c: Children) -> ast.ContextDef:
        names = tuple(str(t) for t in c if t.type == "NAME")
        return ast.ContextDef(names, len(names) < len(c), self._span(m))

    def fact(self, m: Meta, c: Children) -> ast.FactDef:
        return ast.FactDef(str(c[0]), tuple(map(str, c[1:])), self._span(m))

    def holds(self, _m: Meta, c: Children) -> tuple[str, tuple[str, ...]]:
        return ("holds", tuple(map(str, c)))

    def entry_slot(self, _m: Meta, c: Children) -> tuple[str, str, str, tuple[str, ...]]:
        return ("slot", str(c[0]), str(c[1]), tuple(map(str, c[2:])))

    def entry(self, m: Meta, c: Children) -> ast.EntryDef:
        holds = tuple(n for x in c[1:] if x[0] == "holds" for n in x[1])
        slots = tuple(x[1:] for x in c[1:] if x[0] == "slot")
        return ast.EntryDef(str(c[0]), holds, slots, self._span(m))

    def enum(self, m: Meta, c: Children) -> ast.EnumDef:
        return ast.EnumDef(str(c[0]), tuple(map(str, c[1:])), self._span(m))

    def guard_def(self, m: Meta, c: Children) -> ast.GuardDef:
        return ast.GuardDef(str(c[0]), str(c[1]), str(c[2]), self._span(m))

    # -- functions and contracts
    def base_type(self, m: Meta, c: Children) -> ast.Type:
        return ast.Type(str(c[0]), False, self._span(m))

    def pointer_type(self, m: Meta, c: Children) -> ast.Type:
        return ast.Type(c[0].name, True, self._span(m))

    def param_attr(self, _m: Meta, c: Children) -> str:
        return str(c[0])

    def param(self, m: Meta, c: Children) -> ast.Param:
        return ast.Param(c[0], str(c[1]), tuple(c[2:]), self._span(m))

    def bare_param(self, m: Meta, c: Children) -> ast.Param:
        span = self._token_span(c[0])
        return ast.Param(ast.Type(str(c[0]), False, span), str(c[0]), tuple(c[1:]), self._span(m))

    def params(self, _m: Meta, c: Children) -> tuple[ast.Param, ...]:
        return tuple(c)

    def must(self, m: Meta, c: Children) -> ast.MustHold:
        names = tuple(str(x) for x in c if isinstance(x, Token))
        when = next((x for x in c if not isinstance(x, Token)), None)
        return ast.MustHold(names, when, self._span(m))

    def must_hold(self, _m: Meta, c: Children) -> tuple[str, Any]:
        return ("must_hold", tuple(c))

    def entries(self, _m: Meta, c: Children) -> tuple[str, Any]:
        return ("entries", tuple(map(str, c)))

    def from_sources(self, _m: Meta, c: Children) -> tuple[str, Any]:
        return ("sources", tuple(_text(t) for t in c))

    def requires(self, _m: Meta, c: Children) -> tuple[str, Any]:
        prop = next((str(x) for x in c if isinstance(x, Token)), "broken-contract")
        return ("requires", ((prop, c[-1]),))

    def may_sleep(self, _m: Meta, _c: Children) -> tuple[str, Any]:
        return ("may_sleep", ())

    def expect(self, m: Meta, c: Children) -> tuple[str, Any]:
        properties = tuple(str(t) for t in c if t.type == "PROPERTY")
        entry = next((str(t) for t in c if t.type == "NAME"), None)
        return ("expects", (ast.Expect(str(c[0]), properties, entry, self._span(m)),))

    def signature(self, m: Meta, c: Children) -> ast.Signature:
        got: dict[str, tuple[Any, ...]] = {}
        for key, value in c[3:]:
            got[key] = got.get(key, ()) + value
        sleeps = any(key == "may_sleep" for key, _ in c[3:])
        held, entries = got.get("must_hold", ()), got.get("entries", ())
        sources, expects = got.get("sources", ()), got.get("expects", ())
        asked = got.get("requires", ())
        return ast.Signature(c[0], str(c[1]), c[2], held, entries, sources, sleeps, asked, expects, self._span(m))

    def outcomes(self, _m: Meta, c: Children) -> tuple[ast.Outcome, ...]:
        return tuple(c)

    def contract(self, m: Meta, c: Children) -> ast.ContractDef:
        return ast.ContractDef(c[0], c[1], self._span(m))

    def function(self, m: Meta, c: Children) -> ast.FunctionDef:
        return ast.FunctionDef(c[0], None, c[1], self._span(m))

    def function_with_contract(self, m: Meta, c: Children) -> ast.FunctionDef:
        return ast.FunctionDef(c[0], c[1], c[2], self._span(m))

    def outcome(self, m: Meta, c: Children) -> ast.Outcome:
        effects = tuple(x for x in c[1:] if isinstance(x, ast.Effect))
        when = next((x for x in c[1:] if not isinstance(x, ast.Effect)), None)
        return ast.Outcome(str(c[0]), when, effects, self._span(m))

    def effect_if(self, m: Meta, c: Children) -> ast.Effect:
        return c[0]._replace(when=c[1], span=self._span(m))  # type: ignore[no-any-return]

    def effect_unless(self, m: Meta, c: Children) -> ast.Effect:
        return c[0]._replace(when=ast.Not(c[1], c[1].span), span=self._span(m))  # type: ignore[no-any-return]

    def verb(self, m: Meta, c: Children) -> ast.Effect:
        return ast.Effect(str(c[0]), c[1], None, "", None, self._span(m))

    def enter(self, m: Meta, c: Children) -> ast.Effect:
        return ast.Effect("enter", None, None, str(c[0]), None, self._span(m))

    def leave(self, m: Meta, c: Children) -> ast.Effect:
        return ast.Effect("leave", None, None, str(c[0]), None, self._span(m))

    def set_place(self, m: Meta, c: Children) -> ast.Effect:
        return ast.Effect("set", c[0], c[1], "", None, self._span(m))

    def returns(self, m: Meta, c: Children) -> ast.Effect:
        return ast.Effect("return", None, c[0], "", None, self._span(m))

    def place(self, m: Meta, c: Children) -> ast.Place:
        return ast.Place(str(c[0]), False, None, self._span(m))

    def deref_place(self, m: Meta, c: Children) -> ast.Place:
        return ast.Place(str(c[0]), True, None, self._span(m))

    def slot_place(self, m: Meta, c: Children) -> ast.Place:
        return ast.Place(str(c[0]), False, str(c[1]), self._span(m))

    def deref_slot_place(self, m: Meta, c: Children) -> ast.Place:
        return ast.Place(str(c[0]), True, str(c[1]), self._span(m))

    def v_hold(self, m: Meta, _c: Children) -> ast.Fresh:
        return ast.Fresh("hold", (), self._span(m))

    def v_borrow(self, m: Meta, c: Children) -> ast.Fresh:
        return ast.Fresh("borrow", tuple(map(str, c)), self._span(m))

    def v_err(self, m: Meta, c: Children) -> ast.ErrPtr:
        return ast.ErrPtr(tuple(c), self._span(m))

    def v_any(self, m: Meta, _c: Children) -> ast.Values:
        return ast.Values("any", (), (), self._span(m))

    def v_relation(self, m: Meta, c: Children) -> ast.Values:
        return ast.Values(str(c[0]), (c[1],), tuple(c[2:]), self._span(m))

    def v_constants(self, m: Meta, c: Children) -> ast.Values:
        return ast.Values("in", tuple(c), (), self._span(m))

    def v_from(self, m: Meta, c: Children) -> ast.FromPlace:
        return ast.FromPlace(str(c[0]), c[1], self._span(m))

    def v_alias(self, m: Meta, c: Children) -> ast.FromPlace:
        return ast.FromPlace("alias", c[0], self._span(m))

    def state_is(self, m: Meta, c: Children) -> ast.StateIs:
        return ast.StateIs(c[0], tuple(map(str, c[1:])), self._span(m))

    def place_cmp(self, m: Meta, c: Children) -> ast.PlaceTest:
        return ast.PlaceTest(c[0], str(c[1]), c[2], self._span(m))

    def place_truth(self, m: Meta, c: Children) -> ast.PlaceTest:
        return ast.PlaceTest(c[0], None, None, self._span(m))

    # -- statements
    def body(self, m: Meta, c: Children) -> ast.Block:
        statements = tuple(s for x in _rest(c) for s in (x if type(x) is list else [x]))
        return ast.Block(statements, self._span(m), _line(c))

    def declare(self, _m: Meta, c: Children) -> list[ast.Declare]:
        line, kind = _line(c), c[0]
        return [ast.Declare(kind, name, init, line, span) for name, init, span in _rest(c)[1:]]

    def declarator(self, m: Meta, c: Children) -> tuple[str, ast.Expr | None, Span]:
        return (str(c[0]), c[1] if len(c) > 1 else None, self._span(m))

    def assign(self, m: Meta, c: Children) -> ast.Assign:
        return ast.Assign(c[0], c[1], 0, self._span(m))

    def evaluate(self, m: Meta, c: Children) -> ast.Evaluate:
        return ast.Evaluate(c[0], 0, self._span(m))

    def unreachable(self, m: Meta, c: Children) -> ast.Evaluate:
        text = ast.Nondet(_text(c[0]), (), self._token_span(c[0]))
        return ast.Evaluate(ast.Call("unreachable", (text,), self._span(m)), 0, self._span(m))

    def simple_stmt(self, _m: Meta, c: Children) -> ast.Stmt:
        return c[0]._replace(line=_line(c))  # type: ignore[no-any-return]

    def if_stmt(self, m: Meta, c: Children) -> ast.If:
        cond, then = _rest(c)
        return ast.If(cond, _one(then, self._span(m)), None, _line(c) or _block_line(then), self._span(m))

    def if_else(self, m: Meta, c: Children) -> ast.If:
        cond, then, orelse = _rest(c)
        span = self._span(m)
        return ast.If(cond, _one(then, span), _one(orelse, span), _line(c) or _block_line(then), span)

    def while_stmt(self, m: Meta, c: Children) -> ast.While:
        cond, body = _rest(c)
        return ast.While(cond, _one(body, self._span(m)), _line(c) or _block_line(body), self._span(m))

    def do_stmt(self, m: Meta, c: Children) -> ast.DoWhile:
        body, cond = _rest(c)
        return ast.DoWhile(_one(body, self._span(m)), cond, _line(c), self._span(m))

    def for_part(self, _m: Meta, c: Children) -> Any:
        return c[0] if c else None

    for_cond = for_part

    def for_stmt(self, m: Meta, c: Children) -> ast.For:
        init, cond, step, body = _rest(c)
        return ast.For(init, cond, step, _one(body, self._span(m)), _line(c) or _block_line(body), self._span(m))

    def switch_stmt(self, m: Meta, c: Children) -> ast.Switch:
        parts = _rest(c)
        body = tuple(s for x in parts[1:] for s in (x if type(x) is list else [x]))
        return ast.Switch(parts[0], body, _line(c), self._span(m))

    def case(self, m: Meta, c: Children) -> ast.Case:
        return ast.Case(c[0], self._span(m))

    def default(self, m: Meta, _c: Children) -> ast.Case:
        return ast.Case(None, self._span(m))

    def break_stmt(self, m: Meta, c: Children) -> ast.Jump:
        return ast.Jump("break", _line(c), self._span(m))

    def continue_stmt(self, m: Meta, c: Children) -> ast.Jump:
        return ast.Jump("continue", _line(c), self._span(m))

    def goto_stmt(self, m: Meta, c: Children) -> ast.Goto:
        return ast.Goto(str(c[0]), _line(c), self._span(m))

    def return_stmt(self, m: Meta, c: Children) -> ast.Return:
        rest = _rest(c)
        return ast.Return(rest[0] if rest else None, _line(c), self._span(m))

    def guard_stmt(self, m: Meta, c: Children) -> ast.Guard:
        return ast.Guard(str(c[0]), None, _line(c), self._span(m))

    def scoped_guard(self, m: Meta, c: Children) -> ast.Guard:
        lock, body = _rest(c)
        return ast.Guard(str(lock), _one(body, self._span(m)), _line(c) or _block_line(body), self._span(m))

    def label(self, m: Meta, c: Children) -> ast.Labelled:
        return ast.Labelled(str(c[0]), _line(c), self._span(m))

    def empty_stmt(self, m: Meta, _c: Children) -> ast.Block:
        return ast.Block((), self._span(m))

    # -- expressions
    def name(self, m: Meta, c: Children) -> ast.Name:
        return ast.Name(str(c[0]), self._span(m))

    def int(self, m: Meta, c: Children) -> ast.Int:
        return ast.Int(int(c[0]), self._span(m))

    def neg_int(self, m: Meta, c: Children) -> ast.Int:
        return ast.Int(-int(c[0]), self._span(m))

    def errno(self, m: Meta, c: Children) -> ast.Errno:
        return ast.Errno(str(c[0]), self._span(m))

    def null(self, m: Meta, _c: Children) -> ast.Null:
        return ast.Null(self._span(m))

    def true(self, m: Meta, _c: Children) -> ast.Bool:
        return ast.Bool(True, self._span(m))

    def false(self, m: Meta, _c: Children) -> ast.Bool:
        return ast.Bool(False, self._span(m))

    def call(self, m: Meta, c: Children) -> ast.Call:
        return ast.Call(str(c[0]), tuple(c[1:]), self._span(m))

    def nondet(self, m: Meta, c: Children) -> ast.Nondet:
        return ast.Nondet(_text(c[0]), tuple(c[1:]), self._span(m))

    def config(self, m: Meta, c: Children) -> ast.Config:
        return ast.Config(str(c[0]), self._span(m))

    def field(self, m: Meta, c: Children) -> ast.Field:
        return ast.Field(str(c[0]), str(c[1]), self._span(m))

    def address(self, m: Meta, c: Children) -> ast.AddressOf:
        return ast.AddressOf(str(c[0]), None, self._span(m))

    def address_field(self, m: Meta, c: Children) -> ast.AddressOf:
        return ast.AddressOf(str(c[0]), ".".join(map(str, c[1:])), self._span(m))

    def deref(self, m: Meta, c: Children) -> ast.Deref:
        return ast.Deref(str(c[0]), self._span(m))

    def logic_not(self, m: Meta, c: Children) -> ast.Not:
        return ast.Not(c[0], self._span(m))

    def logic_or(self, m: Meta, c: Children) -> ast.Logic:
        return ast.Logic("||", c[0], c[1], self._span(m))

    def logic_and(self, m: Meta, c: Children) -> ast.Logic:
        return ast.Logic("&&", c[0], c[1], self._span(m))

    def compare(self, m: Meta, c: Children) -> ast.Compare:
        return ast.Compare(str(c[1]), c[0], c[2], self._span(m))

    def ternary(self, m: Meta, c: Children) -> ast.Ternary:
        return ast.Ternary(c[0], c[1], c[2], self._span(m))


def _block_line(statement: Any) -> int:
    """The kernel line that stands behind an opening brace: it belongs to the condition in front of it."""
    return statement.line if isinstance(statement, ast.Block) else 0


def _one(statement: Any, span: Span) -> ast.Stmt:
    """A declaration with several names stands as a block where one statement is wanted."""
    if type(statement) is list:
        return ast.Block(tuple(statement), span)
    return statement  # type: ignore[no-any-return]
