"""The meaning of conditions and operations as SMT terms, written apart from the reference semantics.

`Sym` mirrors a state whose parts are terms: values of cells, levels of contexts, and for each resource a fixed
number of objects with an existence flag.  An operation under a condition `pc` changes them by `ite`.  What an
operation breaks is collected per property.
"""

from refcheck.engine.smt import Script, Term, compare, conj, disj, eq, ite, neg, plus
from refcheck.program import (
    BITS, CFG, CONSUMED, COUNTED, EMPTY, EXPIRED, LENDING, NONE, NOREF, OWNED, OWNER, OWNER_KIND, REFS, RELEASED,
    REPORTED, STALE, UNINIT, WHY, And, CheckInit, ClearSlot, Cmp, CmpCells, Cond, Consume, Copy, CopySlot, Differ,
    DropSlot, Enter, Exit, Forget, Havoc, Hold, HoldSlot, IsErr, Kill, Leave, MayBeSame, Merge, Need, NeedCount,
    NeedNone, New, Not, Op, Or, PutSlot, ReadSlot, Release, Require, Set, SlotIs, TakeSlot, Truth, TryHold, Unreachable, Use,
    Valid, When, slot_index,
)  # fmt: skip


class Sym:
    """A symbolic state; `bad` maps each property to the terms under which it is broken."""

    def __init__(
        self, cfg: CFG, script: Script, cells: list[Term], contexts: list[Term], pools: list[list[list[Term]]],
        exists: list[list[Term]],
    ) -> None:  # fmt: skip
        self.cfg = cfg
        self.script = script
        self.cells = cells
        self.contexts = contexts
        self.pools = pools
        self.exists = exists
        self.bad: dict[str, list[Term]] = {}
        self.stopped: Term = False

    # -- helpers
    def report(self, prop: str, when: Term) -> None:
        """The property is broken where `when` holds."""
        if when is not False:
            self.bad.setdefault(prop, []).append(when)
            if prop == "bad-pointer":
                self.stopped = self.script.name(disj(self.stopped, when))

    def put(self, resource: int, i: int, field: int, when: Term, value: Term) -> None:
        """Field of object i := value, where `when` holds."""
        old = self.pools[resource][i][field]
        self.pools[resource][i][field] = self.script.name(ite(when, value, old), "Int")

    def write(self, cell: int, when: Term, value: Term) -> None:
        """Cell := value, where `when` holds."""
        self.cells[cell] = self.script.name(ite(when, value, self.cells[cell]), "Int")

    def objects(self) -> list[tuple[int, int]]:
        """All (resource, index) pairs, containers first."""
        return [(r, i) for r, pool in enumerate(self.pools) for i in range(len(pool))]

    def fact(self, f: int) -> Term:
        """Whether a fact holds."""
        return disj(*(compare(">", self.contexts[c], 0) for c in self.cfg.facts[f].contexts))

    def slots_owning(self, resource: int, i: int) -> list[tuple[int, int, int, Term]]:
        """(container resource, container index, slot, condition) for each slot that may own the object."""
        found = []
        for k, container in enumerate(self.cfg.resources):
            for s, slot in enumerate(container.slots):
                if slot.target == resource:
                    at = slot_index(container, s)
                    for j, fields in enumerate(self.pools[k]):
                        owns = conj(self.exists[k][j], eq(fields[at], OWNED), eq(fields[at + 1], i + 1))
                        if owns is not False:
                            found.append((k, j, s, owns))
        return found

    def alive(self, resource: int, i: int) -> Term:
        """Something protects the object."""
        f = self.pools[resource][i]
        kind = self.cfg.resources[resource]
        parts = [compare(">", f[REFS], 0), neg(eq(f[LENDING], 0))]
        parts += [eq(f[BITS + b], 1) for b in range(len(kind.facts))]
        for k in kind.owners:
            parts += [
                conj(eq(f[OWNER_KIND], k), eq(f[OWNER], j + 1), self.exists[k][j], self.alive(k, j))
                for j in range(len(self.pools[k]))
            ]
        parts += [conj(owns, self.alive(k, j)) for k, j, _, owns in self.slots_owning(resource, i)]
        return self.script.name(conj(self.exists[resource][i], disj(*parts)))

    def counted(self, resource: int, i: int) -> Term:
        """Somebody is known to hold a reference."""
        f = self.pools[resource][i]
        owned = [conj(owns, self.alive(k, j)) for k, j, _, owns in self.slots_owning(resource, i)]
        return disj(compare(">", f[REFS], 0), eq(f[LENDING], COUNTED), *owned)

    def settle(self, why: int, when: Term) -> None:
        """Objects without protection remember why; dead containers lose their slots."""
        for r, i in self.objects():
            dead = self.script.name(conj(when, self.exists[r][i], neg(self.alive(r, i))))
            self.put(r, i, WHY, conj(dead, eq(self.pools[r][i][WHY], NONE)), why)
            for s in range(len(self.cfg.resources[r].slots)):
                at = slot_index(self.cfg.resources[r], s)
                self.put(r, i, at, dead, EMPTY)
                self.put(r, i, at + 1, dead, 0)

    # -- conditions
    def condition(self, cond: Cond, pc: Term) -> tuple[Term, Term]:
        """(value, undefined): C's short circuit; where undefined, bad-pointer is reported and the value is open."""
        match cond:
            case And(args) | Or(args):
                conjunctive = isinstance(cond, And)
                value, undefined, going = conjunctive, False, pc
                for arg in args:
                    v, u = self.condition(arg, going)
                    on = value if conjunctive else neg(value)
                    undefined = disj(undefined, conj(on, u))
                    value = conj(value, v) if conjunctive else disj(value, v)
                    going = conj(pc, neg(undefined), value if conjunctive else neg(value))
                return self.script.name(value), self.script.name(undefined)
            case Not(arg):
                v, u = self.condition(arg, pc)
                return neg(v), u
            case Truth(cell):
                return neg(eq(self.cells[cell], 0)), self.unset(cell, pc)
            case IsErr(cell):
                return compare("<", self.cells[cell], 0), self.unset(cell, pc)
            case Cmp(cell, op, constant):
                return compare(op, self.cells[cell], constant), self.unset(cell, pc)
            case CmpCells(left, op, right):
                return compare(op, self.cells[left], self.cells[right]), self.unset2(left, right, pc)
            case Differ(left, right):
                return neg(eq(self.cells[left], self.cells[right])), self.unset2(left, right, pc)
            case MayBeSame(left, right):
                a, b = self.cells[left], self.cells[right]
                both = conj(compare(">", a, 0), compare(">", b, 0))
                shared = self.cfg.resources[self.cfg.cells[left].resource].shared
                return disj(eq(a, b), conj(both, shared)), self.unset2(left, right, pc)
            case SlotIs(cell, slot, modes):
                r = self.cfg.cells[cell].resource
                at = slot_index(self.cfg.resources[r], slot)
                self.pointer(cell, pc)
                value = disj(
                    *(conj(s, disj(*(eq(self.pools[r][i][at], m) for m in modes))) for i, s in self.select(cell, True))
                )
                named = disj(*(s for _, s in self.select(cell, True)))
                return self.script.name(value), neg(named)

    def unset(self, cell: int, pc: Term) -> Term:
        """The cell was never written; reported where `pc` holds."""
        undefined = eq(self.cells[cell], UNINIT)
        self.report("bad-pointer", conj(pc, undefined))
        return undefined

    def unset2(self, left: int, right: int, pc: Term) -> Term:
        """One of two cells was never written."""
        return disj(self.unset(left, pc), self.unset(right, pc))

    # -- pointers
    def select(self, cell: int, pc: Term) -> list[tuple[int, Term]]:
        """(index, condition) for each object that the pointer may name."""
        r = self.cfg.cells[cell].resource
        v = self.cells[cell]
        pairs = [(i, conj(pc, self.exists[r][i], eq(v, i + 1))) for i in range(len(self.pools[r]))]
        return [(i, self.script.name(s)) for i, s in pairs if s is not False]

    def pointer(self, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> None:
        """Report NULL, ERR_PTR and unwritten pointers where they are not accepted."""
        v = self.cells[cell]
        wrong = [eq(v, UNINIT)]
        if not err_ok:
            wrong.append(compare("<", v, 0))
        if not nullable:
            wrong.append(eq(v, 0))
        self.report("bad-pointer", conj(pc, disj(*wrong)))

    def living(self, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> list[tuple[int, Term]]:
        """The objects named, after reporting those that nothing protects."""
        self.pointer(cell, pc, nullable, err_ok)
        r = self.cfg.cells[cell].resource
        chosen = self.select(cell, pc)
        for i, s in chosen:
            why = self.pools[r][i][WHY]
            dead = self.script.name(conj(s, neg(self.alive(r, i)), neg(eq(why, REPORTED))))
            self.report("use-after-release", conj(dead, eq(why, RELEASED)))
            self.report("use-after-consume", conj(dead, eq(why, CONSUMED)))
            self.report("noref-escape", conj(dead, neg(eq(why, RELEASED)), neg(eq(why, CONSUMED))))
            self.put(r, i, WHY, dead, REPORTED)
        return chosen

    def bump(self, r: int, i: int, when: Term) -> None:
        """One more reference on object i, where `when` holds."""
        self.put(r, i, REFS, when, plus(self.pools[r][i][REFS], 1))
        self.put(r, i, WHY, when, NONE)

    def give_back(self, cell: int, pc: Term, nullable: bool, why: int) -> None:
        """Release or Consume."""
        self.pointer(cell, pc, nullable)
        r = self.cfg.cells[cell].resource
        done: list[Term] = []
        for i, s in self.select(cell, pc):
            f = self.pools[r][i]
            held = self.script.name(conj(s, compare(">", f[REFS], 0)))
            rest = self.script.name(conj(s, neg(held)))
            self.put(r, i, WHY, conj(held, eq(f[REFS], 1)), why)
            self.put(r, i, REFS, held, plus(f[REFS], -1))
            done.append(held)
            if why == RELEASED:
                for k, j, slot, owns in self.slots_owning(r, i):
                    through = self.script.name(conj(rest, owns, self.alive(k, j)))
                    self.put(k, j, slot_index(self.cfg.resources[k], slot), through, STALE)
                    rest = self.script.name(conj(rest, neg(through)))
                    done.append(through)
            was = f[WHY]
            self.report("double-release" if why == RELEASED else "use-after-release", conj(rest, eq(was, RELEASED)))
            self.report("use-after-consume", conj(rest, eq(was, CONSUMED)))
            self.report("release-of-borrowed", conj(rest, neg(eq(was, RELEASED)), neg(eq(was, CONSUMED))))
        self.settle(why, self.script.name(disj(*done)))

    # -- operations
    def apply(self, op: Op, pc: Term) -> None:
        """One operation, where `pc` holds."""
        match op:
            case Set(cell, value):
                self.write(cell, pc, value)
            case Copy(cell, src):
                self.unset(src, pc)
                self.write(cell, pc, self.cells[src])
            case Forget(cell):
                self.write(cell, pc, UNINIT)
            case Havoc(cell, values):
                fresh = self.script.variable("Int")
                self.script.lines.append(f"(assert {disj(*(eq(fresh, v) for v in values))})")
                self.write(cell, pc, fresh)
            case Kill(cell):
                self._kill(cell, pc)
            case New(cell, how, facts, owner):
                self._new(cell, how, facts, owner, pc)
            case CheckInit(cell):
                self.unset(cell, pc)
            case Use(cell, nullable, err_ok):
                self.living(cell, pc, nullable, err_ok)
            case Valid(cell, nullable):
                self.pointer(cell, pc, nullable)
            case When(cond, ops):
                value, undefined = self.condition(cond, pc)
                inner = self.script.name(conj(pc, value, neg(undefined)))
                for o in ops:
                    self.apply(o, inner)
            case Require(cond):
                value, undefined = self.condition(cond, pc)
                self.report("broken-contract", conj(pc, neg(value), neg(undefined)))
            case Unreachable():
                self.report("sanity", pc)
            case NeedCount(cell) | Hold(cell) | TryHold(cell):
                self._hold(op, cell, pc)
            case Release(cell, nullable):
                self.give_back(cell, pc, nullable, RELEASED)
            case Consume(cell, nullable, queued):
                self._consume(cell, nullable, queued, pc)
            case Merge(left, right):
                self._merge(left, right, pc)
            case Enter(context):
                self._enter(context, pc)
            case Leave(context):
                self._leave(context, pc)
            case Need(facts):
                self.report("missing-context", conj(pc, neg(disj(*(self.fact(f) for f in facts)))))
            case NeedNone(_, allowed):
                some = disj(*(compare(">", c, 0) for c in self.contexts))
                self.report("missing-context", conj(pc, some) if allowed else pc)
            case Exit(result):
                from refcheck.engine.symbolic_exit import encode_exit

                encode_exit(self, result)
            case _:
                self._slot_op(op, pc)

    def _kill(self, cell: int, pc: Term) -> None:
        keep: list[Term] = []
        if self.cfg.cells[cell].kind == "ptr":
            r = self.cfg.cells[cell].resource
            keep = [conj(s, compare(">", self.pools[r][i][REFS], 0)) for i, s in self.select(cell, pc)]
        self.write(cell, conj(pc, neg(disj(*keep))), UNINIT)

    def _hold(self, op: NeedCount | Hold | TryHold, cell: int, pc: Term) -> None:
        r = self.cfg.cells[cell].resource
        for i, s in self.living(cell, pc):
            if not isinstance(op, TryHold):
                calm = neg(eq(self.pools[r][i][WHY], REPORTED))
                self.report("hold-of-borrowed", conj(s, calm, neg(self.counted(r, i))))
            if not isinstance(op, NeedCount):
                self.bump(r, i, s)

    def _consume(self, cell: int, nullable: bool, queued: bool, pc: Term) -> None:
        resource = self.cfg.resources[self.cfg.cells[cell].resource]
        if queued:
            for i, s in self.select(cell, pc):
                f = self.pools[self.cfg.cells[cell].resource][i]
                for n in range(len(resource.slots)):
                    self.report("noref-escape", conj(s, eq(f[slot_index(resource, n)], NOREF)))
        self.give_back(cell, pc, nullable, CONSUMED)

    def _new(self, cell: int, how: str, facts: tuple[int, ...], owner: int, pc: Term) -> None:
        r = self.cfg.cells[cell].resource
        resource = self.cfg.resources[r]
        link_kind, link = (0, 0) if owner < 0 else (self.cfg.cells[owner].resource, self.cells[owner])
        if owner >= 0:
            named = disj(*(s for _, s in self.living(owner, pc)))
            link = ite(named, link, 0)  # type: ignore[assignment]
        placed: Term = False
        number: Term = 0
        for i in range(len(self.pools[r])):
            here = self.script.name(conj(pc, neg(placed), neg(self.exists[r][i])))
            placed = self.script.name(disj(placed, here))
            number = ite(here, i + 1, number)
            self.exists[r][i] = self.script.name(disj(self.exists[r][i], here))
            start: list[Term] = [0] * len(self.pools[r][i])
            start[REFS] = int(how == "hold")
            start[LENDING] = {"lent": 1, "counted": 2}.get(how, 0)
            start[OWNER_KIND], start[OWNER] = ite(eq(link, 0), 0, link_kind), link
            for b, fact in enumerate(resource.facts):
                start[BITS + b] = ite(self.fact(fact), 1, 0) if how == "borrow" and fact in facts else 0
            for field, value in enumerate(start):
                self.put(r, i, field, here, value)
            alive = self.script.name(conj(here, self.alive(r, i)))
            self.put(r, i, WHY, conj(here, neg(alive)), EXPIRED)
            if resource.freed_after is not None:
                bit = BITS + resource.facts.index(resource.freed_after)
                self.put(r, i, bit, conj(alive, self.fact(resource.freed_after)), 1)
        self.report("overflow", conj(pc, neg(placed)))
        self.write(cell, pc, number)

    def _merge(self, left: int, right: int, pc: Term) -> None:
        r = self.cfg.cells[left].resource
        a, b = self.cells[left], self.cells[right]
        for i in range(len(self.pools[r])):
            for j in range(len(self.pools[r])):
                s = self.script.name(
                    conj(pc, eq(a, i + 1), eq(b, j + 1), self.exists[r][i], self.exists[r][j]) if i != j else False
                )
                if s is False:
                    continue
                f, g = self.pools[r][i], self.pools[r][j]
                fresh = disj(eq(f[WHY], NONE), eq(g[WHY], NONE))
                for field in range(len(f)):
                    if field == REFS:
                        value = plus(f[field], g[field])
                    elif field == WHY:
                        value = ite(fresh, NONE, f[field])
                    else:
                        value = ite(compare(">", g[field], f[field]), g[field], f[field])
                    self.put(r, i, field, s, value)
                self.exists[r][j] = self.script.name(conj(self.exists[r][j], neg(s)))
                for c, cell in enumerate(self.cfg.cells):
                    if cell.kind == "ptr" and cell.resource == r:
                        self.write(c, conj(s, eq(self.cells[c], j + 1)), i + 1)
                for k, container in enumerate(self.cfg.resources):
                    for n, slot in enumerate(container.slots):
                        if slot.target == r:
                            at = slot_index(container, n)
                            for m, other in enumerate(self.pools[k]):
                                hit = conj(s, self.exists[k][m], neg(eq(other[at], EMPTY)), eq(other[at + 1], j + 1))
                                self.put(k, m, at + 1, hit, i + 1)

    def _enter(self, context: int, pc: Term) -> None:
        before = [self.fact(f) for f in range(len(self.cfg.facts))]
        self.contexts[context] = self.script.name(
            ite(pc, plus(self.contexts[context], 1), self.contexts[context]), "Int"
        )
        for f, held in enumerate(before):
            begins = conj(pc, neg(held), self.fact(f))
            for r, i in self.objects():
                resource = self.cfg.resources[r]
                if resource.freed_after == f and begins is not False:
                    self.put(r, i, BITS + resource.facts.index(f), conj(begins, self.alive(r, i)), 1)

    def _leave(self, context: int, pc: Term) -> None:
        floor_cell, dip = self.cfg.floor_cells[context], self.cfg.dip_cells[context]
        floor: Term = self.cfg.floor[context] if floor_cell < 0 else self.cells[floor_cell]
        level = self.contexts[context]
        below = compare("<=", level, floor)
        wrong = self.script.name(conj(pc, disj(eq(level, 0), below if dip < 0 else False)))
        self.report("unbalanced-context", wrong)
        fine = self.script.name(conj(pc, neg(wrong)))
        if dip >= 0:
            self.write(dip, conj(fine, below), 1)
        before = [self.fact(f) for f in range(len(self.cfg.facts))]
        self.contexts[context] = self.script.name(ite(fine, plus(level, -1), level), "Int")
        ended = [self.script.name(conj(fine, held, neg(self.fact(f)))) for f, held in enumerate(before)]
        for r, i in self.objects():
            for b, f in enumerate(self.cfg.resources[r].facts):
                self.put(r, i, BITS + b, ended[f], 0)
        self.settle(EXPIRED, self.script.name(disj(*ended)))

    def _slot_op(self, op: Op, pc: Term) -> None:
        assert isinstance(op, ReadSlot | TakeSlot | PutSlot | DropSlot | ClearSlot | HoldSlot | CopySlot)
        r = self.cfg.cells[op.ptr].resource
        at = slot_index(self.cfg.resources[r], op.slot)
        target = self.cfg.resources[r].slots[op.slot].target
        containers = self.living(op.ptr, pc)
        if isinstance(op, PutSlot):
            self._put_slot(op, containers, at, pc)
            return
        if isinstance(op, CopySlot):
            source_at = slot_index(self.cfg.resources[self.cfg.cells[op.src].resource], op.src_slot)
            some = disj(*(s for _, s in containers))
            source = self.living(op.src, conj(pc, some))
            q = self.cfg.cells[op.src].resource
            mode = content = 0  # type: Term
            for j, s in source:
                mode, content = ite(s, self.pools[q][j][source_at], mode), ite(s, self.pools[q][j][source_at + 1], content)
            found = disj(*(s for _, s in source))
            for i, s in containers:
                self.put(r, i, at, conj(s, found), mode)
                self.put(r, i, at + 1, conj(s, found), content)
            return
        if isinstance(op, ReadSlot | TakeSlot):
            value: Term = UNINIT
            for i, s in containers:
                value = ite(s, self.pools[r][i][at + 1], value)
            self.write(op.cell, pc, self.script.name(value, "Int"))
            if isinstance(op, ReadSlot):
                return
        for i, s in containers:
            f = self.pools[r][i]
            for j in range(len(self.pools[target])):
                here = conj(s, neg(eq(f[at], EMPTY)), eq(f[at + 1], j + 1), self.exists[target][j])
                here = self.script.name(here)
                self._on_target(op, here, f[at], target, j)
            if isinstance(op, HoldSlot):
                self.put(r, i, at, conj(s, eq(f[at], NOREF)), OWNED)
            else:
                self.put(r, i, at, s, EMPTY)
                self.put(r, i, at + 1, s, 0)
        if isinstance(op, DropSlot):
            self.settle(RELEASED, disj(*(s for _, s in containers)))

    def _on_target(self, op: Op, here: Term, mode: Term, target: int, j: int) -> None:
        if isinstance(op, TakeSlot | ClearSlot):
            self.bump(target, j, conj(here, eq(mode, OWNED)))
        elif isinstance(op, DropSlot):
            gone = conj(here, eq(mode, OWNED), eq(self.pools[target][j][REFS], 0))
            self.put(target, j, WHY, gone, RELEASED)
        else:
            assert isinstance(op, HoldSlot)
            borrowed = self.script.name(conj(here, eq(mode, NOREF)))
            calm = neg(eq(self.pools[target][j][WHY], REPORTED))
            self.report("noref-escape", conj(borrowed, neg(self.alive(target, j)), calm))
            self.put(target, j, WHY, borrowed, NONE)

    def _put_slot(self, op: PutSlot, containers: list[tuple[int, Term]], at: int, pc: Term) -> None:
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
        for j, t in self.living(op.src, some):
            f = self.pools[q][j]
            if op.owned:
                held = self.script.name(conj(t, compare(">", f[REFS], 0)))
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
        for r, i in self.objects():
            names: list[Term] = [
                eq(self.cells[c], i + 1) for c, cell in enumerate(self.cfg.cells)
                if cell.kind == "ptr" and cell.resource == r
            ]  # fmt: skip
            for k, container in enumerate(self.cfg.resources):
                for s, slot in enumerate(container.slots):
                    if slot.target == r:
                        at = slot_index(container, s)
                        names += [
                            conj(self.exists[k][j], neg(eq(f[at], EMPTY)), eq(f[at + 1], i + 1))
                            for j, f in enumerate(self.pools[k])
                        ]
            gone = self.script.name(conj(self.exists[r][i], neg(disj(*names))))
            if gone is False:
                continue
            self.report("leaked-ref", conj(gone, compare(">", self.pools[r][i][REFS], 0)))
            self.exists[r][i] = self.script.name(conj(self.exists[r][i], neg(gone)))
            for field in range(len(self.pools[r][i])):
                self.put(r, i, field, gone, 0)
            self._unlink(r, i, gone)

    def _unlink(self, r: int, i: int, gone: Term) -> None:
        dependants = [(k, j) for k, j in self.objects() if r in self.cfg.resources[k].owners]
        for k, j in dependants:
            f = self.pools[k][j]
            linked = self.script.name(conj(gone, eq(f[OWNER_KIND], r), eq(f[OWNER], i + 1)))
            self.put(k, j, OWNER_KIND, linked, 0)
            self.put(k, j, OWNER, linked, 0)
        if dependants or self.cfg.resources[r].slots:
            self.settle(EXPIRED, gone)
