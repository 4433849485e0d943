# SPDX-License-Identifier: GPL-2.0-only
"""What a contract says, read off its text: conditions on arguments, what it gives away, into what it looks."""

from __future__ import annotations

from refcheck.base.errnos import ERRNO
from refcheck.graph.cfg import MODES, UNINIT, UNSPOKEN
from refcheck.syntax import ast, code

GIVES = ("release", "consume", "queue", "free")
RELATION = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def constant(decl, e):
    """The number that a constant expression is."""
    match e:
        case code.Int(value):
            return value
        case code.Errno(name):
            return -ERRNO[name]
        case code.Bool(value):
            return int(value)
        case code.Null():
            return 0
        case code.Name(name):
            return decl.constants[name]
    raise AssertionError(e)


def members(run, value, kind):
    """The values that a set of values has, of those that can be told apart."""
    decl = run.m.decl
    if isinstance(value, ast.ErrPtr):
        return [constant(decl, c) for c in value.codes] or [n for n in run.integers if n < 0]
    numbers = [constant(decl, c) for c in value.constants]
    if value.relation == "in":
        return numbers
    domain = run.domain(kind)
    if value.relation == "any":
        return domain
    without = {constant(decl, c) for c in value.excepted}
    return [n for n in domain if RELATION[value.relation](n, numbers[0]) and n not in without]


def place_of(value):
    """What a value is read from."""
    return value.place if isinstance(value, ast.FromPlace) else None


def places(node, *, slots=True):
    """All places in a tree, or those with a slot only."""
    if isinstance(node, ast.EffectPlace):
        return [node] if node.slot or not slots else []
    return [p for x in node for p in places(x, slots=slots)] if isinstance(node, tuple) else []


def asked_about(node):
    """The slots whose states the conditions in a tree ask."""
    if isinstance(node, ast.StateIs):
        return [node.place]
    return [p for x in node for p in asked_about(x)] if isinstance(node, tuple) else []


def given(outcome, name):
    """The effects by which the caller's reference on an argument goes: what the outcome takes itself, it may give on."""
    takes, more = [], []
    for e in outcome.effects:
        source = place_of(e.value)
        if source and e.value.how == "move" and (source.name, source.slot) == (name, None):
            takes.append(e)
        elif e.place and (e.place.name, e.place.slot) == (name, None):
            takes += [e] if e.verb in GIVES else []
            more += [e] if e.verb in ("hold", "try_hold") else []
    while takes and more and takes[-1].when is None and more[-1].when is None:
        takes.pop()
        more.pop()
    return takes


class Contract:
    """A contract over some cells: parameter names to cells (None where NULL was passed for an out-parameter)."""

    def __init__(self, run, sig, outcomes, cells, absent=()):
        self.run, self.m, self.sig, self.outcomes, self.cells = run, run.m, sig, outcomes, cells
        self.kinds = {p.name: p for p in sig.params}
        self.absent = {n for n, cell in cells.items() if cell is None} | set(absent)
        self.spoken = {(p.name, p.slot) for p in places((sig, outcomes))}
        self.chosen_by = {(p.name, p.slot) for p in asked_about((sig, outcomes))}

    # -- parameters
    def attrs(self, name):
        """The attributes of a parameter."""
        return self.kinds[name].attrs if name in self.kinds else ()

    def pointer(self, p):
        """The parameter is an object, or points to one."""
        return p.type.name in self.m.decl.resources

    def brought(self, p):
        """The object behind an out-parameter is the caller's: some outcome speaks of it, or reads it, before it is set."""
        for o in self.outcomes:
            mine = [e for e in o.effects if e.place and e.place.name == p.name]
            fresh = any(e.verb == "set" and not e.place.slot for e in mine)
            if any(source.name == p.name for e in o.effects if (source := place_of(e.value))):
                return True
            if any(e.verb != "set" and not e.place.slot for e in mine) or (mine and not fresh):
                return True
        return False

    def objects(self):
        """The parameters whose objects are there when the function begins."""
        found = [p for p in self.sig.params if self.pointer(p) and p.name not in self.absent]
        return [p for p in found if not p.type.pointer or self.brought(p)]

    def nullable(self, p):
        """The object may be missing: what is `__nullable` of an out-parameter is the out-parameter itself."""
        return "__nullable" in p.attrs and not p.type.pointer

    def slots(self, p):
        """The names of the slots of a parameter's object, those that the function can see."""
        return [s.name for s in self.m.resource(self.cells[p.name]).slots]

    def speaks(self, name):
        """The contract names some slot of the parameter."""
        return any(n == name for n, _ in self.spoken)

    def looks(self, p):
        """The slots into which the callee looks: it touches what is in there, or gets the whole object."""
        effects = [e for o in self.outcomes for e in o.effects]
        if any(e.verb in ("consume", "queue") and (e.place.name, e.place.slot) == (p.name, None) for e in effects):
            return self.slots(p)
        asked = {e.place.slot for e in effects if e.verb in ("use", "try_hold") and e.place.name == p.name and e.place.slot}
        moved = [e.value for e in effects if place_of(e.value) and e.value.how in ("copy", "move")]
        asked |= {value.place.slot for value in moved if value.place.name == p.name}
        return [s for s in self.slots(p) if s in asked]

    def looked_at(self, p, slot):
        """The body may look at a slot: there is no contract, or it speaks of the slot, or gets the whole object."""
        return not self.outcomes or (p.name, slot) in self.spoken or slot in self.looks(p)

    def given_always(self, p):
        """Every outcome gives the argument away, whatever holds."""
        return bool(self.outcomes) and all(any(e.when is None for e in given(o, p.name)) for o in self.outcomes)

    def is_given(self, p):
        """Whether some outcome gives the argument away where the conditions are as they are now."""
        ways = [(o.when, e.when) for o in self.outcomes for e in given(o, p.name)]
        return any(self.holds(outer) and self.holds(inner) for outer, inner in ways)

    # -- conditions
    def holds(self, cond):
        """Whether a condition is true; None where it reads what was never written or asks a slot of no object."""
        match cond:
            case None:
                return True
            case code.LogicalNot(arg):
                inner = self.holds(arg)
                return None if inner is None else not inner
            case code.Logic(op, left, right):
                first = self.holds(left)
                return first if first is not (op == "&&") else self.holds(right)
            case code.Config(name):
                return self.run.config(name) == 1
            case ast.StateIs(place, states):
                return self.slot_is(place, states)
            case ast.PlaceTest(place, op, value):
                if place.name in self.absent:
                    return (op or "!=") == "=="
                have = self.m.get(self.cells[place.name])
                if have == UNINIT:
                    return None
                return RELATION[op or "!="](have, 0 if value is None else constant(self.m.decl, value))
        raise AssertionError(cond)

    def slot_is(self, place, states):
        if place.name in self.absent:
            return False
        mode = self.asked(self.cells[place.name], place.slot)
        return None if mode is None else mode in [MODES[s] for s in states]

    def asked(self, cell, slot):
        """The state of a slot, for which a body must not ask where its contract does not speak of the slot."""
        mode = self.mode(cell, slot)
        if mode == UNSPOKEN:
            self.m.heap.report("broken-contract", "unspoken")
        return mode

    def mode(self, cell, slot):
        """The state of a slot; None of no object."""
        obj = self.m.object(cell)
        return None if obj is None else obj.slots[self.m.slot(cell, slot)].mode
