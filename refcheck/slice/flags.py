# SPDX-License-Identifier: GPL-2.0-only
"""Flags that say who owns: handed back through a pointer (`bool *noref`), or asked before something is given away."""

from collections.abc import Iterable, Mapping

from refcheck.c import tree as c
from refcheck.slice.facts import gives_away, nodes
from refcheck.slice.kinds import CKinds, Kind
from refcheck.syntax import ast, code


def is_flag(kinds: CKinds, f: c.CFunction, p: c.CParam) -> bool:
    """A parameter that points to a bool, and of which the body only says `*p = value`."""
    t = kinds.plain(p.type)
    if t.stars != 1 or t.dims or t.function or t.base not in ("bool", "_Bool") or not p.name:
        return False
    named = sum(isinstance(n, c.Id) and n.name == p.name for n in nodes(f.body))
    written = sum(
        isinstance(n, c.AssignExpr) and n.op == "=" and isinstance(n.target, c.Unary) and n.target.op == "*"
        and isinstance(n.target.arg, c.Id) and n.target.arg.name == p.name
        for n in nodes(f.body)
    )  # fmt: skip
    return 0 < written == named


def may_be_flag(kind: Kind) -> bool:
    """A truth value, or a pointer that is there or not; a number counts something."""
    return kind.how == "pointer" or (kind.how == "scalar" and kind.name == "bool")


def owner_flags(f: ast.FunctionDef, contracts: Mapping[str, ast.ContractDef], flags: Iterable[str]) -> frozenset[str]:
    """The parameters among some on which it depends whether something is given away: `if (!noref) dst_release(dst)`."""
    found, known = set[str](), {p.name for p in f.sig.params} & set(flags)
    for n in nodes(f.body) if known else ():
        if isinstance(n, code.If) and any(_gives(b, contracts) for b in (n.then, n.orelse)):
            found |= _asked(n.cond) & known
    return frozenset(found)


def _asked(cond: code.Expr) -> set[str]:
    """The variables that a condition asks for their truth; who compares them has other reasons."""
    match cond:
        case code.Name(name):
            return {name}
        case code.LogicalNot(arg):
            return _asked(arg)
        case code.Logic(_, left, right):
            return _asked(left) | _asked(right)
        case _:
            return set()


def _gives(s: code.Stmt | None, contracts: Mapping[str, ast.ContractDef]) -> bool:
    """A statement calls something that gives an argument away."""
    called = (n.name for n in nodes(s or ()) if isinstance(n, code.Call))
    return any(n in contracts and gives_away(contracts[n]) for n in called)
