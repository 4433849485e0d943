# SPDX-License-Identifier: GPL-2.0-only
"""What happens to a lifecycle on an edge: its event, if it has one, in words that model and source share.

An event has a shape, which is compared, and the objects that it is about, which are matched.  Calls are known by what their
contract says, not by their name: two functions with one contract are one event.  Whatever only looks is no event.
"""

from collections.abc import Callable, Mapping
from typing import Any

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning.conditions import evaluate
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import State, Where
from refcheck.meaning.step import apply
from refcheck.slice.words import CALL
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations
from refcheck.unit.values import number

# What an edge without a contract does to a lifecycle: it fills, empties or takes from a slot, or opens a section.
_DOING = (ops.PutSlot, ops.DropSlot, ops.ClearSlot, ops.HoldSlot, ops.TakeSlot, ops.Enter, ops.Leave)
FAULT = ("a value that is none is used",)


class Letter(NamedTuple):
    """An event: its shape, and the objects in it, each with whether the event brings it into the world.

    `values` are the classes of the numbers that a call gives back; what nobody wants to know is not among them.
    """

    shape: tuple[object, ...]
    objects: tuple[tuple[Where, bool], ...]
    values: tuple[object, ...] = ()

    @property
    def section(self) -> int:
        """1 for an event that only enters contexts, -1 for one that only leaves some, else 0."""
        done = self.shape[-1] if self.shape[0] in ("call", "does") else ()
        verbs = {d[0] for d in done if isinstance(d, tuple)} if isinstance(done, tuple) else set()
        return 0 if self.values or self.objects else {("Enter",): 1, ("Leave",): -1}.get(tuple(verbs), 0)

    @property
    def contexts(self) -> frozenset[object]:
        """The contexts that such an event enters or leaves."""
        done = self.shape[-1]
        return frozenset(d[1] for d in done) if isinstance(done, tuple) else frozenset()


Renumbered = frozenset[tuple[Where, Where | None]]  # objects that got another number (None: another object has theirs)
NO_CHANGE: Renumbered = frozenset()


class Moved(NamedTuple):
    """One way along an edge: the state behind it (None: the path ends), its event, and which objects are others now."""

    after: State | None
    letter: Letter | None
    change: Renumbered


class Alphabet:
    """What is an event in one graph, and how the values in it are told apart; `spoken` are the names that count.

    `spoken` says of a callee whether the model could have it: nothing else is an event.
    """

    def __init__(self, cfg: CFG, decl: Declarations, spoken: Callable[[str], bool]) -> None:
        self.cfg, self.decl = cfg, decl
        self.forms: dict[str, tuple[object, ...] | None] = {}
        self.classes: dict[str, Mapping[str, tuple[frozenset[int], ...]]] = {}
        self.spoken = spoken
        own = decl.contracts.get(cfg.function)
        self.own = _value_sets(decl, own) if own is not None else {}

    def form(self, callee: str) -> tuple[object, ...] | None:
        """What the contract of a callee says, by position; None where a call of it is no event."""
        if callee not in self.forms:
            contract = self.decl.contracts.get(callee)
            event = contract is not None and tells(contract) and self.spoken(callee)
            self.forms[callee] = said(contract) if contract is not None and event else None
        return self.forms[callee]

    def sets(self, callee: str) -> tuple[frozenset[int], ...]:
        """The sets of numbers that a contract tells apart."""
        if callee not in self.classes:
            self.classes[callee] = _value_sets(self.decl, self.decl.contracts[callee])
        return self.classes[callee].get("", ())

    def moves(self, state: State, edge: Edge, picks: tuple[int, ...]) -> Moved | None:
        """The way along an edge for one set of choices; None where its guard is false."""
        walk = _EdgeWalk(self, state, edge, picks)
        return walk.moved()


class _EdgeWalk:
    """One edge, walked: what is done to which objects, in order."""

    def __init__(self, alphabet: Alphabet, state: State, edge: Edge, picks: tuple[int, ...]) -> None:
        self.alphabet, self.edge, self.state = alphabet, edge, state
        self.cfg = alphabet.cfg
        self.heap = Heap(self.cfg, state)
        self.picks = iter(picks)
        self.form = alphabet.form(edge.callee) if edge.kind == "outcome" and edge.callee else None
        self.shape: list[object] = []
        self.objects: list[tuple[Where, bool]] = []
        self.born: set[Where] = set()
        self.folded: dict[Where, Where] = {}
        self.given: dict[int, object] = {}
        self.doing = False

    def moved(self) -> Moved | None:
        heap = self.heap
        if evaluate(heap, self.edge.guard) is False:
            return None
        for op in self.edge.ops:
            self._walk(op)
        if heap.changed or heap.repointed(self.state):
            heap.collect()
        letter = self._letter()
        change = {(w, None) for w in self.born} | set(self.folded.items())
        return Moved(None if heap.stopped else heap.freeze(), letter, frozenset(change))

    def _letter(self) -> Letter | None:
        if self.edge.kind == "entry":
            return None
        if self.heap.stopped:
            return Letter(FAULT, ())
        if self.form is not None:
            if self.shape and not (self.objects or self.doing or self.given):
                return None  # all of its arguments are NULL: nothing to give back
            return Letter(("call", self.form, tuple(self.shape)), tuple(self.objects), tuple(self.given.values()))
        if self.edge.kind == "exit":
            return Letter(("return", *self.shape), tuple(self.objects))
        if self.doing and self.edge.kind != "outcome":
            return Letter(("does", tuple(self.shape)), tuple(self.objects))
        return None

    def _walk(self, op: ops.Op) -> None:
        heap = self.heap
        match op:
            case ops.Havoc(cell):
                heap.cells[cell] = next(self.picks)
                self._given(cell)
            case ops.Set(cell):
                apply(heap, op)
                self._given(cell)
            case ops.When(cond, todo):
                if evaluate(heap, cond):
                    for inner in todo:
                        self._walk(inner)
            case ops.New(cell):
                apply(heap, op)
                self.born.add(heap.named(cell))
                if self.form is not None:
                    self._about(cell, op.how, True)
            case ops.Merge(left, right):
                one, other = heap.named(left), heap.named(right)
                apply(heap, op)
                if one != other and heap.get(other) is None:
                    self.folded[other] = one
            case ops.Exit(result):
                if result >= 0:
                    self._value("result", result)
                for cell in self.cfg.came.outs:
                    self._value(self.cfg.cells[cell].name, cell)
            case _:
                if self.form is not None or self.edge.kind == "exit" or isinstance(op, _DOING):
                    self._done(op)
                apply(heap, op)

    def _given(self, cell: int) -> None:
        """A number, NULL or an error that a call gives back, or that it asks for before."""
        if self.form is not None and self.heap.cells[cell] != UNINIT:
            pointer, value = self.cfg.cells[cell].kind == "ptr", self.heap.cells[cell]
            kind = "NULL" if value == 0 else "an error"
            self.given[cell] = kind if pointer else self._number(value, self.alphabet.sets(self.edge.callee))

    def _done(self, op: ops.Op) -> None:
        """What an operation does, and to which objects, as they are before it."""
        match op:
            case ops.PutSlot(ptr, slot, owned, src):
                self._about(ptr, f"fills {self._slot(ptr, slot)}", False)
                self._about(src, "owned" if owned else "lent", False)
            case ops.DropSlot(ptr, slot) | ops.ClearSlot(ptr, slot) | ops.HoldSlot(ptr, slot) | ops.TakeSlot(_, ptr, slot):
                self._about(ptr, f"{type(op).__name__} {self._slot(ptr, slot)}", False)
            case ops.Enter(context) | ops.Leave(context):
                self.shape.append((type(op).__name__, self.cfg.contexts[context]))
                self.doing = True
            case ops.Revoke(facts):
                self.shape.append(("Revoke", *(self.cfg.facts[f].name for f in facts)))
                self.doing = True
            case ops.Use(cell) | ops.Hold(cell) | ops.TryHold(cell) | ops.Release(cell) | ops.Free(cell) | ops.Consume(cell):
                self._about(cell, type(op).__name__, False)
            case _:
                return
        self.doing = self.doing or isinstance(op, _DOING)

    def _slot(self, ptr: int, slot: int) -> str:
        return self.cfg.resources[self.cfg.cells[ptr].resource].slots[slot].name

    def _about(self, cell: int, verb: str, born: bool) -> None:
        """Something is done to what a pointer names."""
        value = self.heap.cells[cell]
        if 0 < value < UNINIT:
            self.shape.append((verb, self.cfg.resources[self.cfg.cells[cell].resource].name))
            self.objects.append((self.heap.named(cell), born))
        else:
            self.shape.append((verb, "NULL" if value == 0 else "an error" if value < 0 else "nothing"))

    def _value(self, name: str, cell: int) -> None:
        """What goes back to the caller."""
        value, about = self.heap.cells[cell], self.cfg.cells[cell]
        if about.kind == "ptr":
            self._about(cell, name, False)
        else:
            self.shape.append((name, self._number(value, self.alphabet.own.get(name.removeprefix("*"), ()))))

    def _number(self, value: int, sets: tuple[frozenset[int], ...]) -> object:
        """The class of a number: its sign, and which of the sets have it."""
        if value == UNINIT:
            return "never written"
        return ("<0" if value < 0 else ">0" if value else "0", tuple(i for i, s in enumerate(sets) if value in s))


def tells(contract: ast.ContractDef) -> bool:
    """A call is an event: something changes hands, is lent by what callers must hold, or is asked of the caller."""
    sig = contract.sig
    asks = any(m.facts != (CALL,) for m in sig.must_hold) or bool(sig.requires) or sig.may_sleep
    return asks or any(moves(e) for o in contract.outcomes for e in o.effects)


def moves(e: ast.Effect) -> bool:
    """The effect does more than look."""
    match e.value:
        case ast.Fresh("borrow", until):
            return until != (CALL,)
        case ast.Fresh():
            return True
        case ast.FromPlace(how):
            return how != "alias" or e.verb != "return"
        case _:
            return e.verb not in ("use", "return")


def said(contract: ast.ContractDef) -> tuple[object, ...]:
    """What a contract says, with parameters by position: equal for two functions that do the same."""
    names = {p.name: f"#{i}" for i, p in enumerate(contract.sig.params)}
    sig = contract.sig
    asked = [m for m in sig.must_hold if m.facts != (CALL,)]
    params = tuple((p.type.name, p.type.pointer, frozenset(p.attrs) - {"__any"}) for p in sig.params)
    outcomes = frozenset(str(_bare((o.when, o.effects), names)) for o in contract.outcomes)
    return sig.result.name, params, str(_bare((tuple(asked), sig.requires, sig.may_sleep), names)), outcomes


def _bare(node: Any, names: Mapping[str, str]) -> Any:
    """A tree without places, and with parameters by position."""
    if isinstance(node, Span):
        return ()
    if isinstance(node, ast.EffectPlace):
        return names.get(node.name, node.name), node.deref, node.slot
    if isinstance(node, tuple):
        return (type(node).__name__, *(_bare(n, names) for n in node))
    return node


def _value_sets(decl: Declarations, contract: ast.ContractDef) -> Mapping[str, tuple[frozenset[int], ...]]:
    """The sets of numbers that the outcomes of a contract tell apart, by `result` or parameter, `` for all."""
    found: dict[str, list[frozenset[int]]] = {}
    for e in (e for o in contract.outcomes for e in o.effects):
        if e.verb in ("return", "set") and isinstance(e.value, ast.Values):
            listed = (*e.value.constants, *e.value.excepted)
            numbers = frozenset(n for x in listed if (n := number(decl.constants, x)) is not None)
            name = "result" if e.place is None else e.place.name
            if numbers and numbers not in found.setdefault(name, []):
                found[name].append(numbers)
    every = tuple(dict.fromkeys(s for sets in found.values() for s in sets))
    return {**{n: tuple(s) for n, s in found.items()}, "": every}
