# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and conditions back to text, as a trace quotes them."""

from refcheck.syntax import ast, code


def place(p: ast.EffectPlace) -> str:
    """`d`, `*d`, `skb->dst`."""
    return ("*" if p.deref else "") + p.name + (f"->{p.slot}" if p.slot else "")


def expr(e: code.Expr | ast.CondExpr) -> str:
    """The text of an expression."""
    match e:
        case code.Name(name):
            return name
        case code.Int(value):
            return str(value)
        case code.Errno(name):
            return f"-{name}"
        case code.Null():
            return "NULL"
        case code.Bool(value):
            return "true" if value else "false"
        case code.Nondet(text):
            return text
        case code.Config(name):
            return f"config({name})"
        case code.Call(name, args):
            return f"{name}({', '.join(map(expr, args))})"
        case code.Field(base, field):
            return f"{base}->{field}"
        case code.AddressOf(name, field):
            return f"&{name}" + (f"->{field}" if field else "")
        case code.Deref(name):
            return f"*{name}"
        case code.LogicalNot(arg):
            return f"!{_wrap(arg)}"
        case code.Logic(op, left, right) | code.Compare(op, left, right) | code.Arithmetic(op, left, right):
            return f"{_wrap(left)} {op} {_wrap(right)}"
        case code.Prefix(op, arg):
            return f"{op}{prefixed(op, arg, _wrap(arg))}"
        case code.Ternary(cond, yes, no):
            return f"{_wrap(cond)} ? {_wrap(yes)} : {_wrap(no)}"
        case code.Assigned(target, value):
            return f"{expr(target)} = {expr(value)}"
        case ast.StateIs(where, states):
            return f"{place(where)} is {' | '.join(states)}"
        case ast.PlaceTest(where, op, value):
            return place(where) + (f" {op} {expr(value)}" if op and value else "")


def _wrap(e: code.Expr | ast.CondExpr) -> str:
    compound = isinstance(e, code.Logic | code.Compare | code.Arithmetic | code.Prefix | code.Ternary | code.Assigned)
    return f"({expr(e)})" if compound else expr(e)


def prefixed(op: str, arg: code.Expr | ast.CondExpr, text: str) -> str:
    """What stands behind a `-` or `~`: in brackets where a `-` in front of it would be read as part of it."""
    plain = op == "~" or isinstance(arg, code.Call | code.Deref | code.LogicalNot) or text.startswith("(")
    return text if plain else f"({text})"
