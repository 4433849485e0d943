# SPDX-License-Identifier: GPL-2.0-only
"""One side of a change as data: what each model declares, calls, assumes and cites, without places.

Everything is compared by what a model resolves to, never by the file that it stands in, so that a contract that is
copied, moved, or shadowed by a spec nearer to the model is compared with the one that the model had.
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.files import ups
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE
from refcheck.gate.grounds import Grounds, asks, citations, grounds_of, visible
from refcheck.result.places import place
from refcheck.result.record import Place, Record
from refcheck.store.keys import digest
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import SHIPPED, SpecPlaces, Unit, load

# Every text in quotes, from every quote on, so that one in a comment hides none.
_COMMENT = re.compile(r"//.*|/\*.*?\*/|@\d+")
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r'(?="((?:[^"\\\n]|\\.)*)")')


class Function(NamedTuple):
    """A function with a body: its text, what it asks of callers and cites, and what it and what is inlined call.

    `reaches` has the contracts on which it rests, `first` the line at which its text begins, `names` its variables in the
    order of their declarations, parameters first, of which there are `params`.
    """

    name: str
    model: str
    place: Place
    first: int
    lines: tuple[str, ...]
    asks: frozenset[str]
    sources: frozenset[str]
    calls: Counter[str]
    reaches: frozenset[str]
    names: tuple[str, ...]
    params: int
    contract: bool


class Model(NamedTuple):
    """A model: its functions and grounds by name, its source note, and its unit for what has to be verified anew.

    `known` has the names of all functions and contracts.
    """

    path: str
    unit: Unit
    functions: dict[str, Function]
    grounds: Grounds
    note: tuple[str, ...]
    files: frozenset[str]
    known: frozenset[str]
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
            # A model that uses this is read by nobody, so that it is alike on no two sides.
            parts.append(f"none in {os.getcwd()}")
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
    notes = [n for n in unit.model.items if isinstance(n, ast.SourceNote)]
    note = tuple(f"{visible(n.file)}, {visible(n.version)}" for n in notes)
    own = [i for i in unit.model.items if isinstance(i, ast.FunctionDef)]
    lines = unit.sources[str(path)].lines()
    functions = {f.sig.name: _function(f, decl, shown, lines) for f in own}
    # Contracts that ship are no part of a change, unless refcheck lies in the same repository.
    apart = ups(str(SHIPPED))[-1] != ups(os.getcwd())[-1]
    ships = frozenset(p for p in unit.sources if apart and p.startswith("<refcheck>/"))
    known = frozenset(decl.functions) | frozenset(decl.contracts)
    files = frozenset(visible(n.file) for n in notes)
    return Model(shown, unit, functions, grounds_of(unit, decl, ships), note, files, known)


def _assumes(sig: ast.Signature) -> frozenset[str]:
    """What a function assumes of callers: its demands, and what it takes for granted of its parameters."""
    granted = {f"`{p.name}` is counted" for p in sig.params if "__counted" in p.attrs}
    for attr, text in (("__nullable", "no NULL"), ("__maybe_err", "no ERR_PTR"), ("__any", "an object")):
        granted |= {f"`{p.name}` is {text}" for p in sig.params if attr not in p.attrs}
    return frozenset(asks(sig) | granted)


def _function(f: ast.FunctionDef, decl: Declarations, path: str, lines: tuple[str, ...]) -> Function:
    name = f.sig.name
    contract = decl.contracts.get(name)
    asked = _assumes(f.sig) | (_assumes(contract.sig) if contract is not None and contract.sig is not f.sig else frozenset())
    # What a body with a contract calls is its own affair; what it rests on is not.
    calls = Counter(_called(f, decl, decl.functions.keys() - decl.contracts.keys()))
    reaches = {name, *_called(f, decl, decl.functions.keys())}
    for guard in decl.guards.values():
        reaches |= {guard.lock, guard.unlock}
    first, last = f.span.line, f.span.end_line
    sources = citations(f.sig.sources) | (citations(contract.sig.sources) if contract is not None else frozenset())
    inner = sorted((n.span.line, n.span.col, n.name) for n in nodes(f.body) if isinstance(n, code.Declare))
    names = (*(p.name for p in f.sig.params), *(n for _, _, n in inner))
    return Function(name, path, place(f.sig.span), first, lines[first - 1 : last], asked, sources, calls,
                    frozenset(reaches), names, len(f.sig.params), contract is not None)  # fmt: skip


def _called(f: ast.FunctionDef, decl: Declarations, through: Collection[str]) -> Iterator[str]:
    """The names that a function calls, and those that some functions which it calls do, each as often as it is written."""
    todo, seen = [f], {f.sig.name}
    while todo:
        for node in nodes(todo.pop().body):
            if isinstance(node, code.Call):
                yield node.name
                if node.name in through and node.name not in seen:
                    seen.add(node.name)
                    todo.append(decl.functions[node.name])


def nodes(tree: object) -> Iterator[object]:
    """A node of a syntax tree and all below it."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, tuple):
            todo += node


def plain(lines: Iterable[str], renamed: dict[str, str]) -> list[str]:
    """Lines without comments, line marks and what only sets words apart, with other names for variables."""
    return [_WORD.sub(lambda m: renamed.get(m[0], m[0]), " ".join(_COMMENT.sub("", line).split())) for line in lines]


def renamed(old: Function, new: Function) -> dict[str, str]:
    """The names that a function's variables had, by those that they have, as far as declarations tell."""
    if len(old.names) != len(new.names) or old.params != new.params:
        return {}
    return dict(zip(new.names, old.names, strict=True))
