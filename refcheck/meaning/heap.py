# SPDX-License-Identifier: GPL-2.0-only
"""A state that is being changed by one edge, and what an object of it is worth at a moment.

docs/semantics.md section 3 defines the three words that the properties rest on; they are `alive`, `counted` and `firm`.
"""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, EMPTY, OWNED, STALE, UNINIT, Promise
from refcheck.meaning.state import (
    CONSUMED,
    COUNTED,
    EXPIRED,
    FIRM,
    IMMORTAL,
    LENT,
    NOBODY,
    NONE,
    RELEASED,
    REPORTED,
    VACANT,
    Chain,
    Content,
    Object,
    State,
    Violation,
    Where,
    replaced,
)


class CameIn(NamedTuple):
    """What an exit knows of the entry of its function: the cells that keep what came in, and the levels of the contexts.

    `chosen` has what the outcomes give where they leave a value open.
    """

    kept: tuple[int, ...]
    levels: tuple[int, ...]
    chosen: tuple[int, ...]


class Heap:
    """A state that is being changed by one edge; `violations` collects what the edge breaks, `stopped` ends the path.

    `allowed` has what the contract of the graph allows, by what came in, as far as some exit asked; whoever takes many
    steps of one graph gives all of them the same.
    """

    def __init__(self, cfg: CFG, state: State, allowed: "Allowed | None" = None) -> None:
        self.cfg = cfg
        self.allowed: Allowed = {} if allowed is None else allowed
        self.cells = list(state.cells)
        self.contexts = list(state.contexts)
        self.pools = [list(pool) for pool in state.pools]
        self.violations: list[Violation] = []
        self.stopped = False
        self.changed = False  # some object is not what it was

    def freeze(self) -> State:
        """The state as a value; objects at the end of a pool that are gone leave no trace."""
        for pool in self.pools:
            while pool and pool[-1] is None:
                pool.pop()
        return State(tuple(self.cells), tuple(self.contexts), tuple([tuple(pool) for pool in self.pools]))

    def report(self, prop: str, reason: str, cell: int = -1, detail: str = "") -> None:
        """Note a violation; the edge goes on as if the operation had been harmless.

        A path ends with the edge that uses NULL, ERR_PTR or what was never written: nothing sensible follows.
        """
        self.stopped = self.stopped or prop == "bad-pointer"
        self.violations.append(Violation(prop, reason, cell, detail))

    # -- objects
    def get(self, at: Where) -> Object | None:
        """An object, None where there is none."""
        pool, n = self.pools[at[0]], at[1]
        return pool[n - 1] if 0 < n <= len(pool) else None

    def __getitem__(self, at: Where) -> Object:
        found = self.get(at)
        assert found is not None, f"there is no object {at}"
        return found

    def __setitem__(self, at: Where, obj: Object | None) -> None:
        self.pools[at[0]][at[1] - 1] = obj
        self.changed = True

    def put_slot(self, at: Where, slot: int, content: Content) -> None:
        """The slot of an object holds something else."""
        obj = self[at]
        self[at] = obj._replace(slots=replaced(obj.slots, slot, content))

    def objects(self) -> list[Where]:
        """All that exist, containers first."""
        return [(k, n) for k, pool in enumerate(self.pools) for n, obj in enumerate(pool, 1) if obj is not None]

    def named(self, cell: int) -> Where:
        """What a pointer names, if it names an object."""
        return self.cfg.cells[cell].resource, self.cells[cell]

    def mark_reported(self, at: Where) -> None:
        """What follows from a finding about this object is not reported again."""
        self[at] = self[at]._replace(why=REPORTED)

    def entry_level(self, context: int) -> int:
        """The level of a context on entry."""
        level, cell, _ = self.cfg.levels[context]
        return level if cell < 0 else self.cells[cell]

    def fact(self, fact: int) -> bool:
        """Whether one of the contexts of the fact is entered."""
        return any(self.contexts[c] for c in self.cfg.facts[fact].contexts)

    # -- what protects an object; `above` has those whose protection is being asked for: what protects only itself
    #    protects nothing
    def alive(self, at: Where, above: Chain = ()) -> bool:
        """Something protects the object: a reference, a lender, a section, the life of its owner, a slot."""
        obj = self.get(at)
        if obj is None or at in above:
            return False
        if obj.refs > 0 or obj.lending >= LENT or any(obj.protections):
            return True
        above = (*above, at)
        if obj.owner != NOBODY and self.alive(obj.owner, above):
            return True
        return self.owning_slot(at, above) is not None

    def counted(self, at: Where, above: Chain = ()) -> bool:
        """Its count is positive: a reference of this path, a counted lender's, a lock's, a firm owner's, a slot's."""
        obj = self.get(at)
        if obj is None or at in above:
            return False
        if obj.refs > 0 or obj.lending in (COUNTED, IMMORTAL) or self.locked(at):
            return True
        above = (*above, at)
        if obj.owner != NOBODY and self.firm(obj.owner, above):
            return True
        return self.owning_slot(at, above) is not None

    def firm(self, at: Where, above: Chain = ()) -> bool:
        """It is counted or lent, so that nobody else may empty its slots; a reader section alone does not do that."""
        obj = self.get(at)
        return obj is not None and (obj.lending >= FIRM or self.counted(at, above))

    def locked(self, at: Where) -> bool:
        """Borrowed for as long as a lock is held, which keeps the reference that it was borrowed from."""
        facts = self.cfg.resources[at[0]].facts
        return any(bit and not self.cfg.facts[f].reader for f, bit in zip(facts, self[at].protections, strict=True))

    def owning_slot(self, at: Where, above: Chain = ()) -> tuple[Where, int] | None:
        """The first slot that owns the object and protects it because its container is firm: (container, slot)."""
        for holder, s in self.all_owning(at):
            if self.firm(holder, above):
                return holder, s
        return None

    def all_owning(self, at: Where) -> Iterator[tuple[Where, int]]:
        """The slots that own the object: (container, slot)."""
        resource, n = at
        for k, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                if slot.target != resource:
                    continue
                for m, other in enumerate(self.pools[k], 1):
                    if other is not None and other.slots[s] == (OWNED, n):
                        yield (k, m), s

    # -- what follows at once
    def settle(self, why: int) -> None:
        """After a protection ended: objects that have none left remember why; what was given away takes its slots along.

        A container that only may be gone keeps them: whoever still has it finds there what this path left.
        """
        for at in self.objects():
            if self[at].refs > 0:
                continue
            alive = self.alive(at)
            if not alive and self[at].why == NONE:
                self[at] = self[at]._replace(why=why)
                if why == EXPIRED:
                    self.check_stale(at)
            given = self[at].why in (RELEASED, CONSUMED)
            if given and (not alive or self[at].lending < LENT):
                self._give_content_along(at)
            if given and not alive:
                self.check_stale(at)
                self[at] = self[at]._replace(slots=(VACANT,) * len(self[at].slots))

    def _give_content_along(self, at: Where) -> None:
        """What this path gave away with its container it has given away, even while a section keeps it."""
        for slot, content in zip(self.cfg.resources[at[0]].slots, self[at].slots, strict=True):
            there = slot.target, content.target
            obj = self.get(there) if content.mode == OWNED else None
            if obj is not None and obj.refs == 0 and obj.why == NONE and self.owning_slot(there) is None:
                self[there] = obj._replace(why=self[at].why)

    def check_stale(self, at: Where) -> None:
        """A container is left while a slot names what was released through it: whoever has it next releases it again."""
        resource = self.cfg.resources[at[0]]
        for slot, content in zip(resource.slots, self[at].slots, strict=True):
            if content.mode == STALE:
                self.report("double-release", "stale-slot", -1, f"{resource.name}: {slot.name}")

    def repointed(self, before: State) -> bool:
        """Some pointer is not what it was."""
        cells = zip(self.cfg.cells, before.cells, self.cells, strict=True)
        return any(was != now and cell.kind == "ptr" for cell, was, now in cells)

    def with_name(self) -> set[Where]:
        """The objects that a variable, a slot or what they lend to names."""
        cells = zip(self.cfg.cells, self.cells, strict=True)
        found = {(cell.resource, value) for cell, value in cells if 0 < value < UNINIT and cell.kind == "ptr"}
        for resource, pool in zip(self.cfg.resources, self.pools, strict=True):
            here = {obj for obj in pool if obj is not None}
            found.update([obj.owner for obj in here])
            for i, slot in enumerate(resource.slots):
                found.update([(slot.target, obj.slots[i].target) for obj in here if obj.slots[i].mode != EMPTY])
        return found

    def collect(self) -> None:
        """Objects that nothing names are gone; one that was still held is a leak.  Containers go first.

        What lends to another object counts as named by it, so the sweep is repeated until nothing changes.
        """
        swept, named = True, self.with_name()
        while swept:
            swept = False
            for at in self.objects():
                if at not in named:
                    self._drop(at)
                    swept, named = True, self.with_name()

    def _drop(self, at: Where) -> None:
        """An object goes, and what it protected may lose its protection."""
        if self[at].refs > 0:
            self.report("leaked-ref", "last-name-lost", -1, self.cfg.resources[at[0]].name)
        self.check_stale(at)
        self[at] = None
        self.settle(EXPIRED)


# For one graph: the outcomes that are possible on an entry, each with the state that it leaves.
Allowed = dict[CameIn, list[tuple[Promise, Heap]]]
