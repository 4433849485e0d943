# SPDX-License-Identifier: GPL-2.0-only
"""The survey of a C file with the structs of which fields own, as far as the file bears that out.

That a field owns is a guess from what the file does.  It is given up where a function cannot be read with it that can be
without, where a test of the field could not come out one way, and where more functions contradict it than keep it: then the
guess is wrong, and not the functions (what deviates from what most do is a bug: Engler et al. 2001,
doi 10.1145/502034.502041).
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from refcheck.base.diagnostics import InputError
from refcheck.base.source import NOWHERE, SourceFile
from refcheck.base.verdicts import UNREAD
from refcheck.c import tree as c
from refcheck.graph.cfg import CFG
from refcheck.infer.survey import Surveyor
from refcheck.infer.surveyed import Survey, Surveyed, with_calls
from refcheck.lower.function import entry_contexts, lower
from refcheck.prove.propose import Exploration, explore
from refcheck.slice.apart import names_apart
from refcheck.slice.containers import containers
from refcheck.slice.facts import nodes
from refcheck.slice.file import BesideFile, functions_of, setting_of
from refcheck.slice.kinds import Container
from refcheck.slice.owning import owning
from refcheck.syntax import ast

_MOST_STATES = 20_000
_ROUNDS = 8


class FileSurvey:
    """The functions of a C file as they are asked for, all or some; `side` is what is known beside the file.

    What the guesses are worth is asked of all functions, unless those that are wanted are the same either way; where `side`
    keeps summaries, once for a file and its guesses.
    """

    def __init__(self, source: SourceFile, file: c.CFile, side: BesideFile) -> None:
        self.source, self.file = source, file
        self.side = side._replace(decl=with_calls(side.decl))
        setting = setting_of(source, self.side)
        self.functions = [names_apart(f) for f in functions_of(file)]
        found = owning(setting.kinds, self.functions, setting.known, setting.shared)
        self.guessed: Mapping[str, Container] = containers(self.side.decl, found, NOWHERE)
        self._guess = ("owners", source.path, tuple(self.guessed.items()))
        self._known: MutableMapping[object, Any] = side.summaries if side.summaries is not None else {}
        self._surveyors: dict[tuple[str, ...], Surveyor] = {}

    def of(self, only: tuple[str, ...] = ()) -> Survey:
        """All functions of the file, or `only` some."""
        guessed = _made(self.guessed)
        if self._guess not in self._known:
            apart = self._apart(only) if self.guessed and only else None
            if apart is not None:
                return apart._replace(guessed=guessed)
            self._known[self._guess] = self._borne_out()
        left: Mapping[str, Container] = self._known[self._guess]
        return self._under(left).survey(only)._replace(containers=_made(left), guessed=guessed)

    @property
    def decided(self) -> tuple[str, ...] | None:
        """The structs that the file bears out, by name; None where nothing has asked for that."""
        return tuple(self._known[self._guess]) if self._guess in self._known else None

    def decide(self, names: tuple[str, ...]) -> None:
        """It is known from elsewhere which of those that are guessed the file bears out."""
        self._known[self._guess] = {n: container for n, container in self.guessed.items() if n in names}

    def _under(self, left: Mapping[str, Container]) -> Surveyor:
        """What surveys the file with some containers."""
        key = tuple(left)
        if key not in self._surveyors:
            self._surveyors[key] = Surveyor(self.source, self.file, _with(self.side, left))
        return self._surveyors[key]

    def _apart(self, only: tuple[str, ...]) -> Survey | None:
        """The survey of some functions that have nothing to do with any container; None where they have.

        They are what they are, then, whatever the guesses are worth.
        """
        tried = self._under(self.guessed).survey(only)
        if any(f.followed.intersection(self.guessed) for f in tried.functions):
            return None
        plain = self._under({}).survey(only)
        same = tried.inferred == plain.inferred and all(map(_same, tried.functions, plain.functions))
        return plain if same and len(tried.functions) == len(plain.functions) else None

    def _borne_out(self) -> Mapping[str, Container]:
        """The containers that the file does not contradict."""
        left = self.guessed
        for _ in range(_ROUNDS):
            if not left:
                break
            tried = self._under(left).survey()
            unread = {f.name for f in tried.functions if f.how == UNREAD}
            plain = self._under({}).survey(tuple(sorted(unread))).functions if unread else ()
            readable = {f.name for f in plain if f.how != UNREAD}
            wrong = _used(self.functions, readable, left) or set(_contradicted(tried, left))
            if not wrong:
                return left
            left = {name: container for name, container in left.items() if name not in wrong}
        return {}


def survey(source: SourceFile, file: c.CFile, side: BesideFile, only: tuple[str, ...] = ()) -> Survey:
    """The functions of a C file, all or `only` some; `side` is what is known beside the file."""
    return FileSurvey(source, file, side).of(only)


def _made(left: Mapping[str, Container]) -> tuple[ast.ResourceDef, ...]:
    return tuple(container.made for container in left.values())


def _same(a: Surveyed, b: Surveyed) -> bool:
    """Two surveys of a function say the same, and all contracts that they rest on do."""
    contracts = [f.decl.contracts if f.decl is not None else None for f in (a, b)]
    return a._replace(decl=None) == b._replace(decl=None) and contracts[0] == contracts[1]


def _with(side: BesideFile, left: Mapping[str, Container]) -> BesideFile:
    """What is known beside a file, with some containers."""
    if not left:
        return side
    made = {name: container.made for name, container in left.items()}
    return side._replace(decl=side.decl._replace(resources={**made, **side.decl.resources}), containers=left)


def _used(functions: list[c.CFunction], names: set[str], left: Mapping[str, Container]) -> set[str]:
    """The containers that some functions speak of, by a type or a field; all where it is none."""
    if not names:
        return set()
    trees = [f for f in functions if f.name in names]
    types = {n.base for f in trees for n in nodes(f) if isinstance(n, c.CType)}
    fields = {n.field for f in trees for n in nodes(f) if isinstance(n, c.Member)}
    found = {
        name for name, container in left.items()
        if set(container.made.c_types) & types or fields & {s.c_field for s in container.made.slots}
    }  # fmt: skip
    return found or set(left)


def _contradicted(found: Survey, left: Mapping[str, Container]) -> Iterator[str]:
    """The containers that most functions which use them contradict, or of which a field is asked what it cannot be."""
    users = {name: [f for f in found.functions if name in f.followed] for name in left}
    explored = {id(f): list(_explored(f)) for fs in users.values() for f in fs}
    for name, those in users.items():
        kinds = {name, *(s.target for s in left[name].made.slots)}
        against = sum(bool(kinds & {k for x in explored[id(f)] for k in _broken(f, *x)}) for f in those)
        fields = [s.c_field for s in left[name].made.slots]
        idle = any(_idle(cfg, result, fields) for f in those for cfg, result in explored[id(f)])
        if idle or (against > 1 and 2 * against > len(those)):
            yield name


def _explored(f: Surveyed) -> Iterator[tuple[CFG, Exploration]]:
    """The states of a function in each of its entry contexts."""
    if f.function is not None and f.decl is not None:
        try:
            for entry in entry_contexts(f.decl, f.name):
                cfg = lower(f.decl, f.name, entry)
                yield cfg, explore(cfg, _MOST_STATES)
        except InputError:
            return


def _broken(f: Surveyed, cfg: CFG, found: Exploration) -> Iterator[str]:
    """The kinds of objects about which some path of a function is wrong; all that it follows where that is not known."""
    for broken in found.violations:
        kind = cfg.resource_of(broken.violation.cell)
        yield from (kind,) if kind else f.followed


def _idle(cfg: CFG, found: Exploration, fields: list[str]) -> bool:
    """A test of one of some fields has an answer that no path gives."""
    asked = re.compile(rf"(->|\.)({'|'.join(map(re.escape, fields))})\b")
    return found.complete and any(
        e.kind == "branch" and e.number not in found.taken and (e.span.line, e.span.col) != (e.span.end_line, e.span.end_col)
        and asked.search(e.text)
        for e in cfg.edges
    )  # fmt: skip
