# SPDX-License-Identifier: GPL-2.0-only
"""Whole syntax trees back to text that parses to the same tree: declarations, contracts, functions with their line marks.

pretty.py has expressions as a trace quotes them; here every form is written so that it can be read again.
"""

from collections.abc import Iterable
from typing import assert_never

from refcheck.syntax import ast, code, pretty


def module(m: ast.Module) -> str:
    """The text of a model or spec."""
    return "\n\n".join(_item(i) for i in m.items) + "\n"


def contracts(items: Iterable[ast.ContractDef]) -> str:
    """Contracts as a spec has them."""
    return "\n".join(contract(c, in_spec=True) for c in items) + "\n"


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f'"{t}"' for t in texts)


def _item(i: ast.ModuleItem) -> str:
    match i:
        case ast.UseSpecs(names):
            return f"use {_quoted(names)};"
        case ast.SourceNote(file, version):
            return f"source {_quoted((file, version) if version else (file,))};"
        case ast.ResourceDef():
            return _resource(i)
        case ast.Extension(name, slots, embeds, c_types):
            parts = [*_slots(slots), *_listed("embeds", embeds), *_listed("c", c_types, quote=True)]
            return f"extend resource {name} {{ {' '.join(parts)} }}"
        case ast.ContextDef(names, sleeps):
            return f"context {', '.join(names)}{' sleeps' if sleeps else ''};"
        case ast.FactDef(name, contexts):
            return f"fact {name} = {' | '.join(contexts)};"
        case ast.EntryDef(name, holds, slots, requires):
            parts = _listed("holds", holds)
            parts += [f"slot {r}.{s}: {' | '.join(states)};" for r, s, states in slots]
            parts += [f"requires {condition(c)};" for c in requires]
            return f"entry {name} {{ {' '.join(parts)} }}"
        case ast.EnumDef(name, members):
            return f"enum {name} {{ {', '.join(members)} }};"
        case ast.GuardDef(name, lock, unlock):
            return f"guard {name} = {lock}, {unlock};"
        case ast.RoleDef(kind, places, c):
            return f"{kind} {_quoted(places)} {contract(c, in_spec=True)}"
        case ast.ContractDef():
            return contract(i, in_spec=False)
        case ast.FunctionDef():
            return function(i)
        case _:
            assert_never(i)


def _listed(word: str, names: tuple[str, ...], quote: bool = False) -> list[str]:
    return [f"{word} {_quoted(names) if quote else ', '.join(names)};"] if names else []


def _slots(slots: tuple[ast.SlotDef, ...]) -> list[str]:
    found = []
    for s in slots:
        bound = f' c "{s.c_field}"' if s.c_field != s.name else ""
        found.append(f"slot {s.name}: {s.target}{' published' if s.published else ''}{bound};")
    return found


def _resource(r: ast.ResourceDef) -> str:
    parts = [*_listed("c", r.c_types, quote=True), *_slots(r.slots)]
    parts += [f"freed after {r.freed_after};"] if r.freed_after else []
    parts += [*_listed("embeds", r.embeds), *(["shared;"] if r.shared else [])]
    return f"resource {r.name} {{ {' '.join(parts)} }}" if parts else f"resource {r.name};"


# ---------------------------------------------------------------------------------------------- contracts


def contract(c: ast.ContractDef, in_spec: bool) -> str:
    """One contract, as a spec or a model has it."""
    head = ("override " if c.override else "") + signature(c.sig)
    return f"{head} {'' if in_spec else 'contract '}{_outcomes(c.outcomes)}{'' if in_spec else ';'}"


def signature(sig: ast.Signature) -> str:
    """The head of a function or contract."""
    params = ", ".join(" ".join([f"{_type(p.type)}{p.name}", *p.attrs]) for p in sig.params)
    words = [f"{_type(sig.result)}{sig.name}({params})"]
    words += [f"__must_hold({' | '.join(m.facts)}{_when(' if', m.when)})" for m in sig.must_hold]
    words += [f"__entry({', '.join(sig.entries)})"] if sig.entries else []
    words += [f"__from({_quoted(sig.sources)})"] if sig.sources else []
    words += ["__may_sleep"] if sig.may_sleep else []
    for prop, asked in sig.requires:
        named = f"{prop}: " if prop != "broken-contract" else ""
        words.append(f"__requires({named}{condition(asked)})")
    for e in sig.expects:
        words.append(f"expect {e.what}({', '.join(e.names)}){f' in {e.entry}' if e.entry else ''}")
    return " ".join(words)


def _type(t: code.Type) -> str:
    return f"{t.name} {'*' if t.pointer else ''}"


def _when(word: str, cond: ast.CondExpr | None) -> str:
    return f"{word} {condition(cond)}" if cond is not None else ""


def condition(c: ast.CondExpr | code.Expr) -> str:
    """The condition of an outcome or clause."""
    match c:
        case ast.PlaceTest(place, "<" | "<=" as op, code.Null()):
            return f"{'IS_ERR' if op == '<' else 'IS_ERR_OR_NULL'}({pretty.place(place)})"
        case code.LogicalNot(arg):
            return f"!({condition(arg)})"
        case code.Logic(op, left, right):
            return f"({condition(left)}) {op} ({condition(right)})"
        case _:
            return pretty.expr(c)


def _outcomes(outcomes: tuple[ast.Outcome, ...]) -> str:
    rows = [f"{o.name}{_when(' if', o.when)}: {', '.join(map(_effect, o.effects))};" for o in outcomes]
    return "{ " + rows[0] + " }" if len(rows) == 1 else "{\n" + "".join(f"\t{r}\n" for r in rows) + "}"


def _effect(e: ast.Effect) -> str:
    match e.verb:
        case "return" if e.value is not None:
            text = f"return {_value(e.value)}"
        case "set" if e.value is not None and e.place is not None:
            text = f"{pretty.place(e.place)} = {_value(e.value)}"
        case "enter" | "leave" | "revoke":
            text = f"{e.verb} {e.context}"
        case "sleep":
            text = "sleep"
        case _:
            assert e.place is not None
            text = f"{e.verb} {pretty.place(e.place)}"
    return text + _when(" if", e.when)


def _value(v: ast.Value) -> str:
    match v:
        case ast.Values("any"):
            return "any"
        case ast.Values("in", constants):
            return " | ".join(map(pretty.expr, constants))
        case ast.Values(relation, constants, excepted):
            less = f" except {' | '.join(map(pretty.expr, excepted))}" if excepted else ""
            return f"{relation} {pretty.expr(constants[0])}{less}"
        case ast.Fresh(how, until):
            return f"{how}({' | '.join(until)})" if until else how
        case ast.ErrPtr(codes):
            return "ERR_PTR" + (f"({' | '.join(map(pretty.expr, codes))})" if codes else "")
        case ast.FromPlace(how, place):
            return pretty.place(place) if how == "alias" else f"{how} {pretty.place(place)}"
        case code.Null():
            return "NULL"
        case code.Bool(value):
            return "true" if value else "false"
        case _:
            assert_never(v)


# ---------------------------------------------------------------------------------------------- code


def function(f: ast.FunctionDef) -> str:
    """A function with its body, as a model has it."""
    head = ("static " if f.static and f.contract is None else "") + signature(f.sig)
    head += f" contract {_outcomes(f.contract)}" if f.contract is not None else ""
    return "\n".join([head, "{", *_body(f.body.body, 1), "}"])


def _body(stmts: Iterable[code.Stmt], depth: int) -> list[str]:
    return [line for s in stmts for line in _statement(s, depth)]


def _statement(s: code.Stmt, depth: int) -> list[str]:
    tabs, mark = "\t" * depth, f"\t@{line}" if (line := getattr(s, "line", 0)) else ""
    match s:
        case code.Declare(type, name, init):
            return [f"{tabs}{_type(type)}{name}{f' = {expr(init)}' if init is not None else ''};{mark}"]
        case code.Assign(target, value):
            return [f"{tabs}{expr(target)} = {expr(value)};{mark}"]
        case code.Evaluate(e):
            return [f"{tabs}{expr(e)};{mark}"]
        case code.Block(body):
            return [f"{tabs}{{", *_body(body, depth + 1), f"{tabs}}}"]
        case code.If(cond, then, orelse):
            rows = [f"{tabs}if ({expr(cond)}){mark}", *_arm(then, depth)]
            return rows if orelse is None else [*rows, f"{tabs}else", *_arm(orelse, depth)]
        case code.While(cond, body):
            return [f"{tabs}while ({expr(cond)}){mark}", *_arm(body, depth)]
        case code.DoWhile(body, cond):
            return [f"{tabs}do", *_arm(body, depth), f"{tabs}while ({expr(cond)});{mark}"]
        case code.For(init, cond, step, body):
            parts = [_part(init), expr(cond) if cond is not None else "", _part(step)]
            return [f"{tabs}for ({'; '.join(parts)}){mark}", *_arm(body, depth)]
        case code.Switch(subject, body):
            return [f"{tabs}switch ({expr(subject)}){mark}", f"{tabs}{{", *_body(body, depth + 1), f"{tabs}}}"]
        case code.Case(value):
            return [f"{tabs}default:" if value is None else f"{tabs}case {expr(value)}:"]
        case code.Jump(kind):
            return [f"{tabs}{kind};{mark}"]
        case code.Goto(label):
            return [f"{tabs}goto {label};{mark}"]
        case code.Labelled(label):
            return [f"{label}:{mark}"]
        case code.Return(value):
            return [f"{tabs}return{f' {expr(value)}' if value is not None else ''};{mark}"]
        case code.Guard(lock, body):
            if body is None:
                return [f"{tabs}guard({lock})();{mark}"]
            return [f"{tabs}scoped_guard({lock}){mark}", *_arm(body, depth)]
        case _:
            assert_never(s)


def _arm(s: code.Stmt, depth: int) -> list[str]:
    return (
        _statement(s, depth)
        if isinstance(s, code.Block)
        else ["\t" * depth + "{", *_statement(s, depth + 1), "\t" * depth + "}"]
    )


def _part(s: code.Stmt | None) -> str:
    return _statement(s._replace(line=0), 0)[0].rstrip(";") if s is not None else ""


def expr(e: code.Expr) -> str:
    """An expression that parses to the same tree."""
    match e:
        case code.Nondet(text, args):
            return f"nondet({', '.join([_quoted((text,)), *map(expr, args)])})"
        case code.Call("unreachable", (code.Nondet(text),)):
            return f"unreachable({_quoted((text,))})"
        case code.Call(name, args):
            return f"{name}({', '.join(map(expr, args))})"
        case code.LogicalNot(arg):
            return f"!{_inner(arg)}"
        case code.Prefix(op, arg):
            return f"{op}{pretty.prefixed(op, arg, _inner(arg))}"
        case code.Logic(op, left, right) | code.Compare(op, left, right) | code.Arithmetic(op, left, right):
            return f"{_inner(left)} {op} {_inner(right)}"
        case code.Ternary(cond, yes, no):
            return f"{_inner(cond)} ? {_inner(yes)} : {_inner(no)}"
        case code.Assigned(target, value):
            return f"({expr(target)} = {expr(value)})"
        case _:
            return pretty.expr(e)


def _inner(e: code.Expr) -> str:
    compound = isinstance(e, code.Logic | code.Compare | code.Arithmetic | code.Prefix | code.Ternary)
    return f"({expr(e)})" if compound else expr(e)
