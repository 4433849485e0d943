# SPDX-License-Identifier: GPL-2.0-only
"""States, and what an object of the heap is worth at a moment: the lower half of the reference semantics.

A state is three tuples: the values of the cells, the levels of the contexts, and one pool of objects per resource
(object n of a pool stands at index n - 1; None where there is no object).
"""


from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import (
    BITS,
    CFG,
    CONSUMED,
    COUNTED,
    EMPTY,
    EXPIRED,
    FIRM,
    HANDED,
    LENDING,
    LENDINGS,
    LENT,
    NONE,
    NOT_LENT,
    OWNED,
    OWNER,
    OWNER_KIND,
    REFS,
    RELEASED,
    REPORTED,
    STALE,
    UNINIT,
    UNSAID,
    WHY,
    slot_index,
)  # fmt: skip

Object = tuple[int, ...]
Pool = tuple[Object | None, ...]
Chain = tuple[tuple[int, int], ...]


class State(NamedTuple):
    """A state of a function: cell values, context levels, object pools."""

    cells: tuple[int, ...]
    contexts: tuple[int, ...]
    pools: tuple[Pool, ...]


def initial_state(cfg: CFG) -> State:
    """Nothing written, nothing entered, no objects: the entry edges build the rest."""
    return State((UNINIT,) * len(cfg.cells), (0,) * len(cfg.contexts), ((),) * len(cfg.resources))


class Violation(NamedTuple):
    """A property broken by an operation: its name, a reason (see obligation.REASONS), and the cell concerned."""

    property: str
    reason: str
    cell: int = -1
    detail: str = ""


class Heap:
    """A state that is being changed by one edge; `violations` collects what the edge breaks, `stopped` ends the path."""

    def __init__(self, cfg: CFG, state: State) -> None:
        self.cfg = cfg
        self.cells = list(state.cells)
        self.contexts = list(state.contexts)
        self.pools = [[None if o is None else list(o) for o in pool] for pool in state.pools]
        self.violations: list[Violation] = []
        self.stopped = False

    def freeze(self) -> State:
        """The state as a value; objects at the end of a pool that are gone leave no trace."""
        pools = []
        for pool in self.pools:
            while pool and pool[-1] is None:
                pool.pop()
            pools.append(tuple(None if o is None else tuple(o) for o in pool))
        return State(tuple(self.cells), tuple(self.contexts), tuple(pools))

    def report(self, prop: str, reason: str, cell: int = -1, detail: str = "") -> None:
        """Note a violation; the edge goes on as if the operation had been harmless.

        A path ends with the edge that uses NULL, ERR_PTR or what was never written: nothing sensible follows.
        """
        self.stopped = self.stopped or prop == "bad-pointer"
        self.violations.append(Violation(prop, reason, cell, detail))

    # -- objects
    def get(self, resource: int, n: int) -> list[int] | None:
        """Object n of a pool, None where there is none."""
        pool = self.pools[resource]
        return pool[n - 1] if 0 < n <= len(pool) else None

    def floor(self, context: int) -> int:
        """The level of a context on entry."""
        cell = self.cfg.floor_cells[context]
        return self.cfg.floor[context] if cell < 0 else self.cells[cell]

    def fact(self, fact: int) -> bool:
        """Whether one of the contexts of the fact is entered."""
        return any(self.contexts[c] for c in self.cfg.facts[fact].contexts)

    def held_by_slot(self, resource: int, n: int, above: Chain = ()) -> tuple[int, int, int] | None:
        """(resource, object, slot) of a firm container whose slot owns the object."""
        for kind, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                if slot.target != resource:
                    continue
                at = slot_index(container, s)
                for m, other in enumerate(self.pools[kind], 1):
                    if other and other[at] == OWNED and other[at + 1] == n and self.firm(kind, m, above):
                        return kind, m, s
        return None

    def locked(self, resource: int, obj: list[int]) -> bool:
        """Borrowed for as long as a lock is held, which keeps the reference that it was borrowed from."""
        facts = self.cfg.resources[resource].facts
        return any(obj[BITS + b] and not self.cfg.facts[f].reader for b, f in enumerate(facts))

    # `above` has the objects whose protection is being asked for: what protects only itself protects nothing.
    def firm(self, resource: int, n: int, above: Chain = ()) -> bool:
        """Not only a reader section keeps the object: nobody else may empty its slots meanwhile."""
        obj = self.get(resource, n)
        if obj is None:
            return False
        return obj[LENDING] >= FIRM or self.counted(resource, n, above)

    def counted(self, resource: int, n: int, above: Chain = ()) -> bool:
        """A reference is known to exist: this path's, a counted lender's, a lock's, an owner's, a firm container's."""
        obj = self.get(resource, n)
        if obj is None or (resource, n) in above:
            return False
        if obj[REFS] > 0 or obj[LENDING] == COUNTED or self.locked(resource, obj):
            return True
        above = (*above, (resource, n))
        if obj[OWNER] and self.firm(obj[OWNER_KIND], obj[OWNER], above):
            return True
        return self.held_by_slot(resource, n, above) is not None

    def alive(self, resource: int, n: int, above: Chain = ()) -> bool:
        """Something protects the object: a reference, a lender, a section, a slot, the life of its owner."""
        obj = self.get(resource, n)
        if obj is None or (resource, n) in above:
            return False
        if obj[REFS] > 0 or obj[LENDING] >= LENT or any(obj[BITS : BITS + len(self.cfg.resources[resource].facts)]):
            return True
        above = (*above, (resource, n))
        if obj[OWNER] and self.alive(obj[OWNER_KIND], obj[OWNER], above):
            return True
        return self.held_by_slot(resource, n, above) is not None

    def settle(self, why: int) -> None:
        """After a protection ended: objects that have none left remember why; what was given away takes its slots along.

        A container that only may be gone keeps them: whoever still has it finds there what this path left.
        """
        for kind, resource in enumerate(self.cfg.resources):
            for n, obj in enumerate(self.pools[kind], 1):
                if obj is None or self.alive(kind, n):
                    continue
                if obj[WHY] == NONE:
                    obj[WHY] = why
                if obj[WHY] in (RELEASED, CONSUMED):
                    self._check_stale(kind, obj)
                    for s in range(len(resource.slots)):
                        at = slot_index(resource, s)
                        obj[at] = obj[at + 1] = 0

    def _check_stale(self, kind: int, obj: list[int]) -> None:
        """A container that goes while a slot names what was released through it: its destructor releases again."""
        resource = self.cfg.resources[kind]
        if any(obj[slot_index(resource, s)] == STALE for s in range(len(resource.slots))):
            self.report("double-release", "stale-slot", -1, resource.name)

    def protect(self, fact: int) -> None:
        """A section begins: what is alive and freed only after it stays valid until it ends."""
        for kind, resource in enumerate(self.cfg.resources):
            if resource.freed_after == fact:
                bit = BITS + resource.facts.index(fact)
                for n, obj in enumerate(self.pools[kind], 1):
                    if obj and self.alive(kind, n):
                        obj[bit] = 1

    def expire(self, facts: list[int], callers: list[int]) -> None:
        """Sections end: the borrows that rest on them end too.

        Where the section was one of the `callers`, what the caller lent may have been such a borrow; where it was a lock,
        what it kept firmly may have rested on that.
        """
        lost = {LENT} if callers else set[int]()
        if any(not self.cfg.facts[f].reader for f in callers):
            lost |= {FIRM, COUNTED}
        for kind, resource in enumerate(self.cfg.resources):
            for obj in self.pools[kind]:
                if obj:
                    if obj[LENDING] in lost:
                        obj[LENDING] = HANDED
                    for b, fact in enumerate(resource.facts):
                        if fact in facts:
                            obj[BITS + b] = 0
        self.settle(EXPIRED)

    def create(self, resource: int, how: str, facts: tuple[int, ...], owner: tuple[int, int]) -> int:
        """A new object in the lowest free place; returns its number.  A borrow outside its section is born dead."""
        shape = self.cfg.resources[resource]
        obj = [0] * (BITS + len(shape.facts) + 2 * len(shape.slots))
        obj[REFS] = int(how in ("hold", "handed"))
        obj[LENDING] = LENDINGS.get(how, NOT_LENT)
        obj[OWNER_KIND], obj[OWNER] = owner
        for b, fact in enumerate(shape.facts):
            obj[BITS + b] = int(how == "borrow" and fact in facts and self.fact(fact))
        pool = self.pools[resource]
        n = next((i for i, o in enumerate(pool, 1) if o is None), len(pool) + 1)
        if n > len(pool):
            pool.append(None)
        pool[n - 1] = obj
        if not self.alive(resource, n):
            obj[WHY] = UNSAID if how == "dead" else EXPIRED
        elif shape.freed_after is not None and self.fact(shape.freed_after):
            obj[BITS + shape.facts.index(shape.freed_after)] = 1
        return n

    def named(self) -> set[tuple[int, int]]:
        """The objects that a variable, a slot or what they lend to names: (resource, object)."""
        found = set[tuple[int, int]]()
        for cell, value in zip(self.cfg.cells, self.cells, strict=True):
            if 0 < value < UNINIT and cell.kind == "ptr":
                found.add((cell.resource, value))
        for container, pool in zip(self.cfg.resources, self.pools, strict=True):
            for obj in pool:
                if obj is None:
                    continue
                if obj[OWNER]:
                    found.add((obj[OWNER_KIND], obj[OWNER]))
                for s, slot in enumerate(container.slots):
                    at = slot_index(container, s)
                    if obj[at] != EMPTY:
                        found.add((slot.target, obj[at + 1]))
        return found

    def collect(self) -> None:
        """Objects that nothing names are gone; one that was still held is a leak.  Containers go first.

        What lends to another object counts as named by it, so the sweep is repeated until nothing changes.
        """
        swept = any(self.pools)
        named = self.named() if swept else set()
        while swept:
            swept = False
            for kind, pool in enumerate(self.pools):
                for n, obj in enumerate(pool, 1):
                    if obj is not None and (kind, n) not in named:
                        self._drop(kind, n, obj)
                        named, swept = self.named(), True

    def _drop(self, kind: int, n: int, obj: list[int]) -> None:
        """The last name of an object is gone."""
        if obj[REFS] > 0:
            self.report("leaked-ref", "last-name-lost", -1, self.cfg.resources[kind].name)
        self._check_stale(kind, obj)
        self.pools[kind][n - 1] = None
        self.settle(EXPIRED)

    def mark_reported(self, obj: list[int]) -> None:
        """What follows from a finding about this object is not reported again."""
        obj[WHY] = REPORTED

