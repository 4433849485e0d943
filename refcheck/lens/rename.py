# SPDX-License-Identifier: GPL-2.0-only
"""Conditions, operations and promises with their cells and contexts numbered in the order in which they are met.

Two edges that differ in these numbers only come out equal.  Named tuples of different classes can be equal, so that keys
have the classes in them.
"""

from typing import Any

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Came, Promise
from refcheck.graph.footprint import FOOTPRINTS

Key = tuple[Any, ...]

# For each class the fields that are cells, in order.
CELLS = {kind: tuple(sorted((*f.reads, *f.writes, *f.forgets))) for kind, f in FOOTPRINTS.items()}


class Renamer:
    """The numbers given so far: `cells` and `contexts` map the old number to the new one.

    `classes` are those of all conditions and operations met, `written` the cells (old numbers) that these may change.
    """

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.cells: dict[int, int] = {}
        self.contexts: dict[int, int] = {}
        self.classes: set[type] = set()
        self.written: list[int] = []

    def cell(self, old: int) -> int:
        """The new number of a cell."""
        return self.cells.setdefault(old, len(self.cells)) if old >= 0 else old

    def context(self, old: int) -> int:
        """The new number of a context."""
        return self.contexts.setdefault(old, len(self.contexts))

    def fact(self, fact: int) -> None:
        """Whether the fact holds is asked: its contexts are met."""
        for context in self.cfg.facts[fact].contexts:
            self.context(context)

    def cond(self, cond: ops.Cond) -> Key:
        """The key of a condition; `cond_of` gives the condition with the new numbers."""
        kind = type(cond)
        if kind is ops.And or kind is ops.Or:
            return (kind, *[self.cond(a) for a in cond.args])  # type: ignore[union-attr]
        if kind is ops.Not:
            return (kind, self.cond(cond.arg))  # type: ignore[union-attr]
        return self._leaf(kind, cond)

    def op(self, op: ops.Op) -> Key:
        """The key of an operation; `op_of` gives the operation with the new numbers."""
        kind = type(op)
        if kind is ops.When:
            return (kind, self.cond(op.cond), *[self.op(o) for o in op.ops])  # type: ignore[union-attr]
        if kind is ops.Require:
            return (kind, self.cond(op.cond), *op[1:])  # type: ignore[union-attr]
        return self._leaf(kind, op)

    def _leaf(self, kind: type, value: ops.Cond | ops.Op) -> Key:
        """The class, and the fields with the new numbers."""
        values: list[Any] = [kind, *value]
        self.classes.add(kind)
        mine = FOOTPRINTS[kind]
        self.written += [values[i + 1] for i in (*mine.writes, *mine.forgets)]
        cells = self.cells
        for i in CELLS[kind]:
            old = values[i + 1]
            if old >= 0:
                values[i + 1] = cells.setdefault(old, len(cells))
        for i in mine.contexts:
            asked = values[i + 1]
            values[i + 1] = tuple([self.context(c) for c in asked]) if isinstance(asked, tuple) else self.context(asked)
        for i in mine.facts:
            for fact in values[i + 1]:
                self.fact(fact)
        self._sections(value)
        return tuple(values)

    def _sections(self, op: ops.Cond | ops.Op) -> None:
        """The contexts of facts that an operation does not name: those that begin or end, or that a free waits for."""
        if isinstance(op, ops.Enter | ops.Leave):
            for f, fact in enumerate(self.cfg.facts):
                if op.context in fact.contexts:
                    self.fact(f)
        elif isinstance(op, ops.New):
            freed_after = self.cfg.resources[self.cfg.cells[op.cell].resource].freed_after
            if freed_after is not None:
                self.fact(freed_after)

    def promise(self, p: Promise) -> Promise:
        """A promise; compare promises by `key()`."""
        return Promise(p.name, cond_of(self.cond(p.cond)), self._all(p.ops))

    def came(self, came: Came) -> Came:
        """What the exits know of the entry."""
        cells = (came.kept, came.names, came.outs, came.revoked)
        kept, names, outs, revoked = (tuple(map(self.cell, c)) for c in cells)
        return Came(kept, self._all(came.built), names, outs, revoked, came.free)

    def _all(self, todo: tuple[ops.Op, ...]) -> tuple[ops.Op, ...]:
        return tuple([op_of(self.op(op)) for op in todo])


def cond_of(key: Key) -> ops.Cond:
    """The condition that has a key."""
    kind = key[0]
    if kind is ops.And or kind is ops.Or:
        return kind(tuple([cond_of(k) for k in key[1:]]))
    return ops.Not(cond_of(key[1])) if kind is ops.Not else kind._make(key[1:])


def op_of(key: Key) -> ops.Op:
    """The operation that has a key."""
    kind = key[0]
    if kind is ops.When:
        return ops.When(cond_of(key[1]), tuple([op_of(k) for k in key[2:]]))
    return ops.Require(cond_of(key[1]), *key[2:]) if kind is ops.Require else kind._make(key[1:])
