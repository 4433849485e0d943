"""How a function starts: entry edges from its contract and entry context."""

from itertools import product

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, MODES, NOREF, OWNED
from refcheck.lower.builder import Builder, Operand, Variable
from refcheck.lower.effects import Application, conj, disj, is_false, is_true, negate
from refcheck.lower.tables import nodes_by_class, nodes_of, reachable
from refcheck.lower.traits import GIVING, traits_of
from refcheck.syntax import ast, pretty

NO_OBJECT = "name a parameter whose object comes in"
_MODE_NAMES = {EMPTY: "empty", NOREF: "noref", OWNED: "owned"}


def _is(place: ast.Place | None, name: str, slot: str | None) -> bool:
    """The place is this parameter itself, or this slot of it."""
    return place is not None and (place.name, place.slot) == (name, slot)


class Ghosts(NamedTuple):
    """Cells that remember the entry: parameters by name, slot modes and contents by (parameter, slot)."""

    params: dict[str, Operand]
    modes: dict[tuple[str, int], int]
    targets: dict[tuple[str, int], int]


class Entry:
    """Builds the entry edges of one function."""

    def __init__(self, b: Builder, function: ast.FunctionDef, entry: str | None) -> None:
        self.b = b
        self.function = function
        self.decl = b.tables.decl
        self.entry = self.decl.entries[entry] if entry else None
        self.contract = self.decl.contracts.get(function.sig.name)
        self.sig = self.contract.sig if self.contract else function.sig
        self.scope: dict[str, Variable] = {}
        self.ghosts = Ghosts({}, {}, {})
        self.floor = [0] * len(b.tables.contexts)
        self.floor_cells = [-1] * len(b.tables.contexts)
        self.dip_cells = [-1] * len(b.tables.contexts)
        self.app: Application | None = None
        self.owned: dict[str, ops.Cond] = {}
        self.result = -1

    @property
    def span(self) -> Span:
        """Where the function is declared."""
        return self.function.sig.span

    # -- entry edges
    def build(self) -> None:
        """Emit the entry edges from location 0 and leave `at` behind them."""
        self._parameters()
        contract = self.contract or ast.ContractDef(self.sig, (), self.sig.span)
        self.app = Application(self.b, contract, self.ghosts.params)
        self._conditions()
        self._contexts()
        self._scalars()
        self._objects()
        self._slots()
        self._assume_requires()

    def _assume_requires(self) -> None:
        """Callers have checked what `__requires` says; a named entry context must guarantee it."""
        for prop, asked in self.sig.requires:
            cond, text = self.cond(asked), f"{pretty.expr(asked)} on entry"
            after = self.b.location()
            if self.entry:
                self.b.edge(after, self.span, text, "entry", (ops.Require(cond, self.sig.name, pretty.expr(asked), prop),))
            else:
                self.b.edge(after, self.span, text, "entry", (), cond)
            self.b.at = after

    def _assigned(self) -> set[str]:
        """Parameters that the body may write: they need a ghost copy of their first value."""
        nodes = nodes_of(self.decl, self.function)
        found = {n.target.name for n in nodes[ast.Assign] if isinstance(n.target, ast.Name)}
        return found | {n.name for n in nodes[ast.AddressOf] if n.field is None}

    def _parameters(self) -> None:
        written = self._assigned()
        for p in self.sig.params:
            name = f"*{p.name}" if p.type.pointer else p.name
            in_out = p.type.pointer and self._in_out(p)
            cell = self.b.cell(name, p.type.name, "out" if p.type.pointer else "param")
            self.scope[p.name] = Variable(cell, p.type.name, p.type.pointer)
            keep = cell
            if in_out or (p.name in written and not p.type.pointer):
                keep = self.b.cell(f"{name}@entry", p.type.name, "ghost")
            self.ghosts.params[p.name] = Operand(keep, 0, p.type.name)

    def _in_out(self, p: ast.Param) -> bool:
        """A pointer to a pointer whose object the caller brings: the contract or the body speaks of what is there."""
        if p.type.name not in self.decl.resources:
            return False
        if not self.contract:
            nodes = nodes_of(self.decl, self.function)
            targets = {id(n.target) for n in nodes[ast.Assign]}
            return any(n.name == p.name and id(n) not in targets for n in nodes[ast.Deref])
        return any(e.place and e.place.name == p.name and e.verb != "set" for o in self.contract.outcomes for e in o.effects)

    def _conditions(self) -> None:
        """Ghost cells for slots come first: conditions of the contract are asked of them."""
        for p in self.sig.params:
            who = self.ghosts.params[p.name]
            if who.type not in self.decl.resources or (p.type.pointer and not self._in_out(p)):
                continue
            for s, slot in enumerate(self.b.tables.resources[self.b.tables.resource(who.type)].slots):
                target = self.b.tables.resources[slot.target].name
                self.ghosts.modes[p.name, s] = self.b.cell(f"{p.name}->{slot.name}@entry", "int", "ghost")
                self.ghosts.targets[p.name, s] = self.b.cell(f"{p.name}->{slot.name} on entry", target, "ghost")

    def cond(self, cond: ast.CondExpr | None) -> ops.Cond:
        """A condition of the contract over ghost cells."""
        match cond:
            case None:
                return ops.TRUE
            case ast.Not(arg):
                return negate(self.cond(arg))  # type: ignore[arg-type]
            case ast.Logic(op, left, right):
                return (conj if op == "&&" else disj)(self.cond(left), self.cond(right))  # type: ignore[arg-type]
            case ast.StateIs(place, states) if place.slot:
                assert self.app is not None
                asked = self.app.cond(cond)
                if not isinstance(asked, ops.SlotIs):
                    return asked
                mode = self.ghosts.modes.get((place.name, asked.slot))
                if mode is None:
                    raise self.b.fail("unsupported", f"`{place.name}` brings no object with slots", place.span, NO_OBJECT)
                return disj(*(ops.Cmp(mode, "==", MODES[s]) for s in states))
            case _:
                assert self.app is not None
                return self.app.cond(cond)

    def _contexts(self) -> None:
        held = self.entry.holds if self.entry else ()
        todo: list[ops.Op] = []
        for name in held:
            c = self.b.tables.context(name)
            self.floor[c] += 1
            todo.append(ops.Enter(c))
        outcomes = self.contract.outcomes if self.contract else ()
        leaves = {e.context for o in outcomes for e in o.effects if e.verb == "leave"}
        for name in sorted(leaves):
            c = self.b.tables.context(name)
            self.dip_cells[c] = self.b.cell(f"{name} left", "int", "ghost")
            todo.append(ops.Set(self.dip_cells[c], 0))
        todo += [ops.Havoc(c, (0, 1)) for c in self.b.configs.values()]
        where = f" in {self.entry.name}" if self.entry else ""
        self.b.then(self.span, f"entry{where}", "entry", tuple(todo))

    def must_hold(self) -> None:
        """What `__must_hold` says: assumed of unnamed callers, checked of a named entry context."""
        clauses = [(self.cond(m.when), m) for m in self.sig.must_hold]
        if not self.entry:
            self._assume(clauses)
            return
        for cond, must in clauses:
            facts = tuple(self.b.tables.fact(f) for f in must.facts)
            need: ops.Op = ops.Need(facts, self.sig.name)
            todo: tuple[ops.Op, ...] = (need,) if is_true(cond) else (ops.When(cond, (need,)),)
            self.b.then(must.span, f"entry needs {' | '.join(must.facts)}", "entry", todo)

    def _assume(self, clauses: list[tuple[ops.Cond, ast.MustHold]]) -> None:
        """One entry edge for each smallest set of contexts that satisfies the clauses with the same condition."""
        groups: dict[str, list[tuple[ops.Cond, ast.MustHold]]] = {}
        for cond, must in clauses:
            groups.setdefault(ops.key(cond), []).append((cond, must))
        sets = {k: self._smallest([self._alternatives(m) for _, m in group]) for k, group in groups.items()}
        varying = len(groups) > 1 or any(len(found) > 1 or not is_true(groups[k][0][0]) for k, found in sets.items())
        for k, found in sets.items():
            cond, span = groups[k][0][0], groups[k][0][1].span
            after = self.b.location()
            for chosen in found:
                names = ", ".join(self.b.tables.contexts[c] for c in chosen)
                todo: tuple[ops.Op, ...] = tuple(ops.Enter(c) for c in chosen)
                todo = todo if is_true(cond) else (ops.When(cond, todo),)
                self.b.edge(after, span, f"the caller holds {names}", "entry", todo, outcome=names)
            self.b.at = after
        if varying:
            self._remember_levels(sorted({c for found in sets.values() for chosen in found for c in chosen}))
        else:
            for c in (c for found in sets.values() for chosen in found for c in chosen):
                self.floor[c] += 1

    def _remember_levels(self, contexts: list[int]) -> None:
        """Ghost cells with the levels on entry, for contexts that not every caller has entered."""
        todo: list[ops.Op] = []
        for c in contexts:
            self.floor_cells[c] = self.b.cell(f"{self.b.tables.contexts[c]}@entry", "int", "ghost")
            todo.append(ops.Snapshot(self.floor_cells[c], c))
        self.b.then(self.span, "levels on entry", "entry", tuple(todo))

    @staticmethod
    def _smallest(options: list[list[int]]) -> list[tuple[int, ...]]:
        """The smallest sets that have a member of each list; what a larger set allows, one of these allows."""
        found = {frozenset(choice) for choice in product(*options)}
        return sorted(tuple(sorted(s)) for s in found if not any(other < s for other in found))

    def _alternatives(self, must: ast.MustHold) -> list[int]:
        """Contexts that satisfy the clause, one of each set that no fact and no effect tells apart."""
        tables, found = self.b.tables, dict[object, int]()
        trees = reachable(self.decl, self.function)
        touched = {n.context for t in trees for n in nodes_of(self.decl, t)[ast.Effect] if n.context}
        for f in must.facts:
            for c in tables.facts[tables.fact(f)].contexts:
                facts = tuple(i for i, fact in enumerate(tables.facts) if c in fact.contexts)
                name = tables.contexts[c]
                found.setdefault((facts, name if name in touched else ""), c)
        return list(found.values())

    def _scalars(self) -> None:
        todo: list[ops.Op] = []
        for p in self.sig.params:
            v = self.scope[p.name]
            if v.out or v.type in self.decl.resources:
                continue
            todo.append(ops.Havoc(v.cell, self.b.values_of(v.type)))
            if self.ghosts.params[p.name].cell != v.cell:
                todo.append(ops.Copy(self.ghosts.params[p.name].cell, v.cell))
        if todo:
            self.b.then(self.span, "any arguments", "entry", tuple(todo))
        self.must_hold()

    def _objects(self) -> None:
        for p in self.sig.params:
            v = self.scope[p.name]
            if v.type not in self.decl.resources or (v.out and not self._in_out(p)):
                continue
            self.owned[p.name] = self._owned(p)
            lent = ops.New(v.cell, "counted" if "__counted" in p.attrs else "lent")
            todo: list[ops.Op] = []
            if is_true(self.owned[p.name]):
                todo.append(ops.New(v.cell, "hold"))
            elif is_false(self.owned[p.name]):
                todo.append(lent)
            else:
                todo += [
                    ops.When(self.owned[p.name], (ops.New(v.cell, "hold"),)),
                    ops.When(negate(self.owned[p.name]), (lent,)),
                ]
            keep = self.ghosts.params[p.name].cell
            copy: list[ops.Op] = [ops.Copy(keep, v.cell)] if keep != v.cell else []
            after = self.b.location()
            self.b.edge(after, self.span, f"{p.name} on entry", "entry", (*todo, *copy))
            if "__nullable" in p.attrs or "__any" in p.attrs:
                null: tuple[ops.Op, ...] = (ops.Set(v.cell, 0), *([ops.Set(keep, 0)] if copy else []))
                self.b.edge(after, self.span, f"{p.name} is NULL", "entry", null, outcome="NULL")
            if "__maybe_err" in p.attrs or "__any" in p.attrs:
                codes = tuple(i for i in self.b.tables.integers if i < 0)
                err: tuple[ops.Op, ...] = (ops.Havoc(v.cell, codes), *([ops.Copy(keep, v.cell)] if copy else []))
                self.b.edge(after, self.span, f"{p.name} is ERR_PTR", "entry", err, outcome="ERR_PTR")
            self.b.at = after

    def _owned(self, p: ast.Param) -> ops.Cond:
        """Where on entry the caller hands over a reference: where some outcome gives it back or on."""
        outcomes = self.contract.outcomes if self.contract else ()
        return disj(
            *(
                conj(self._flags_only(o.when, p.name), self._flags_only(e.when, p.name))
                for o in outcomes for e in self._given(o, p.name)[0]
            )
        )  # fmt: skip

    def _flags_only(self, cond: ast.CondExpr | None, own: str = "") -> ops.Cond:
        """A condition for the object that comes in as `own`: it is not NULL; what is asked of slots is left open."""
        match cond:
            case ast.StateIs():
                return ops.TRUE
            case ast.Not(arg):
                inner = self._flags_only(arg, own)  # type: ignore[arg-type]
                return ops.TRUE if nodes_by_class(arg)[ast.StateIs] else negate(inner)
            case ast.Logic(op, left, right):
                join = conj if op == "&&" else disj
                return join(self._flags_only(left, own), self._flags_only(right, own))  # type: ignore[arg-type]
            case ast.PlaceTest(place, op, _) if self.ghosts.params[place.name].type in self.decl.resources:
                if place.name != own:
                    text = "who owns an argument cannot depend on another pointer"
                    raise self.b.fail("unsupported", text, place.span, "say it with a flag")
                return ops.FALSE if op == "==" else ops.TRUE
            case _:
                return self.cond(cond)

    @staticmethod
    def _given(o: ast.Outcome, name: str) -> tuple[list[ast.Effect], list[ast.Effect]]:
        """Effects by which the caller's reference on a parameter goes, and holds that are the caller's afterwards.

        A hold whose reference the same outcome gives on (`hold d, p->slot = move d`) is neither.
        """
        gives, holds = list[ast.Effect](), list[ast.Effect]()
        for e in o.effects:
            moved = e.value if isinstance(e.value, ast.FromPlace) and e.value.how == "move" else None
            if moved and moved.place.name == name:
                gives.append(e)
            elif e.place and e.place.name == name and not e.place.slot:
                if e.verb in GIVING:
                    gives.append(e)
                elif e.verb in ("hold", "try_hold"):
                    holds.append(e)
        while gives and holds and gives[-1].when is None and holds[-1].when is None:
            gives.pop()
            holds.pop()
        return gives, holds

    def _slots(self) -> None:
        """The content of the caller's slots on entry: empty, a borrow, or owned, as far as the entry context allows."""
        for (name, s), mode_cell in self.ghosts.modes.items():
            p, target = self.ghosts.params[name], self.ghosts.targets[name, s]
            slot = self.b.tables.resources[self.b.tables.resource(p.type)].slots[s]
            allowed = self._allowed(name, p.type, slot.name)
            after = self.b.location()
            for mode in allowed:
                todo: list[ops.Op] = [ops.Set(mode_cell, mode), ops.Set(target, 0)]
                if mode != EMPTY:
                    lost = mode == NOREF and self._lost(name, slot.name)
                    put = ops.PutSlot(p.cell, s, mode == OWNED, target, lost)
                    how = "hold" if mode == OWNED else "borrow" if lost else "lent"
                    made: list[ops.Op] = [ops.New(target, how), put]
                    nullable = ops.Truth(p.cell)
                    todo += [ops.When(conj(nullable, ops.Cmp(p.cell, ">", 0)), tuple(made))]
                shown = _MODE_NAMES[mode]
                text = f"{name}->{slot.name} is {shown} on entry"
                self.b.edge(after, self.span, text, "entry", tuple(todo), outcome=shown)
            self.b.at = after

    def _lost(self, param: str, slot: str) -> bool:
        """Callers need not show that what the slot borrows is alive."""
        return self.entry is None and self.contract is not None and traits_of(self.decl, self.contract).loses(param, slot)

    def _allowed(self, param: str, resource: str, slot: str) -> list[int]:
        for r, s, states in self.entry.slots if self.entry else ():
            if (r, s) == (resource, slot):
                return [MODES[state] for state in states]
        if self.entry is None and self._queued(param, slot):
            return [EMPTY, OWNED]
        return [EMPTY, NOREF, OWNED]

    def _queued(self, param: str, slot: str) -> bool:
        """Every call may queue the argument, so that callers show that no slot of it borrows.

        A contract that speaks of the slot is taken at its word: it may turn the borrow into a reference first.
        """
        if self.contract is None:
            return False
        if any(_is(n, param, slot) for n in nodes_of(self.decl, self.contract)[ast.Place]):
            return False
        return any(
            o.when is None and any(e.verb == "queue" and e.when is None and _is(e.place, param, None) for e in o.effects)
            for o in self.contract.outcomes
        )
