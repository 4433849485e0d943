# SPDX-License-Identifier: GPL-2.0-only
"""What operations do to a symbolic state: the transfer relation for the solver, written apart from the reference."""

from refcheck.graph import ops
from refcheck.graph.cfg import (
    BITS,
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
    NOREF,
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
)
from refcheck.prove.encoding.exits import encode_exit
from refcheck.prove.encoding.smt import Term, among, compare, conj, disj, eq, ite, neg, plus, positive
from refcheck.prove.encoding.terms import Sym


class Machine(Sym):
    """A symbolic state that operations change."""

    # -- operations
    def apply(self, op: ops.Op, pc: Term) -> None:
        """One operation, where `pc` holds."""
        match op:
            case ops.Kill(cell):
                self._kill(cell, pc)
            case ops.Use(cell, nullable, err_ok):
                self.living(cell, pc, nullable, err_ok)
            case ops.UseSlots(cell, slots):
                self._use_slots(cell, slots, pc)
            case ops.Set(cell, value):
                self.write(cell, pc, value)
            case ops.Need() | ops.NeedNone():
                self._need(op, pc)
            case ops.Exit(result):
                encode_exit(self, result, self._blank)
            case ops.Copy(cell, src):
                self.unset(src, pc)
                self.write(cell, pc, self.cells[src])
            case ops.Havoc(cell, values):
                self.write(cell, pc, self.script.choice(values))
            case ops.Valid(cell, nullable):
                self.pointer(cell, pc, nullable)
            case ops.Consume(cell, nullable, queued):
                self._consume(cell, nullable, queued, pc)
            case ops.CheckInit(cell):
                self.unset(cell, pc)
            case ops.When(cond, todo):
                truth, undefined = self.condition(cond, pc)
                inner = self.script.name(conj(pc, truth, neg(undefined)))
                for o in todo:
                    self.apply(o, inner)
            case ops.New(cell, how, facts, owner):
                self._new(cell, how, facts, owner, pc)
            case ops.Enter(context):
                self._enter(context, pc)
            case ops.Leave(context):
                self._leave(context, pc)
            case ops.Release(cell, nullable):
                self.give_back(cell, pc, nullable, RELEASED)
            case ops.NeedCount(cell) | ops.Hold(cell) | ops.TryHold(cell):
                self._hold(op, cell, pc)
            case ops.Require(cond, _, _, prop):
                truth, undefined = self.condition(cond, pc)
                self.report(prop, conj(pc, neg(truth), neg(undefined)))
            case _:
                self._apply_seldom(op, pc)

    def _apply_seldom(self, op: ops.Op, pc: Term) -> None:
        match op:
            case ops.Forget(cell):
                self.write(cell, pc, UNINIT)
            case ops.Stuck():
                self.report("broken-contract", pc)
                self.stopped = self.script.name(disj(self.stopped, pc))
            case ops.Snapshot(cell, context):
                self.write(cell, pc, self.contexts[context])
            case ops.Unreachable():
                self.report("sanity", pc)
            case ops.Merge(left, right):
                self._merge(left, right, pc)
            case ops.NeedFirm() | ops.NeedOwn() | ops.Grant():
                self._entry_op(op, pc)
            case _:
                self._slot_op(op, pc)

    def _blank(self, todo: tuple[ops.Op, ...]) -> "Machine":
        """A state with nothing in it but places for the objects that some operations make."""
        made = [self.cfg.cells[op.cell].resource for op in ops.flat(todo) if isinstance(op, ops.New)]
        widths = [BITS + len(r.facts) + 2 * len(r.slots) for r in self.cfg.resources]
        pools: list[list[list[Term]]] = [[[0] * widths[r] for _ in range(made.count(r))] for r in range(len(widths))]
        cells: list[Term] = [UNINIT] * len(self.cells)
        return Machine(self.cfg, self.script, cells, [0] * len(self.contexts), pools, [[False] * len(p) for p in pools])

    def _entry_op(self, op: ops.NeedFirm | ops.NeedOwn | ops.Grant, pc: Term) -> None:
        """What a callee assumes of an argument; nothing where there is no object."""
        r = self.cfg.cells[op.cell].resource
        for i, s in self.select(op.cell, pc):
            f = self.pools[r][i]
            match op:
                case ops.NeedFirm():
                    self.report("noref-escape", conj(s, neg(eq(f[WHY], REPORTED)), neg(self.firm(r, i))))
                case ops.NeedOwn():
                    slots = disj(*(conj(owns, self.firm(k, j)) for k, j, _, owns in self.slots_owning(r, i)))
                    self.report("release-of-borrowed", conj(s, eq(f[REFS], 0), slots))
                case ops.Grant():
                    self.bump(r, i, s)
                    self.put(r, i, LENDING, s, HANDED)

    def _use_slots(self, cell: int, slots: tuple[int, ...], pc: Term) -> None:
        r = self.cfg.cells[cell].resource
        for slot in slots:
            at, target = slot_index(self.cfg.resources[r], slot), self.cfg.resources[r].slots[slot].target
            for i, s in self.select(cell, pc):
                for j, g in enumerate(self.pools[target]):
                    mode, content = self.pools[r][i][at], self.pools[r][i][at + 1]
                    here = conj(s, eq(content, j + 1), self.exists[target][j], neg(eq(g[WHY], REPORTED)))
                    ended = conj(eq(mode, NOREF), neg(self.alive(target, j)))
                    bad = self.script.name(conj(here, disj(eq(mode, STALE), ended)))
                    released = disj(eq(mode, STALE), eq(g[WHY], RELEASED))
                    self.report("use-after-release", conj(bad, released))
                    self.report("use-after-consume", conj(bad, neg(released), eq(g[WHY], CONSUMED)))
                    self.report("noref-escape", conj(bad, neg(released), neg(eq(g[WHY], CONSUMED))))
                    self.put(target, j, WHY, bad, REPORTED)

    def _need(self, op: ops.Need | ops.NeedNone, pc: Term) -> None:
        match op:
            case ops.Need(facts):
                self.report("missing-context", conj(pc, neg(disj(*(self.fact(f) for f in facts)))))
            case ops.NeedNone(_, allowed, contexts):
                some = disj(*(positive(self.contexts[c]) for c in contexts))
                self.report("missing-context", conj(pc, some) if allowed else pc)

    def _kill(self, cell: int, pc: Term) -> None:
        keep: list[Term] = []
        if self.cfg.cells[cell].kind == "ptr":
            r = self.cfg.cells[cell].resource
            keep = [conj(s, positive(self.pools[r][i][REFS])) for i, s in self.select(cell, pc)]
        self.write(cell, conj(pc, neg(disj(*keep))), UNINIT)

    def _hold(self, op: ops.NeedCount | ops.Hold | ops.TryHold, cell: int, pc: Term) -> None:
        r = self.cfg.cells[cell].resource
        for i, s in self.living(cell, pc):
            if not isinstance(op, ops.TryHold):
                calm = neg(eq(self.pools[r][i][WHY], REPORTED))
                self.report("hold-of-borrowed", conj(s, calm, neg(self.counted(r, i))))
            if not isinstance(op, ops.NeedCount):
                self.bump(r, i, s)

    def _consume(self, cell: int, nullable: bool, queued: bool, pc: Term) -> None:
        resource = self.cfg.resources[self.cfg.cells[cell].resource]
        if queued:
            for i, s in self.select(cell, pc):
                f = self.pools[self.cfg.cells[cell].resource][i]
                for n in range(len(resource.slots)):
                    self.report("noref-escape", conj(s, eq(f[slot_index(resource, n)], NOREF)))
        for i, s in self.select(cell, pc):
            self.report("noref-escape", conj(s, self.expired_slot(self.cfg.cells[cell].resource, i)))
        self.give_back(cell, pc, nullable, CONSUMED)

    def _new(self, cell: int, how: str, facts: tuple[int, ...], owner: int, pc: Term) -> None:
        r = self.cfg.cells[cell].resource
        resource = self.cfg.resources[r]
        link_kind = 0 if owner < 0 else self.cfg.cells[owner].resource
        link: Term = 0 if owner < 0 else self.cells[owner]
        if owner >= 0:
            named = disj(*(s for _, s in self.living(owner, pc)))
            link = ite(named, link, 0)
        placed: Term = False
        number: Term = 0
        for i in range(len(self.pools[r])):
            here = self.script.name(conj(pc, neg(placed), neg(self.exists[r][i])))
            placed = self.script.name(disj(placed, here))
            number = ite(here, i + 1, number)
            self.exists[r][i] = self.script.name(disj(self.exists[r][i], here))
            start: list[Term] = [0] * len(self.pools[r][i])
            start[REFS] = int(how in ("hold", "handed"))
            start[LENDING] = LENDINGS.get(how, 0)
            start[OWNER_KIND], start[OWNER] = ite(eq(link, 0), 0, link_kind), link
            for b, fact in enumerate(resource.facts):
                start[BITS + b] = ite(self.fact(fact), 1, 0) if how == "borrow" and fact in facts else 0
            for field, value in enumerate(start):
                self.put(r, i, field, here, value)
            alive = self.script.name(conj(here, self.alive(r, i)))
            self.put(r, i, WHY, conj(here, neg(alive)), UNSAID if how == "dead" else EXPIRED)
            if resource.freed_after is not None:
                bit = BITS + resource.facts.index(resource.freed_after)
                self.put(r, i, bit, conj(alive, self.fact(resource.freed_after)), 1)
        self.report("overflow", conj(pc, neg(placed)))
        self.write(cell, pc, number)

    def _merge(self, left: int, right: int, pc: Term) -> None:
        r = self.cfg.cells[left].resource
        a, b = self.cells[left], self.cells[right]
        merged: list[Term] = []
        for i in range(len(self.pools[r])):
            for j in range(len(self.pools[r])):
                s = self.script.name(
                    conj(pc, eq(a, i + 1), eq(b, j + 1), self.exists[r][i], self.exists[r][j]) if i != j else False
                )
                if s is False:
                    continue
                merged.append(s)
                f, g = self.pools[r][i], self.pools[r][j]
                fresh = disj(eq(f[WHY], NONE), eq(g[WHY], NONE))
                owned = neg(eq(f[OWNER], 0))
                for field in range(len(f)):
                    if field == REFS:
                        value: Term = plus(f[field], g[field])
                    elif field == WHY:
                        value = ite(fresh, NONE, f[field])
                    elif field in (OWNER_KIND, OWNER):
                        value = ite(owned, f[field], g[field])
                    else:
                        value = ite(compare(">", g[field], f[field]), g[field], f[field])
                    self.put(r, i, field, s, value)
                self.exists[r][j] = self.script.name(conj(self.exists[r][j], neg(s)))
                for field in range(len(f)):
                    self.put(r, j, field, s, 0)
                for c, cell in enumerate(self.cfg.cells):
                    if cell.kind == "ptr" and cell.resource == r:
                        self.write(c, conj(s, eq(self.cells[c], j + 1)), i + 1)
                for k, m in self.objects:
                    if r in self.cfg.resources[k].owners:
                        f2 = self.pools[k][m]
                        self.put(k, m, OWNER, conj(s, self.exists[k][m], eq(f2[OWNER_KIND], r), eq(f2[OWNER], j + 1)), i + 1)
                for k, container in enumerate(self.cfg.resources):
                    for n, slot in enumerate(container.slots):
                        if slot.target == r:
                            at = slot_index(container, n)
                            for m, other in enumerate(self.pools[k]):
                                hit = conj(s, self.exists[k][m], neg(eq(other[at], EMPTY)), eq(other[at + 1], j + 1))
                                self.put(k, m, at + 1, hit, i + 1)
        self.settle(EXPIRED, self.script.name(disj(*merged)))

    def _enter(self, context: int, pc: Term) -> None:
        before = [self.fact(f) for f in range(len(self.cfg.facts))]
        self.contexts[context] = self.script.name(ite(pc, plus(self.contexts[context], 1), self.contexts[context]), "Int")
        for f, held in enumerate(before):
            begins = conj(pc, neg(held), self.fact(f))
            for r, i in self.objects:
                resource = self.cfg.resources[r]
                if resource.freed_after == f and begins is not False:
                    self.put(r, i, BITS + resource.facts.index(f), conj(begins, self.alive(r, i)), 1)

    def _floor(self, context: int) -> Term:
        """The level of a context on entry."""
        cell = self.cfg.floor_cells[context]
        return self.cfg.floor[context] if cell < 0 else self.cells[cell]

    def _leave(self, context: int, pc: Term) -> None:
        dip, floor, level = self.cfg.dip_cells[context], self._floor(context), self.contexts[context]
        below = compare("<=", level, floor)
        wrong = self.script.name(conj(pc, disj(eq(level, 0), below if dip < 0 else False)))
        self.report("unbalanced-context", wrong)
        fine = self.script.name(conj(pc, neg(wrong)))
        if dip >= 0:
            self.write(dip, conj(fine, below), 1)
        before = [self.fact(f) for f in range(len(self.cfg.facts))]
        self.contexts[context] = self.script.name(ite(fine, plus(level, -1), level), "Int")
        ended = [self.script.name(conj(fine, held, neg(self.fact(f)))) for f, held in enumerate(before)]
        callers = [
            conj(e, disj(*(positive(self._floor(c)) for c in fact.contexts)))
            for e, fact in zip(ended, self.cfg.facts, strict=True)
        ]
        lost = self.script.name(disj(*callers))
        locks = self.script.name(disj(*(c for c, fact in zip(callers, self.cfg.facts, strict=True) if not fact.reader)))
        for r, i in self.objects:
            lending = self.pools[r][i][LENDING]
            gone = disj(conj(lost, eq(lending, LENT)), conj(locks, among(lending, (FIRM, COUNTED))))
            self.put(r, i, LENDING, gone, HANDED)
            for b, f in enumerate(self.cfg.resources[r].facts):
                self.put(r, i, BITS + b, ended[f], 0)
        self.settle(EXPIRED, self.script.name(disj(*ended)))

    def _slot_op(self, op: ops.Op, pc: Term) -> None:
        assert isinstance(op, ops.ReadSlot | ops.TakeSlot | ops.PutSlot | ops.DropSlot | ops.ClearSlot | ops.HoldSlot)
        r = self.cfg.cells[op.ptr].resource
        at = slot_index(self.cfg.resources[r], op.slot)
        target = self.cfg.resources[r].slots[op.slot].target
        containers = self.living(op.ptr, pc)
        if isinstance(op, ops.PutSlot):
            self._put_slot(op, containers, at)
            return
        if isinstance(op, ops.ReadSlot | ops.TakeSlot):
            value: Term = UNINIT
            for i, s in containers:
                value = ite(s, self.pools[r][i][at + 1], value)
            self.write(op.cell, pc, self.script.name(value, "Int"))
            if isinstance(op, ops.ReadSlot):
                return
        for i, s in containers:
            f = self.pools[r][i]
            if isinstance(op, ops.DropSlot):
                self.report("double-release", conj(s, eq(f[at], STALE)))
            for j in range(len(self.pools[target])):
                here = conj(s, neg(eq(f[at], EMPTY)), eq(f[at + 1], j + 1), self.exists[target][j])
                here = self.script.name(here)
                self._on_target(op, here, f[at], target, j)
            if isinstance(op, ops.HoldSlot):
                self.put(r, i, at, conj(s, eq(f[at], NOREF)), OWNED)
            else:
                self.put(r, i, at, s, EMPTY)
                self.put(r, i, at + 1, s, 0)
        if isinstance(op, ops.DropSlot | ops.HoldSlot):
            self.settle(RELEASED if isinstance(op, ops.DropSlot) else EXPIRED, disj(*(s for _, s in containers)))

    def _on_target(self, op: ops.Op, here: Term, mode: Term, target: int, j: int) -> None:
        if isinstance(op, ops.TakeSlot | ops.ClearSlot):
            self.bump(target, j, conj(here, eq(mode, OWNED)))
        elif isinstance(op, ops.DropSlot):
            gone = conj(here, eq(mode, OWNED), eq(self.pools[target][j][REFS], 0))
            self.put(target, j, WHY, gone, RELEASED)
        else:
            assert isinstance(op, ops.HoldSlot)
            borrowed = self.script.name(conj(here, eq(mode, NOREF)))
            calm = neg(eq(self.pools[target][j][WHY], REPORTED))
            self.report("noref-escape", conj(borrowed, neg(self.alive(target, j)), calm))
            self.put(target, j, WHY, borrowed, NONE)

    def _put_slot(self, op: ops.PutSlot, containers: list[tuple[int, Term]], at: int) -> None:
        r, q = self.cfg.cells[op.ptr].resource, self.cfg.cells[op.src].resource
        for i, s in containers:
            f = self.pools[r][i]
            for j in range(len(self.pools[q])):
                old = self.script.name(conj(s, eq(f[at], OWNED), eq(f[at + 1], j + 1), self.exists[q][j]))
                if op.replace:
                    self.bump(q, j, old)
                else:
                    self.report("leaked-ref", old)
            self.put(r, i, at, s, EMPTY)
            self.put(r, i, at + 1, s, 0)
        some = self.script.name(disj(*(s for _, s in containers)))
        as_it_is = op.replace and not op.owned
        if as_it_is:
            self.pointer(op.src, some)
        for j, t in self.select(op.src, some) if as_it_is else self.living(op.src, some):
            f = self.pools[q][j]
            if op.owned:
                held = self.script.name(conj(t, positive(f[REFS])))
                lost = self.script.name(conj(t, neg(held), neg(eq(f[WHY], REPORTED))))
                self.put(q, j, REFS, held, plus(f[REFS], -1))
                self.report("noref-escape", lost)
                self.put(q, j, WHY, lost, REPORTED)
            for i, s in containers:
                self.put(r, i, at, conj(s, t), OWNED if op.owned else NOREF)
                self.put(r, i, at + 1, conj(s, t), j + 1)
            self.settle(RELEASED, t)

    # -- the end of an edge
    def collect(self) -> None:
        """Objects that nothing names are gone; one that was still held is a leak."""
        cells = zip(self.cfg.cells, self.cells, strict=True)
        named = {(cell.resource, v - 1) for cell, v in cells if cell.kind == "ptr" and isinstance(v, int)}
        loose = [(r, i) for r, i in self.objects if (r, i) not in named and self.exists[r][i] is not False]
        linked = any(resource.owners for resource in self.cfg.resources)
        for _ in range(len(loose) if linked else 1):
            swept = [self._sweep(r, i) for r, i in loose]
            if True not in swept:
                break

    def _sweep(self, r: int, i: int) -> bool:
        """Whether the object may go: where nothing names it, it does."""
        names: list[Term] = [
            eq(self.cells[c], i + 1) for c, cell in enumerate(self.cfg.cells)
            if cell.kind == "ptr" and cell.resource == r
        ]  # fmt: skip
        for k, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                at = slot_index(container, s)
                if slot.target == r:
                    names += [
                        conj(self.exists[k][j], neg(eq(f[at], EMPTY)), eq(f[at + 1], i + 1))
                        for j, f in enumerate(self.pools[k])
                    ]
        names += [
            conj(self.exists[k][j], eq(self.pools[k][j][OWNER_KIND], r), eq(self.pools[k][j][OWNER], i + 1))
            for k, j in self.objects if r in self.cfg.resources[k].owners
        ]  # fmt: skip
        gone = self.script.name(conj(self.exists[r][i], neg(disj(*names))))
        if gone is False:
            return False
        self.report("leaked-ref", conj(gone, positive(self.pools[r][i][REFS])))
        self.report("double-release", conj(gone, self.stale(r, i)))
        self.exists[r][i] = self.script.name(conj(self.exists[r][i], neg(gone)))
        for field in range(len(self.pools[r][i])):
            self.put(r, i, field, gone, 0)
        if self.cfg.resources[r].slots or any(r in other.owners for other in self.cfg.resources):
            self.settle(EXPIRED, gone)
        return True
