# SPDX-License-Identifier: GPL-2.0-only
"""What the functions of a file show of variables and sources before any of them is sliced, whatever the paths.

A pointer that is compared with NULL may be NULL, one that is given away was owned, a variable whose address is kept can
change at any time.  Names are those of C; a function is looked at as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.syntax import ast
from refcheck.unit.effects import gives

_ASKS_ERROR = ("IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR_OR_ZERO")


class Shows(NamedTuple):
    """By function and name: a variable, or the source of a value as `call:f` or `field:f of struct S`.

    `nullable` and `errors` have those that are asked whether they are NULL or an error; `given` those that are given away,
    `escaping` variables whose address is kept, `written` those that are assigned or whose address is taken.
    """

    nullable: frozenset[tuple[str, str]]
    errors: frozenset[tuple[str, str]]
    given: frozenset[tuple[str, str]]
    escaping: frozenset[tuple[str, str]]
    written: frozenset[tuple[str, str]]


def nodes(tree: object) -> Iterator[object]:
    """All nodes below a tree, itself first; none of a body that is not there."""
    todo = [tree] if tree is not None else []
    while todo:
        here = todo.pop()
        if type(here) is not tuple:
            yield here
        for x in here:  # type: ignore[attr-defined]
            if isinstance(x, tuple) and type(x) is not Span:
                todo.append(x)  # noqa: PERF401  a list for each node would take longer


def rebuilt(node: Any, change: Callable[[Any], object]) -> Any:
    """A node, or a tuple of nodes, with each of its parts changed; itself where that changes none."""
    made = [change(x) for x in node]
    if all(a is b for a, b in zip(made, node, strict=True)):
        return node
    return tuple(made) if type(node) is tuple else type(node)(*made)  # a node is a tuple with names


class Known(NamedTuple):
    """What contracts tell: the positions of the arguments that a call gives away or holds, calls that return theirs.

    `owning` are the names of fields that own, `counted` the sources that are fields through which the file takes references,
    `outside` the variables of the file; `struct` says in which struct a field is, where those of one function are known.
    """

    gives: Callable[[c.CallExpr], frozenset[int]]
    holds: Callable[[c.CallExpr], frozenset[int]]
    passing: frozenset[str]
    owning: frozenset[str]
    struct: Callable[[c.Member], str] = lambda _: ""
    counted: frozenset[str] = frozenset()
    outside: Mapping[str, c.CType] = {}


def of_field(struct: str, field: str) -> str:
    """The source that a field is; those of one struct are one."""
    return f"field:{field} of {struct}" if struct else f"field:{field}"


def gather(functions: list[c.CFunction], known: Known) -> Shows:
    """The facts of a file."""
    nullable, errors = set[tuple[str, str]](), set[tuple[str, str]]()
    given, escaping, written = set[tuple[str, str]](), set[tuple[str, str]](), set[tuple[str, str]]()
    for f in functions:
        sources: dict[str, set[str]] = {}
        found: Mapping[str, set[str]] = {"null": set(), "err": set(), "given": set(), "held": set()}
        for n in nodes(f.body):
            _one(n, sources, found, known)
        written |= {(f.name, name) for name in assigned(f)}
        found["given"] -= found["held"]  # what was held first was lent
        for what, into in (("null", nullable), ("err", errors), ("given", given)):
            for name in found[what]:
                into.add((f.name, name))
                into.update((f.name, s) for s in sources.get(name, ()))
        escaping |= {(f.name, name) for name in _kept(f)}
    return Shows(
        frozenset(nullable), frozenset(errors), frozenset(given), frozenset(escaping), frozenset(written)
    )  # fmt: skip


def assigned(f: c.CFunction) -> set[str]:
    """The variables that a function assigns, or gives the address of."""
    found = set[str]()
    for n in nodes(f.body):
        match n:
            case c.AssignExpr(_, c.Id(name)) | c.IncDec(_, c.Id(name)) | c.Unary("&", c.Id(name)):
                found.add(name)
            case c.MacroLoop(_, args):
                found |= {a.name for a in args if isinstance(a, c.Id)}
            case _:
                pass
    return found


def calls_of(tree: object) -> Iterator[str]:
    """The functions that a tree calls by name, each as often as it stands there."""
    return (n.callee.name for n in nodes(tree) if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id))


def comes_again(f: c.CFunction) -> bool:
    """A statement of a function may be done more than once: there is a loop, or a label to go back to."""
    return any(isinstance(n, c.CWhile | c.CDo | c.CFor | c.MacroLoop | c.CLabel) for n in nodes(f.body))


def _one(
    n: object, sources: dict[str, set[str]], found: Mapping[str, set[str]], known: Known
) -> None:  # fmt: skip
    match n:
        case c.Variable(_, name, init) if init is not None:
            _source(known, name, init, sources)
        case c.AssignExpr(_, c.Id(name), value):
            _source(known, name, value, sources)
        case c.AssignExpr(_, c.Member(_, field), value) if field in known.owning:
            found["given"].update(names_of(known, value))
        case c.CIf(cond) | c.CWhile(cond) | c.CDo(_, cond) | c.Conditional(cond):
            _tested(known, cond, found)
        case c.CFor(_, cond) if cond is not None:
            _tested(known, cond, found)
        case c.Binary("&&" | "||", left, right):
            _tested(known, left, found)
            _tested(known, right, found)
        case c.Unary("!", arg):
            _tested(known, arg, found)
        case c.Unary("&", c.Id(name)):
            sources.setdefault(name, set()).add(f"out:{name}")  # what a callee leaves there
        case c.Binary("==" | "!=", left, right):
            for one, other in ((left, right), (right, left)):
                if _is_null(other):
                    found["null"].update(names_of(known, one))
        case c.CallExpr(c.Id(name), (arg,)) if name in _ASKS_ERROR and not isinstance(arg, c.CType):
            found["err"].update(names_of(known, arg))
            if name == "IS_ERR_OR_NULL":
                found["null"].update(names_of(known, arg))
        case c.CallExpr(c.Id(name), (arg, *_)) if name in words.WARN and not isinstance(arg, c.CType):
            _tested(known, arg, found)
        case c.CallExpr():
            for what, at in (("given", known.gives(n)), ("held", known.holds(n))):
                for i in at:
                    if i < len(n.args) and not isinstance(arg := n.args[i], c.CType):
                        found[what].update(names_of(known, arg))
        case _:
            pass


def _is_null(e: c.CExpr) -> bool:
    return isinstance(e, c.Id) and e.name == "NULL"


def _source(known: Known, name: str, value: c.CExpr, sources: dict[str, set[str]]) -> None:
    sources.setdefault(name, set()).update(s for s in names_of(known, value) if ":" in s)


def uncast(e: c.CExpr) -> c.CExpr:
    """An expression without the conversions around it."""
    while isinstance(e, c.Cast):
        e = e.arg
    return e


def _kept(f: c.CFunction) -> set[str]:
    """Variables whose address is taken where nobody says what is done through it: all but what is only shown to somebody."""
    here = list(nodes(f.body))
    every, shown = Counter(map(_variable_at, here)), Counter(_variable_at(uncast(a)) for n in here for a in _shown(n))
    return {name for name in every - shown if name}


def _variable_at(e: object) -> str:
    """The variable that an expression is the address of; empty where it is none."""
    return e.arg.name if isinstance(e, c.Unary) and e.op == "&" and isinstance(e.arg, c.Id) else ""


def _shown(n: object) -> Iterator[c.CExpr]:
    """What a call is given and gives back no more, what a loop walks, what is compared or looked into."""
    match n:
        case c.CallExpr(c.Id(name), args) if name in words.STORE | words.SWAP:
            yield from (a for a in args[:1] if not isinstance(a, c.CType))
        case c.CallExpr(c.Id(name)) if name in words.CONTAINER:
            pass
        case c.CallExpr(_, args):
            yield from (a for a in args if not isinstance(a, c.CType))
        case c.MacroLoop(_, args) | c.MacroGuard(_, args):
            yield from args
        case c.Binary("==" | "!=", left, right):
            yield from (left, right)
        case c.Member(base):
            yield base
        case _:
            pass


def _tested(known: Known, cond: c.CExpr, found: Mapping[str, set[str]]) -> None:
    match cond:
        case c.Id() | c.Member() | c.AssignExpr() | c.Cast():
            found["null"].update(names_of(known, cond))
        case c.CallExpr(c.Id(name), (arg, *_)) if name in words.PASS | words.WARN and not isinstance(arg, c.CType):
            _tested(known, arg, found)
        case c.CallExpr():
            found["null"].update(names_of(known, cond))
        case _:
            pass


def names_of(known: Known, e: c.CExpr) -> Iterator[str]:
    """The variables and sources that the value of an expression comes from."""
    match e:
        case c.Id(name):
            yield name
        case c.Member(_, field):
            yield of_field(known.struct(e), field)
        case c.Unary("*", arg) | c.Cast(_, arg) | c.Unary("&", c.Member(arg)):
            yield from names_of(known, arg)
        case c.AssignExpr(_, target, value):
            yield from names_of(known, target)
            yield from names_of(known, value)
        case c.CallExpr(c.Id(name), args):
            passed = name in words.PASS | words.SWAP | words.KEEPS | known.passing
            if passed and args and not isinstance(args[0], c.CType):
                arg = args[0]
                yield from names_of(known, arg.arg if isinstance(arg, c.Unary) and arg.op == "&" else arg)
            else:
                yield f"call:{name}"
        case c.CallExpr(c.Member(_, field)):
            yield f"call:{field}"
        case c.Conditional(_, yes, no):
            yield from names_of(known, yes) if yes is not None else ()
            yield from names_of(known, no)
        case c.Comma(items):
            yield from names_of(known, items[-1])
        case _:
            pass


def gives_away(contract: ast.ContractDef) -> frozenset[str]:
    """The parameters of which some outcome gives a reference away."""
    return frozenset(p.name for p in contract.sig.params if any(gives(o, p.name) for o in contract.outcomes))


def holds(contract: ast.ContractDef) -> frozenset[str]:
    """The parameters on which some outcome takes a reference."""
    effects = (e for o in contract.outcomes for e in o.effects if e.verb in ("hold", "try_hold"))
    return frozenset(e.place.name for e in effects if e.place is not None and not e.place.slot)
