# SPDX-License-Identifier: GPL-2.0-only
"""Elements of a queue that a loop walks, of which it takes some out: whose an element is depends on what comes.

The queue has what is in it, and the function what it takes out.  So each round guesses at its beginning whether its element
will be taken out.  One that will is the function's from then on, one that will not is lent; a path on which it comes
otherwise is none.  Every path of the C text is among those that are left, with the guess that fits.
"""

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.emit import Emit, unasked
from refcheck.slice.facts import nodes
from refcheck.syntax import code

STAYS, DUE, OPEN = range(3)  # the element stays, will be taken out on this path; nothing is guessed of it (any more)


def taken_out(f: c.CFunction) -> frozenset[str]:
    """The variables that loop macros assign, nothing else does, and that are taken out of a queue by their name."""
    walked, out, other = set[str](), set[str](), set[str]()
    for n in nodes(f.body):
        match n:
            case c.MacroLoop(_, args):
                walked |= {a.name for a in args if isinstance(a, c.Id)}
            case c.CallExpr(c.Id(name), (c.Id(element), *_)) if name in words.UNLINKS:
                out.add(element)
            case c.AssignExpr(_, c.Id(name)) | c.IncDec(_, c.Id(name)) | c.Unary("&", c.Id(name)):
                other.add(name)
            case c.Variable(_, name, init) if init is not None:
                other.add(name)
            case _:
                pass
    return frozenset(walked & out - other - {p.name for p in f.params})


class Unlinks(Emit):
    """Guesses, and paths that end where one was wrong."""

    def guess(self, element: str, target: code.Name, own: code.Expr, lent: code.Expr) -> None:
        """The element of a round: the function's own where it will be taken out, and lent where it stays."""
        span, arms = target.span, list[code.Stmt]()
        for state, value in ((DUE, own), (STAYS, lent)):
            noted = code.Assign(code.Name(self.taken[element], span), code.Int(state, span), span.line, span)
            arms.append(code.Block((noted, code.Assign(target, value, span.line, span)), span))
        will = code.Nondet(f"`{element}` is taken out of the queue", (), unasked(span))
        self.emit(code.If(will, arms[0], arms[1], span.line, span))

    def unlinked(self, element: str, span: Span) -> None:
        """The element is taken out: what was guessed not to be is not on this path."""
        state = code.Name(self.taken[element], span)
        self._only(code.Compare("==", state, code.Int(STAYS, span), unasked(span)), span)
        self.unguessed(element, span)

    def unguessed(self, element: str, span: Span) -> None:
        """Nothing is guessed of the element."""
        self.emit(code.Assign(code.Name(self.taken[element], span), code.Int(OPEN, span), span.line, span))

    def settled(self, elements: tuple[str, ...], span: Span) -> None:
        """Nothing is taken out any more: what was guessed to be is not on this path."""
        for element in elements:
            state = code.Name(self.taken[element], span)
            self._only(code.Compare("==", state, code.Int(DUE, span), unasked(span)), span)

    def _only(self, wrong: code.Expr, span: Span) -> None:
        """The path goes on where a guess was right."""
        ends = code.Goto(self.dead_end(), span.line, span)
        self.emit(code.If(wrong, code.Block((ends,), span), None, span.line, span))

    def dead_end(self) -> str:
        """A label from which nothing leads on."""
        raise NotImplementedError
