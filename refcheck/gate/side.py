# SPDX-License-Identifier: GPL-2.0-only
"""One side of a change as data: what each model declares, calls, assumes and cites, without places.

Everything is compared by what a model resolves to, never by the file that it stands in, so that a contract that is
copied, moved, or shadowed by a spec nearer to the model is compared with the one that the model had.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, Span
from refcheck.inspect.lifecycle import contract_text
from refcheck.render.dump import tree_text
from refcheck.result.places import place
from refcheck.result.record import Place, Record
from refcheck.store.keys import digest
from refcheck.syntax import ast, code, pretty
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import SpecPlaces, Unit, load

# Every text in quotes, from every quote on, so that one in a comment hides none.
_QUOTED = re.compile(r'(?="((?:[^"\\\n]|\\.)*)")')


class Ground(NamedTuple):
    """A contract or declaration that a model rests on; `body` tells whether this model is to keep it.

    `needs` has what a contract asks of callers, `rest` everything else of it, as text.
    """

    kind: str
    name: str
    needs: frozenset[str]
    rest: str
    sources: frozenset[str]
    place: Place
    body: bool

    @property
    def text(self) -> tuple[frozenset[str], str]:
        """What it says, without where it stands and what it cites."""
        return self.needs, self.rest


class Function(NamedTuple):
    """A function with a body: its text, what it asks of callers, what it and what it uses call, what it leaves unknown.

    `reaches` has the contracts on which it rests, `first` the line at which its text begins.
    """

    name: str
    model: str
    place: Place
    first: int
    lines: tuple[str, ...]
    asks: frozenset[str]
    sources: frozenset[str]
    calls: Counter[str]
    unknowns: Counter[str]
    reaches: frozenset[str]


class Model(NamedTuple):
    """A model: its functions and grounds by name, its source note, and its unit for what has to be verified anew."""

    path: str
    unit: Unit
    functions: dict[str, Function]
    grounds: dict[tuple[str, str], Ground]
    note: tuple[str, ...]
    records: tuple[Record, ...] = ()


def fingerprint(
    path: Path, specs: Path | None, looked: set[str] | None = None, seen: frozenset[Path] = frozenset()
) -> str:
    """A digest of a model's text and of all that its `use`s lead to, wherever that stands; `looked` gets where nothing was.

    Every name that could be one of a spec is followed, which is more than what is used and never less.
    """
    try:
        raw = path.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return "missing"
    if path.resolve() in seen:
        return "seen"
    parts: list[bytes | str] = [raw]
    for text in _QUOTED.findall(raw.decode("utf-8", "replace")):
        name = text.replace('\\"', '"').replace("\\\\", "\\")
        if not name.endswith(".spec"):
            continue
        places = SpecPlaces(specs)
        try:
            found, _ = places.find(name, str(path.parent), NOWHERE, str(path.resolve()))
        except InputError:
            parts.append("none")
        else:
            parts.append(fingerprint(Path(found), specs, looked, seen | {path.resolve()}))
        if looked is not None:
            looked |= {os.path.abspath(p) for p in places.missed}
    return digest(*parts)


def read(path: Path, specs: Path | None) -> Model:
    """A model's facts; InputError with what is wrong."""
    unit = load(path, specs)
    decl = declare(unit)
    shown = path.as_posix()
    note = tuple(f"{n.file}, {n.version}" for n in unit.model.items if isinstance(n, ast.SourceNote))
    own = [i for i in unit.model.items if isinstance(i, ast.FunctionDef)]
    lines = unit.sources[str(path)].lines()
    functions = {f.sig.name: _function(f, decl, shown, lines) for f in own}
    return Model(shown, unit, functions, dict(_grounds(unit, decl)), note)


def _grounds(unit: Unit, decl: Declarations) -> Iterator[tuple[tuple[str, str], Ground]]:
    for name, c in decl.contracts.items():
        plain = c._replace(sig=c.sig._replace(must_hold=(), requires=(), may_sleep=False))
        here = Ground("contract", name, _asks(c.sig), contract_text(plain), frozenset(c.sig.sources), place(c.span),
                      name in decl.functions)  # fmt: skip
        yield ("contract", name), here
    for item in (i for m in unit.modules for i in m.items):
        match item:
            case ast.ResourceDef(name=name, span=span):
                yield _plain("resource", name, tree_text(item), span)
            case ast.Extension(name=name, span=span):
                yield _plain("extension", name, tree_text(item), span)
            case ast.EntryDef(name=name, holds=holds, span=span):
                yield _plain("entry", name, tree_text(item._replace(holds=())), span, frozenset(holds))
            case ast.FactDef(name, contexts, span):
                yield _plain("fact", name, "", span, frozenset(contexts))
            case ast.GuardDef(name=name, span=span):
                yield _plain("guard", name, tree_text(item), span)
            case ast.ContextDef(names, sleeps, span):
                for name in names:
                    yield _plain("context", name, f"sleeps: {sleeps}", span)
            case _:
                pass


def _plain(
    kind: str, name: str, text: str, span: Span, needs: frozenset[str] = frozenset()
) -> tuple[tuple[str, str], Ground]:
    return (kind, name), Ground(kind, name, needs, text, frozenset(), place(span), False)


def _asks(sig: ast.Signature) -> frozenset[str]:
    """What a signature asks of callers, each demand as a text."""
    asked = {f"must hold {' | '.join(m.facts)}" + (f" if {pretty.expr(m.when)}" if m.when else "") for m in sig.must_hold}
    asked |= {f"requires {pretty.expr(cond)}" for _, cond in sig.requires}
    return frozenset(asked | ({"may sleep"} if sig.may_sleep else set()))


def _assumes(sig: ast.Signature) -> frozenset[str]:
    """What a function assumes of callers: its demands, and what it takes for granted of its parameters."""
    granted = {f"`{p.name}` is counted" for p in sig.params if "__counted" in p.attrs}
    for attr, text in (("__nullable", "no NULL"), ("__maybe_err", "no ERR_PTR"), ("__any", "an object")):
        granted |= {f"`{p.name}` is {text}" for p in sig.params if attr not in p.attrs}
    return frozenset(_asks(sig) - {"may sleep"} | granted)


def _function(f: ast.FunctionDef, decl: Declarations, path: str, lines: list[str]) -> Function:
    name = f.sig.name
    contract = decl.contracts.get(name)
    asks = _assumes(f.sig) | (_assumes(contract.sig) if contract is not None and contract.sig is not f.sig else frozenset())
    calls, unknowns, reaches = Counter[str](), Counter[str](), {name}
    todo, seen = [f], {name}
    while todo:
        for node in nodes(todo.pop().body):
            if isinstance(node, code.Call):
                calls[node.name] += 1
                reaches.add(node.name)
                if node.name in decl.functions and node.name not in seen:
                    seen.add(node.name)
                    todo.append(decl.functions[node.name])
            elif isinstance(node, code.Nondet):
                unknowns[node.text] += 1
                calls["use"] += len(node.args)
    for guard in decl.guards.values():
        reaches |= {guard.lock, guard.unlock}
    first, last = f.span.line, f.span.end_line
    sources = frozenset(f.sig.sources) | (frozenset(contract.sig.sources) if contract is not None else frozenset())
    return Function(name, path, place(f.sig.span), first, tuple(lines[first - 1 : last]), asks, sources, calls, unknowns,
                    frozenset(reaches))  # fmt: skip


def nodes(tree: object) -> Iterator[object]:
    """A node of a syntax tree and all below it."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, tuple):
            todo += node
