# SPDX-License-Identifier: GPL-2.0-only
"""Mutants of bodies: what a tired developer gets wrong in a transmit path.

Releases and locks that are missing, doubled or in the wrong place; guards and error checks that are gone or the wrong way
round; jumps to the wrong label; flags that are not written; a helper taken for its twin.
"""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.mutation.trees import Text, TextEdit, TreePath, at, nodes, put, squeezed
from refcheck.syntax import ast, code
from refcheck.syntax.pretty import expr as shown
from refcheck.unit.declare import Declarations

OPERATORS = {
    "drop-release": "a reference is not given back",
    "double-release": "a reference is given back twice",
    "move-release": "a release and the statement beside it change places",
    "drop-hold": "a reference is not taken",
    "drop-lock": "a section is not entered, or not left",
    "move-lock": "an entry or an exit of a section and the statement beside it change places",
    "assume-true": "a condition is taken to hold: its check is gone",
    "assume-false": "a condition is taken not to hold: the branch is gone",
    "flip-guard": "a condition is asked the wrong way round",
    "drop-conjunct": "one part of a condition is gone",
    "shift-bound": "a comparison is off by one",
    "retarget-goto": "a jump goes to another label",
    "drop-jump": "a jump is gone: the code falls through",
    "drop-flag": "a variable or a slot is not written",
    "flip-flag": "a flag is written the wrong way round",
    "ignore-result": "the result of a call is not kept",
    "wrong-twin": "a helper is taken for its twin, which treats the reference differently",
    "lose-error": "an error is returned as success",
}

# Helpers whose names differ only in what they do to a reference.
_TWINS = (("steal", "set"), ("_rcu", ""), ("_noref", ""), ("_safe", ""), ("__", ""), ("_bh", ""), ("_owned", ""))
# What stays where it is: to move something over it changes where control goes, not only the order.
_FIXED = (code.Labelled, code.Case, code.Return, code.Goto, code.Jump, code.Declare, code.Guard)
_GIVE = ("release", "consume", "queue", "drop")


class BodyChange(NamedTuple):
    """One mutant of a body: the operator, the text that names the place, the new body, the edits, the node changed."""

    operator: str
    anchor: str
    body: code.Block
    edits: tuple[TextEdit, ...]
    node: code.Stmt | code.Expr


def roles(decl: Declarations, name: str) -> frozenset[str]:
    """What a call can do: `gives` a reference away, `takes` one, `locks` (enters or leaves a context)."""
    contract, found = decl.contracts.get(name), set[str]()
    for e in (e for o in contract.outcomes for e in o.effects) if contract else ():
        if e.verb in _GIVE or (isinstance(e.value, ast.FromPlace) and e.value.how == "move"):
            found.add("gives")
        if e.verb in ("hold", "try_hold"):
            found.add("takes")
        if e.verb in ("enter", "leave"):
            found.add("locks")
    return frozenset(found)


def twins(decl: Declarations, name: str) -> list[str]:
    """The callable twins of a name that take the same arguments, in order."""
    def sig(n: str) -> ast.Signature | None:
        f = decl.contracts.get(n) or decl.functions.get(n)
        return f.sig if f else None

    mine, found = sig(name), list[str]()
    for a, b in _TWINS:
        for this, other in ((a, b), (b, a)):
            if this and this in name:
                found.append(name.replace(this, other, 1))
            elif not this:
                found += [f"{other}{name}", f"{name}{other}"]
    kinds = [(p.type.name, p.type.pointer) for p in mine.params] if mine else []
    return [
        n for n in sorted(set(found) - {name})
        if mine and (s := sig(n)) and s.result.name == mine.result.name
        and [(p.type.name, p.type.pointer) for p in s.params] == kinds
    ]  # fmt: skip


# Conditions that can be true or false on every path: to ask them the other way round changes nothing.
_FREE = code.Nondet | code.LogicalNot | code.Logic | code.Config


def _asked(cond: object) -> list[object]:
    """The nodes of a condition, without what an unknown only dereferences."""
    if isinstance(cond, code.Nondet):
        return [cond]
    if isinstance(cond, Span) or not isinstance(cond, tuple):
        return []
    return [*([cond] if hasattr(cond, "_fields") else []), *(n for part in cond for n in _asked(part))]


class Bodies:
    """The mutants of one function's body."""

    def __init__(self, decl: Declarations, function: ast.FunctionDef, text: Text) -> None:
        self.decl = decl
        self.body = function.body
        self.text = text
        # Without a contract nothing reads what the function returns.
        self.owes = function.sig.name in decl.contracts
        self.labels = [n.label for _, n in nodes(self.body) if isinstance(n, code.Labelled)]

    def all(self) -> Iterator[BodyChange]:
        """All mutants, in the order of the text."""
        for path, node in nodes(self.body):
            match node:
                case code.Evaluate(code.Call(name)):
                    yield from self._call(path, node, roles(self.decl, name))
                case code.Guard():
                    yield from self._guard(path, node)
                case code.If():
                    yield from self._if(path, node)
                case code.Assign():
                    yield from self._assign(path, node)
                case code.Declare(_, _, code.Bool()):
                    yield from self._initialised(path, node)
                case code.Goto() | code.Return() | code.Jump():
                    yield from self._jump(path, node)
                case code.Logic() | code.Compare():
                    yield from self._condition(path, node)
                case code.Call(name):
                    for other in twins(self.decl, name):
                        start = self.text.start(node.span)
                        edit = TextEdit(start, start + len(name), other)
                        new = node._replace(name=other)
                        yield self._change("wrong-twin", f"{shown(node)} -> {other}", path, new, (edit,), node)
                case _:
                    pass

    def _change(
        self,
        operator: str,
        anchor: str,
        path: TreePath,
        new: object,
        edits: tuple[TextEdit, ...],
        node: code.Stmt | code.Expr,
    ) -> BodyChange:
        body = put(self.body, path, new)
        assert isinstance(body, code.Block)
        return BodyChange(operator, squeezed(anchor), body, edits, node)

    # -- statements
    def _words(self, stmt: code.Stmt) -> str:
        return self.text.text[self.text.start(stmt.span) : self.text.behind(stmt)]

    def _drop(self, operator: str, path: TreePath, stmt: code.Stmt) -> BodyChange:
        """The statement becomes an empty one; its semicolon stays."""
        end = self.text.end(stmt.span)
        simple = isinstance(stmt, code.Evaluate | code.Assign)
        edit = TextEdit(self.text.start(stmt.span), end, "" if simple else ";")
        return self._change(operator, self._words(stmt), path, code.Block((), stmt.span), (edit,), stmt)

    def _double(self, operator: str, path: TreePath, stmt: code.Stmt) -> BodyChange:
        start, end = self.text.start(stmt.span), self.text.behind(stmt)
        edits = (TextEdit(start, start, "{ " + self.text.of(stmt.span) + "; "), TextEdit(end, end, " }"))
        return self._change(operator, self._words(stmt), path, code.Block((stmt, stmt), stmt.span), edits, stmt)

    def _swaps(self, operator: str, path: TreePath, stmt: code.Stmt) -> Iterator[BodyChange]:
        """The statement changes places with its neighbours, where no jump and no label stands between."""
        around = at(self.body, path[:-1])
        if hasattr(around, "_fields") or not isinstance(around, tuple):
            return
        i = path[-1]
        for first in (i - 1, i):
            if first < 0 or first + 1 >= len(around):
                continue
            a, b = around[first], around[first + 1]
            other = a if first < i else b
            if isinstance(other, _FIXED):
                continue
            new = (*around[:first], b, a, *around[first + 2 :])
            t = self.text
            spans = [(t.start(s.span), t.behind(s)) for s in (a, b)]
            edits = (TextEdit(*spans[0], t.text[slice(*spans[1])]), TextEdit(*spans[1], t.text[slice(*spans[0])]))
            anchor = f"{squeezed(self._words(stmt))} {'up' if first < i else 'down'}"
            yield self._change(operator, anchor, path[:-1], new, edits, stmt)

    def _call(self, path: TreePath, stmt: code.Evaluate, does: frozenset[str]) -> Iterator[BodyChange]:
        if "gives" in does:
            yield self._drop("drop-release", path, stmt)
            yield self._double("double-release", path, stmt)
            yield from self._swaps("move-release", path, stmt)
        elif "takes" in does:
            yield self._drop("drop-hold", path, stmt)
        if "locks" in does:
            yield self._drop("drop-lock", path, stmt)
            yield from self._swaps("move-lock", path, stmt)

    def _guard(self, path: TreePath, stmt: code.Guard) -> Iterator[BodyChange]:
        if stmt.body is None:
            yield self._drop("drop-lock", path, stmt)
        else:
            edit = TextEdit(self.text.start(stmt.span), self.text.start(stmt.body.span), "")
            yield self._change("drop-lock", f"scoped_guard({stmt.lock})", path, stmt.body, (edit,), stmt)

    def _releases(self, stmt: code.Stmt) -> bool:
        """A release under its guard: it moves as one."""
        match stmt:
            case code.Evaluate(code.Call(name)):
                return "gives" in roles(self.decl, name)
            case code.Block(body):
                return bool(body) and all(self._releases(s) for s in body)
            case code.If(_, then, None):
                return self._releases(then)
            case _:
                return False

    def _if(self, path: TreePath, stmt: code.If) -> Iterator[BodyChange]:
        if self._releases(stmt):
            yield from self._swaps("move-release", path, stmt)
        inner = _asked(stmt.cond)
        calls = [n for n in inner if isinstance(n, code.Call) and n.name in {*self.decl.contracts, *self.decl.functions}]
        if all(isinstance(n, _FREE) for n in inner):
            return
        t, words = self.text, shown(stmt.cond)
        whole = (t.start(stmt.cond.span), t.end(stmt.cond.span))
        no = code.LogicalNot(stmt.cond, stmt.cond.span)
        edit = TextEdit(*whole, f"!({t.text[slice(*whole)]})")
        yield self._change("flip-guard", words, path, stmt._replace(cond=no), (edit,), stmt)
        kept: tuple[code.Stmt, ...] = ()
        if calls:
            core = stmt.cond.arg if isinstance(stmt.cond, code.LogicalNot) else stmt.cond
            if core not in calls:
                return
            kept = (code.Evaluate(core, 0, core.span),)
        yield self._assume(True, words, path, stmt, kept)
        yield self._assume(False, words, path, stmt, kept)

    def _assume(self, truth: bool, words: str, path: TreePath, stmt: code.If, kept: tuple[code.Stmt, ...]) -> BodyChange:
        """Only the branch that the condition chooses is left; a call in the condition stays, without its result."""
        t = self.text
        start, end = t.start(stmt.span), max(t.behind(stmt.then), t.behind(stmt.orelse) if stmt.orelse else 0)
        live = stmt.then if truth else stmt.orelse
        body = t.text[t.start(live.span) : t.behind(live)] if live else ";"
        operator = "assume-true" if truth else "assume-false"
        new: code.Stmt = live or code.Block((), stmt.span)
        if kept:
            new = code.Block((*kept, new), stmt.span)
            body = "{ " + t.of(kept[0].span) + "; " + body + " }"
        return self._change(operator, words, path, new, (TextEdit(start, end, body),), stmt)

    def _assign(self, path: TreePath, stmt: code.Assign) -> Iterator[BodyChange]:
        t = self.text
        if isinstance(stmt.value, code.Call) and stmt.value.name in {*self.decl.contracts, *self.decl.functions}:
            edit = TextEdit(t.start(stmt.span), t.start(stmt.value.span), "")
            new = code.Evaluate(stmt.value, stmt.line, stmt.value.span)
            yield self._change("ignore-result", self._words(stmt), path, new, (edit,), stmt)
            return
        yield self._drop("drop-flag", path, stmt)
        if isinstance(stmt.value, code.Bool):
            yield self._change("flip-flag", self._words(stmt), path, *self._flipped(stmt, stmt.value), stmt)

    def _flipped(self, stmt: code.Assign | code.Declare, value: code.Bool) -> tuple[object, tuple[TextEdit, ...]]:
        other = value._replace(value=not value.value)
        edit = TextEdit(self.text.start(value.span), self.text.end(value.span), shown(other))
        new = stmt._replace(value=other) if isinstance(stmt, code.Assign) else stmt._replace(init=other)
        return new, (edit,)

    def _initialised(self, path: TreePath, stmt: code.Declare) -> Iterator[BodyChange]:
        assert isinstance(stmt.init, code.Bool)
        t = self.text
        words = t.of(stmt.span)
        edit = TextEdit(t.start(stmt.span), t.end(stmt.span), stmt.name)
        yield self._change("drop-flag", words, path, stmt._replace(init=None), (edit,), stmt)
        yield self._change("flip-flag", words, path, *self._flipped(stmt, stmt.init), stmt)

    def _jump(self, path: TreePath, stmt: code.Goto | code.Return | code.Jump) -> Iterator[BodyChange]:
        t = self.text
        if isinstance(stmt, code.Goto):
            for label in self.labels:
                if label != stmt.label:
                    edit = TextEdit(t.start(stmt.span), t.end(stmt.span), f"goto {label};")
                    new = stmt._replace(label=label)
                    yield self._change("retarget-goto", f"{stmt.label} -> {label}", path, new, (edit,), stmt)
        if self.owes and isinstance(stmt, code.Return) and isinstance(stmt.value, code.Errno):
            edit = TextEdit(t.start(stmt.value.span), t.end(stmt.value.span), "0")
            zero = code.Int(0, stmt.value.span)
            yield self._change("lose-error", self._words(stmt), path, stmt._replace(value=zero), (edit,), stmt)
        around = at(self.body, path[:-1])
        siblings = around if isinstance(around, tuple) and not hasattr(around, "_fields") else ()
        if len(path) > 2 and len(siblings) > 1:
            yield self._drop("drop-jump", path, stmt)

    # -- conditions
    def _condition(self, path: TreePath, node: code.Logic | code.Compare) -> Iterator[BodyChange]:
        t = self.text
        whole = (t.start(node.span), t.end(node.span))
        if isinstance(node, code.Compare):
            other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}.get(node.op)
            if other:
                gap = t.text[t.end(node.left.span) : t.start(node.right.span)].replace(node.op, other)
                edit = TextEdit(t.end(node.left.span), t.start(node.right.span), gap)
                yield self._change("shift-bound", shown(node), path, node._replace(op=other), (edit,), node)
            return
        for side, gone in ((node.left, node.right), (node.right, node.left)):
            if not all(isinstance(n, _FREE) for n in _asked(gone)):
                words = t.of(side.span)
                compound = isinstance(side, code.Logic | code.Compare | code.Ternary)
                edit = TextEdit(*whole, f"({words})" if compound else words)
                yield self._change("drop-conjunct", f"{shown(gone)} of {shown(node)}", path, side, (edit,), node)
