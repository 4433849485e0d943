# SPDX-License-Identifier: GPL-2.0-only
"""How a function is entered and what it owes at its exit, read off its contract and entry context anew."""

from __future__ import annotations

from interpreter.calls import RELATION, Arguments, constant, ends_slot, gives
from interpreter.machine import Void
from refcheck.graph import ops
from refcheck.graph.cfg import BITS, EMPTY, MODES, NOREF, OWNED, REFS, REPORTED, UNINIT, WHY, slot_index
from refcheck.syntax import ast


def maybe(args, cond, own):
    """The truths that a condition can have for an object that comes in as `own`, whatever the slots hold."""
    match cond:
        case None:
            return {True}
        case ast.StateIs():
            return {True, False}
        case ast.Not(arg):
            return {not truth for truth in maybe(args, arg, own)}
        case ast.Logic(op, left, right):
            join = all if op == "&&" else any
            return {join((a, b)) for a in maybe(args, left, own) for b in maybe(args, right, own)}
        case ast.PlaceTest(place, op, value) if place.name == own:
            # the object is none of the constants that a pointer is compared with
            return {RELATION[op or "!="](1 << 19, 0 if value is None else constant(args.m.decl, value))}
    return {bool(args.holds(cond))}


class Owed:
    """A function from its entry to its exit: what came in, and what must go out."""

    def __init__(self, run, function, entry):
        self.run, self.m, self.decl = run, run.m, run.decl
        self.function = function
        self.entry = self.decl.entries[entry] if entry else None
        contract = self.decl.contracts.get(function.sig.name)
        self.outcomes = contract.outcomes if contract else None
        self.sig = contract.sig if contract else function.sig
        self.cells = {}
        self.now = {}
        self.owned = {}
        self.slots = {}
        self.when = {}

    # -- entry
    def brought(self, p):
        """An out-parameter whose object the caller brings."""
        if p.type.name not in self.decl.resources:
            return False
        if self.outcomes is None:
            return self.reads(self.function.body, p.name)
        return any(e.place and e.place.name == p.name and e.verb != "set" for o in self.outcomes for e in o.effects)

    def reads(self, node, name):
        """A body reads `*name`: anywhere but as the target of an assignment."""
        if isinstance(node, ast.Deref):
            return node.name == name
        if isinstance(node, ast.Assign) and isinstance(node.target, ast.Deref):
            return self.reads(node.value, name)
        return isinstance(node, tuple) and any(self.reads(n, name) for n in node)

    def pointers(self):
        """The parameters with objects."""
        named = [p for p in self.sig.params if p.type.name in self.decl.resources]
        return [p for p in named if not p.type.pointer or self.brought(p)]

    def enter(self):
        """Build a state in which the function can be called; Void where no caller would call it like this."""
        m, run = self.m, self.run
        for name in self.entry.holds if self.entry else ():
            m.heap_do(ops.Enter(m.context(name)))
            m.cfg.floor[m.context(name)] += 1
        for o in self.outcomes or ():
            for e in o.effects:
                if e.verb == "leave":
                    dip = m.cell(("left", e.context), "left", "int")
                    m.heap.cells[dip] = 0
                    m.cfg.dip_cells[m.context(e.context)] = dip
        for p in self.sig.params:
            kind = p.type.name
            self.now[p.name] = m.cell(("param", p.name), p.name, kind)
            self.cells[p.name] = m.cell(("param", p.name, "entry"), p.name, kind)
            run.scopes[-1][p.name] = (self.now[p.name], kind, p.type.pointer)
        self.args = Arguments(run, self.sig, self.outcomes or (), self.cells)
        self.args.slot_is = self.slot_was
        for p in self.sig.params:
            if not p.type.pointer and p.type.name not in self.decl.resources:
                self.both(p, run.any_of(run.domain(p.type.name), self.now[p.name], p.type.name))
        self.contexts()
        for p in self.pointers():
            self.object(p)
        for p in self.pointers():
            self.content(p)
        for prop, asked in self.sig.requires:
            truth = self.args.holds(asked)
            if self.entry is None and not truth:
                raise Void
            if not truth:
                m.heap.report(prop, "precondition")
        for o in self.outcomes or ():
            self.when[id(o)] = self.args.holds(o.when)
            for e in o.effects:
                self.when[id(e)] = self.args.holds(e.when)

    def both(self, p, number):
        self.m.heap.cells[self.now[p.name]] = self.m.heap.cells[self.cells[p.name]] = number

    def contexts(self):
        """What `__must_hold` says: checked in a named entry context, else one way for a caller to keep it is chosen."""
        clauses = self.sig.must_hold
        if self.entry:
            for must in clauses:
                if self.args.holds(must.when):
                    self.m.do(ops.Need(tuple(self.m.fact(f) for f in must.facts), ""))
            return
        groups = {}
        for must in clauses:
            groups.setdefault(self.shape(must.when), []).append(must)
        for group in groups.values():
            ways = self.ways(group)
            chosen = self.run.ask("contexts", "", ways)
            if self.args.holds(group[0].when):
                for c in chosen:
                    self.m.heap_do(ops.Enter(c))
        self.m.cfg.floor[:] = self.m.heap.contexts

    def shape(self, cond):
        """A text that is equal for conditions that read alike."""
        if not isinstance(cond, tuple):
            return str(cond)
        kept = cond[:-1] if hasattr(cond, "_fields") and cond._fields[-1] == "span" else cond
        return f"{type(cond).__name__}({','.join(self.shape(x) for x in kept)})"

    def ways(self, group):
        """The smallest sets of contexts in which all clauses of a group hold."""
        ways = [frozenset()]
        for must in group:
            enough = {self.m.context(c) for f in must.facts for c in self.decl.facts[f]}
            ways = [w | {c} for w in ways for c in enough]
        return sorted({tuple(sorted(w)) for w in ways if not any(v < w for v in ways)})

    def object(self, p):
        """The object of a pointer parameter, with a reference where some outcome gives it away."""
        options = ["object"]
        options += ["NULL"] if {"__nullable", "__any"} & set(p.attrs) else []
        options += ["ERR_PTR"] if {"__maybe_err", "__any"} & set(p.attrs) else []
        ways = [(o, e) for o in self.outcomes or () for e in self.goes(o, p.name)[0]]
        self.owned[p.name] = any(
            True in maybe(self.args, o.when, p.name) and True in maybe(self.args, e.when, p.name) for o, e in ways
        )
        chosen = self.run.ask("pointer", p.name, options) if len(options) > 1 else "object"
        if chosen == "NULL":
            self.both(p, 0)
        elif chosen == "ERR_PTR":
            self.both(p, self.run.any_of([n for n in self.run.integers if n < 0], self.now[p.name]))
        else:
            how = "hold" if self.owned[p.name] else "counted" if "__counted" in p.attrs else "lent"
            self.m.heap_do(ops.New(self.now[p.name], how))
            self.both(p, self.m.get(self.now[p.name]))

    @staticmethod
    def goes(outcome, name):
        """Effects that take the reference of a parameter, and those that leave one more; what cancels out is neither."""
        takes, more = [], []
        for e in outcome.effects:
            moved = isinstance(e.value, ast.FromPlace) and e.value.how == "move" and e.value.place.name == name
            if moved or gives(e, name):
                takes.append(e)
            elif e.verb in ("hold", "try_hold") and e.place and e.place.name == name and not e.place.slot:
                more.append(e)
        while takes and more and takes[-1].when is None and more[-1].when is None:
            takes.pop()
            more.pop()
        return takes, more

    def content(self, p):
        """The slots of an argument: empty, a borrow, or owned, as the entry context allows."""
        cell = self.now[p.name]
        resource = self.m.resource(cell)
        for s, slot in enumerate(resource.slots):
            allowed = ["empty", "noref", "owned"]
            for r, name, states in self.entry.slots if self.entry else ():
                if (r, name) == (resource.name, slot.name):
                    allowed = list(states)
            mode = self.run.ask("slot", f"{p.name}->{slot.name}", allowed)
            target = self.m.cell(("slot", p.name, slot.name), "content", self.m.cfg.resources[slot.target].name)
            self.m.heap.cells[target] = 0
            if mode != "empty" and self.m.get(cell) > 0:
                ended = mode == "noref" and self.entry is None and ends_slot(self.outcomes or (), p.name, slot.name)
                self.m.heap_do(ops.New(target, "hold" if mode == "owned" else "borrow" if ended else "lent"))
                self.m.heap_do(ops.PutSlot(cell, s, mode == "owned", target, ended))
            self.slots[p.name, slot.name] = (MODES[mode], target)

    def slot_was(self, place, states):
        """The state of a slot on entry."""
        if place.name not in self.cells or (place.name, place.slot) not in self.slots:
            return False
        return self.slots[place.name, place.slot][0] in [MODES[s] for s in states]

    # -- exit
    def leave(self, result):
        """Report what no outcome allows: the result, the contexts, the references, the slots, the out-parameters."""
        report, m = self.m.heap.report, self.m
        if result is not None and m.get(result) == UNINIT:
            return report("bad-pointer", "uninitialised-result")
        live = [o for o in self.outcomes if self.when[id(o)]] if self.outcomes is not None else [None]
        fits = [o for o in live if self.value_fits(self.returned(o), result, self.sig.result.name)]
        if not fits:
            return report("broken-contract", "result")
        fits = [o for o in fits if self.level(o)]
        if not fits:
            return report("unbalanced-context", "at-exit")
        exact = [o for o in fits if all(self.over(o, result, x) == 0 for x in self.objects())]
        if not exact:
            if all(any(self.over(o, result, x) > 0 for x in self.objects()) for o in fits):
                return report("leaked-ref", "at-exit")
            wants = any(isinstance(self.returned(o), ast.Fresh) and self.returned(o).how == "hold" for o in fits if o)
            obj = m.object(result) if result is not None and m.get(result) > 0 else None
            if result is not None and wants and (obj is None or obj[REFS] == 0):
                return report("noref-escape", "returned-as-owned")
            return report("broken-contract", "given-away")
        bad = [self.dead(o, result) for o in exact]
        if all(bad):
            return report(bad[0], "returned")
        kept = [o for o, prop in zip(exact, bad, strict=True) if not prop]
        kept = [o for o in kept if self.slots_fit(o, result)]
        if not kept:
            return report("broken-contract", "slot")
        if not any(self.outs_fit(o) for o in kept):
            return report("broken-contract", "out-parameter")
        return None

    def returned(self, o):
        """The value that an outcome returns; None for none, `...` where anything may be returned."""
        if o is None:
            return None if self.sig.result.name == "void" else ...
        return next((e.value for e in o.effects if e.verb == "return"), None)

    def effects(self, o):
        """The effects of an outcome that this entry has."""
        return [e for e in o.effects if self.when[id(e)]] if o is not None else []

    def value_fits(self, value, cell, kind):
        if value is None:
            return cell is None
        if cell is None:
            return False
        number = self.m.get(cell)
        match value:
            case ast.Null():
                return number == 0
            case ast.Bool(truth):
                return number == int(truth)
            case ast.Values() | ast.ErrPtr():
                return self.among(number, value, kind)
            case ast.Fresh():
                return 0 < number < UNINIT
            case ast.FromPlace("take", place):
                return number == self.m.get(self.slots[place.name, place.slot][1])
            case ast.FromPlace(_, place) if place.slot:
                obj = self.m.object(self.cells[place.name])
                at = None if obj is None else slot_index(*self.where(self.cells[place.name], place.slot))
                return number == (-1 if obj is None else obj[at + 1])
            case ast.FromPlace(_, place) if place.name in self.cells:
                return number == self.m.get(self.cells[place.name])
            case ast.FromPlace(_, place):
                return number == self.decl.constants[place.name]
        return number != UNINIT

    def where(self, cell, name):
        return self.m.resource(cell), self.m.slot(cell, name)

    def among(self, number, value, kind):
        if number == UNINIT:
            return False
        if isinstance(value, ast.ErrPtr):
            codes = [constant(self.decl, c) for c in value.codes]
            return number in codes if codes else number < 0
        numbers = [constant(self.decl, c) for c in value.constants]
        if value.relation == "in":
            return number in numbers
        if value.relation == "any":
            return number in self.run.domain(kind) or kind == "int"
        excepted = [constant(self.decl, c) for c in value.excepted]
        return RELATION[value.relation](number, numbers[0]) and number not in excepted

    def level(self, o):
        m = self.m
        moves = dict.fromkeys(range(len(m.contexts)), 0)
        leaves = set()
        for e in o.effects if o is not None else ():
            if e.verb in ("enter", "leave"):
                moves[m.context(e.context)] += 1 if e.verb == "enter" else -1
                leaves |= {m.context(e.context)} if e.verb == "leave" else set()
        for c, level in enumerate(m.heap.contexts):
            dip = m.cfg.dip_cells[c]
            if level != m.cfg.floor[c] + moves[c] or (dip >= 0 and m.get(dip) == 1 and c not in leaves):
                return False
        return True

    def objects(self):
        return [(k, n) for k, pool in enumerate(self.m.heap.pools) for n, o in enumerate(pool, 1) if o is not None]

    def names(self, cell, where):
        return self.m.cfg.cells[cell].resource == where[0] and self.m.get(cell) == where[1]

    def over(self, o, result, where):
        """References on an object beyond those that an outcome leaves there."""
        have, want = self.m.heap.get(*where)[REFS], 0
        for p in self.pointers():
            if self.names(self.cells[p.name], where):
                takes, more = self.goes(o, p.name) if o is not None else ([], [])
                want += int(self.owned[p.name] and not any(self.when[id(e)] for e in takes))
                want += sum(1 for e in more if self.when[id(e)])
        for e in o.effects if o is not None else ():
            if isinstance(e.value, ast.FromPlace) and e.value.how == "take":
                mode, target = self.slots[e.value.place.name, e.value.place.slot]
                want += int(mode == OWNED and self.names(target, where))
            elif e.verb == "set" and (e.place.name, e.place.slot) in self.slots and self.cleared(e):
                slot = (e.place.name, e.place.slot)
                mode, target = self.slots[slot]
                gone = [d.place for d in self.effects(o) if d.verb in ("drop", "release") and d.place]
                dropped = any((place.name, place.slot) == slot for place in gone)
                want += int(mode == OWNED and not dropped and self.names(target, where))
        for cell, value in self.goes_back(o, result):
            if cell is not None and self.m.cfg.cells[cell].kind == "ptr" and self.names(cell, where):
                if value is ...:
                    want = have
                want += int(isinstance(value, ast.Fresh) and value.how == "hold")
        return have - want

    def cleared(self, e):
        """The slot is set to NULL, by that name or by that of an argument that is NULL."""
        if isinstance(e.value, ast.FromPlace) and e.value.how in ("move", "noref") and not e.value.place.slot:
            return self.m.get(self.cells[e.value.place.name]) == 0
        return isinstance(e.value, ast.Null)

    def goes_back(self, o, result):
        """(cell, value) of the result and of the out-parameters."""
        sets = [e for e in self.effects(o) if e.verb == "set" and e.place.name in self.now and not e.place.slot]
        return [(result, self.returned(o)), *((self.now[e.place.name], e.value) for e in sets)]

    def dead(self, o, result):
        """The property that a returned borrow breaks, or nothing."""
        m = self.m
        for cell, value in self.goes_back(o, result):
            borrow = isinstance(value, ast.Fresh) and value.how == "borrow"
            slot = isinstance(value, ast.FromPlace) and value.place.slot and value.how != "take"
            if cell is None or m.cfg.cells[cell].kind != "ptr" or not (borrow or slot or value is ...):
                continue
            obj, kind = m.object(cell), m.cfg.cells[cell].resource
            if obj is None or obj[WHY] == REPORTED:
                continue
            if not m.heap.alive(kind, m.get(cell)):
                return {1: "use-after-release", 2: "use-after-consume"}.get(obj[WHY], "noref-escape")
            for f in (m.fact(u) for u in value.until) if borrow else ():
                if m.heap.fact(f) and f != m.cfg.resources[kind].freed_after and not obj[BITS + f]:
                    return "noref-escape"
        return ""

    def slots_fit(self, o, result):
        m = self.m
        wanted = []
        for (name, slot), (mode, target) in self.slots.items():
            want = (mode, target)
            for e in self.effects(o):
                taken = isinstance(e.value, ast.FromPlace) and e.value.how == "take" and e.value.place
                if taken and (taken.name, taken.slot) == (name, slot):
                    want = (EMPTY, None)
                elif e.place and (e.place.name, e.place.slot) == (name, slot):
                    want = self.after(e, want)
            wanted.append((self.cells[name], slot, want))
        value = self.returned(o)
        if isinstance(value, ast.Fresh) and value.how == "hold" and self.sig.result.name in self.decl.resources:
            for slot in m.resource(result).slots:
                want = (EMPTY, None)
                for e in self.effects(o):
                    if e.place and (e.place.name, e.place.slot) == ("result", slot.name):
                        want = self.after(e, (EMPTY, None))
                wanted.append((result, slot.name, want))
        for e in self.effects(o):
            if e.verb == "set" and isinstance(e.value, ast.Fresh) and not e.place.slot and e.place.name in self.now:
                wanted += [(self.now[e.place.name], s.name, (EMPTY, None)) for s in m.resource(self.now[e.place.name]).slots]
        return all(self.slot_fits(cell, slot, *want) for cell, slot, want in wanted)

    def after(self, e, want):
        """State and content of a slot after an effect on it."""
        if e.verb in ("drop", "release"):
            return EMPTY, None
        if e.verb == "try_hold":
            return (OWNED if want[0] == NOREF else want[0]), want[1]
        match e.value:
            case ast.FromPlace("copy", place):
                return self.slots[place.name, place.slot]
            case ast.FromPlace(how, place) if e.verb == "set":
                cell = self.cells[place.name]
                return (OWNED if how == "move" else NOREF, cell) if self.m.get(cell) != 0 else (EMPTY, None)
            case ast.Fresh(how, _):
                return (OWNED if how == "hold" else NOREF), None
            case ast.Null():
                return EMPTY, None
        return want

    def slot_fits(self, cell, slot, mode, target):
        m = self.m
        obj, kind = m.object(cell), m.cfg.cells[cell].resource
        if obj is None or not m.heap.alive(kind, m.get(cell)):
            return True
        at = slot_index(*self.where(cell, slot))
        if obj[at] != mode:
            return False
        content = m.cfg.resources[kind].slots[m.slot(cell, slot)].target
        if mode == NOREF and not m.heap.alive(content, obj[at + 1]):
            return False
        return mode == EMPTY or target is None or obj[at + 1] == m.get(target)

    def outs_fit(self, o):
        for p in self.sig.params:
            if not p.type.pointer or o is None:
                continue
            cell = self.now[p.name]
            sets = [e for e in self.effects(o) if e.verb == "set" and e.place.name == p.name and not e.place.slot]
            for e in sets:
                if not self.value_fits(e.value, cell, p.type.name):
                    return False
            same = self.m.get(self.cells[p.name]) if self.brought(p) else UNINIT
            if not sets and self.m.get(cell) != same:
                return False
        return True


