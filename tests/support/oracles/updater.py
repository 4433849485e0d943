# SPDX-License-Identifier: GPL-2.0-only
"""The updater oracle: one path of a function, beside the updater of world.py, which frees whatever it may."""


from oracles.world import (
    COUNTED,
    ENDED,
    FIRM,
    FOREVER,
    FREED,
    KEPT,
    LENT,
    LIVE,
    LOST,
    NOBODY,
    SECTION,
    WAITING,
    Event,
    Thing,
    Updater,
)
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNINIT, UNSPOKEN


class Machine(Updater):
    """One world that is being changed, by the path too."""

    # -- what a path reads
    def pointer(self, cell: int, nullable: bool = False, err_ok: bool = False) -> int:
        """The object that a cell names; 0 for NULL and ERR_PTR where they are accepted."""
        value = self.cells[cell]
        if value == UNINIT or (value == 0 and not nullable) or (value < 0 and not err_ok):
            raise Event("stop")
        return max(value, 0)

    def touch(self, cell: int, nullable: bool = False, err_ok: bool = False) -> int:
        """The same, and the memory is read."""
        n = self.pointer(cell, nullable, err_ok)
        if n and self.things[n].life == FREED:
            raise Event("touch", self.things[n])
        return n

    def read(self, cell: int) -> int:
        """A value that was written."""
        if self.cells[cell] == UNINIT:
            raise Event("stop")
        return self.cells[cell]

    def truth(self, cond: ops.Cond) -> bool:
        """A condition, with C's short circuit."""
        match cond:
            case ops.And(args):
                return all(self.truth(a) for a in args)
            case ops.Or(args):
                return any(self.truth(a) for a in args)
            case ops.Not(arg):
                return not self.truth(arg)
            case ops.Truth(cell):
                return self.read(cell) != 0
            case ops.IsErr(cell):
                return self.read(cell) < 0
            case ops.Cmp(cell, op, value):
                return ops.compare(op, self.read(cell), value)
            case ops.CmpCells(left, op, right):
                a, b = self.read(left), self.read(right)
                same_class = a == b and a not in self.cfg.points and self.cfg.cells[left].kind == "int"
                return same_class or ops.compare(op, a, b)
            case ops.SlotIs(cell, slot, modes):
                return self.things[self.pointer(cell)].slots[slot][0] in modes
            case ops.Differ(left, right):
                return self.read(left) != self.read(right)
            case ops.MayBeSame(left, right):
                a, b = self.read(left), self.read(right)
                return a == b or (a > 0 and b > 0 and self._may_be_one(self.things[a], self.things[b]))

    def _may_be_one(self, x: Thing, y: Thing) -> bool:
        """Acquisitions of a shared resource can be one object, and so can what came in, containers apart."""
        resource = self.cfg.resources[x.kind]
        return resource.shared or (x.came and y.came and not resource.slots)

    # -- what a path does
    def change(self, n: int, refs: int = 0, slot: tuple[int, int, int] | None = None) -> None:
        """So many references more, or slot number (first of `slot`) set to the rest of it."""
        x = self.things[n]
        slots = list(x.slots)
        refs = 0 if x.lender == FOREVER else refs
        if slot:
            slots[slot[0]] = slot[1:]
        self.things[n] = x._replace(refs=x.refs + refs, slots=tuple(slots))

    def counted(self, n: int, event: str) -> None:
        """A hold needs a count that is not zero."""
        if n and self.things[n].life != LIVE:
            raise Event(event, self.things[n])

    def apply(self, op: ops.Op) -> None:
        """One operation; `Event` where the interleaving ends in it."""
        cells = self.cells
        match op:
            case ops.Set(cell, value):
                cells[cell] = value
            case ops.Copy(cell, src):
                cells[cell] = self.read(src)
            case ops.Forget(cell):
                cells[cell] = UNINIT
            case ops.Kill(cell):
                value = cells[cell] if self.cfg.cells[cell].kind == "ptr" else 0
                x = self.things[value] if 0 < value < UNINIT else None
                if x is None or not (x.refs or any(mode == OWNED for mode, _ in x.slots)):
                    cells[cell] = UNINIT
            case ops.CheckInit(cell):
                self.read(cell)
            case ops.Snapshot(cell, context):
                cells[cell] = self.contexts[context]
            case ops.When(cond, todo):
                if self.truth(cond):
                    for inner in todo:
                        self.apply(inner)
            case ops.Require(cond):
                self.truth(cond)
            case ops.Need() | ops.NeedNone() | ops.NeedFirm() | ops.NeedOwn() | ops.Unreachable():
                pass
            case ops.Stuck() | ops.Exit():
                raise Event("stop")
            case ops.Enter(context):
                self.contexts[context] += 1
            case ops.Leave(context):
                self._leave(context)
            case ops.Revoke(facts):
                self._revoke(frozenset(facts))
            case ops.Havoc():
                raise AssertionError("a choice is made by whoever runs the edge")
            case ops.ReadSlot() | ops.TakeSlot() | ops.PutSlot() | ops.DropSlot() | ops.ClearSlot() | ops.HoldSlot():
                self._slot(op)
            case ops.Unspoken(ptr, slot):
                self.change(self.touch(ptr), 0, (slot, UNSPOKEN, 0))
            case _:
                self._reference(op)
        self.settle()

    def _leave(self, context: int) -> None:
        floors = [level if cell < 0 else self.cells[cell] for level, cell, _ in self.cfg.levels]
        left, level = self.cfg.levels[context].left, self.contexts[context]
        if level == 0 or (level <= floors[context] and left < 0):
            return
        if level <= floors[context]:
            self.cells[left] = 1
        before = [self.holds(f) for f in range(len(self.cfg.facts))]
        self.contexts[context] -= 1
        for f, held in enumerate(before):
            if held and not self.holds(f):
                self._section_ended(f, any(floors[c] for c in self.cfg.facts[f].contexts))

    def _revoke(self, facts: frozenset[int]) -> None:
        """A4: this path takes what it found for sections of the facts out of there: the promise to keep it is void."""
        for n, x in self.things.items():
            self.things[n] = x._replace(pins=x.pins - facts)

    def _section_ended(self, fact: int, callers: bool) -> None:
        """Grace periods that waited for it end, and promises for it; so do loans that may rest on what the caller had."""
        over = {SECTION, LENT} if self.cfg.facts[fact].reader else {SECTION, LENT, FIRM, COUNTED}
        for n, x in self.things.items():
            ended = x.life == WAITING and self.cfg.resources[x.kind].freed_after == fact
            lender = NOBODY if callers and x.lender in over else x.lender
            self.things[n] = x._replace(life=ENDED if ended else x.life, pins=x.pins - {fact}, lender=lender)

    def _new(self, op: ops.New) -> None:
        resource = self.cfg.resources[self.cfg.cells[op.cell].resource]
        after = resource.freed_after
        owner = self.touch(op.owner) if op.owner >= 0 else 0
        pins = frozenset(f for f in op.facts if f != after and self.holds(f)) if op.how == "borrow" else frozenset()
        reader = after is not None and self.holds(after)
        lenders = {"lent": SECTION if reader else LENT, "firm": FIRM, "counted": COUNTED, "kept": KEPT, "immortal": FOREVER}
        n = max(self.things, default=0) + 1
        kind = self.cfg.cells[op.cell].resource
        empty = ((EMPTY, 0),) * len(resource.slots)
        # Outside of its section a look-up may find what is being freed: A4 speaks of look-ups inside.
        late = op.how == "borrow" and not any(self.holds(f) for f in op.facts)
        life = ENDED if late else LIVE
        refs, lender = int(op.how in ("hold", "handed")), lenders.get(op.how, NOBODY)
        came = op.how not in ("hold", "borrow", "owner")
        self.things[n] = Thing(kind, refs, not late, life, lender, owner, pins, empty, came, op.how != "dead")
        self.cells[op.cell] = n

    def _reference(self, op: ops.Op) -> None:
        match op:
            case ops.New():
                self._new(op)
            case ops.Use(cell, nullable, err_ok):
                self.touch(cell, nullable, err_ok)
            case ops.UseSlots(cell, slots):
                self._look_into(cell, slots)
            case ops.Valid(cell, nullable):
                self.pointer(cell, nullable)
            case ops.Grant(cell):
                self._grant(self.cells[cell] if 0 < self.cells[cell] < UNINIT else 0)
            case ops.NeedCount(cell):
                self.counted(self.touch(cell), "zero")
            case ops.Hold(cell) | ops.TryHold(cell):
                n = self.touch(cell)
                self.counted(n, "zero" if isinstance(op, ops.Hold) else "never")
                self.change(n, 1)
            case ops.Release(cell, nullable):
                if n := self.pointer(cell, nullable):
                    self._give_back(n, True)
            case ops.Consume(cell, nullable):
                if n := self.pointer(cell, nullable):
                    for mode, target in self.things[n].slots:
                        if mode == NOREF and self.things[target].life == FREED and self.things[target].said:
                            raise Event("touch", self.things[target])
                    self._give_back(n, False)
            case ops.Free(cell, nullable):
                if n := self.pointer(cell, nullable):
                    self._free(n)
            case ops.Suppose():
                pass
            case ops.Merge(left, right):
                self._merge(self.cells[left], self.cells[right])
            case _:
                raise AssertionError(f"no meaning for {op!r}")

    def _grant(self, n: int) -> None:
        """The caller had a reference from the start: what was retired in the meantime was another call."""
        self.counted(n, "never")
        if n:
            self.things[n] = self.things[n]._replace(refs=self.things[n].refs + 1, lender=NOBODY, said=True)

    def _look_into(self, cell: int, slots: tuple[int, ...]) -> None:
        """A callee touches what the slots of its argument name."""
        value = self.cells[cell]
        for s in slots if 0 < value < UNINIT else ():
            mode, target = self.things[value].slots[s]
            if mode in (NOREF, STALE) and self.things[target].life == FREED:
                raise Event("touch", self.things[target])

    def _give_back(self, n: int, released: bool) -> None:
        """A reference of this path goes; without one, that of a slot that names the object; otherwise nothing (reported)."""
        if self.things[n].refs or self.things[n].lender == FOREVER:
            self.change(n, -1)
            return
        for m, c in self.things.items():
            if released and (OWNED, n) in c.slots and self.ours(m):
                self.change(m, 0, (c.slots.index((OWNED, n)), STALE, n))
                return

    def _free(self, n: int) -> None:
        """The memory goes at once, with this path's reference; what its slots own has no owner any more."""
        x = self.things[n]
        owning = [(m, s) for m, c in self.things.items() for s, content in enumerate(c.slots) if content == (OWNED, n)]
        if x.lender == FOREVER or not (x.refs or any(self.ours(m) for m, _ in owning)):
            self._give_back(n, True)
            return
        for m, s in owning:
            self.change(m, 0, (s, STALE, n))
        for mode, target in x.slots:
            if mode == OWNED:
                self._hand_over(target)
        if self.cfg.resources[x.kind].shared:
            self._found_twice(n)
        empty = ((EMPTY, 0),) * len(x.slots)
        self.things[n] = x._replace(refs=0, theirs=False, life=FREED, lender=NOBODY, pins=frozenset(), slots=empty)

    def _found_twice(self, freed: int) -> None:
        """What other look-ups found may be the same; where a reference on it is at stake, that is reported."""
        owned = {target for c in self.things.values() for mode, target in c.slots if mode == OWNED}
        for n, x in list(self.things.items()):
            told = x.refs or (x.lender != NOBODY and not self.things[freed].came)
            if x.kind == self.things[freed].kind and n not in owned | {freed} and not told and x.lender != FOREVER:
                self.things[n] = x._replace(theirs=False, life=FREED, lender=NOBODY, owner=0, pins=frozenset())

    def _merge(self, a: int, b: int) -> None:
        """Two pointers were found equal: one object, in whose life both agree."""
        if a == b or a <= 0 or b <= 0:
            return
        x, y = self.things[a], self.things.pop(b)
        if (x.life, x.theirs) != (y.life, y.theirs):
            raise Event("never")
        self.things[a] = x._replace(
            refs=0 if FOREVER in (x.lender, y.lender) else x.refs + y.refs, lender=max(x.lender, y.lender),
            came=x.came or y.came, said=x.said or y.said,
            pins=x.pins | y.pins,
            owner=0 if {a, b} & self._owners(x.owner or y.owner, b) else x.owner or y.owner,
        )  # fmt: skip
        kind = x.kind
        self.cells = [
            a if v == b and c.kind == "ptr" and c.resource == kind else v
            for c, v in zip(self.cfg.cells, self.cells, strict=True)
        ]
        for n, z in self.things.items():
            slots = tuple((mode, a if t == b else t) for mode, t in z.slots)
            self.things[n] = z._replace(owner=a if z.owner == b else z.owner, slots=slots)

    def _owners(self, n: int, also: int) -> set[int]:
        """The object, its owner, the owner of that, and so on; `also` is the same object as one that is gone."""
        found: set[int] = set()
        while n and n not in found:
            found.add(n)
            n = self.things[n].owner if n in self.things and n != also else 0
        return found

    def _slot(self, op: ops.ReadSlot | ops.TakeSlot | ops.PutSlot | ops.DropSlot | ops.ClearSlot | ops.HoldSlot) -> None:
        box = self.touch(op.ptr)
        mode, target = self.things[box].slots[op.slot]
        if mode == LOST:
            raise Event("never")
        if mode == UNSPOKEN:
            if isinstance(op, ops.ReadSlot | ops.TakeSlot):
                self.cells[op.cell] = 0
            return
        match op:
            case ops.ReadSlot(cell):
                self.cells[cell] = target if mode != EMPTY else 0
            case ops.TakeSlot() | ops.ClearSlot():
                if isinstance(op, ops.TakeSlot):
                    self.cells[op.cell] = target if mode != EMPTY else 0
                self.change(box, 0, (op.slot, EMPTY, 0))
                if mode == OWNED:
                    self.change(target, 1)
            case ops.DropSlot():
                self.change(box, 0, (op.slot, EMPTY, 0))
            case ops.HoldSlot():
                if mode == NOREF:
                    if self.things[target].life == FREED:
                        raise Event("touch", self.things[target])
                    self.counted(target, "never")
                    self.change(box, 0, (op.slot, OWNED, target))
            case ops.PutSlot(_, _, owned, src, replace):
                self.change(box, 0, (op.slot, EMPTY, 0))
                if mode == OWNED and replace:
                    self.change(target, 1)
                elif mode == OWNED:
                    self._hand_over(target)
                n = self.touch(src) if owned or not replace else self.pointer(src)
                self.change(box, 0, (op.slot, OWNED if owned else NOREF, n))
                if owned and self.things[n].refs:
                    self.change(n, -1)
