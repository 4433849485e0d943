# SPDX-License-Identifier: GPL-2.0-only
"""A state whose parts are terms, and what its objects are worth: the counterpart of meaning/heap.py for the solver.

There is a fixed number of objects for each resource.  An operation under a condition changes them by `ite`.  What an
operation breaks is collected per property.
"""

from refcheck.graph.cfg import CFG, EMPTY, OWNED, STALE
from refcheck.meaning.state import CONSUMED, COUNTED, EXPIRED, FIRM, IMMORTAL, LENT, NONE, RELEASED, Chain, Where
from refcheck.prove.encoding.smt import Script, Term, among, compare, conj, disj, eq, ite, neg, positive
from refcheck.prove.encoding.state import SymContent, SymObject


class SymHeap:
    """A symbolic state; `bad` maps each property to the terms under which it is broken.

    `objects` has all places of objects, containers first.
    """

    def __init__(
        self, cfg: CFG, script: Script, cells: list[Term], contexts: list[Term], pools: list[list[SymObject]]
    ) -> None:  # fmt: skip
        self.cfg = cfg
        self.script = script
        self.cells = cells
        self.contexts = contexts
        self.pools = pools
        self.objects = [(r, n) for r, pool in enumerate(pools) for n in range(1, len(pool) + 1)]
        self.bad: dict[str, list[Term]] = {}
        self.stopped: Term = False

    def __getitem__(self, at: Where) -> SymObject:
        return self.pools[at[0]][at[1] - 1]

    def places(self, resource: int) -> list[Where]:
        """The places of the objects of a resource."""
        return [(resource, n) for n in range(1, len(self.pools[resource]) + 1)]

    def name(self, t: Term) -> Term:
        """A short name for a long truth value."""
        return self.script.name(t)

    # -- changes
    def report(self, prop: str, when: Term) -> None:
        """The property is broken where `when` holds."""
        if when is not False:
            self.bad.setdefault(prop, []).append(when)
            if prop == "bad-pointer":
                self.stopped = self.name(disj(self.stopped, when))

    def now(self, when: Term, value: Term, before: Term) -> Term:
        """The value where `when` holds, otherwise what was there before."""
        if when is False:
            return before
        return value if when is True else self.script.name(ite(when, value, before), "Int")

    def write(self, cell: int, when: Term, value: Term) -> None:
        """Cell := value, where `when` holds."""
        self.cells[cell] = self.now(when, value, self.cells[cell])

    def put_slot(self, at: Where, slot: int, when: Term, mode: Term, target: Term) -> None:
        """The slot of an object holds something else, where `when` holds."""
        before = self[at].slots[slot]
        self[at].slots[slot] = SymContent(self.now(when, mode, before.mode), self.now(when, target, before.target))

    def become(self, at: Where, when: Term, values: list[Term]) -> None:
        """Every field of an object, in the order of `flat`, has another value where `when` holds."""
        obj = self[at]
        both = zip(values, obj.flat(), strict=True)
        resource = self.cfg.resources[at[0]]
        self.pools[at[0]][at[1] - 1] = SymObject(obj.exists, [self.now(when, v, old) for v, old in both], resource)

    def frozen(self) -> tuple[tuple[tuple[object, ...] | Term | None, ...], ...]:
        """The pools as a state has them; a term stands in place of an object whose existence is open."""
        found = []
        for pool in self.pools:
            objects = [obj.frozen() if obj.exists is True else None if obj.exists is False else obj.exists for obj in pool]
            while objects and objects[-1] is None:
                objects.pop()
            found.append(tuple(objects))
        return tuple(found)

    def entry_level(self, context: int) -> Term:
        """The level of a context on entry."""
        level, cell, _ = self.cfg.levels[context]
        return level if cell < 0 else self.cells[cell]

    def fact(self, fact: int) -> Term:
        """Whether one of the contexts of the fact is entered."""
        return disj(*(positive(self.contexts[c]) for c in self.cfg.facts[fact].contexts))

    # -- what protects an object; `above` has those whose protection is being asked for: what protects only itself
    #    protects nothing
    def alive(self, at: Where, above: Chain = ()) -> Term:
        """Something protects the object."""
        obj = self[at]
        if obj.exists is False or at in above:
            return False
        parts = [positive(obj.refs), compare(">=", obj.lending, LENT), *[eq(bit, 1) for bit in obj.protections]]
        if True in parts:
            return obj.exists
        above = (*above, at)
        parts += [conj(owns, self.alive(owner, above)) for owner, owns in self.owners(at)]
        parts += [conj(owns, self.firm(holder, above)) for holder, _, owns in self.owning_slots(at)]
        return self.name(conj(obj.exists, disj(*parts)))

    def counted(self, at: Where, above: Chain = ()) -> Term:
        """A reference is known to exist."""
        if at in above:
            return False
        above, obj = (*above, at), self[at]
        parts = [positive(obj.refs), among(obj.lending, (COUNTED, IMMORTAL)), self.locked(at)]
        parts += [conj(owns, self.firm(owner, above)) for owner, owns in self.owners(at)]
        parts += [conj(owns, self.firm(holder, above)) for holder, _, owns in self.owning_slots(at)]
        return self.name(disj(*parts))

    def firm(self, at: Where, above: Chain = ()) -> Term:
        """Not only a reader section keeps the object."""
        obj = self[at]
        return self.name(conj(obj.exists, disj(compare(">=", obj.lending, FIRM), self.counted(at, above))))

    def locked(self, at: Where) -> Term:
        """Borrowed for as long as a lock is held."""
        facts = zip(self.cfg.resources[at[0]].facts, self[at].protections, strict=True)
        return disj(*(eq(bit, 1) for fact, bit in facts if not self.cfg.facts[fact].reader))

    def owners(self, at: Where) -> list[tuple[Where, Term]]:
        """(owner, condition) for each object that may be the owner."""
        kind, number = self[at].owner
        lenders = [there for k in self.cfg.resources[at[0]].owners for there in self.places(k)]
        found = [(there, conj(eq(kind, there[0]), eq(number, there[1]), self[there].exists)) for there in lenders]
        return [(there, owns) for there, owns in found if owns is not False]

    def owning_slots(self, at: Where) -> list[tuple[Where, int, Term]]:
        """(container, slot, condition) for each slot that may own the object."""
        found = []
        for k, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                for holder in self.places(k) if slot.target == at[0] else ():
                    obj = self[holder]
                    owns = conj(obj.exists, eq(obj.slots[s].mode, OWNED), eq(obj.slots[s].target, at[1]))
                    if owns is not False:
                        found.append((holder, s, owns))
        return found

    # -- what follows at once
    def settle(self, why: int, when: Term) -> None:
        """Objects without protection remember why; what was given away takes its slots along."""
        if when is False:
            return
        for at in self.objects:
            obj = self[at]
            dead = self.name(conj(when, obj.exists, neg(self.alive(at))))
            if dead is not False:
                ends = conj(dead, eq(obj.why, NONE))
                if why == EXPIRED:
                    self.report("double-release", conj(ends, self.stale(at)))
                obj.why = self.now(ends, why, obj.why)
            if not obj.slots:
                continue
            away = conj(when, obj.exists, eq(obj.refs, 0), among(obj.why, (RELEASED, CONSUMED)))
            self._content_goes_along(at, self.name(conj(away, disj(dead, compare("<", obj.lending, LENT)))))
            gone = self.name(conj(dead, away))
            self.report("double-release", conj(gone, self.stale(at)))
            for s in range(len(obj.slots)):
                self.put_slot(at, s, gone, EMPTY, 0)

    def _content_goes_along(self, at: Where, when: Term) -> None:
        """What slots own was given away with their container, unless this path or another firm container has it."""
        for slot, content in zip(self.cfg.resources[at[0]].slots, self[at].slots, strict=True):
            for there in self.places(slot.target) if when is not False else ():
                obj = self[there]
                named = conj(when, eq(content.mode, OWNED), eq(content.target, there[1]), obj.exists)
                if named is False:
                    continue
                owned = disj(*(conj(owns, self.firm(holder)) for holder, _, owns in self.owning_slots(there)))
                given = self.name(conj(named, eq(obj.refs, 0), eq(obj.why, NONE), neg(owned)))
                obj.why = self.now(given, self[at].why, obj.why)

    def stale(self, at: Where) -> Term:
        """A slot of the object names what was released through it."""
        return disj(*(eq(slot.mode, STALE) for slot in self[at].slots))

    def collect(self) -> None:
        """Objects that nothing names are gone; one that was still held is a leak."""
        cells = zip(self.cfg.cells, self.cells, strict=True)
        with_name = {(cell.resource, v) for cell, v in cells if cell.kind == "ptr" and isinstance(v, int)}
        loose = [at for at in self.objects if at not in with_name and self[at].exists is not False]
        linked = any(resource.owners for resource in self.cfg.resources)
        for _ in range(len(loose) if linked else 1):
            swept = [self._sweep(at) for at in loose]
            if True not in swept:
                break

    def _sweep(self, at: Where) -> bool:
        """Whether the object may go: where nothing names it, it does."""
        r, obj = at[0], self[at]
        gone = self.name(conj(obj.exists, neg(disj(*self._names(at)))))
        if gone is False:
            return False
        self.report("leaked-ref", conj(gone, positive(obj.refs)))
        self.report("double-release", conj(gone, self.stale(at)))
        self.drop(at, gone)
        if self.cfg.resources[r].slots or any(r in other.owners for other in self.cfg.resources):
            self.settle(EXPIRED, gone)
        return True

    def _names(self, at: Where) -> list[Term]:
        """The conditions under which a variable, a slot or an object that it lends to names the object."""
        r, n = at
        cells = enumerate(self.cfg.cells)
        names = [eq(self.cells[c], n) for c, cell in cells if cell.kind == "ptr" and cell.resource == r]
        for k, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                if slot.target == r:
                    holders = [(other, other.slots[s]) for other in self.pools[k]]
                    names += [conj(other.exists, neg(eq(it.mode, EMPTY)), eq(it.target, n)) for other, it in holders]
        lent = [self[other] for other in self.objects if r in self.cfg.resources[other[0]].owners]
        return names + [conj(other.exists, eq(other.owner[0], r), eq(other.owner[1], n)) for other in lent]

    def drop(self, at: Where, when: Term) -> None:
        """The object exists no more where `when` holds."""
        self[at].exists = self.name(conj(self[at].exists, neg(when)))
        self.become(at, when, [0] * len(self[at].flat()))
