# SPDX-License-Identifier: GPL-2.0-only
"""`use` of an object that was touched already, with nothing in between that could end its life, says nothing new."""

from refcheck.slice.facts import nodes
from refcheck.syntax import code


def without_repeats(body: tuple[code.Stmt, ...]) -> tuple[code.Stmt, ...]:
    """A body without uses that repeat others."""
    found, _ = _walk(body, frozenset())
    return found


def _walk(body: tuple[code.Stmt, ...], seen: frozenset[str]) -> tuple[tuple[code.Stmt, ...], frozenset[str]]:
    out: list[code.Stmt] = []
    for s in body:
        match s:
            case code.Evaluate(code.Call("use", args) as call):
                new = tuple(a for a in args if not (isinstance(a, code.Name) and a.name in seen))
                seen |= {a.name for a in args if isinstance(a, code.Name)}
                if new:
                    out.append(s._replace(expr=call._replace(args=new)))
            case code.If(cond, then, orelse):
                before = seen if _quiet(cond) else frozenset()
                one, after = _arm(then, before)
                other, rest = _arm(orelse, before) if orelse is not None else (None, before)
                assert one is not None
                out.append(s._replace(then=one, orelse=other))
                seen = after & rest
            case code.Block(inner):
                made, seen = _walk(inner, seen)
                out.append(s._replace(body=made))
            case code.Declare(init=None):
                out.append(s)
            case code.Assign(code.Name(name), value) if _quiet(value):
                out.append(s)
                seen -= {name}
            case code.While(_, inner_body) | code.DoWhile(inner_body):
                made_body, _ = _arm(inner_body, frozenset())
                out.append(s._replace(body=made_body))
                seen = frozenset()
            case code.For():
                made_body, _ = _arm(s.body, frozenset())
                out.append(s._replace(body=made_body))
                seen = frozenset()
            case _:
                out.append(s)
                seen = frozenset()
    return tuple(out), seen


def _arm(s: code.Stmt | None, seen: frozenset[str]) -> tuple[code.Stmt | None, frozenset[str]]:
    if s is None:
        return None, seen
    made, after = _walk((s,), seen)
    return (made[0] if len(made) == 1 else code.Block(made, s.span)), after


def _quiet(e: code.Expr) -> bool:
    """Nothing is called by an expression."""
    return not any(
        isinstance(n, code.Call) and n.name not in ("IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR", "likely", "unlikely")
        for n in nodes(e)
    )
