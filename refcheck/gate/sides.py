# SPDX-License-Identifier: GPL-2.0-only
"""Both sides of a change as a whole: who calls whom, what is proved, and who can back what a function newly assumes."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.verdicts import Verdict
from refcheck.gate.grounds import Ground
from refcheck.gate.rules import Pair
from refcheck.gate.side import Function, Model, read
from refcheck.gate.substance import assumed
from refcheck.result.record import Record
from refcheck.run.one_file import FileOutcome, Options

Verify = Callable[[list[Path], Options], list[FileOutcome]]


class Sides:
    """The models that a change touches, on both sides, and those that it leaves alone, read when they are asked for."""

    def __init__(
        self, names: list[str], old: dict[str, Model], new: dict[str, Model], options: Options, verify: Verify
    ) -> None:
        self._old, self._new, self._options, self._verify = old, new, options, verify
        self._left = [n for n in names if n not in new]
        self._alone: dict[str, Model] = {}

    def untouched(self, name: str) -> list[tuple[Model, Function]]:
        """The functions of a name in models that are alike on both sides, verified."""
        found = [(m, f) for m, f in _functions(self._untouched().values()) if f.name == name]
        return [(m._replace(records=tuple(self._records(m))), f) for m, f in found]

    def _untouched(self) -> dict[str, Model]:
        for name in self._left:
            with contextlib.suppress(InputError):
                self._alone[name] = read(Path(name), self._options.specs)
        self._left = []
        return self._alone

    def _heads(self) -> list[tuple[Model, Function]]:
        return _functions([*self._new.values(), *self._untouched().values()])

    def _bases(self, name: str) -> list[Function]:
        """The functions of a name that the base has."""
        models = [*self._old.values(), *self._untouched().values()]
        return [f for _, f in _functions(models) if f.name == name]

    def _records(self, m: Model) -> list[Record]:
        if not m.records and m.path in self._alone:
            records = self._verify([Path(m.path)], self._options)[0].records
            self._alone[m.path] = m = self._alone[m.path]._replace(records=records)
        return list(self._alone.get(m.path, m).records)

    def _proved(self, m: Model, name: str) -> list[Record]:
        """The records of a function, in all its contexts; none where one is no proof, or rests on what is refuted."""
        own = [r for r in self._records(m) if r.function == name]
        return own if all(r.verdict == Verdict.PROVED and not r.broken for r in own) else []

    def callers(self, name: str) -> list[str]:
        """Who rests on a function or contract, directly or through others."""
        found: dict[str, None] = {}
        todo = [name]
        while todo:
            callee = todo.pop()
            for m, f in self._heads():
                here = shown(m, f)
                if callee in f.calls and f.name != callee and here not in found:
                    found[here] = None
                    todo.append(f.name)
        return list(found)

    def known(self, ground: Ground) -> list[Ground]:
        """The grounds of this kind and name that models of the base have."""
        models = [*self._old.values(), *self._untouched().values()]
        return list(dict.fromkeys(g for m in models if (g := m.grounds.get((ground.kind, ground.name)))))

    def new_bodies_cite(self, name: str) -> frozenset[str]:
        """What the head's bodies of a name cite, where the base has none."""
        if self._bases(name):
            return frozenset()
        return frozenset[str]().union(*(f.sources for _, f in self._heads() if f.name == name))

    def proves(self, ground: Ground) -> bool:
        """Whether a body that the base has too is proved, in all its contexts, to keep a contract with this text."""
        if not self._bases(ground.name):
            return False
        for m, f in self._heads():
            mine = m.grounds.get(("contract", f.name))
            if f.name == ground.name and mine is not None and mine.text == ground.text and self._proved(m, f.name):
                return True
        return False

    def given(self, pair: Pair) -> bool:
        """Whether what a function newly assumes is checked: by its entry contexts, or by callers that back it."""
        assert pair.new is not None
        model, f = pair.new
        assert pair.old is not None
        if not _left(assumed(pair.old[1], f), self._shown_by_entries(model, f)):
            return True
        return any(self._backs(m, g, f.name, {f.name}) for m, g in self._callers_of(f.name))

    def _shown_by_entries(self, m: Model, f: Function) -> bool:
        entries = {r.entry for r in self._records(m) if r.function == f.name}
        return bool(entries) and None not in entries

    def _callers_of(self, name: str) -> Iterator[tuple[Model, Function]]:
        return ((m, g) for m, g in self._heads() if name in g.calls and g.name != name)

    def _backs(self, m: Model, g: Function, callee: str, seen: set[str]) -> bool:
        """Whether a caller shows what a callee assumes.

        It is proved, and it is known: the base has the call, or it cites something new.  What it takes from its own callers
        it took from them at the base, or entry contexts, a new citation or callers that back it give it.
        """
        if g.name in seen or not self._proved(m, g.name):
            return False
        before = self._bases(g.name)
        cited = g.sources - frozenset[str]().union(*(b.sources for b in before))
        if not cited and not any(callee in b.calls for b in before):
            return False
        entered = self._shown_by_entries(m, g)
        if cited or any(not _left(assumed(b, g), entered) for b in before):
            return True
        return any(self._backs(n, h, g.name, {*seen, g.name}) for n, h in self._callers_of(g.name))


def _left(asked: list[str], entered: bool) -> list[str]:
    """What of that which a function assumes is not shown by its entry contexts, which say nothing of arguments."""
    return [text for text in asked if not entered or text.startswith("`")]


def _functions(models: Iterable[Model]) -> list[tuple[Model, Function]]:
    return [(m, f) for m in models for f in m.functions.values()]


def shown(m: Model, f: Function) -> str:
    """A function with its model, as reports name those who are affected."""
    return f"{f.name} ({m.path})"
