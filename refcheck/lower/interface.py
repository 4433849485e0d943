# SPDX-License-Identifier: GPL-2.0-only
"""The states in which a function can be called: what a call must show, and what a body may assume.

Both are said of one set of states, attribute by attribute, so that they stand side by side here:

- an argument is an object that lives through the call (`Use`: lent), NULL where `__nullable`, ERR_PTR where `__maybe_err`;
  with `__any` nothing is known of it but that the variable was written;
- `__counted`: its count is known to be positive;
- where the contract speaks of its slots, not only a reader section keeps it, unless it is `__rcu` (`NeedFirm`: firm);
- a reference that an outcome gives away is the path's own, and no slot's that the contract speaks of (`NeedOwn`: held);
- what a slot lends is alive where the contract looks into the slot (`UseSlots`), else nothing is known of it;
- containers of one kind are different objects (`Differ`), those in slots too; other arguments may be one (`MayBeSame`);
- `__must_hold`, `__requires`, `__may_sleep` hold.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNSPOKEN
from refcheck.lower.builder import Operand
from refcheck.lower.logic import conj, disj, is_false, is_true, when
from refcheck.lower.outcome import Outcomes
from refcheck.syntax import ast, pretty
from refcheck.unit.effects import gives


class Interface(Outcomes):
    """A contract whose calls are checked, and whose states on entry are built."""

    # -- what a call must show
    def checks(self) -> list[ops.Op]:
        """What a call asks for, whatever its outcome."""
        todo = self.demands()
        for p in self.sig.params:
            scalar = p.type.name not in self.b.tables.decl.resources and not p.type.pointer
            if scalar and self.bind[p.name].cell >= 0:
                todo.append(ops.CheckInit(self.bind[p.name].cell))
        for p, who in self.objects():
            todo += when(self.there(who), self._shown(p, who.cell))
        return [*todo, *self._distinct(), *self._contents_apart(), *self._each_its_own(), *self.required()]

    def demands(self) -> list[ops.Op]:
        """What the signature asks of contexts."""
        todo = list[ops.Op]()
        for must in self.sig.must_hold:
            facts = tuple(self.b.tables.fact(f) for f in must.facts)
            todo += when(self.cond(must.when), [ops.Need(facts, self.sig.name)])
        if self.sig.may_sleep:
            todo.append(self.no_atomic())
        return todo

    def required(self) -> list[ops.Op]:
        """What `__requires` asks of the arguments."""
        return [
            ops.Require(self.cond(asked), self.sig.name, pretty.expr(asked), prop) for prop, asked in self.sig.requires
        ]

    def _shown(self, p: ast.Param, cell: int) -> list[ops.Op]:
        """What a call shows of one argument and its slots."""
        own = when(self.owned(p), [ops.NeedOwn(cell)]) if self._is_content(p) else []
        if "__any" in p.attrs:
            return [ops.CheckInit(cell), *own]
        outcomes = self.contract.outcomes
        always = bool(outcomes) and all(any(e.when is None for e in gives(o, p.name)) for o in outcomes)
        # What is given away in any case is looked at by that effect.
        todo: list[ops.Op] = [ops.Valid(cell, self.nullable(p.name))] if always else self.alive(p, cell)
        read = tuple(s for s, name in self.slots(p) if (p.name, name) in self.said.read)
        used: list[ops.Op] = [ops.UseSlots(cell, read)] if read else []
        return [*todo, *own, *used, *self._not_stale(p, cell, read), *self._known_slots(p, cell)]

    def _not_stale(self, p: ast.Param, cell: int, read: tuple[int, ...]) -> list[ops.Op]:
        """What the callee may find in a slot has not been released through it; where it only drops it, it is asked there."""
        found: list[ops.Op] = []
        for s, name in self.slots(p):
            dropped = all(any(_drops(e, p.name, name) for e in o.effects) for o in self.contract.outcomes)
            if (p.name, name) in self.said.spoken and s not in read and not dropped:
                fresh = ops.SlotIs(cell, s, (EMPTY, NOREF, OWNED, UNSPOKEN))
                text = f"{p.name}->{name} was not released through it"
                found.append(ops.Require(fresh, self.sig.name, text, "use-after-release"))
        return when(self.is_object(p, cell), found)

    def _known_slots(self, p: ast.Param, cell: int) -> list[ops.Op]:
        """The callee may look at each slot of which its contract speaks, also where an effect on it has a condition.

        Looking is what can be wrong (`unspoken`), whatever is found; an effect that each outcome has looks itself.
        """
        found: list[ops.Op] = []
        for s, name in self.slots(p):
            if (p.name, name) in self.said.spoken and not self._always(p.name, name):
                looked = ops.Or((ops.SlotIs(cell, s, (EMPTY, NOREF, OWNED, STALE)), ops.TRUE))
                found.append(ops.Require(looked, self.sig.name, f"{p.name}->{name} is known", "broken-contract"))
        return when(self.is_object(p, cell), found)

    def _always(self, param: str, slot: str) -> bool:
        """Every outcome has an effect on the slot, whatever is asked; what is only read, nobody may want."""
        for o in self.contract.outcomes:
            if (param, slot) not in [(e.place.name, e.place.slot) for e in o.effects if e.when is None and e.place]:
                return False
        return True

    @property
    def _looked(self) -> frozenset[tuple[str, str]]:
        return self.said.spoken | self.said.read

    def _is_content(self, p: ast.Param) -> bool:
        """A slot that the contract speaks of, or looks into, could name the same object."""
        resources, kinds = self.b.tables.decl.resources, self.said.kinds
        spoken = [(resources[kinds[n].type.name], slot) for n, slot in self._looked if n in kinds and n != p.name]
        return any((s.name, s.target) == (slot, p.type.name) for resource, slot in spoken for s in resource.slots)

    def _pairs(self) -> Iterator[tuple[ast.Param, ast.Param, ops.Cond, ops.Cond]]:
        """Two arguments of one resource, whether both are there, and whether they are two objects, if they are any."""
        for (p, a), (q, b) in combinations(self.objects(), 2):
            if p.type.name == q.type.name:
                yield p, q, conj(self.there(a), self.there(b)), _two(a.cell, b.cell)

    def _distinct(self) -> list[ops.Op]:
        """Two containers that a contract tells apart are two objects."""
        found: list[ops.Op] = []
        for p, q, there, differ in self._pairs():
            if self.b.tables.decl.resources[p.type.name].slots:
                found += when(there, [ops.Require(differ, self.sig.name, f"{p.name} != {q.name}", "broken-contract")])
        return found

    def _contents_apart(self) -> list[ops.Op]:
        """What is in a slot is another container than the arguments, and than what is in another slot."""
        found, contents = list[ops.Op](), list[tuple[str, int, str]]()
        for p, who in self.objects():
            container = self.b.tables.resources[self.b.tables.resource(p.type.name)]
            for s, name in self.slots(p) if "__any" not in p.attrs else ():
                kind = self.b.tables.resources[container.slots[s].target].name
                if (p.name, name) in self._looked and self.b.tables.decl.resources[kind].slots:
                    content = self.content(who.cell, s, "passed")
                    there = conj(self.there(who), ops.Cmp(who.cell, ">", 0))
                    found += [ops.Set(content, 0), *when(there, [ops.ReadSlot(content, who.cell, s)])]
                    contents.append((kind, content, f"{p.name}->{name}"))
        others = [(p.type.name, who.cell, p.name, self.there(who)) for p, who in self.objects()] if contents else []
        for i, (kind, content, text) in enumerate(contents):
            for other, cell, name, there in (*others, *((*c, ops.TRUE) for c in contents[:i])):
                if other == kind:
                    asked = ops.Require(_two(cell, content), self.sig.name, f"{name} != {text}", "broken-contract")
                    found += when(there, [asked])
        return [*found, *(ops.Forget(content) for _, content, _ in contents)]

    def _each_its_own(self) -> list[ops.Op]:
        """Each argument that may be given away comes with a reference: one will not do for two, if no outcome gives both."""
        found: list[ops.Op] = []
        for p, q, there, differ in self._pairs():
            if not self._given_together(p.type.name):
                text = f"{p.name} and {q.name} bring a reference each"
                asked = ops.Require(differ, self.sig.name, text, "release-of-borrowed")
                found += when(conj(self.owned(p), self.owned(q), there), [asked])
        return found

    def _given_together(self, kind: str) -> bool:
        """Some outcome that is always possible gives away all that any gives: there as many references are asked for."""
        given = [p.name for p, _ in self.objects() if p.type.name == kind and not is_false(self.owned(p))]
        return any(
            o.when is None and all(any(e.when is None for e in gives(o, name)) for name in given)
            for o in self.contract.outcomes
        )

    # -- what a body may assume
    def owned(self, p: ast.Param) -> ops.Cond:
        """Where on entry the caller hands over a reference: where some outcome gives it back or on."""
        cells = [(self.cond(o.when), self.cond(e.when)) for o in self.contract.outcomes for e in gives(o, p.name)]
        return disj(*(conj(outer, inner) for outer, inner in cells))

    def looked_at(self, p: ast.Param, slot: str) -> bool:
        """The body may look at a slot: there is no contract, or it speaks of the slot, or takes the object over with it."""
        return not self.contract.outcomes or (p.name, slot) in self._looked

    def untouched(self, cell: int, slots: Iterable[int]) -> list[ops.Op]:
        """Slots from which the body keeps its hands."""
        return [ops.Unspoken(cell, s) for s in slots]

    def arrival(self, p: ast.Param, cell: int) -> ops.New:
        """An argument that is an object comes in; what it is handed over with under a condition, `handed` says."""
        if is_true(self.owned(p)):
            return ops.New(cell, "handed")
        if "__any" in p.attrs:
            how = "dead"
        elif p.name in self.said.late:
            how = "kept"
        elif "__counted" in p.attrs:
            how = "counted"
        else:
            firm = not self.contract.outcomes or self.said.speaks(p.name)
            how = "firm" if firm and "__rcu" not in p.attrs else "lent"
        return ops.New(cell, how)

    def handed(self, p: ast.Param, who: Operand) -> list[ops.Op]:
        """The reference that comes with an argument under a condition, which may ask slots."""
        cond = self.owned(p)
        return [] if is_true(cond) else when(conj(self.there(who), ops.Cmp(who.cell, ">", 0), cond), [ops.Grant(who.cell)])

    def filled(self, p: ast.Param, who: Operand, slot: int, content: int, mode: int, good: bool) -> list[ops.Op]:
        """A slot of an argument is as `mode` says on entry; what it lends is alive where `good`."""
        if mode == OWNED:
            made: list[ops.Op] = [ops.New(content, "handed"), ops.PutSlot(who.cell, slot, True, content)]
        elif mode == NOREF:
            made = [ops.New(content, "lent" if good else "dead"), ops.PutSlot(who.cell, slot, False, content, True)]
        else:
            made = []
        target = self.b.tables.resources[self.b.cells[content].resource]
        made += self.untouched(content, range(len(target.slots))) if made else []
        return when(conj(self.there(who), self.is_object(p, who.cell)), made)


def _drops(e: ast.Effect, param: str, slot: str) -> bool:
    """The effect drops the slot of the parameter, whatever holds."""
    place = (e.place.name, e.place.slot) if e.place else None
    return e.verb in ("drop", "release") and e.when is None and place == (param, slot)


def _two(a: int, b: int) -> ops.Cond:
    """What two pointers name are two objects, if they are any."""
    return ops.Or((ops.Cmp(a, "<=", 0), ops.Cmp(b, "<=", 0), ops.Differ(a, b)))
