# SPDX-License-Identifier: GPL-2.0-only
"""One C function to one function of a model."""

from collections.abc import Iterable

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.apart import names_apart
from refcheck.slice.binding import positions
from refcheck.slice.cleanup import returns_plainly
from refcheck.slice.containers import variant
from refcheck.slice.emit import NOBODY_KNOWS, Assumption, Setting, unknown_int
from refcheck.slice.expand import expand
from refcheck.slice.facts import gather, nodes
from refcheck.slice.flags import is_flag, may_be_flag, owner_flags
from refcheck.slice.held_first import held_first
from refcheck.slice.kinds import OTHER, Kind
from refcheck.slice.left import LeftPut, put_again
from refcheck.slice.lends import keeps_address
from refcheck.slice.places import in_words
from refcheck.slice.prune import prune
from refcheck.slice.scope import flat
from refcheck.slice.sources import plain_name
from refcheck.slice.statements import StatementSlices
from refcheck.slice.typing import struct_of
from refcheck.slice.unlinked import OPEN, taken_out
from refcheck.slice.unread import UnreadError
from refcheck.slice.words import CALL
from refcheck.syntax import ast, code


class Sliced(NamedTuple):
    """The slice of a function: the tree, what it assumes, callees that touch no resource, and the census of its calls.

    `shown` are the contracts made for callees whose bodies show that they only look; `followed` the kinds of containers that
    it uses, and of what their slots hold.
    """

    function: ast.FunctionDef
    assumed: tuple[Assumption, ...]
    untouched: tuple[tuple[str, Span], ...]
    calls: tuple[tuple[str, int], ...]
    shown: frozenset[str]
    followed: frozenset[str]


def slice_function(
    setting: Setting, f: c.CFunction, contract: ast.ContractDef | None
) -> Sliced:  # fmt: skip
    """The slice of a function, with the contract that its body is to keep; UnreadError where it cannot be read."""
    f = names_apart(expand(setting.kinds, setting.macros, setting.contracts, returns_plainly(f)))
    f = held_first(setting.kinds, setting.known, f)
    f, unsure = put_again(setting.left, f)
    if f.body is None:
        raise UnreadError("there is no body", f.span)
    scope = flat(setting.kinds, f)
    known = setting.known._replace(struct=lambda e: struct_of(setting.kinds, scope, e))
    facts = gather([f], known)
    facts = facts._replace(written=facts.written | setting.macros.written_by(f))
    s = StatementSlices(setting._replace(facts=facts, known=known), f)
    sig, first = _signature(s, f, contract)
    s.result = sig.result.name
    _left(s, unsure)
    with s.captured() as reached:
        for text in s.paths:
            s.drawn_as[text] = s.scope.fresh(plain_name(text))
            s.draw(text, f.body.span._replace(end_line=f.body.span.line, end_col=f.body.span.col + 1), declared=True)
        s.nothing_read(f.body.span._replace(end_line=f.body.span.line, end_col=f.body.span.col + 1))
    s.taken = {name: s.scope.fresh("fate") for name in sorted(taken_out(f))}
    body = s.block(f.body)
    with s.captured() as last:
        s.settled(tuple(s.taken), _end(f.span))
    drawn = [
        code.Declare(code.Type("bool", False, f.span), n, code.Nondet(t, (), f.span), f.span.line, f.span)
        for n, t in s.stable.values()
    ]
    number = code.Type("int", False, f.span)
    drawn += [code.Declare(number, n, code.Int(OPEN, f.span), f.span.line, f.span) for n in s.taken.values()]
    whole = (*drawn, *first, *reached, *body.body, *last)
    end = code.Return(None, f.span.end_line, _end(f.span))
    if s.dead:
        tail = (code.Labelled(s.dead, f.span.end_line, _end(f.span)), code.Goto(s.dead, f.span.end_line, _end(f.span)))
        whole = (*whole, *([end] if sig.result.name == "void" else []), *tail)
    # Its place ends with the function, where a path without return ends.
    made = ast.FunctionDef(sig, None, code.Block(whole, f.span), f.span, f.static)
    made = made._replace(contract=contract.outcomes if contract is not None else None)
    flags = [v.name for p in f.params if (v := s.scope.lookup(p.name)) is not None and may_be_flag(v.kind)]
    told_apart = _told_apart(s, body) | _answered(made)
    told_apart |= owner_flags(made, setting.contracts, flags) if contract is None else frozenset()
    made = prune(made, params=contract is None, kept=told_apart)
    if any(isinstance(n, code.Call) and n.name == NOBODY_KNOWS for n in nodes(made.body)):
        setting.made.setdefault(NOBODY_KNOWS, unknown_int(f.span))
    _counted(f, setting, s, made)
    _addressed(s, made)
    rest = (tuple(s.calls), frozenset(s.shown), frozenset(s.followed))
    return Sliced(made, tuple(s.assumed.values()), tuple(s.untouched.items()), *rest)


def _told_apart(s: StatementSlices, body: code.Block) -> frozenset[str]:
    """Unknowns that are asked more than once."""
    steady = {name for name, _ in s.stable.values()}
    asked = [n.name for n in nodes(body) if isinstance(n, code.Name) and n.name in steady]
    return frozenset(s.temps) | frozenset(s.taken.values()) | {n for n in asked if asked.count(n) > 1}


def _addressed(s: StatementSlices, made: ast.FunctionDef) -> None:
    """A number that is asked more than once is changed by nobody who was given its address before."""
    every = [n.name for n in nodes(made.body) if isinstance(n, code.Name)]
    to = [n.target for n in nodes(made.body) if isinstance(n, code.Assign)]
    written = [target.name for target in to if isinstance(target, code.Name)]
    for name, where in s.addressed.items():
        for callee, i, span in where if every.count(name) > written.count(name) + 1 else ():
            if keeps_address(s.setting.tree, callee, i):
                s.assume("lends", callee, span)


def _answered(f: ast.FunctionDef) -> frozenset[str]:
    """Numbers that are asked for their sign and returned: what the caller gets is what the way out was chosen by."""
    made = {n.name: n.init for n in nodes(f.body) if isinstance(n, code.Declare) and isinstance(n.init, code.Ternary)}
    given = [n.value for n in nodes(f.body) if isinstance(n, code.Return)]
    given += [made[n.name] for n in given if isinstance(n, code.Name) and n.name in made]
    asked = (n.cond for n in nodes(f.body) if isinstance(n, code.If))
    return _names(given) & _names(asked)


def _names(those: Iterable[code.Expr | None]) -> frozenset[str]:
    return frozenset(n.name for e in those if e is not None for n in nodes(e) if isinstance(n, code.Name))


def _end(span: Span) -> Span:
    return Span(span.path, span.end_line, max(1, span.end_col - 1), span.end_line, span.end_col)


def _signature(
    s: StatementSlices, f: c.CFunction, contract: ast.ContractDef | None
) -> tuple[ast.Signature, list[code.Stmt]]:
    """The head of the function, and what declares the C parameters that the contract does not speak of."""
    head = Span(f.span.path, f.span.line, f.span.col, f.span.line, f.span.col + len(f.name))
    must = ast.MustHold((CALL,), None, head)
    taken: dict[int, ast.Param] = {}
    if contract is not None:
        call = c.CallExpr(c.Id(f.name, head), tuple(c.Number(0, head) for _ in f.params), head)
        at = positions(s.kinds, contract, f, (), call)
        taken = {at[p.name]: p for p in contract.sig.params}
    s.scope.used.update(p.name for p in taken.values())
    params: list[ast.Param] = []
    first: list[code.Stmt] = []
    for i, p in enumerate(f.params):
        kind = Kind("out", "bool") if contract is None and is_flag(s.kinds, f, p) else s.kinds.of(p.type)
        escapes = (f.name, p.name) in s.setting.facts.escaping
        if escapes and kind.how == "resource" and not s.is_container(kind.name):
            raise UnreadError(f"the address of `{p.name}` is kept", p.span)
        if i in taken:
            said = taken[i]
            want = "out" if said.type.pointer else kind.how if said.type.name in ("int", "bool") else "resource"
            s.scope.declare(p.name, kind._replace(how=want, name=said.type.name), p.type, True, escapes, said.name)
            continue
        if kind.how == "other" or not p.name or escapes:
            s.scope.declare(p.name, OTHER, p.type, True, escapes)
            continue
        var = s.scope.declare(p.name, kind, p.type, True)
        if contract is None:
            attrs = _attributes(s, f, p, kind.how)
            params.append(ast.Param(code.Type(kind.name, kind.how == "out", p.span), var.name, attrs, p.span))
        elif kind.how == "out":
            raise UnreadError(f"the contract of `{f.name}` does not speak of the out-parameter `{p.name}`", p.span)
        else:
            if kind.how == "resource":
                init = s.lent(kind.name, f"param:{p.name}", f"the argument `{p.name}` lasts for the call", p.span).expr
            else:
                init = s.any(kind.name, None, p.span)
            first.append(code.Declare(code.Type(kind.name, False, p.span), var.name, init, p.span.line, p.span))
    if contract is not None:
        return contract.sig._replace(name=f.name, must_hold=(*contract.sig.must_hold, must), span=head), first
    kind = s.kinds.of(f.result)
    result = kind.name if kind.how in ("resource", "scalar", "pointer") else "void"
    return ast.Signature(code.Type(result, False, head), f.name, tuple(params), (must,), (), (), False, (), (), head), first


def _left(s: StatementSlices, unsure: list[tuple[LeftPut, Span]]) -> None:
    """Fields that still name what was put, by the function or by a callee that may have done so."""
    name = s.function.name
    for field, span in s.places.left.items():
        s.assume("left", f"nobody takes `{field}` from where `{name}` leaves it, put and not cleared", span)
    for put, span in unsure:
        s.assume("left", f"what `{name}` reads of `{in_words(put.label)}` is not what a callee has put", span)


def _attributes(s: StatementSlices, f: c.CFunction, p: c.CParam, how: str) -> tuple[str, ...]:
    """What a pointer may be, by what the function asks of it."""
    if how != "resource":
        return ()
    facts = s.setting.facts
    found = ["__nullable"] if (f.name, p.name) in facts.nullable else []
    return (*found, *(["__maybe_err"] if (f.name, p.name) in facts.errors else []))


def _counted(f: c.CFunction, setting: Setting, s: StatementSlices, made: ast.FunctionDef) -> None:
    """The census: every call in the C tree that has a contract is a call of the slice; UnreadError where one is lost."""
    lists = [variant("", kind) for kind, container in setting.kinds.containers.items() if container.local]
    called = (n.name for n in nodes(made.body) if isinstance(n, code.Call))
    have = [next((n.removesuffix(x) for x in lists if n.endswith(x)), n) for n in called]
    for n in nodes(f.body):
        match n:
            case c.CallExpr(c.Id(name)) if name in setting.contracts and s.scope.lookup(name) is None:
                if name in have:
                    have.remove(name)
                else:
                    raise UnreadError(f"the call of `{name}` is lost in the slice", n.span)
            case c.Broken(calls) if set(calls) & setting.contracts.keys():
                raise UnreadError("text that was not understood has a call with a contract", n.span)
            case _:
                pass
