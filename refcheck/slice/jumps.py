# SPDX-License-Identifier: GPL-2.0-only
"""What belongs to one loop or switch, and not to others in it: its jumps and its cases."""

from collections.abc import Iterator

from refcheck.c import tree as c
from refcheck.slice.facts import nodes


def jumps(s: c.CStmt) -> bool:
    """A break or continue of this statement's own loop stands in it."""
    match s:
        case c.CJump():
            return True
        case c.CBlock(body):
            return any(map(jumps, body))
        case c.CIf(cond, then, orelse):
            return jumps(c.ExprStmt(cond, s.span)) or jumps(then) or (orelse is not None and jumps(orelse))
        case c.CSwitch(subject, body):
            return jumps(c.ExprStmt(subject, s.span)) or jumps(body)
        case c.Conditioned(_, then, orelse):
            return any(map(jumps, (*then, *orelse)))
        case _:
            within = (n for n in nodes(s) if isinstance(n, c.StatementExpr))
            return any(isinstance(n, c.CJump) for n in nodes(tuple(within)))


def cases_in(s: c.CStmt) -> Iterator[c.CCase]:
    """The cases of a switch by its body."""
    match s:
        case c.CCase():
            yield s
        case c.CBlock(body):
            for inner in body:
                yield from cases_in(inner)
        case c.CIf(_, then, orelse):
            yield from cases_in(then)
            yield from cases_in(orelse) if orelse is not None else ()
        case c.CWhile(_, body) | c.CDo(body) | c.CFor(body=body) | c.MacroLoop(body=body):
            yield from cases_in(body)
        case c.Conditioned(_, then, orelse):
            for inner in (*then, *orelse):
                yield from cases_in(inner)
        case _:
            pass
