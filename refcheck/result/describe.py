# SPDX-License-Identifier: GPL-2.0-only
"""States in words: what a variable, a slot or a context is worth, in the terms that kernel readers use."""

from bisect import insort
from itertools import chain, zip_longest

from refcheck.base.errnos import ERRNO_NAME
from refcheck.graph.cfg import (
    BITS,
    CFG,
    CONSUMED,
    COUNTED,
    EMPTY,
    EXPIRED,
    LENDING,
    NOREF,
    OWNED,
    OWNER,
    OWNER_KIND,
    REFS,
    RELEASED,
    UNINIT,
    WHY,
    slot_index,
)
from refcheck.meaning.heap import Heap, Object, State, initial_state
from refcheck.result.record import Level, Named, Reference, Shown

Place = tuple[int, int]  # of an object: its resource, and its number in the pool
_MODES = {EMPTY: "empty", NOREF: "noref", OWNED: "owned"}


def number(cfg: CFG, cell: int, value: int) -> str:
    """An integer value as the model would write it; representatives of a class show their sign."""
    if cfg.cells[cell].kind == "bool":
        return "true" if value else "false"
    if value in cfg.points:
        return f"-{ERRNO_NAME[value]}" if value in ERRNO_NAME else str(value)
    return "another error" if value < 0 else "> 0"


def pointed(heap: Heap, resource: int, n: int) -> str:
    """What an object is worth to this path."""
    obj = heap.get(resource, n)
    if obj is None:
        return "gone"
    if obj[REFS] > 0:
        return held(obj[REFS])
    if not heap.alive(resource, n) or obj[WHY] in (RELEASED, CONSUMED):
        ended = {RELEASED: "released", CONSUMED: "handed over", EXPIRED: "borrow ended"}
        return ended.get(obj[WHY], "borrow ended" if not heap.alive(resource, n) else "borrowed")
    if obj[LENDING]:
        return "lent, counted" if obj[LENDING] == COUNTED else "lent"
    owner = heap.held_by_slot(resource, n)
    if owner:
        return f"owned by {heap.cfg.resources[owner[0]].slots[owner[2]].name} slot"
    return "borrowed"


def held(refs: int) -> str:
    """What an object is worth of which this path has references, whatever else there is."""
    return "held" if refs == 1 else f"held {refs} times"


def cell_text(heap: Heap, cell: int) -> str:
    """The value of a variable in words, in the state that the heap was made of."""
    value, kind = heap.cells[cell], heap.cfg.cells[cell]
    return pointed(heap, kind.resource, value) if names_object(heap.cfg, cell, value) else plain(heap.cfg, cell, value)


def names_object(cfg: CFG, cell: int, value: int) -> bool:
    """The value is that of a pointer to an object."""
    return cfg.cells[cell].kind == "ptr" and 0 < value < UNINIT


def plain(cfg: CFG, cell: int, value: int) -> str:
    """The value of a variable in words, where it names no object."""
    if value == UNINIT:
        return "unset"
    if cfg.cells[cell].kind != "ptr":
        return number(cfg, cell, value)
    if value == 0:
        return "NULL"
    return f"ERR_PTR({number(cfg, cell, value)})" if value in cfg.points else "ERR_PTR"


def shown_cells(cfg: CFG) -> list[int]:
    """The cells that a trace shows: the user's own variables and build options."""
    return [i for i, c in enumerate(cfg.cells) if c.role in ("local", "param", "out", "config")]


def cell_name(cfg: CFG, cell: int) -> str:
    """A variable's name, with its function where that is an inlined callee."""
    c = cfg.cells[cell]
    return c.name if c.function in ("", cfg.function) else f"{c.function}.{c.name}"


def _slots_text(cfg: CFG, state: State, containers: list[int]) -> dict[str, str]:
    """`skb->dst` and the like with their modes, for every variable that names a container."""
    found: dict[str, str] = {}
    for i in containers:
        value = state.cells[i]
        resource = cfg.resources[cfg.cells[i].resource]
        obj = _object(state, (cfg.cells[i].resource, value)) if 0 < value < UNINIT else None
        for s, slot in enumerate(resource.slots):
            if obj is not None:
                mode = obj[slot_index(resource, s)]
                found[f"{cell_name(cfg, i)}->{slot.name}"] = _MODES.get(mode, "released")
    return found


def _object(state: State, at: Place) -> Object | None:
    pool = state.pools[at[0]]
    return pool[at[1] - 1] if at[1] <= len(pool) else None


class Wording:
    """A state in words, at first the initial one: `move` words anew only what differs, so that a long trace stays cheap.

    The words of a variable depend on its value and the object that it names; those of an object on the object alone
    where this path has a reference, or where its resource has neither owners nor slots that hold it.
    """

    def __init__(self, cfg: CFG) -> None:
        self.cfg, self.state = cfg, initial_state(cfg)
        self.cells = shown_cells(cfg)
        self.containers = [
            i for i in self.cells if cfg.cells[i].kind == "ptr" and cfg.resources[cfg.cells[i].resource].slots
        ]
        self.held_in = {slot.target for r in cfg.resources for slot in r.slots}
        self.variables: dict[int, Named | None] = dict.fromkeys(self.cells)
        self.references: list[list[Reference | None]] = [[] for _ in cfg.resources]
        self.namers: dict[Place, list[int]] = {}
        self.slots: dict[str, str] = {}
        self.words: Shown | None = None
        self.heap: Heap | None = None

    def shown(self) -> Shown:
        """The whole state: variables that have a value, slots, contexts, and every object that the path knows."""
        if self.words is None:
            self.words = Shown(
                tuple(filter(None, self.variables.values())),
                tuple(Named(n, v) for n, v in self.slots.items()),
                tuple(Level(name, level) for name, level in zip(self.cfg.contexts, self.state.contexts, strict=True)),
                tuple(filter(None, chain.from_iterable(self.references))),
            )
        return self.words

    def move(self, after: State) -> list[Named]:
        """Go to another state; all that is different there, but variables that are forgotten."""
        before, self.state, self.heap = self.state, after, None
        if before == after:
            return []
        self.words = None
        cells = [i for i in self.cells if before.cells[i] != after.cells[i]]
        objects = self._objects(before, after)
        for i in cells:
            objects |= self._renamed(i, before.cells[i], after.cells[i])
        for at in objects:
            self._refer(at)
        found = []
        for i in sorted({*cells, *chain.from_iterable(self.namers.get(at, ()) for at in objects)}):
            old, new = self.variables[i], self._named(i)
            self.variables[i] = new
            if new is not None and new != old:
                found.append(new)
        old_slots, self.slots = self.slots, _slots_text(self.cfg, after, self.containers)
        for name, mode in self.slots.items():
            if old_slots.get(name) != mode and not (name not in old_slots and mode == "empty"):
                found.append(Named(name, mode))
        levels = zip(self.cfg.contexts, before.contexts, after.contexts, strict=True)
        return found + [Named(name, str(new)) for name, old, new in levels if old != new]

    def _objects(self, before: State, after: State) -> set[Place]:
        """The objects that may be worth something else."""
        if before.pools == after.pools:
            return set()
        found: set[Place] = set()
        for r, (old, new) in enumerate(zip(before.pools, after.pools, strict=True)):
            both = enumerate(zip_longest(old, new), 1)
            if r in self.held_in or self.cfg.resources[r].owners:
                found |= {(r, n) for n, (x, y) in both if x != y or (y is not None and y[REFS] == 0)}
            elif old != new:
                found |= {(r, n) for n, (x, y) in both if x != y}
            del self.references[r][len(new) :]
            self.references[r] += [None] * (len(new) - len(self.references[r]))
        return found

    def _renamed(self, cell: int, old: int, new: int) -> set[Place]:
        """The objects that a variable named and names now."""
        r, found = self.cfg.cells[cell].resource, set[Place]()
        if names_object(self.cfg, cell, old):
            self.namers[r, old].remove(cell)
            found.add((r, old))
        if names_object(self.cfg, cell, new):
            insort(self.namers.setdefault((r, new), []), cell)
            found.add((r, new))
        return found

    def _named(self, cell: int) -> Named | None:
        """A variable with its words, None where it has no value."""
        value = self.state.cells[cell]
        if value == UNINIT:
            return None
        if names_object(self.cfg, cell, value):
            return Named(cell_name(self.cfg, cell), self._worth((self.cfg.cells[cell].resource, value)))
        return Named(cell_name(self.cfg, cell), plain(self.cfg, cell, value))

    def _worth(self, at: Place) -> str:
        obj = _object(self.state, at)
        return held(obj[REFS]) if obj is not None and obj[REFS] > 0 else pointed(self._heap(), *at)

    def _heap(self) -> Heap:
        """The heap of this state, made where something is asked that an object alone does not tell."""
        self.heap = self.heap or Heap(self.cfg, self.state)
        return self.heap

    def _refer(self, at: Place) -> None:
        """Word an object anew, with the variables that name it."""
        r, obj = at[0], _object(self.state, at)
        if at[1] > len(self.references[r]):
            return
        self.references[r][at[1] - 1] = None
        if obj is None:
            return
        resource, worth = self.cfg.resources[r], self._worth(at)
        names = tuple(cell_name(self.cfg, i) for i in self.namers.get(at, ()))
        until = [self.cfg.facts[f].name for b, f in enumerate(resource.facts) if obj[BITS + b]]
        if worth == "borrowed" and until:
            worth += f" until {' and '.join(until)} ends"
        elif worth == "borrowed" and obj[OWNER] and self._heap().alive(obj[OWNER_KIND], obj[OWNER]):
            worth += f" for the life of its {self.cfg.resources[obj[OWNER_KIND]].name}"
        self.references[r][at[1] - 1] = Reference(resource.name, names, worth, obj[REFS])
