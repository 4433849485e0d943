# SPDX-License-Identifier: GPL-2.0-only
"""Statements of C to statements of a model, in the same order, with the same labels and jumps."""

import re
from typing import assert_never

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.cleanup import ScopeEnds
from refcheck.slice.emit import NO_CASE, NO_RETURN, UNKNOWN, Setting, Val, made_contract
from refcheck.slice.jumps import cases_in, jumps
from refcheck.slice.options import condition
from refcheck.slice.scope import Var, var_type
from refcheck.slice.unfollowed import unfollowed
from refcheck.slice.unread import UnreadError
from refcheck.syntax import code

# Macros whose first argument is the list, not the variable that walks it.
_LIST_FIRST = "skb_"
# Macros that start at what the variable has.
_GOES_ON = re.compile(r"_(from|continue)(_|$)")


class StatementSlices(ScopeEnds):
    """The body of a function."""

    def __init__(self, setting: Setting, function: c.CFunction) -> None:
        super().__init__(setting, function)
        self.dead = ""
        self.cases: list[dict[str, int | None]] = []

    def statement(self, s: c.CStmt) -> None:
        """One statement, and whatever its expressions touched."""
        match s:
            case c.Variable():
                self._declare(s)
            case c.ExprStmt(expr):
                self.discard(self.value(expr), s.span)
            case c.CBlock():
                self.emit(self.block(s))
            case c.CIf():
                self._if(s)
            case c.CWhile(cond, body):
                self._loop(cond, None, body, s.span)
            case c.CDo():
                self._do(s)
            case c.CFor():
                self._for(s)
            case c.MacroLoop():
                self._walk(s)
            case c.MacroGuard():
                self._guard(s)
            case c.CSwitch():
                self._switch(s)
            case c.CCase():
                self._case(s)
            case c.CJump(kind):
                self.leave_loop(kind, s.span)
                self.emit(code.Jump(kind, s.span.line, s.span))
            case c.CGoto(label):
                if label is None:
                    raise UnreadError("a computed goto", s.span)
                self.leave_for(label, s.span)
                self.emit(code.Goto(self.label(label), s.span.line, s.span))
            case c.CLabel(name):
                self.emit(code.Labelled(self.label(name), s.span.line, s.span))
            case c.CReturn():
                self._return(s)
            case c.Asm():
                raise UnreadError("inline assembly", s.span)
            case c.Conditioned():
                self._conditioned(s)
            case c.Broken():
                raise UnreadError("this text was not understood", s.span)
            case _:
                assert_never(s)
        self.flush(s.span)

    def block(self, s: c.CStmt) -> code.Block:
        """A statement as a block."""
        self.scope.enter()
        with self.captured() as out:
            self.sequence(s.body if isinstance(s, c.CBlock) else (s,), s.span)
        self.scope.leave()
        return code.Block(tuple(out), s.span)

    def body_of(self, what: str, s: c.CStmt) -> code.Block:
        """What a loop or a switch does."""
        self.inside.append((what, len(self.ends)))
        made = self.block(s)
        self.inside.pop()
        return made

    def label(self, name: str) -> str:
        """A label's name in the model."""
        return f"l_{name}" if name in ("default", "case") else name

    def dead_end(self) -> str:
        """A label from which nothing leads on."""
        self.dead = self.dead or self.scope.fresh(NO_RETURN)
        return self.dead

    # -- declarations
    def _declare(self, s: c.Variable) -> None:
        kind = self.kinds.of(s.type)
        if s.cleanup is not None:
            self.freed_at_end(s, kind)
        if self.stands_on_stack(s):
            self.on_stack(s)
            return
        for text, span in unfollowed(self.kinds, self.function, s):
            self.assume("store", f"`{text}` is empty where its scope ends", span)
        if s.static and kind.how == "resource" and not self.is_container(kind.name):
            raise UnreadError(f"`{s.name}` is static", s.span)
        escapes = (self.function.name, s.name) in self.setting.facts.escaping or s.static
        if kind.how not in ("resource", "scalar", "pointer") or escapes:
            if kind.how == "resource" and not self.is_container(kind.name):
                raise UnreadError(f"the address of `{s.name}` is kept", s.span)
            if s.init is not None:
                self.stored(s.init, f"`{s.name}`")
            self.scope.declare(s.name, kind, s.type, escapes=escapes)
            return
        init = None
        if s.init is not None:
            var = Var("", s.type, kind)
            init = (
                self.fitting(kind.name, s.init, s.span) if kind.how == "resource" else self.scalar("=", var, s.init, s.span)
            )
        var = self.scope.declare(s.name, kind, s.type)
        self.emit(code.Declare(var_type(var), var.name, init, s.span.line, s.span))
        if s.init is not None:
            self.redraw(s.name, s.span)

    # -- conditions and loops
    def _if(self, s: c.CIf) -> None:
        cond = self.cond(s.cond)
        then = self.block(s.then)
        orelse = self.block(s.orelse) if s.orelse is not None else None
        self.emit(code.If(cond, then, orelse, s.span.line, s.span))

    def _loop(self, cond: c.CExpr | None, step: c.CExpr | None, body: c.CStmt, span: Span) -> None:
        """A loop that asks at the top of each round."""
        with self.captured() as before:
            asked = self.cond(cond) if cond is not None else code.Bool(True, span)
        inner = self.body_of("loop", body)
        after: list[code.Stmt] = []
        if step is not None:
            with self.captured() as after:
                self.discard(self.value(step), step.span)
        if not after:
            self.emit(code.While(*_at_top(before, asked, inner, span), span.line, span))
            return
        one = after[0] if len(after) == 1 and isinstance(after[0], code.Assign | code.Evaluate) else None
        if one is not None:
            asked, inner = _at_top(before, asked, inner, span)
            self.emit(code.For(None, asked, one, inner, span.line, span))
            return
        again = self.temp("bool", code.Bool(False, span), span)
        first = code.If(again, code.Block(tuple(after), span), None, span.line, span)
        yet = code.Assign(again, code.Bool(True, span), span.line, span)
        stop = code.If(code.LogicalNot(asked, span), code.Jump("break", span.line, span), None, span.line, span)
        whole = code.Block((first, yet, *before, stop, inner), span)
        self.emit(code.While(code.Bool(True, span), whole, span.line, span))

    def _for(self, s: c.CFor) -> None:
        self.scope.enter()
        with self.captured() as out:
            for part in s.init:
                self.statement(part)
            self.closed(s.span)
            self._loop(s.cond, s.step, s.body, s.span)
        self.scope.leave()
        self.emit(code.Block(tuple(out), s.span))

    def _do(self, s: c.CDo) -> None:
        if isinstance(s.cond, c.Number) and s.cond.value == 0 and not jumps(s.body):
            self.emit(self.block(s.body))
            return
        body = self.body_of("loop", s.body)
        with self.captured() as before:
            asked = self.cond(s.cond)
        if not before:
            self.emit(code.DoWhile(body, asked, s.span.line, s.span))
            return
        span = s.span
        again = self.temp("bool", code.Bool(False, span), span)
        stop = code.If(code.LogicalNot(asked, span), code.Jump("break", span.line, span), None, span.line, span)
        first = code.If(again, code.Block((*before, stop), span), None, span.line, span)
        yet = code.Assign(again, code.Bool(True, span), span.line, span)
        self.emit(code.While(code.Bool(True, span), code.Block((first, yet, body), span), span.line, span))

    def _walk(self, s: c.MacroLoop) -> None:
        """A loop macro: any number of rounds, each with an element that is lent."""
        span = s.span
        walkers: list[c.CExpr] = list(s.args[1:] if self._starts_with_list(s) else s.args)
        walkers = [a for a in walkers if not self._is_given(a)] + self._hidden(s)
        outside = [a for a in s.args if a not in walkers or not isinstance(a, c.Id)]
        for a in outside:
            if not isinstance(a, c.Unary):
                self.discard(self.value(a), span)
        self.flush(span)
        for a in walkers:
            self._walker(s, a, first=True)
        with self.captured() as before:
            for a in walkers:
                self._walker(s, a, first=False)
        inner = self.body_of("loop", s.body)
        asked = code.Nondet(self.text(Span(span.path, span.line, span.col, span.line, 10_000)), (), span)
        self.emit(code.While(asked, code.Block((*before, inner), span), span.line, span))

    def _walker(self, s: c.MacroLoop, a: c.CExpr, first: bool) -> None:
        """What a loop macro assigns to a variable; before the `first` round some pointer, which nobody owns."""
        var = self.scope.lookup(a.name) if isinstance(a, c.Id) else None
        if var is None or var.escapes or not isinstance(a, c.Id) or (first and _GOES_ON.search(s.macro)):
            return
        own = (self.function.name, a.name) in self.setting.facts.given
        if own and a.name in self.taken:
            self.taken_in_part(s, a.name, var, first)
        elif var.kind.how == "resource" and not (first and own):
            label = f"walk:{s.macro}:{a.name}" + (":owned" if own else "")
            found = self.element(var.kind.name, label, own, f"each round of `{s.macro}` has an element", s.span)
            self.emit(code.Assign(code.Name(var.name, s.span), found, s.span.line, s.span))
        elif var.kind.how in ("scalar", "pointer"):
            self.emit(code.Assign(code.Name(var.name, s.span), self.any(var.kind.name, a, s.span), s.span.line, s.span))
        self.redraw(a.name, s.span)

    def _starts_with_list(self, s: c.MacroLoop) -> bool:
        """The first argument of a loop macro is what is walked, and no variable that the macro assigns to."""
        macro = self.setting.tree.macro(s.macro)
        first = macro.params[0] if macro is not None and macro.params else ""
        assigned = macro is not None and first and re.search(rf"\b{first}\s*=(?!=)", macro.text)
        return s.macro.startswith(_LIST_FIRST) and len(s.args) > 1 and not assigned

    def _is_given(self, e: c.CExpr) -> bool:
        """An object that the function was given: a list is walked from it, and not into it."""
        var = self.scope.lookup(e.name) if isinstance(e, c.Id) else None
        return var is not None and var.param and self.is_counted(var.kind.name)

    def _hidden(self, s: c.MacroLoop) -> list[c.CExpr]:
        """Variables that a loop macro of this tree walks without being given them."""
        macro = self.setting.tree.macro(s.macro)
        names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", macro.text)) if macro is not None else {}
        return [
            c.Id(n, s.span)
            for n in names
            if n not in (macro.params or () if macro else ()) and self.scope.lookup(n) is not None
        ]

    def _guard(self, s: c.MacroGuard) -> None:
        for a in s.args:
            self.discard(self.value(a), s.span)
        body = self.body_of("loop", s.body) if s.body is not None else None
        if s.lock in self.setting.guards:
            self.emit(code.Guard(s.lock, body, s.span.line, s.span))
            return
        self.untouched.setdefault(f"guard({s.lock})", s.span)
        if body is not None:
            self.emit(code.DoWhile(body, code.Bool(False, s.span), s.span.line, s.span))

    def ends_here(self, s: c.CStmt, where: str) -> None:
        """No guard that lasts to the end of a block begins in a place that is no block of the model, or not all of one."""
        if isinstance(s, c.MacroGuard) and s.body is None and s.lock in self.setting.guards:
            raise UnreadError(f"`guard({s.lock})` begins in {where}, and its end is not followed", s.span)

    def _switch(self, s: c.CSwitch) -> None:
        v = self.value(s.subject)
        values = self._case_values(s.body)
        known = v.type in ("int", "bool") and v.expr is not None and None not in values.values()
        if not known:
            self.discard(v, s.span)
            values = {key: i for i, key in enumerate(values)}
        subject = v.expr if known and v.expr is not None else self.any("int", s.subject, s.span)
        self.cases.append(values)
        body = self.body_of("switch", s.body).body
        self.cases.pop()
        if not known and all(x.low is not None for x in cases_in(s.body)):
            body = (*self._no_case(s.span), *body)
        self.emit(code.Switch(subject, body, s.span.line, s.span))

    def _no_case(self, span: Span) -> tuple[code.Stmt, ...]:
        """None of the cases fits: whether such a value comes here, no source at hand says."""
        self.setting.made.setdefault(NO_CASE, made_contract(NO_CASE, "void", (), (), span))
        noted = code.Evaluate(code.Call(NO_CASE, (), span), span.line, span)
        return code.Case(None, span), noted, code.Jump("break", span.line, span)

    def _case(self, s: c.CCase) -> None:
        if not self.cases:
            raise UnreadError("a case stands outside of a switch", s.span)
        value = self.cases[-1][self.text(s.low.span)] if s.low is not None else None
        self.emit(code.Case(code.Int(value, s.span) if value is not None else None, s.span))

    def _case_values(self, body: c.CStmt) -> dict[str, int | None]:
        """The constants of the cases by their text; None for those that are not known, or not one."""
        found: dict[str, int | None] = {}
        for inner in cases_in(body):
            if inner.low is not None:
                v = self.value(inner.low).expr if inner.high is None else None
                value = v.value if isinstance(v, code.Int) else None
                found[self.text(inner.low.span)] = value if value not in found.values() else None
        return found

    def _return(self, s: c.CReturn) -> None:
        given: code.Expr | None = None
        if s.value is not None and self.result == "void":
            self.discard(self.value(s.value), s.span)
        elif s.value is not None and self.result in ("int", "bool"):
            var = Var("", self.function.result, self.kinds.of(self.function.result))
            var = var._replace(kind=var.kind._replace(name=self.result, how=var.kind.how))
            given = self.scalar("=", var, s.value, s.span)
        elif s.value is not None:
            given = self.fitting(self.result, s.value, s.span)
        if self.ends and given is not None and not isinstance(given, code.Int | code.Errno | code.Bool | code.Null):
            given = self.temp(self.result, given, s.span)
        self.leave(0, s.span)
        self.settled(tuple(self.taken), s.span)
        self.emit(code.Return(given, s.span.line, s.span))

    def _conditioned(self, s: c.Conditioned) -> None:
        """`#if` around statements; what they declare is there behind it."""
        declared = [v for v in (*s.then, *s.orelse) if isinstance(v, c.Variable)]
        for name in dict.fromkeys(v.name for v in declared):
            first = next(v for v in declared if v.name == name)
            self.statement(first._replace(init=None))
            self.closed(first.span)
        arms = []
        for part in (s.then, s.orelse):
            with self.captured() as out:
                for inner in part:
                    self.ends_here(inner, "an `#if`")
                    match inner:
                        case c.Variable(_, name, init) if init is not None:
                            target = c.Id(name, inner.span)
                            self.statement(c.ExprStmt(c.AssignExpr("=", target, init, inner.span), inner.span))
                        case c.Variable():
                            pass
                        case _:
                            self.statement(inner)
            arms.append(tuple(out))
        cond = condition(s.cond, s.span)
        orelse = code.Block(arms[1], s.span) if arms[1] else None
        self.emit(code.If(cond, code.Block(arms[0], s.span), orelse, s.span.line, s.span))

    def statement_value(self, body: c.CBlock) -> Val:
        """GNU's statement expression: the value is that of its last statement."""
        if not body.body:
            return UNKNOWN
        *front, last = body.body
        self.scope.enter()
        found = UNKNOWN
        for s in body.body:
            self.ends_here(s, "a statement expression")
        for s in front:
            self.statement(s)
            self.closed(s.span)
        if isinstance(last, c.ExprStmt):
            found = self.value(last.expr)
            if found.expr is not None and found.type not in ("null", "error", "void", ""):
                found = Val(self.named(found, last.span), found.type)
        else:
            self.statement(last)
        self.scope.leave()
        return found


def _at_top(before: list[code.Stmt], asked: code.Expr, inner: code.Block, span: Span) -> tuple[code.Expr, code.Block]:
    """The condition and body of a loop whose condition needs statements before it."""
    if not before:
        return asked, inner
    stop = code.If(code.LogicalNot(asked, span), code.Jump("break", span.line, span), None, span.line, span)
    return code.Bool(True, span), code.Block((*before, stop, inner), span)
