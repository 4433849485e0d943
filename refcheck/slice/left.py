# SPDX-License-Identifier: GPL-2.0-only
"""What a function of the file puts of a field of what it is given, and leaves there: `x_stop(x)` has `ip_rt_put(x->rt)`.

No contract says so, as the field is no slot.  A caller has the put behind the call, where it looks at the field once more:
what is put twice by a callee is put twice, too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.expand import substituted
from refcheck.slice.facts import Known, assigned, comes_again, nodes, rebuilt
from refcheck.slice.kinds import CKinds, TreeIndex
from refcheck.slice.paths import written
from refcheck.slice.places import Spelled, freed, is_place, stores, with_outside
from refcheck.slice.scope import flat
from refcheck.slice.typing import label_of

_Variant = tuple[str, tuple[str, ...], Span]  # of a function: its name, conditions and place


class LeftPut(NamedTuple):
    """A call that gives away what a field has, at the end of each path or `maybe`; the label of the field."""

    call: c.CallExpr
    field: c.Member
    label: str
    maybe: bool

    def in_words(self) -> str:
        """What is put, the same wherever it stands."""
        callee = self.call.callee
        name = callee.name if isinstance(callee, c.Id) else ""
        return f"{name}({written(self.field, frozenset())}) {self.label}{' maybe' if self.maybe else ''}"


class CallIn(NamedTuple):
    """A call, the statement of the body that it stands in, and whether some path does not come there."""

    call: c.CallExpr
    statement: c.CStmt
    maybe: bool


class Left:
    """What the functions of a file leave in fields after they put it."""

    def __init__(self, kinds: CKinds, known: Known, index: TreeIndex) -> None:
        self.kinds, self.known, self.index = kinds, known, index
        self._calls: dict[_Variant, tuple[CallIn, ...]] = {}
        self._found: dict[_Variant, list[LeftPut]] = {}
        self._open: set[str] = set()
        self._cut = False  # by a call of something that is open further out

    def by(self, f: c.CFunction) -> list[LeftPut]:
        """The puts of fields that are reached from the parameters of a function; what a callee is known to put is kept."""
        key = (f.name, f.conds, f.span)
        if key in self._found:
            return self._found[key]
        if f.body is None or f.name in self._open:
            self._cut = self._cut or f.name in self._open
            return []
        outer, self._cut = self._cut, False
        self._open.add(f.name)
        here = [*self._own(f), *(p for x in self.calls(f) for p in self._of_callee(x))]
        self._open.discard(f.name)
        made = self._kept(f, here) if here else []
        if not self._cut or not self._open:
            self._found[key] = made
        self._cut = (self._cut or outer) if self._open else False
        return made

    def forget(self) -> None:
        """Contracts of functions that call each other are others now."""
        self._found.clear()

    def _kept(self, f: c.CFunction, here: list[LeftPut]) -> list[LeftPut]:
        """Those of some puts that stand for what a caller gives, and that are not taken back."""
        given = {p.name for p in f.params} - assigned(f) - freed(f)
        return [
            p for p in here
            if _root(p.field) in given and not stores(self.index, f, frozenset({p.field.field}))
        ]  # fmt: skip

    def calls(self, f: c.CFunction) -> tuple[CallIn, ...]:
        """The calls in a function of the file, each found once."""
        key = (f.name, f.conds, f.span)
        if key not in self._calls:
            assert f.body is not None
            found = (CallIn(n, s, m) for s, m in _statements(f.body) for n in nodes(s) if isinstance(n, c.CallExpr))
            self._calls[key] = tuple(found)
        return self._calls[key]

    def _own(self, f: c.CFunction) -> Iterator[LeftPut]:
        given = [(n, i, s, maybe) for n, s, maybe in self.calls(f) for i in self.known.gives(n) if i < len(n.args)]
        if not given:
            return
        scope, every = flat(self.kinds, f), with_outside(self.kinds, f, self.known)
        spelled = Spelled(f, self.known.passing)
        for n, i, s, maybe in given:
            arg = n.args[i]
            at = spelled.plain(_object(arg)) if not isinstance(arg, c.CType) else None
            if isinstance(at, c.Member) and is_place(self.kinds, every, at) and spelled.text(at):
                label = label_of(self.kinds, scope, at)
                asked = isinstance(s, c.CIf) and s.orelse is None and spelled.text(_tested(s.cond)) == spelled.text(at)
                whole = s.then if asked and isinstance(s, c.CIf) else s
                whole = whole.body[0] if isinstance(whole, c.CBlock) and len(whole.body) == 1 else whole
                always = isinstance(whole, c.ExprStmt) and whole.expr is n and not maybe
                if label not in self.known.counted:
                    yield LeftPut(n._replace(args=(*n.args[:i], at, *n.args[i + 1 :])), at, label, not always)

    def _of_callee(self, x: CallIn) -> Iterator[LeftPut]:
        always = isinstance(x.statement, c.ExprStmt) and called(x.statement) is x.call
        yield from (p._replace(maybe=p.maybe or x.maybe or not always) for p in self.behind(x.call))

    def behind(self, call: c.CallExpr) -> list[LeftPut]:
        """What a call of a function of the file puts, in the words of its caller."""
        bodies = self.index.own(call.callee.name) if isinstance(call.callee, c.Id) else ()
        found = [p for f in bodies if len(f.params) == len(call.args) for p in self._by_call(f, call)]
        return found if len(bodies) == 1 else [p._replace(maybe=True) for p in found]

    def _by_call(self, f: c.CFunction, call: c.CallExpr) -> Iterator[LeftPut]:
        args = {p.name: a for p, a in zip(f.params, call.args, strict=True) if not isinstance(a, c.CType)}
        for p in self.by(f):
            if _root(p.field) in args:
                put = cast("c.CallExpr", substituted(p.call, args, call.span))
                yield p._replace(call=put, field=cast("c.Member", substituted(p.field, args, call.span)))


def put_again(left: Left, f: c.CFunction) -> tuple[c.CFunction, list[tuple[LeftPut, Span]]]:
    """The function with what its callees put behind their calls, where it matters; and what only may be put there."""
    found = [(n, p) for n in nodes(f.body) if isinstance(n, c.CallExpr) for p in left.behind(n)]
    if not found:
        return f, []
    spelled, scope, every = Spelled(f, left.known.passing), flat(left.kinds, f), with_outside(left.kinds, f, left.known)
    here = [n for n in nodes(f.body) if isinstance(n, c.Member) and is_place(left.kinds, every, n)]
    count = Counter(map(spelled.text, here)) + Counter(spelled.text(p.field) for _, p in found)
    labels: dict[str, set[str]] = {}
    for label, text in [(label_of(left.kinds, scope, n), spelled.text(n)) for n in here] + [
        (p.label, spelled.text(p.field)) for _, p in found
    ]:
        labels.setdefault(label, set()).add(text)
    again = comes_again(f)
    matters = [(n, p) for n, p in found if count[spelled.text(p.field)] > 1 or again]
    statements = {id(called(s)) for s in nodes(f.body) if isinstance(s, c.ExprStmt)}
    sure = {(n, p) for n, p in matters if not p.maybe and id(n) in statements and len(labels[p.label]) == 1}
    behind: dict[c.CallExpr, list[c.CallExpr]] = {}
    for n, p in matters:
        if (n, p) in sure:
            behind.setdefault(n, []).append(p.call)
    made = f._replace(body=cast("c.CBlock", _with(f.body, behind))) if behind else f
    return made, [(p, n.span) for n, p in matters if (n, p) not in sure]


def _with(n: Any, behind: Mapping[c.CallExpr, list[c.CallExpr]]) -> Any:
    match n:
        case c.ExprStmt() if (puts := behind.get(cast("c.CallExpr", called(n)))) is not None:
            return c.CBlock((n, *(c.ExprStmt(p, n.span) for p in puts)), n.span)
        case Span() | c.CType():
            return n
        case tuple():
            return rebuilt(n, lambda x: _with(x, behind))
        case _:
            return n


def called(s: c.ExprStmt) -> c.CExpr | None:
    """The call that a statement is, whatever becomes of its value."""
    e = s.expr.value if isinstance(s.expr, c.AssignExpr) else s.expr
    return e if isinstance(e, c.CallExpr) else None


def _statements(body: c.CBlock) -> Iterator[tuple[c.CStmt, bool]]:
    """The statements of a body, and whether some path has left the function before one, or comes by another way."""
    maybe = False
    for s in body.body:
        yield s, maybe
        maybe = maybe or any(isinstance(n, c.CReturn | c.CGoto | c.CLabel | c.CJump | c.CCase) for n in nodes(s))


def _object(e: c.CExpr) -> c.CExpr:
    """The pointer to an object that an argument is, through a member at its beginning, too."""
    while isinstance(e, c.Unary) and e.op == "&" and isinstance(e.arg, c.Member) and e.arg.arrow:
        e = e.arg.base
    return e


def _tested(e: c.CExpr) -> c.CExpr:
    """What a condition asks whether it is NULL."""
    if isinstance(e, c.Binary) and e.op == "!=" and isinstance(e.right, c.Id) and e.right.name == "NULL":
        return e.left
    return e


def _root(e: c.CExpr) -> str:
    while isinstance(e, c.Member | c.Subscript | c.Unary):
        e = e.arg if isinstance(e, c.Unary) else e.base
    return e.name if isinstance(e, c.Id) else ""
