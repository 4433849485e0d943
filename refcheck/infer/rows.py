# SPDX-License-Identifier: GPL-2.0-only
"""What each reachable exit of a body did to what came in: one row for each way from an entry to an exit.

The body is lowered with a contract that takes everything (`probe`), so that it may do with its arguments what it likes.
"""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, EMPTY, MODES, NOREF, OWNED, UNINIT, Edge
from refcheck.meaning.conditions import evaluate
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import CONSUMED, NOBODY, RELEASED, State, Where
from refcheck.meaning.step import apply
from refcheck.syntax import ast, code

MODE_NAMES = {v: k for k, v in MODES.items()}
LOST = "lost"  # what a slot owned is held by nobody: something else stands there
Effects = tuple[tuple[str, ...], ...]


class ExitRow(NamedTuple):
    """One exit: what was the case on entry, by what is asked; what was done, as texts; and the result."""

    entry: tuple[tuple[str, int | str], ...]
    effects: Effects
    result: tuple[str, ...]


class UnclearError(Exception):
    """An exit that no outcome of a contract describes; the reason."""


def probe(sig: ast.Signature, resources: frozenset[str], left: tuple[str, ...] = ()) -> tuple[ast.Outcome, ...]:
    """The outcome that takes everything, to look at the body of a function with a signature that leaves some contexts."""
    span = sig.span
    effects = [
        ast.Effect("consume", ast.EffectPlace(p.name, False, None, span), None, "", None, span)
        for p in sig.params if p.type.name in resources and not p.type.pointer
    ]  # fmt: skip
    effects += [ast.Effect("leave", None, None, context, None, span) for context in left]
    if sig.result.name != "void":
        value: ast.Value = code.Null(span) if sig.result.name in resources else ast.Values("any", (), (), span)
        effects.append(ast.Effect("return", None, value, "", None, span))
    return (ast.Outcome("probe", None, tuple(effects), span),)


class ExitReader:
    """Reads the states at the exits of a probed graph."""

    def __init__(self, cfg: CFG, sig: ast.Signature) -> None:
        self.cfg = cfg
        self.sig = sig
        names: dict[str, int] = {}
        for i, cell in enumerate(cfg.cells):
            if cell.function == cfg.function and cell.role in ("param", "ghost", "out", "result"):
                names.setdefault(cell.name, i)
        self.at = names
        self.configs = {c.name: i for i, c in enumerate(cfg.cells) if c.role == "config"}
        self.revoked = {f.name: names[told] for f in cfg.facts if (told := f"{f.name} revoked") in names}
        self.result = next((i for i, c in enumerate(cfg.cells) if c.role == "result"), -1)
        kinds = {r.name: i for i, r in enumerate(cfg.resources)}
        self.objects = {p.name: kinds[p.type.name] for p in sig.params if p.type.name in kinds and not p.type.pointer}
        self.outs = [p for p in sig.params if p.type.pointer]
        self.scalars = [p.name for p in sig.params if p.type.name not in kinds and not p.type.pointer]

    def came(self, name: str) -> int:
        """The cell that keeps what a parameter was on entry."""
        return self.at.get(f"{name}@entry", self.at[name])

    def rows(self, states: tuple[tuple[State, ...], ...]) -> dict[ExitRow, set[int]]:
        """The rows of all exits, each with the edges that lead to it; UnclearError where one cannot be said."""
        found: dict[ExitRow, set[int]] = {}
        for e in self.cfg.edges:
            if e.kind == "exit":
                for state in states[e.src]:
                    row = self._row(e, state)
                    if row is not None:
                        found.setdefault(row, set()).add(e.number)
        return found

    def entry_of(self, state: State) -> tuple[tuple[str, int | str], ...]:
        """What was the case on entry, as far as a state still knows."""
        return tuple(self._entry(Heap(self.cfg, state)))

    def brought(self, state: State, cell: int) -> frozenset[str]:
        """The parameters that came with the object that a cell names in a state."""
        kind = self.cfg.cells[cell].resource if cell >= 0 else -1
        came = {p: self.came(p) for p, k in self.objects.items() if k == kind}
        return frozenset(p for p, at in came.items() if 0 < state.cells[at] == state.cells[cell] < UNINIT)

    def _row(self, e: Edge, state: State) -> ExitRow | None:
        heap = Heap(self.cfg, state)
        if evaluate(heap, e.guard) is False:
            return None
        for op in e.ops:
            if not isinstance(op, ops.Exit):
                apply(heap, op)
        if heap.stopped or (self.result >= 0 and heap.cells[self.result] == UNINIT):
            return None
        return ExitRow(tuple(self._entry(heap)), tuple(sorted(self._effects(heap))), self._result(heap))

    # -- the entry
    def _entry(self, heap: Heap) -> Iterator[tuple[str, int | str]]:
        for name, kind in self.objects.items():
            value = heap.cells[self.came(name)]
            yield name, "object" if 0 < value < UNINIT else "NULL" if value == 0 else "error"
            for slot in self.cfg.resources[kind].slots:
                mode = self.at.get(f"{name}->{slot.name}@entry")
                if mode is not None and 0 < value < UNINIT:
                    yield f"{name}->{slot.name}", MODE_NAMES.get(heap.cells[mode], "empty")
        for name in self.scalars:
            yield name, heap.cells[self.came(name)]
        for name, cell in self.configs.items():
            yield name, heap.cells[cell]

    # -- what was done
    def _effects(self, heap: Heap) -> Iterator[tuple[str, ...]]:
        params = {p: (kind, heap.cells[self.came(p)]) for p, kind in self.objects.items()}
        there = {p: w for p, w in params.items() if heap.get(w) is not None}
        for p, where in there.items():
            obj = heap[where]
            moved = list(self._moved(heap, there, where))
            yield from (("move", place, p) for place in moved)
            kept = obj.refs + len(moved) + self._with_result(heap, params, where)
            if kept == 0:
                yield ("release" if obj.why == RELEASED else "consume"), p
            else:
                yield from (("hold", p),) * (kept - 1)
            if obj.refs > 0:
                for i, slot in enumerate(self.cfg.resources[where[0]].slots):
                    yield from self._slot(heap, there, p, i, slot.name)
        for c, name in enumerate(self.cfg.contexts):
            change = heap.contexts[c] - heap.entry_level(c)
            yield from ((("enter" if change > 0 else "leave"), name),) * abs(change)
        yield from (("revoke", name) for name, cell in self.revoked.items() if heap.cells[cell] == 1)
        for out in self.outs:
            yield from self._out(heap, out)

    def _moved(self, heap: Heap, there: dict[str, Where], where: Where) -> Iterator[str]:
        """The slots of other arguments that have got a reference on an argument."""
        for q, container in there.items():
            for i, slot in enumerate(self.cfg.resources[container[0]].slots):
                content = heap[container].slots[i]
                old = self.at.get(f"{q}->{slot.name} on entry")
                same = old is not None and heap.cells[old] == content.target
                if content.mode == OWNED and (slot.target, content.target) == where and heap[container].refs and not same:
                    yield f"{q}->{slot.name}"

    def _with_result(self, heap: Heap, params: dict[str, tuple[int, int]], where: Where) -> int:
        """How many slots of an object that is returned have got a reference on an argument."""
        here = (self.cfg.cells[self.result].resource, heap.cells[self.result]) if self.result >= 0 else (-1, 0)
        if here[0] < 0 or heap.get(here) is None or here in params.values():
            return 0
        slots = zip(self.cfg.resources[here[0]].slots, heap[here].slots, strict=True)
        return sum(c.mode == OWNED and (s.target, c.target) == where for s, c in slots)

    def _slot(self, heap: Heap, there: dict[str, Where], p: str, i: int, name: str) -> Iterator[tuple[str, ...]]:
        mode = self.at.get(f"{p}->{name}@entry")
        if mode is None:
            return
        slot = self.cfg.resources[there[p][0]].slots[i]
        was, old = heap.cells[mode], (slot.target, heap.cells[self.at[f"{p}->{name} on entry"]])
        now = heap[there[p]].slots[i]
        here = (slot.target, now.target)
        if now.mode == was and (was == EMPTY or here == old):
            return
        place = f"{p}->{name}"
        kept = was == OWNED and heap.get(old) is not None and heap[old].refs > 0
        if now.mode == OWNED and was == NOREF and here == old:
            yield "try_hold", place
            return
        if was != EMPTY:
            yield ("drop" if not kept else "clear" if now.mode == EMPTY else LOST), place
        param = next((q for q, w in there.items() if w == here), "")
        if now.mode == OWNED and param:
            return  # told by _moved
        if now.mode == OWNED:
            yield "fill", place, "hold"
        elif now.mode == NOREF:
            yield ("noref", place, param) if param else ("fill", place, f"borrow({self._facts(heap, here)})")
        elif now.mode != EMPTY:
            raise UnclearError(f"`{place}` is left with a reference that was released through it")

    def _facts(self, heap: Heap, here: Where) -> str:
        resource = self.cfg.resources[here[0]]
        found = [self.cfg.facts[f].name for f, on in zip(resource.facts, heap[here].protections, strict=True) if on]
        known = {self.cfg.facts[f].name for f in resource.facts}
        for m in self.sig.must_hold:  # whichever of them callers bring
            if len(m.facts) > 1 and set(m.facts) & set(found) and set(m.facts) <= known:
                found += [n for n in m.facts if n not in found]
        if not found:
            raise UnclearError("something is handed out that nothing protects")
        return " | ".join(self.cfg.facts[f].name for f in resource.facts if self.cfg.facts[f].name in found)

    def _out(self, heap: Heap, p: ast.Param) -> Iterator[tuple[str, ...]]:
        value = heap.cells[self.at[f"*{p.name}"]]
        if value == UNINIT:
            return
        kind = self.cfg.cells[self.at[f"*{p.name}"]].resource
        if kind < 0:
            yield "out", p.name, ("true" if value else "false") if p.type.name == "bool" else str(value)
        else:
            yield "out", p.name, *self._object(heap, (kind, value))

    def _object(self, heap: Heap, here: Where) -> tuple[str, ...]:
        """What a pointer that goes back is."""
        if here[1] == 0:
            return ("NULL",)
        if here[1] < 0:
            return "ERR_PTR", str(here[1])
        for p, kind in self.objects.items():
            if (kind, heap.cells[self.came(p)]) == here:
                return "alias", p
        for p, kind in self.objects.items():
            where = (kind, heap.cells[self.came(p)])
            if heap.get(where) is not None and heap[where].refs:
                for i, slot in enumerate(self.cfg.resources[kind].slots):
                    content = heap[where].slots[i]
                    if content.mode != EMPTY and (slot.target, content.target) == here and not heap[here].refs:
                        return "alias", f"{p}->{slot.name}"
                    old = self.at.get(f"{p}->{slot.name} on entry")
                    gone = content.mode == EMPTY or (slot.target, content.target) != here
                    if old is not None and (slot.target, heap.cells[old]) == here and heap[here].refs == 1 and gone:
                        return "take", f"{p}->{slot.name}"
        obj = heap[here]
        if obj.refs > 1:
            raise UnclearError("several references go back with one result")
        slots = self._result_slots(heap, here)
        if obj.refs == 1 or (not heap.alive(here) and obj.why in (RELEASED, CONSUMED)):
            return "hold", *slots  # what was given back before it is returned was meant to be
        if obj.owner != NOBODY:
            for p, kind in self.objects.items():
                if (kind, heap.cells[self.came(p)]) == obj.owner:
                    return f"borrow({p})", *slots
        return f"borrow({self._facts(heap, here)})", *slots

    def _result_slots(self, heap: Heap, here: Where) -> Iterator[str]:
        for i, slot in enumerate(self.cfg.resources[here[0]].slots):
            content = heap[here].slots[i]
            if content.mode == EMPTY:
                continue
            came = next(
                (p for p, k in self.objects.items() if (k, heap.cells[self.came(p)]) == (slot.target, content.target)), ""
            )
            source = f"{'move' if content.mode == OWNED else 'noref'} {came}" if came else ""
            for p in self.objects if not came else ():
                old = self.at.get(f"{p}->{slot.name} on entry")
                if old is not None and (slot.target, heap.cells[old]) == (slot.target, content.target):
                    source = f"copy {p}->{slot.name}"
            if not source and content.mode != OWNED:
                raise UnclearError(f"the result has a borrow in `{slot.name}`")
            yield f"{slot.name}={source or 'hold'}"

    def _result(self, heap: Heap) -> tuple[str, ...]:
        if self.result < 0:
            return ()
        value, kind = heap.cells[self.result], self.cfg.cells[self.result].resource
        return ("int", str(value)) if kind < 0 else self._object(heap, (kind, value))
