# SPDX-License-Identifier: GPL-2.0-only
"""Slicing proper: scalars that decide nothing go, and every statement that is empty without them.

A scalar is kept where a jump, a call, a returned value or another kept scalar depends on it, by data or by control: a fixed
point.  A condition on a scalar of which nothing is ever known is unknown itself, with its text.
"""

from collections.abc import Callable, Iterator

from refcheck.slice import words
from refcheck.slice.emit import NO_CASE, NOBODY_KNOWS
from refcheck.slice.facts import nodes
from refcheck.slice.touches import without_repeats
from refcheck.syntax import ast, code, write

_NUMBERS = ("int", "bool")
StmtStep = Callable[[code.Stmt], Iterator[code.Stmt]]
Change = Callable[[code.Expr], code.Expr]
Inner = Callable[[tuple[code.Stmt, ...]], tuple[code.Stmt, ...]]


def prune(f: ast.FunctionDef, params: bool, kept: frozenset[str] = frozenset()) -> ast.FunctionDef:
    """The function without what does not matter; scalar parameters too, where `params` says so.

    The scalars of `kept` stay told apart where nothing is known of them, too.
    """
    return _Pruner(f, kept).pruned(params)


class _Pruner:
    def __init__(self, f: ast.FunctionDef, kept: frozenset[str]) -> None:
        self.f = f
        self.defs: dict[str, list[code.Expr | None]] = {}
        own = [n for n in nodes(f.body) if isinstance(n, code.Declare | code.Assign | code.Call | code.Assigned)]
        for p in f.sig.params:
            if p.type.name in _NUMBERS and not p.type.pointer:
                self.defs[p.name] = [code.Int(0, p.span)] if f.contract is not None else []
        for n in own:
            if isinstance(n, code.Declare) and n.type.name in _NUMBERS:
                self.defs.setdefault(n.name, []).extend([n.init] if n.init is not None else [])
        for n in own:
            if isinstance(n, code.Assign | code.Assigned) and isinstance(n.target, code.Name) and n.target.name in self.defs:
                self.defs[n.target.name].append(n.value)
            if isinstance(n, code.Call):
                for a in n.args:
                    if isinstance(a, code.AddressOf) and a.name in self.defs:
                        self.defs[a.name].append(None)
        self.known = kept.intersection(self.defs)
        while more := {v for v, rhs in self.defs.items() if v not in self.known and any(map(self._tells, rhs))}:
            self.known |= more
        self.needed: set[str] = set()
        self.labels = {n.label for n in nodes(f.body) if isinstance(n, code.Goto)}

    def _tells(self, e: code.Expr | None) -> bool:
        """Something is known of the value."""
        match e:
            case None:
                return True
            case code.Nondet() | code.Call("unknown_int"):
                return False
            case code.Name(name):
                return name in self.known or name not in self.defs
            case code.LogicalNot(arg):
                return self._tells(arg)
            case code.Logic(_, left, right):
                return self._tells(left) or self._tells(right)
            case code.Compare(_, left, right):
                return any(
                    self._tells(x) and not isinstance(x, code.Int | code.Errno | code.Bool | code.Null)
                    for x in (left, right)
                )
            case code.Arithmetic(_, left, right):
                return all(isinstance(x, code.Int) or self._tells(x) for x in (left, right))
            case code.Ternary(_, yes, no):
                return self._tells(yes) or self._tells(no)
            case code.Assigned(_, value):
                return self._tells(value)
            case _:
                return True

    # -- the fixed point
    def pruned(self, params: bool) -> ast.FunctionDef:
        body = self._block(self.f.body.body, self._plain)
        while True:
            before = len(self.needed)
            self._need_block(body)
            if len(self.needed) == before:
                break
        body = without_repeats(self._block(body, self._kept_only))
        sig = self.f.sig
        if params:
            sig = sig._replace(params=tuple(p for p in sig.params if self._stays(p)))
        return self.f._replace(sig=sig, body=self.f.body._replace(body=body))

    def _stays(self, p: ast.Param) -> bool:
        return p.type.name not in _NUMBERS or p.type.pointer or p.name in self.needed

    def _matters(self, s: code.Stmt) -> bool:
        """The statement does something, whatever becomes of scalars."""
        match s:
            case code.Evaluate(code.Call(name)):
                return name != NO_CASE
            case code.Evaluate():
                return True
            case code.Assign(code.Name(name), value) if name in self.defs:
                return name in self.needed or any(_calls(value))
            case code.Declare(type, name, init):
                if type.name in _NUMBERS:
                    return name in self.needed or (init is not None and any(_calls(init)))
                return init is not None and any(_calls(init))
            case code.Block(body):
                return any(map(self._matters, body))
            case code.If(cond, then, orelse):
                return any(_calls(cond)) or self._matters(then) or (orelse is not None and self._matters(orelse))
            case code.While(cond, body) | code.DoWhile(body, cond):
                return any(_calls(cond)) or self._more_than_jumps(body)
            case code.For(init, cond, step, body):
                parts = [x for x in (init, step) if x is not None]
                return (
                    any(map(self._matters, parts)) or (cond is not None and any(_calls(cond))) or self._more_than_jumps(body)
                )
            case code.Switch(subject, body):
                return any(_calls(subject)) or any(map(self._more_than_breaks, body))
            case code.Case():
                return False
            case code.Labelled(label):
                return label in self.labels
            case _:
                return True

    def _more_than_jumps(self, s: code.Stmt) -> bool:
        """Something of a loop's body matters outside of the loop."""
        match s:
            case code.Jump():
                return False
            case code.Block(body):
                return any(map(self._more_than_jumps, body))
            case code.If(cond, then, orelse):
                return (
                    any(_calls(cond))
                    or self._more_than_jumps(then)
                    or (orelse is not None and self._more_than_jumps(orelse))
                )
            case code.Switch(subject, body):
                return any(_calls(subject)) or any(map(self._more_than_jumps, body))
            case _:
                return self._matters(s)

    def _more_than_breaks(self, s: code.Stmt) -> bool:
        match s:
            case code.Jump("break"):
                return False
            case code.Block(body):
                return any(map(self._more_than_breaks, body))
            case code.If(cond, then, orelse):
                return (
                    any(_calls(cond))
                    or self._more_than_breaks(then)
                    or (orelse is not None and self._more_than_breaks(orelse))
                )
            case _:
                return self._matters(s)

    def _need_block(self, body: tuple[code.Stmt, ...]) -> None:
        for s in body:
            if self._matters(s):
                self._need(s)

    def _need(self, s: code.Stmt) -> None:
        """What a statement that matters depends on."""
        match s:
            case code.Evaluate(e):
                self._ask(e)
            case code.Assign(target, value):
                if isinstance(target, code.Name) and target.name in self.defs and target.name not in self.needed:
                    for call in _calls(value):
                        self._ask(call)
                else:
                    self._ask(value)
            case code.Declare(type, name, init):
                if init is not None:
                    if type.name in _NUMBERS and name not in self.needed:
                        for call in _calls(init):
                            self._ask(call)
                    else:
                        self._ask(init)
            case code.Block(body):
                self._need_block(body)
            case code.If(cond, then, orelse):
                self._ask(cond)
                self._need_block((then,) if orelse is None else (then, orelse))
            case code.While(cond, body) | code.DoWhile(body, cond):
                self._ask(cond)
                self._need_block((body,))
            case code.For(init, cond, step, body):
                self._ask(cond)
                self._need_block(tuple(x for x in (init, body, step) if x is not None))
            case code.Switch(subject, body):
                self._ask(subject)
                self._need_block(body)
            case code.Return(value):
                self._ask(value)
            case code.Guard(_, body) if body is not None:
                self._need_block((body,))
            case _:
                pass

    def _ask(self, e: code.Expr | None) -> None:
        if e is not None:
            for n in nodes(e):
                if isinstance(n, code.Name | code.AddressOf) and n.name in self.defs:
                    self.needed.add(n.name)

    # -- conditions of which nothing is known
    def _block(self, body: tuple[code.Stmt, ...], step: StmtStep) -> tuple[code.Stmt, ...]:
        return tuple(x for s in body for x in step(s))

    def _plain(self, s: code.Stmt) -> Iterator[code.Stmt]:
        """The statement with unknown scalars out of its conditions."""
        yield _rebuilt(s, self._unknown, lambda inner: tuple(x for i in inner for x in self._plain(i)))

    def _unknown(self, e: code.Expr) -> code.Expr:
        match e:
            case code.Name(name, span) if name in self.defs and name not in self.known:
                only = self.defs[name][0] if len(self.defs[name]) == 1 else None
                return code.Nondet(only.text if isinstance(only, code.Nondet) else name, (), span)
            case code.LogicalNot(arg, span):
                return code.LogicalNot(self._unknown(arg), span)
            case code.Logic(op, left, right, span):
                return code.Logic(op, self._unknown(left), self._unknown(right), span)
            case code.Compare(_, left, right, span):
                names = {x.name for side in (left, right) for x in nodes(side) if isinstance(x, code.Name)}
                unknown = names & self.defs.keys() - self.known and not any(_calls(e))
                return code.Nondet(write.expr(e), (), span) if unknown else e
            case code.Arithmetic(_, _, _, span) if not self._tells(e) and not any(_calls(e)):
                return code.Nondet(write.expr(e), (), span)
            case _:
                return e

    # -- what stays
    def _kept_only(self, s: code.Stmt) -> Iterator[code.Stmt]:
        if _stands(s) or (isinstance(s, code.Declare) and s.type.name not in _NUMBERS):
            yield s
        elif not self._matters(s):
            return
        elif isinstance(s, code.Assign | code.Declare) and self._gone(s):
            value = s.value if isinstance(s, code.Assign) else s.init
            for call in _outer_calls(value):
                yield code.Evaluate(call, s.line, s.span)
        elif isinstance(s, code.If) and not any(map(self._matters, (s.then, *([s.orelse] if s.orelse else [])))):
            if _conditional_calls(s.cond):
                yield s._replace(then=code.Block((), s.span), orelse=None)
            else:
                for call in _outer_calls(s.cond):
                    yield code.Evaluate(call, s.line, s.span)
        else:
            yield _rebuilt(s, lambda e: e, lambda inner: tuple(x for i in inner for x in self._kept_only(i)))

    def _gone(self, s: code.Assign | code.Declare) -> bool:
        name = s.name if isinstance(s, code.Declare) else s.target.name if isinstance(s.target, code.Name) else ""
        return name in self.defs and name not in self.needed


def _stands(s: code.Stmt) -> bool:
    """What stays in a switch that stays."""
    match s:
        case code.Case():
            return True
        case code.Evaluate(code.Call(name)):
            return name == NO_CASE
        case _:
            return False


def _calls(e: object) -> Iterator[code.Call]:
    """The calls in an expression that do something."""
    for n in nodes(e):
        if isinstance(n, code.Call) and n.name not in words.ERRORS and n.name not in (NOBODY_KNOWS, "likely", "unlikely"):
            yield n
        if isinstance(n, code.Nondet) and n.args:
            yield code.Call("use", n.args, n.span)


def _outer_calls(e: code.Expr | None) -> Iterator[code.Call]:
    """The calls that do something and are no argument of another one."""
    match e:
        case None:
            return
        case code.Nondet(_, args, span):
            if args:
                yield code.Call("use", args, span)
        case code.Call(_, args):
            if any(True for c in _calls(e) if c is e):
                yield e
            else:
                for a in args:
                    yield from _outer_calls(a)
        case _:
            parts: tuple[object, ...] = tuple(e)  # type: ignore[arg-type]
            for part in parts:
                if isinstance(part, tuple):
                    yield from _outer_calls(part)  # type: ignore[arg-type]


def _conditional_calls(e: code.Expr) -> bool:
    """A call stands where it is not always reached."""
    return any(isinstance(n, code.Logic) and any(_calls(n.right)) for n in nodes(e)) or any(
        isinstance(n, code.Ternary) and (any(_calls(n.yes)) or any(_calls(n.no))) for n in nodes(e)
    )


def _rebuilt(s: code.Stmt, cond: Change, inner: Inner) -> code.Stmt:
    """The statement with its condition changed and its parts walked."""

    def one(part: code.Stmt | None) -> code.Stmt | None:
        if part is None:
            return None
        found = inner((part,))
        return found[0] if len(found) == 1 else code.Block(found, part.span)

    match s:
        case code.Block(body):
            return s._replace(body=inner(body))
        case code.If():
            return s._replace(cond=cond(s.cond), then=one(s.then), orelse=_none_if_empty(one(s.orelse)))
        case code.While() | code.DoWhile():
            return s._replace(cond=cond(s.cond), body=one(s.body))
        case code.For():
            asked = cond(s.cond) if s.cond is not None else None
            return s._replace(
                init=_none_if_empty(one(s.init)), cond=asked, step=_none_if_empty(one(s.step)), body=one(s.body)
            )
        case code.Switch():
            subject = s.subject
            if isinstance(changed := cond(subject), code.Nondet):
                subject = code.Call(NOBODY_KNOWS, (), changed.span)
            return s._replace(subject=subject, body=inner(s.body))
        case code.Guard(_, body) if body is not None:
            return s._replace(body=one(body))
        case _:
            return s


def _none_if_empty(s: code.Stmt | None) -> code.Stmt | None:
    return None if isinstance(s, code.Block) and not s.body else s
