# SPDX-License-Identifier: GPL-2.0-only
"""What happens where the scope of a variable ends, however it is left.

`__free(f)` puts what the variable has; a struct on the stack loses what its fields own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.assign import Assigns
from refcheck.slice.containers import variant
from refcheck.slice.emit import Setting, unasked
from refcheck.slice.expand import substituted
from refcheck.slice.facts import nodes, rebuilt
from refcheck.slice.kinds import Kind
from refcheck.slice.unread import UnreadError
from refcheck.syntax import code

_RETURNS = "return_ptr"
_KEEPS = "no_free_ptr"


class Ending(NamedTuple):
    """A variable with something to do at the end of its scope: its name in C, and what is run there; None for a struct."""

    name: str
    run: c.CExpr | None


def returns_plainly(f: c.CFunction) -> c.CFunction:
    """The function with `return_ptr(p);` as cleanup.h says it."""
    return f._replace(body=cast("c.CBlock", _plain(f.body)))


def _plain(n: Any) -> Any:
    match n:
        case c.ExprStmt(c.CallExpr(c.Id(name, at), args, span)) if name == _RETURNS:
            return c.CReturn(c.CallExpr(c.Id(_KEEPS, at), args, span), n.span)
        case Span() | c.CType():
            return n
        case tuple():
            return rebuilt(n, _plain)
        case _:
            return n


def ends_at_labels(body: c.CStmt, ends: Callable[[c.Variable], bool]) -> Mapping[str, tuple[str, ...]]:
    """The variables whose scopes stand around each label, outermost first."""
    found: dict[str, tuple[str, ...]] = {}
    _walk((body,), (), ends, found)
    return found


def _walk(
    body: tuple[c.CStmt, ...], around: tuple[str, ...], ends: Callable[[c.Variable], bool], found: dict[str, tuple[str, ...]]
) -> None:  # fmt: skip
    for s in body:
        match s:
            case c.CLabel(name):
                found[name] = around
            case c.Variable(_, name) if ends(s):
                around = (*around, name)
            case c.CBlock(inner):
                _walk(inner, around, ends, found)
            case c.CIf(_, then, orelse):
                _walk((then,) if orelse is None else (then, orelse), around, ends, found)
            case c.CWhile(_, one) | c.CDo(one) | c.CFor(body=one) | c.MacroLoop(body=one) | c.CSwitch(_, one):
                _walk((one,), around, ends, found)
            case c.MacroGuard(body=one) if one is not None:
                _walk((one,), around, ends, found)
            case c.Conditioned(_, then_part, else_part):
                _walk(then_part, around, ends, found)
                _walk(else_part, around, ends, found)
            case _:
                pass


class ScopeEnds(Assigns):
    """Statements in the scopes of variables with something to do at their end."""

    def __init__(self, setting: Setting, function: c.CFunction) -> None:
        super().__init__(setting, function)
        self.ends: list[Ending] = []
        self.opened: Ending | None = None
        self.inside: list[tuple[str, int]] = []  # loops and switches around, with how many scopes stood around them
        self.labelled: Mapping[str, tuple[str, ...]] | None = None

    def statement(self, s: c.CStmt) -> None:
        """One statement."""
        raise NotImplementedError

    def sequence(self, body: tuple[c.CStmt, ...], span: Span) -> None:
        """Statements one after the other; what stands behind a variable of this kind is in its scope."""
        for i, s in enumerate(body):
            self.statement(s)
            if self.opened is not None:
                end, self.opened = self.opened, None
                self.ends.append(end)
                with self.captured() as rest:
                    self.sequence(body[i + 1 :], span)
                    if not (rest and isinstance(rest[-1], code.Return | code.Goto | code.Jump)):
                        self._end(end, span._replace(line=span.end_line, col=max(1, span.end_col - 1)))
                self.ends.pop()
                self.emit(code.Block(tuple(rest), span))
                return

    def closed(self, span: Span) -> None:
        """No scope begins in a place where statements are no sequence."""
        if self.opened is not None:
            raise UnreadError(f"the scope of `{self.opened.name}` begins where its end is not followed", span)

    def leave(self, level: int, span: Span) -> None:
        """A jump leaves all scopes but the outermost ones."""
        for end in reversed(self.ends[level:]):
            self._end(end, span)

    def leave_loop(self, kind: str, span: Span) -> None:
        """`break` or `continue` leaves the scopes inside of the statement that it is about."""
        about = (level for what, level in reversed(self.inside) if kind == "break" or what == "loop")
        self.leave(next(about, 0), span)

    def leave_for(self, label: str, span: Span) -> None:
        """A goto leaves the scopes that do not stand around its label."""
        if self.labelled is None:
            assert self.function.body is not None
            self.labelled = ends_at_labels(self.function.body, self.has_end)
        here, there = tuple(e.name for e in self.ends), self.labelled.get(label, ())
        if here[: len(there)] != there:
            raise UnreadError(f"`goto {label}` jumps into the scope of `{there[-1]}`", span)
        self.leave(len(there), span)

    def has_end(self, s: c.Variable) -> bool:
        """Something happens where the scope of a variable ends."""
        return self._freed(s) is not None or self.stands_on_stack(s)

    def _end(self, end: Ending, span: Span) -> None:
        at = unasked(span)
        if end.run is not None:
            made = substituted(end.run, {"_T": c.Id(end.name, at)}, at)
            self.discard(self.value(made), at)
            self.flush(at)
            return
        var = self.scope.lookup(end.name)
        assert var is not None
        self.emptied(code.Name(var.name, at), var.kind.name, at, there=True)

    # -- what has an end
    def _freed(self, s: c.Variable) -> c.CExpr | None:
        """What `__free(f)` runs, with `_T` for the variable."""
        found = self.setting.tree.defined("DEFINE_FREE", s.cleanup) if s.cleanup is not None else None
        run = found.args[2] if found is not None and len(found.args) > 2 else None
        return None if isinstance(run, c.CType) else run

    def freed_at_end(self, s: c.Variable, kind: Kind) -> None:
        """The scope of a variable that is declared with `__free(f)`."""
        run = self._freed(s)
        if run is None and kind.how in ("resource", "out"):
            raise UnreadError(f"`{s.name}` is cleaned up by `{s.cleanup}` at the end of its block", s.span)
        if run is not None:
            self.opened = Ending(s.name, run)

    def stands_on_stack(self, s: c.Variable) -> bool:
        """A container that is no pointer, and whose address nobody keeps."""
        kept = s.static or (self.function.name, s.name) in self.setting.facts.escaping
        kind = self.kinds.embedded(s.type) or ""
        return not kept and self.is_container(kind) and (not self.is_local(kind) or self._only_listed(s.name, kind))

    def _only_listed(self, name: str, kind: str) -> bool:
        """A list is given to callees that say what they do with one on the stack, walked, and asked how long it is."""
        fine = every = 0
        for n in nodes(self.function.body):
            match n:
                case c.Id(found):
                    every += found == name
                case c.CallExpr(c.Id(callee), args) if variant(callee, kind) in self.setting.contracts:
                    fine += sum(isinstance(a, c.Unary) and a.op == "&" and _is(a.arg, name) for a in args)
                case c.MacroLoop(_, args):
                    fine += sum(isinstance(a, c.Unary) and a.op == "&" and _is(a.arg, name) for a in args)
                case c.Binary(_, left, right):
                    fine += sum(isinstance(x, c.Member) and _is(x.base, name) for x in (left, right))
                case _:
                    pass
        return fine == every

    def on_stack(self, s: c.Variable) -> None:
        """A struct on the stack: its fields are what its initialiser says, and lost at the end of its scope."""
        kind = self.kinds.embedded(s.type) or ""
        var = self.scope.declare(s.name, Kind("resource", kind), s.type)
        made = self.new(kind, f"stack:{s.name}", s.span)
        self.emit(code.Declare(code.Type(kind, False, s.span), var.name, made, s.span.line, s.span))
        if s.init is None and not self.is_local(kind):
            self.unread_before(kind, s.name, s.span)
        for field, item in _items(s.init):
            slot = next((x for x in self.kinds.containers[kind].made.slots if x.c_field == field), None)
            if slot is None:
                self.stored(item, "an initialiser")
            else:
                given = self.fitting(slot.target, item, s.span)
                self.emit(code.Assign(code.Field(var.name, slot.name, s.span), given, s.span.line, s.span))
        self.followed_in(kind, s.span)
        self.opened = Ending(s.name, None)


def _is(e: c.CExpr, name: str) -> bool:
    return isinstance(e, c.Id) and e.name == name


def _items(init: c.CExpr | None) -> Iterator[tuple[str, c.CExpr]]:
    yield from init.items if isinstance(init, c.Initialiser) else ()
