# SPDX-License-Identifier: GPL-2.0-only
"""The store of the interpreter: variables and objects, on the heap of the reference semantics.

The tables are as wide as they can be (every resource, context and fact of the unit), cells are made when a variable
or a value needs one, nothing is ever forgotten early.  Operations are those of the reference semantics; that a body
or a contract means these operations in this order is what the interpreter says anew.
"""

from __future__ import annotations

from refcheck.base.source import NOWHERE
from refcheck.graph.cfg import CFG, UNINIT, Came, Cell, EntryLevel, Fact, Resource, Slot
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import State
from refcheck.meaning.step import apply


class Ended(Exception):  # noqa: N818  a turn that a run takes
    """The path ends: it used NULL, ERR_PTR or what was never written, or no outcome fitted."""


class Void(Exception):  # noqa: N818  a turn that a run takes
    """There is no such call: a caller would have to break what the function asks for."""


class TooLong(Exception):  # noqa: N818  a turn that a run takes
    """The run took more steps than it was given."""


def resources(decl, tracked):
    """Every resource with the slots that are tracked (by resource and slot name), and every fact as a protection."""
    names = list(decl.resources)
    facts = list(decl.facts)
    found = []
    for name, r in decl.resources.items():
        slots = tuple(Slot(s.name, names.index(s.target), s.published) for s in r.slots if (name, s.name) in tracked)
        after = facts.index(r.freed_after) if r.freed_after else None
        everything = tuple(range(len(facts)))
        found.append(Resource(name, slots, after, r.shared, r.embeds, everything, tuple(range(len(names)))))
    return tuple(found)


class Machine:
    """A state that grows cells as they are needed."""

    def __init__(self, decl, tracked, points, steps):
        self.decl = decl
        self.contexts = tuple(decl.contexts)
        reading = {c for r in decl.resources.values() if r.freed_after for c in decl.facts[r.freed_after]}
        self.facts = tuple(
            Fact(f, tuple(self.contexts.index(c) for c in parts), bool(reading & set(parts)))
            for f, parts in decl.facts.items()
        )
        count = len(self.contexts)
        self.cfg = CFG(
            "", "", [], resources(decl, tracked), self.contexts, self.facts, (), 0, 1, 2,
            [EntryLevel()] * count, (), Came((), (), (), (), (), False), points, NOWHERE,
        )  # fmt: skip
        self.heap = Heap(self.cfg, State((), (0,) * count, ((),) * len(self.cfg.resources)))
        self.named = {}
        self.left = steps

    # -- cells
    def cell(self, key, name, kind):
        """The cell for a key, made when it is asked for first."""
        if key not in self.named:
            resource = list(self.decl.resources).index(kind) if kind in self.decl.resources else -1
            shape = "ptr" if resource >= 0 else "bool" if kind == "bool" else "int"
            self.cfg.cells.append(Cell(name, shape, resource, "local", ""))
            self.heap.cells.append(UNINIT)
            self.named[key] = len(self.cfg.cells) - 1
        return self.named[key]

    def get(self, cell):
        """The value of a cell."""
        return self.heap.cells[cell]

    def resource(self, cell):
        """The resource of a pointer cell."""
        return self.cfg.resources[self.cfg.cells[cell].resource]

    def slot(self, cell, name):
        """The number of a slot of what a cell points to."""
        return next(i for i, s in enumerate(self.resource(cell).slots) if s.name == name)

    def object(self, cell):
        """The object that a cell names, or None."""
        return self.heap.get((self.cfg.cells[cell].resource, self.get(cell)))

    def context(self, name):
        """The number of a context."""
        return self.contexts.index(name)

    def fact(self, name):
        """The number of a fact."""
        return list(self.decl.facts).index(name)

    def revoked(self, fact):
        """The cell that tells whether what is lent for a fact has ended."""
        return self.cell(("revoked", fact), "revoked", "bool")

    # -- steps
    def do(self, *ops):
        """Apply operations one after the other; unnamed objects go afterwards."""
        self.left -= 1
        if self.left < 0:
            raise TooLong
        for op in ops:
            apply(self.heap, op)
        self.done()

    def heap_do(self, op):
        """Apply one operation in the midst of a step."""
        apply(self.heap, op)

    def done(self):
        """One step is over."""
        self.heap.collect()
        if self.heap.stopped:
            raise Ended
