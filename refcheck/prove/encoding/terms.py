# SPDX-License-Identifier: GPL-2.0-only
"""The meaning of conditions and operations as SMT terms, written apart from the reference semantics.

`Sym` mirrors a state whose parts are terms: values of cells, levels of contexts, and for each resource a fixed
number of objects with an existence flag.  An operation under a condition `pc` changes them by `ite`.  What an
operation breaks is collected per property.
"""

from refcheck.graph import ops
from refcheck.graph.cfg import (
    BITS,
    CFG,
    CONSUMED,
    COUNTED,
    EMPTY,
    FIRM,
    LENDING,
    LENT,
    NONE,
    NOREF,
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
)
from refcheck.prove.encoding.smt import Script, Term, among, compare, conj, disj, eq, ite, neg, plus, positive

Chain = tuple[tuple[int, int], ...]


class Sym:
    """A symbolic state; `bad` maps each property to the terms under which it is broken.

    `objects` has all (resource, index) pairs, containers first.
    """

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
        self.objects = [(r, i) for r, pool in enumerate(pools) for i in range(len(pool))]
        self.bad: dict[str, list[Term]] = {}
        self.stopped: Term = False

    def apply(self, op: ops.Op, pc: Term) -> None:
        """One operation, where `pc` holds (see operations.py)."""
        raise NotImplementedError

    # -- helpers
    def report(self, prop: str, when: Term) -> None:
        """The property is broken where `when` holds."""
        if when is not False:
            self.bad.setdefault(prop, []).append(when)
            if prop == "bad-pointer":
                self.stopped = self.script.name(disj(self.stopped, when))

    def put(self, resource: int, i: int, field: int, when: Term, value: Term) -> None:
        """Field of object i := value, where `when` holds."""
        if when is False:
            return
        fields = self.pools[resource][i]
        fields[field] = value if when is True else self.script.name(ite(when, value, fields[field]), "Int")

    def write(self, cell: int, when: Term, value: Term) -> None:
        """Cell := value, where `when` holds."""
        if when is False:
            return
        self.cells[cell] = value if when is True else self.script.name(ite(when, value, self.cells[cell]), "Int")

    def frozen(self) -> tuple[tuple[tuple[Term, ...] | Term | None, ...], ...]:
        """The pools as a state has them; a term stands in place of an object whose existence is open."""
        found = []
        for there, pool in zip(self.exists, self.pools, strict=True):
            objects: list[tuple[Term, ...] | Term | None] = [
                tuple(f) if e is True else None if e is False else e for e, f in zip(there, pool, strict=True)
            ]
            while objects and objects[-1] is None:
                objects.pop()
            found.append(tuple(objects))
        return tuple(found)

    def fact(self, f: int) -> Term:
        """Whether a fact holds."""
        return disj(*(positive(self.contexts[c]) for c in self.cfg.facts[f].contexts))

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

    # `above` has the objects whose protection is being asked for: what protects only itself protects nothing.
    def alive(self, resource: int, i: int, above: Chain = ()) -> Term:
        """Something protects the object."""
        there = self.exists[resource][i]
        if there is False or (resource, i) in above:
            return False
        f = self.pools[resource][i]
        kind = self.cfg.resources[resource]
        parts = [positive(f[REFS]), compare(">=", f[LENDING], LENT)]
        parts += [eq(bit, 1) for bit in f[BITS : BITS + len(kind.facts)]]
        if True in parts:
            return there
        above = (*above, (resource, i))
        for k in kind.owners:
            parts += [
                conj(eq(f[OWNER_KIND], k), eq(f[OWNER], j + 1), self.exists[k][j], self.alive(k, j, above))
                for j in range(len(self.pools[k]))
            ]
        parts += [conj(owns, self.firm(k, j, above)) for k, j, _, owns in self.slots_owning(resource, i)]
        return self.script.name(conj(there, disj(*parts)))

    def firm(self, resource: int, i: int, above: Chain = ()) -> Term:
        """Not only a reader section keeps the object."""
        lent = compare(">=", self.pools[resource][i][LENDING], FIRM)
        return self.script.name(conj(self.exists[resource][i], disj(lent, self.counted(resource, i, above))))

    def counted(self, resource: int, i: int, above: Chain = ()) -> Term:
        """A reference is known to exist."""
        if (resource, i) in above:
            return False
        above = (*above, (resource, i))
        f, kind = self.pools[resource][i], self.cfg.resources[resource]
        parts = [positive(f[REFS]), eq(f[LENDING], COUNTED)]
        parts += [eq(f[BITS + b], 1) for b, fact in enumerate(kind.facts) if not self.cfg.facts[fact].reader]
        for k in kind.owners:
            parts += [
                conj(eq(f[OWNER_KIND], k), eq(f[OWNER], j + 1), self.exists[k][j], self.firm(k, j, above))
                for j in range(len(self.pools[k]))
            ]
        parts += [conj(owns, self.firm(k, j, above)) for k, j, _, owns in self.slots_owning(resource, i)]
        return self.script.name(disj(*parts))

    def settle(self, why: int, when: Term) -> None:
        """Objects without protection remember why; dead containers lose their slots."""
        if when is False:
            return
        for r, i in self.objects:
            dead = self.script.name(conj(when, self.exists[r][i], neg(self.alive(r, i))))
            if dead is False:
                continue
            self.put(r, i, WHY, conj(dead, eq(self.pools[r][i][WHY], NONE)), why)
            gone = conj(dead, among(self.pools[r][i][WHY], (RELEASED, CONSUMED)))
            self.report("double-release", conj(gone, self.stale(r, i)))
            for s in range(len(self.cfg.resources[r].slots)):
                at = slot_index(self.cfg.resources[r], s)
                self.put(r, i, at, gone, EMPTY)
                self.put(r, i, at + 1, gone, 0)

    def stale(self, r: int, i: int) -> Term:
        """A slot of the object names what was released through it."""
        resource = self.cfg.resources[r]
        return disj(*(eq(self.pools[r][i][slot_index(resource, s)], STALE) for s in range(len(resource.slots))))

    def expired_slot(self, r: int, i: int) -> Term:
        """A slot of the object holds a borrow whose section has ended."""
        resource, parts = self.cfg.resources[r], list[Term]()
        for s, slot in enumerate(resource.slots):
            at = slot_index(resource, s)
            for j in range(len(self.pools[slot.target])):
                here = conj(eq(self.pools[r][i][at], NOREF), eq(self.pools[r][i][at + 1], j + 1))
                if here is False:
                    continue
                calm = neg(among(self.pools[slot.target][j][WHY], (REPORTED, UNSAID)))
                exists = self.exists[slot.target][j]
                parts.append(conj(here, exists, calm, neg(self.alive(slot.target, j))))
        return self.script.name(disj(*parts))

    # -- conditions
    def condition(self, cond: ops.Cond, pc: Term) -> tuple[Term, Term]:
        """(value, undefined): C's short circuit; where undefined, bad-pointer is reported and the value is open."""
        match cond:
            case ops.And(args) | ops.Or(args):
                conjunctive = isinstance(cond, ops.And)
                value: Term = conjunctive
                undefined: Term = False
                if not args:
                    return value, undefined
                going = pc
                for arg in args:
                    v, u = self.condition(arg, going)
                    on = value if conjunctive else neg(value)
                    undefined = disj(undefined, conj(on, u))
                    value = conj(value, v) if conjunctive else disj(value, v)
                    going = conj(pc, neg(undefined), value if conjunctive else neg(value))
                return self.script.name(value), self.script.name(undefined)
            case ops.Not(arg):
                v, u = self.condition(arg, pc)
                return neg(v), u
            case ops.Truth(cell):
                return neg(eq(self.cells[cell], 0)), self.unset(cell, pc)
            case ops.IsErr(cell):
                return compare("<", self.cells[cell], 0), self.unset(cell, pc)
            case ops.Cmp(cell, op, constant):
                return compare(op, self.cells[cell], constant), self.unset(cell, pc)
            case ops.CmpCells(left, op, right):
                return self._compared(op, left, right), self.unset2(left, right, pc)
            case ops.Differ(left, right):
                return neg(eq(self.cells[left], self.cells[right])), self.unset2(left, right, pc)
            case ops.MayBeSame(left, right):
                a, b = self.cells[left], self.cells[right]
                both = conj(compare(">", a, 0), compare(">", b, 0))
                return disj(eq(a, b), conj(both, self._may_be_one(left, right))), self.unset2(left, right, pc)
            case ops.SlotIs(cell, slot, modes):
                r = self.cfg.cells[cell].resource
                at = slot_index(self.cfg.resources[r], slot)
                self.pointer(cell, pc)
                value = disj(
                    *(conj(s, disj(*(eq(self.pools[r][i][at], m) for m in modes))) for i, s in self.select(cell, True))
                )
                named = disj(*(s for _, s in self.select(cell, True)))
                return self.script.name(value), neg(named)

    def _may_be_one(self, left: int, right: int) -> Term:
        """Two acquisitions of a shared resource can be one object; so can two objects that came in, containers apart."""
        r = self.cfg.cells[left].resource
        if self.cfg.resources[r].shared or self.cfg.resources[r].slots:
            return self.cfg.resources[r].shared
        came = [
            disj(*(conj(s, neg(eq(self.pools[r][i][LENDING], NOT_LENT))) for i, s in self.select(cell, True)))
            for cell in (left, right)
        ]
        return self.script.name(conj(*came))

    def _compared(self, op: str, left: int, right: int) -> Term:
        """May `left op right` hold?  Of two members of one class nothing is known."""
        a, b = self.cells[left], self.cells[right]
        if self.cfg.cells[left].kind != "int":
            return compare(op, a, b)
        return disj(compare(op, a, b), conj(eq(a, b), *(neg(eq(a, p)) for p in self.cfg.points)))

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
        v, there = self.cells[cell], self.exists[self.cfg.cells[cell].resource]
        if isinstance(v, int):
            pairs = [(v - 1, conj(pc, there[v - 1]))] if 0 < v <= len(there) else []
        else:
            pairs = [(i, conj(pc, e, eq(v, i + 1))) for i, e in enumerate(there)]
        return [(i, self.script.name(s)) for i, s in pairs if s is not False]

    def pointer(self, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> None:
        """Report NULL, ERR_PTR and unwritten pointers where they are not accepted."""
        v = self.cells[cell]
        wrong = [eq(v, UNINIT)]
        if not err_ok:
            wrong.append(compare("<", v, 0))
        if not nullable:
            wrong.append(eq(v, 0))
        if True not in wrong:
            wrong.append(conj(positive(v), neg(disj(*(s for _, s in self.select(cell, True))))))
        self.report("bad-pointer", conj(pc, disj(*wrong)))

    def living(self, cell: int, pc: Term, nullable: bool = False, err_ok: bool = False) -> list[tuple[int, Term]]:
        """The objects named, after reporting those that nothing protects."""
        self.pointer(cell, pc, nullable, err_ok)
        r = self.cfg.cells[cell].resource
        chosen = self.select(cell, pc)
        for i, s in chosen:
            why = self.pools[r][i][WHY]
            dead = self.script.name(conj(s, neg(self.alive(r, i)), neg(eq(why, REPORTED))))
            if dead is not False:
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
            held = self.script.name(conj(s, positive(f[REFS])))
            rest = self.script.name(conj(s, neg(held)))
            self.put(r, i, WHY, conj(held, eq(f[REFS], 1)), why)
            self.put(r, i, REFS, held, plus(f[REFS], -1))
            done.append(held)
            if why == RELEASED and rest is not False:
                for k, j, slot, owns in self.slots_owning(r, i):
                    through = self.script.name(conj(rest, owns, self.firm(k, j)))
                    self.put(k, j, slot_index(self.cfg.resources[k], slot), through, STALE)
                    rest = self.script.name(conj(rest, neg(through)))
                    done.append(through)
            if rest is False:
                continue
            was = f[WHY]
            self.report("double-release" if why == RELEASED else "use-after-release", conj(rest, eq(was, RELEASED)))
            gone = self.script.name(conj(eq(was, CONSUMED), neg(self.alive(r, i))))
            self.report("use-after-consume", conj(rest, gone))
            self.report("release-of-borrowed", conj(rest, neg(eq(was, RELEASED)), neg(gone)))
        self.settle(why, self.script.name(disj(*done)))
