# SPDX-License-Identifier: GPL-2.0-only
"""How a function starts: entry edges from its contract and entry context."""

from itertools import product

from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, MODES, NOREF, OWNED, Came, EntryLevel, Promise, promise_cells
from refcheck.graph.footprint import reads, touched
from refcheck.lower.builder import Builder, NamedCell, Operand
from refcheck.lower.interface import Interface
from refcheck.lower.logic import conj, is_false, is_true, negate, when
from refcheck.lower.tables import reachable, revoked
from refcheck.syntax import ast, code, pretty
from refcheck.unit.nodes import nodes_of

_MODE_NAMES = {EMPTY: "empty", NOREF: "noref", OWNED: "owned"}
_MOST_CASES = 6


class EntryBuilder:
    """Builds the entry edges of one function; `came` has what the exits need to know of them."""

    def __init__(self, b: Builder, function: ast.FunctionDef, entry: str | None) -> None:
        self.b = b
        self.function = function
        self.decl = b.tables.decl
        self.entry = self.decl.entries[entry] if entry else None
        self.contract = self.decl.contracts.get(function.sig.name)
        self.sig = self.contract.sig if self.contract else function.sig
        self.scope: dict[str, NamedCell] = {}
        self.levels = [EntryLevel()] * len(b.tables.contexts)
        contract = self.contract or ast.ContractDef(self.sig, (), self.sig.span)
        self.terms = Interface(b, contract, {})
        if not self.contract:
            brought = {p.name for p in self.sig.params if self._reads(p)}
            self.terms.said = self.terms.said._replace(brought=frozenset(brought))
        self.kept: list[int] = []
        self.names: list[int] = []
        self.built: list[tuple[str, ops.Op]] = []

    @property
    def span(self) -> Span:
        """Where the function is declared."""
        return self.function.sig.span

    def _reads(self, p: ast.Param) -> bool:
        """A body without a contract reads what an out-parameter points to: the caller brings an object there."""
        if not p.type.pointer or p.type.name not in self.decl.resources:
            return False
        nodes = nodes_of(self.decl, self.function)
        targets = {id(n.target) for n in nodes[code.Assign]}
        return any(n.name == p.name and id(n) not in targets for n in nodes[code.Deref])

    # -- entry edges
    def build(self) -> None:
        """Emit the entry edges from location 0 and leave `at` behind them."""
        self._parameters()
        self._contexts()
        self._scalars()
        if not self.entry:
            self._assume(self._must_hold())
        for p, who in self.terms.objects():
            self._object(p, who)
        for p, who in self.terms.objects():
            for s, name in self.terms.slots(p) if "__any" not in p.attrs else ():
                if self.entry or self.terms.looked_at(p, name):
                    self._slot(p, who, s, name)
        self._handed()
        self._conditions()

    def promises(self, result: int) -> tuple[Promise, ...]:
        """What each exit must keep: what an outcome does to the state on entry, in the cells of the entry.

        A function without a contract returns what it likes, and changes nothing else.
        """
        if self.contract is None:
            return (Promise("returns", ops.TRUE, ()),)
        self.terms.bind |= {
            n: self.terms.bind[n]._replace(cell=self.scope[n].cell) for n in self.terms.said.brought
        }  # fmt: skip
        return tuple(
            Promise(o.name, self.terms.cond(o.when), tuple(self.terms.changes(o, result))) for o in self.contract.outcomes
        )

    def came(self, promises: tuple[Promise, ...]) -> Came:
        """What the exits need: the cells that keep what came in, how the state on entry is built from them, its names.

        An argument that is only lent, has no slots, and is named by no promise is none of their business, unless it could
        stand where an outcome has a new object.
        """
        asked, made = promise_cells(promises), self._made() if self.contract else ()
        mine = {
            p.name for p, who in self.terms.objects()
            if p.type.name in made or who.cell in asked or self.terms.slots(p) or p.type.pointer
            or not is_false(self.terms.owned(p))
        }  # fmt: skip
        told = tuple(self.b.revoked.values())
        left = [level.left for level in self.levels if level.left >= 0]
        built = (*(ops.Set(c, 0) for c in (*left, *told)), *(op for name, op in self.built if name in mine))
        needed = asked.union(*(reads(op) | touched(op) for op in built))
        outs = tuple(v.cell for v in self.scope.values() if v.out)
        kept = tuple(c for c in self.kept if c in needed)
        return Came(kept, built, tuple(c for c in self.names if c in needed), outs, told, self.contract is None)

    def _made(self) -> set[str]:
        """The resources of which something goes back: in the result, an out-parameter, a slot of theirs or of arguments."""
        resources = self.b.tables.resources
        kinds = {self.sig.result.name} | {p.type.name for p in self.sig.params if p.type.pointer}
        kinds |= {p.type.name for p, _ in self.terms.objects() if self.terms.slots(p)}
        todo = [r for r in resources if r.name in kinds]
        while todo:
            more = {resources[s.target].name for s in todo.pop().slots} - kinds
            kinds |= more
            todo += [r for r in resources if r.name in more]
        return kinds - {r.name for r in resources if r.shared}

    def _conditions(self) -> None:
        """What callers have checked; a named entry context must guarantee it, by what it says itself."""
        if self.entry:
            self._guaranteed(self.entry)
        for prop, asked in self.sig.requires:
            cond, text = self.terms.cond(asked), f"{pretty.expr(asked)} on entry"
            if self.entry:
                self.b.then(self.span, text, "entry", (ops.Require(cond, self.sig.name, pretty.expr(asked), prop),))
            else:
                self.b.then(self.span, text, "entry", (), guard=cond)

    def _guaranteed(self, entry: ast.EntryDef) -> None:
        """A named entry context: what it says of arguments, and then whether it holds what `__must_hold` asks for."""
        for asked in entry.requires:
            names = {n.name for n in nodes_of(self.decl, asked)[ast.EffectPlace]}
            if names <= {p.name for p in self.sig.params}:
                text = f"{pretty.expr(asked)} in {entry.name}"
                self.b.then(self.span, text, "entry", (), guard=self.terms.cond(asked))
        for cond, must in self._must_hold():
            need: ops.Op = ops.Need(tuple(self.b.tables.fact(f) for f in must.facts), self.sig.name)
            self.b.then(must.span, f"entry needs {' | '.join(must.facts)}", "entry", tuple(when(cond, [need])))

    def _assigned(self) -> set[str]:
        """Parameters that the body may write: they need a cell of their own for their first value."""
        nodes = nodes_of(self.decl, self.function)
        found = {n.target.name for n in nodes[code.Assign] if isinstance(n.target, code.Name)}
        return found | {n.name for n in nodes[code.AddressOf] if n.field is None}

    def _parameters(self) -> None:
        written = self._assigned()
        for p in self.sig.params:
            out = p.type.pointer
            name = f"*{p.name}" if out else p.name
            cell = self.b.cell(name, p.type.name, "out" if out else "param")
            present = self.b.cell(p.name, "bool", "ghost") if out and "__nullable" in p.attrs else -1
            self.scope[p.name] = NamedCell(cell, p.type.name, out, present)
            keep = cell
            if p.name in self.terms.said.brought or (p.name in written and not out):
                keep = self.b.cell(f"{name}@entry", p.type.name, "ghost")
            self.terms.bind[p.name] = Operand(keep, 0, p.type.name, False, present)

    def _contexts(self) -> None:
        held = self.entry.holds if self.entry else ()
        todo: list[ops.Op] = []
        for name in held:
            c = self.b.tables.context(name)
            self._entered(c)
            todo.append(ops.Enter(c))
        for name in sorted(self._leaves()):
            c = self.b.tables.context(name)
            left = self.b.cell(f"{name} left", "int", "ghost")
            self.levels[c] = self.levels[c]._replace(left=left)
            todo.append(ops.Set(left, 0))
        todo += self._nothing_revoked()
        todo += [ops.Havoc(c, (0, 1)) for c in self.b.configs.values()]
        self.kept += self.b.configs.values()
        where = f" in {self.entry.name}" if self.entry else ""
        self.b.then(self.span, f"entry{where}", "entry", tuple(todo))

    def _leaves(self) -> set[str]:
        """The contexts that the contract lets the body leave."""
        return {e.context for o in self.terms.contract.outcomes for e in o.effects if e.verb == "leave"}

    def _nothing_revoked(self) -> list[ops.Op]:
        """Ghost cells for what callers are told by the contract alone: of which facts the body ends what is lent.

        A caller has been lent nothing for a fact that does not hold on entry, as far as a named entry context tells.
        """
        names = {f for t in reachable(self.decl, self.function) for f in revoked(self.decl, t)} if self.contract else ()
        for name in sorted(names):
            if self.entry and not set(self.decl.facts[name]) & set(self.entry.holds):
                continue
            self.b.revoked[name] = self.b.cell(f"{name} revoked", "bool", "ghost")
        return [ops.Set(c, 0) for c in self.b.revoked.values()]

    def _must_hold(self) -> list[tuple[ops.Cond, ast.MustHold]]:
        """What `__must_hold` says: assumed of unnamed callers, checked of a named entry context."""
        return [(self.terms.cond(m.when), m) for m in self.sig.must_hold]

    def _assume(self, clauses: list[tuple[ops.Cond, ast.MustHold]]) -> None:
        """One entry edge for each smallest set of contexts that satisfies the clauses, in each case of their conditions.

        And one for each fact beside, under which the contract lends something: where a caller is in such a section, the
        loan has to last until that ends.
        """
        promised = self._promised()
        if not clauses and not promised:
            return
        asked = {ops.key(cond): cond for cond, _ in clauses if not is_true(cond)}
        if len(asked) > _MOST_CASES:
            text = f"`__must_hold` has {len(asked)} different conditions, more than {_MOST_CASES}"
            raise self.b.fail("unsupported", text, self.span, "ask for more contexts, without a condition")
        after, all_sets = self.b.location(), list[tuple[int, ...]]()
        for truths in product((True, False), repeat=len(asked)):
            case = dict(zip(asked, truths, strict=True))
            here = [m for cond, m in clauses if is_true(cond) or case[ops.key(cond)]]
            guard = conj(*(cond if case[k] else negate(cond) for k, cond in asked.items()))
            span = here[0].span if here else self.span
            for chosen in self._beside(self._smallest([self._alternatives(m.facts) for m in here]), promised):
                names = ", ".join(self.b.tables.contexts[c] for c in chosen) or "nothing"
                todo: tuple[ops.Op, ...] = tuple(ops.Enter(c) for c in chosen)
                self.b.edge(after, span, f"the caller holds {names}", "entry", todo, guard, outcome=names)
                all_sets.append(chosen)
        self.b.at = after
        if len(all_sets) > 1:
            self._remember_levels(sorted({c for chosen in all_sets for c in chosen}))
        else:
            for c in all_sets[0]:
                self._entered(c)

    def _entered(self, context: int) -> None:
        self.levels[context] = self.levels[context]._replace(level=self.levels[context].level + 1)

    def _remember_levels(self, contexts: list[int]) -> None:
        """Ghost cells with the levels on entry, for contexts that not every caller has entered."""
        todo: list[ops.Op] = []
        for c in contexts:
            cell = self.b.cell(f"{self.b.tables.contexts[c]}@entry", "int", "ghost")
            self.levels[c] = self.levels[c]._replace(cell=cell)
            todo.append(ops.Snapshot(cell, c))
        self.b.then(self.span, "levels on entry", "entry", tuple(todo))

    @staticmethod
    def _smallest(options: list[list[int]]) -> list[tuple[int, ...]]:
        """The smallest sets that have a member of each list; what a larger set allows, one of these allows."""
        found = {frozenset(choice) for choice in product(*options)}
        return sorted(tuple(sorted(s)) for s in found if not any(other < s for other in found))

    def _promised(self) -> list[str]:
        """The facts under which the contract lends something."""
        found = nodes_of(self.decl, self.contract)[ast.Fresh] if self.contract else ()
        return sorted({f for v in found if v.how == "borrow" for f in v.until if f in self.decl.facts})

    def _beside(self, smallest: list[tuple[int, ...]], promised: list[str]) -> list[tuple[int, ...]]:
        """The sets, and each with one of the facts that does not hold in it to the end."""
        leaves = set(map(self.b.tables.context, self._leaves()))
        found = set(smallest)
        for f in promised:
            inside, ways = self.b.tables.facts[self.b.tables.fact(f)].contexts, self._alternatives((f,))
            awake = [c for c in ways if not self.sig.may_sleep or self.b.tables.contexts[c] in self.decl.sleeping]
            short = [s for s in smallest if not (set(s) - leaves) & set(inside)]
            found.update(tuple(sorted((*s, one))) for s in short for one in awake)
        return sorted(found)

    def _alternatives(self, facts: tuple[str, ...]) -> list[int]:
        """Contexts in which one of the facts holds, one of each set that no fact and no effect tells apart."""
        tables, found = self.b.tables, dict[object, int]()
        trees = reachable(self.decl, self.function)
        touched = {n.context for t in trees for n in nodes_of(self.decl, t)[ast.Effect] if n.context}
        for f in facts:
            for c in tables.facts[tables.fact(f)].contexts:
                true = tuple(i for i, fact in enumerate(tables.facts) if c in fact.contexts)
                name = tables.contexts[c]
                found.setdefault((true, name if name in touched else ""), c)
        return list(found.values())

    def _scalars(self) -> None:
        todo: list[ops.Op] = []
        for p in self.sig.params:
            v = self.scope[p.name]
            if v.present >= 0:
                todo.append(ops.Havoc(v.present, (0, 1)))
                self.kept.append(v.present)
            if v.out or v.type in self.decl.resources:
                continue
            keep = self.terms.bind[p.name].cell
            self.kept.append(keep)
            todo.append(ops.Havoc(keep, self.b.values_of(v.type)))
            if keep != v.cell:
                todo.append(ops.Copy(v.cell, keep))
        if todo:
            self.b.then(self.span, "any arguments", "entry", tuple(todo))

    def _object(self, p: ast.Param, who: Operand) -> None:
        """An argument that is an object, or NULL or ERR_PTR where it may be; nothing where an out-parameter is absent."""
        keep, there, cell = who.cell, self.terms.there(who), self.scope[p.name].cell
        dark = [s for s, name in self.terms.slots(p) if not self.entry and not self.terms.looked_at(p, name)]
        untouched = self.terms.untouched(keep, dark) if "__any" not in p.attrs else []
        came: tuple[ops.Op, ...] = (self.terms.arrival(p, keep), *untouched)
        same: tuple[ops.Op, ...] = (ops.Copy(cell, keep),) if keep != cell else ()
        after = self.b.location()
        self.b.edge(after, self.span, f"{p.name} on entry", "entry", tuple(when(there, [*came, *same])))
        if {"__nullable", "__any"} & set(p.attrs) and not p.type.pointer:
            self.b.edge(after, self.span, f"{p.name} is NULL", "entry", (ops.Set(keep, 0), *same), outcome="NULL")
        if {"__maybe_err", "__any"} & set(p.attrs):
            codes = tuple(i for i in self.b.tables.integers if i < 0)
            self.b.edge(
                after, self.span, f"{p.name} is ERR_PTR", "entry", (ops.Havoc(keep, codes), *same), outcome="ERR_PTR"
            )
        self.b.at = after
        self.kept.append(keep)
        self.names.append(keep)
        built: list[ops.Op] = [ops.When(ops.Cmp(keep, ">", 0), came), *(same if p.type.pointer else ())]
        self.built += [(p.name, op) for op in when(there, built)]

    def _slot(self, p: ast.Param, who: Operand, slot: int, name: str) -> None:
        """The content of a slot on entry: nothing, a borrow, or owned, as far as the entry context allows."""
        resource = self.b.tables.resources[self.b.tables.resource(p.type.name)].slots[slot].target
        mode = self.b.cell(f"{p.name}->{name}@entry", "int", "ghost")
        content = self.b.cell(f"{p.name}->{name} on entry", self.b.tables.resources[resource].name, "ghost")
        good = self.contract is None or self.entry is not None or (p.name, name) in self.terms.said.read
        after = self.b.location()
        for m in self._allowed(p, name):
            made = self.terms.filled(p, who, slot, content, m, good)
            shown = _MODE_NAMES[m]
            todo = (ops.Set(mode, m), ops.Set(content, 0), *made)
            self.b.edge(after, self.span, f"{p.name}->{name} is {shown} on entry", "entry", todo, outcome=shown)
            self.built += [(p.name, op) for op in when(ops.Cmp(mode, "==", m), made)]
        self.b.at = after
        self.kept.append(mode)
        self.names.append(content)

    def _handed(self) -> None:
        """References that come with arguments under conditions."""
        todo = [(p.name, op) for p, who in self.terms.objects() for op in self.terms.handed(p, who)]
        if todo:
            self.b.then(self.span, "what is handed over", "entry", tuple(op for _, op in todo))
            self.built += todo

    def _allowed(self, p: ast.Param, slot: str) -> list[int]:
        for r, s, states in self.entry.slots if self.entry else ():
            if (r, s) == (p.type.name, slot):
                return [MODES[state] for state in states]
        if self.entry is None and self._queued(p.name, slot):
            return [EMPTY, OWNED]
        return [EMPTY, NOREF, OWNED]

    def _queued(self, param: str, slot: str) -> bool:
        """Every call may queue the argument, so that callers show that no slot of it borrows.

        A contract that speaks of the slot is taken at its word: it may turn the borrow into a reference first.
        """
        if self.contract is None or (param, slot) in self.terms.said.spoken:
            return False
        return any(
            o.when is None and e.verb == "queue" and e.when is None and e.place is not None and e.place.name == param
            for o in self.contract.outcomes for e in o.effects
        )  # fmt: skip
