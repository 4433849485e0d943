# SPDX-License-Identifier: GPL-2.0-only
"""Expressions and conditions back to text, as a trace quotes them."""

from refcheck.syntax import ast


def place(p: ast.Place) -> str:
    """`d`, `*d`, `skb->dst`."""
    return ("*" if p.deref else "") + p.name + (f"->{p.slot}" if p.slot else "")


def expr(e: ast.Expr | ast.CondExpr) -> str:
    """The text of an expression."""
    match e:
        case ast.Name(name):
            return name
        case ast.Int(value):
            return str(value)
        case ast.Errno(name):
            return f"-{name}"
        case ast.Null():
            return "NULL"
        case ast.Bool(value):
            return "true" if value else "false"
        case ast.Nondet(text):
            return text
        case ast.Config(name):
            return f"config({name})"
        case ast.Call(name, args):
            return f"{name}({', '.join(map(expr, args))})"
        case ast.Field(base, field):
            return f"{base}->{field}"
        case ast.AddressOf(name, field):
            return f"&{name}" + (f"->{field}" if field else "")
        case ast.Deref(name):
            return f"*{name}"
        case ast.Not(arg):
            return f"!{_wrap(arg)}"
        case ast.Logic(op, left, right):
            return f"{_wrap(left)} {op} {_wrap(right)}"
        case ast.Compare(op, left, right):
            return f"{_wrap(left)} {op} {_wrap(right)}"
        case ast.Ternary(cond, yes, no):
            return f"{_wrap(cond)} ? {_wrap(yes)} : {_wrap(no)}"
        case ast.Assigned(target, value):
            return f"{expr(target)} = {expr(value)}"
        case ast.StateIs(where, states):
            return f"{place(where)} is {' | '.join(states)}"
        case ast.PlaceTest(where, op, value):
            return place(where) + (f" {op} {expr(value)}" if op and value else "")


def _wrap(e: ast.Expr | ast.CondExpr) -> str:
    return f"({expr(e)})" if isinstance(e, ast.Logic | ast.Compare | ast.Ternary | ast.Assigned) else expr(e)
