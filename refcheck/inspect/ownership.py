# SPDX-License-Identifier: GPL-2.0-only
"""A forward walk over a graph: which acquisition each variable may name, and what happens to what was acquired.

In: a graph.  Out: the acquisitions with their owners, and the operations that end (or renew) an ownership, each with
the flags that it stands under.  Names are kept where some path has them, flags where all paths agree.
"""

from collections.abc import Iterable

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.result.describe import cell_name

Origin = tuple[str, str]
Flag = tuple[int, bool]
Names = dict[int, frozenset[Origin]]


class OwnershipWalk:
    """A forward walk over one graph: `owned` and `ended` list what it saw, an object by its Origin."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.owned: list[tuple[Origin, str, frozenset[str]]] = []
        self.ended: list[tuple[Origin, str, object]] = []
        self.known_at: dict[Origin, frozenset[Flag]] = {}
        self.edge: Edge | None = None

    def run(self) -> None:
        """To the fixed point, then once over every edge to note what happens there."""
        cfg, out = self.cfg, self.cfg.out_edges()
        at: dict[int, tuple[Names, frozenset[Flag]]] = {cfg.start: ({}, frozenset())}
        todo = [cfg.start]
        while todo:
            here = todo.pop()
            for edge in out[here]:
                names, flags = self._step(edge, *at[here])
                old = at.get(edge.dst)
                if old is not None:
                    names = {c: old[0].get(c, frozenset()) | names.get(c, frozenset()) for c in old[0] | names}
                    flags = old[1] & flags
                if old != (names, flags):
                    at[edge.dst] = (names, flags)
                    todo.append(edge.dst)
        for acquiring in (True, False):
            for edge in cfg.edges:
                if edge.src in at:
                    self.edge = edge if not acquiring else None
                    self._step(edge, *at[edge.src], acquiring)

    def _step(
        self, edge: Edge, names: Names, flags: frozenset[Flag], acquiring: bool = False
    ) -> tuple[Names, frozenset[Flag]]:
        names = dict(names)
        for cell in _null(edge.guard):
            names.pop(cell, None)
        flags |= self._literals(edge.guard)
        for op in edge.ops:
            if acquiring:
                self._note_owner(edge, op, flags)
            flags = self._op(edge, op, names, flags, ())
        return names, flags

    def _op(
        self, edge: Edge, op: ops.Op, names: Names, flags: frozenset[Flag], conds: tuple[ops.Cond, ...]
    ) -> frozenset[Flag]:
        self._note_end(op, names, flags, conds)
        match op:
            case ops.When(cond, todo):
                after: Names = dict(names)
                for o in todo:
                    self._op(edge, o, after, flags, (*conds, cond))
                for cell in after:
                    names[cell] = names.get(cell, frozenset()) | after[cell]
            case ops.New(cell) | ops.ReadSlot(cell) | ops.TakeSlot(cell):
                names[cell] = frozenset({self.origin(edge, op)})
            case ops.Copy(cell, src):
                names[cell] = names.get(src, frozenset())
                flags = frozenset(f for f in flags if f[0] != cell)
            case ops.Set(cell) | ops.Havoc(cell) | ops.Forget(cell):
                names.pop(cell, None)
                flags = frozenset(f for f in flags if f[0] != cell)
            case ops.Merge(left, right):
                names[left] = names[right] = names.get(left, frozenset()) | names.get(right, frozenset())
            case ops.Kill(cell):
                names.pop(cell, None)
            case _:
                pass
        return flags

    # -- what an acquisition gives
    def origin(self, edge: Edge, op: ops.New | ops.ReadSlot | ops.TakeSlot) -> Origin:
        """The name under which an acquisition is reported."""
        return cell_name(self.cfg, op.cell), f"{edge.callee}()" if edge.callee else "" if edge.kind == "entry" else edge.text

    def _note_owner(self, edge: Edge, op: ops.Op, flags: frozenset[Flag]) -> None:
        if isinstance(op, ops.When):
            for o in op.ops:
                self._note_owner(edge, o, flags)
        elif isinstance(op, ops.New | ops.TakeSlot | ops.ReadSlot) and not self._internal(op.cell):
            origin = self.origin(edge, op)
            set_here = {(o.cell, bool(o.value)) for o in edge.ops if isinstance(o, ops.Set)}
            said = self.texts(set_here) or self.texts(self._literals(edge.guard))
            self.owned.append((origin, self._how(edge, op), said))
            self.known_at[origin] = self.known_at.get(origin, flags) & flags

    def _internal(self, cell: int) -> bool:
        """Not the user's: what a slot holds on entry, what a callee puts there, and slots that are only looked at."""
        c = self.cfg.cells[cell]
        return c.role == "ghost" or (c.role == "temp" and not c.name.endswith("()") and "->" not in c.name)

    def _how(self, edge: Edge, op: ops.New | ops.ReadSlot | ops.TakeSlot) -> str:
        match op:
            case ops.New(how="borrow", facts=facts):
                return f"borrowed until {' | '.join(self.cfg.facts[f].name for f in facts)}"
            case ops.New(how="owner", owner=owner):
                return f"borrowed from {cell_name(self.cfg, owner)}"
            case ops.New(how="lent" | "counted" as how):
                return "lent" if how == "lent" else "lent, counted"
            case ops.ReadSlot(ptr=ptr, slot=slot):
                return f"named by {self._slot(ptr, slot)}"
            case ops.TakeSlot(ptr=ptr, slot=slot):
                return f"held, taken from {self._slot(ptr, slot)}"
            case _:
                return "held" if edge.kind != "entry" else "given by the caller"

    # -- what ends an ownership
    def _note_end(self, op: ops.Op, names: Names, flags: frozenset[Flag], conds: tuple[ops.Cond, ...]) -> None:
        edge = self.edge
        if edge is None or edge.kind == "entry":
            return
        by = f" by {edge.callee}()" if edge.callee else ""
        for cell, text in self._end_texts(op, by):
            for origin in names.get(cell, ()):
                new = self.texts(flags - self.known_at.get(origin, frozenset()))
                new |= {t for c in conds for t in [self.cond_text(c)] if t}
                self.ended.append((origin, text + (f" if {' && '.join(sorted(new))}" if new else ""), edge.span))

    def _end_texts(self, op: ops.Op, by: str) -> list[tuple[int, str]]:
        """(cell, what happens to the object it names) of one operation."""
        match op:
            case ops.Release(cell):
                return [(cell, f"released{by}")]
            case ops.Consume(cell, queued=queued):
                return [(cell, f"{'queued' if queued else 'consumed'}{by}")]
            case ops.Hold(cell) | ops.TryHold(cell):
                return [(cell, f"{'held again' if isinstance(op, ops.Hold) else 'try-held'}{by}")]
            case ops.PutSlot(ptr, slot, owned, src):
                field = self._slot(ptr, slot).split("->")[1]
                taken = (ptr, f"->{field} {'takes a reference' if owned else 'borrows'}{by}")
                return [(src, f"{'moved into' if owned else 'lent to'} {self._slot(ptr, slot)}{by}"), taken]
            case ops.DropSlot(ptr, slot) | ops.ClearSlot(ptr, slot) | ops.HoldSlot(ptr, slot):
                verbs = {"DropSlot": "dropped", "ClearSlot": "cleared", "HoldSlot": "try-held"}
                return [(ptr, f"->{self._slot(ptr, slot).split('->')[1]} {verbs[type(op).__name__]}{by}")]
            case ops.Exit(result) if result >= 0:
                return [(result, "returned")]
            case _:
                return []

    def _slot(self, ptr: int, slot: int) -> str:
        cell = self.cfg.cells[ptr]
        return f"{cell_name(self.cfg, ptr)}->{self.cfg.resources[cell.resource].slots[slot].name}"

    # -- conditions
    def _flag(self, cell: int) -> bool:
        c = self.cfg.cells[cell]
        return c.kind == "bool" and c.role in ("local", "param", "out")

    def _literals(self, cond: ops.Cond) -> frozenset[Flag]:
        """The flags that a condition settles."""
        match cond:
            case ops.And(args):
                return frozenset[Flag]().union(*(self._literals(a) for a in args))
            case ops.Truth(cell) if self._flag(cell):
                return frozenset({(cell, True)})
            case ops.Not(ops.Truth(cell)) if self._flag(cell):
                return frozenset({(cell, False)})
            case ops.Cmp(cell, "==" | "!=" as op, 0 | 1 as value) if self._flag(cell):
                return frozenset({(cell, bool(value) == (op == "=="))})
            case _:
                return frozenset()

    def texts(self, flags: Iterable[Flag]) -> frozenset[str]:
        """Flags as the model writes them."""
        return frozenset(("" if value else "!") + cell_name(self.cfg, c) for c, value in flags if self._flag(c))

    def cond_text(self, cond: ops.Cond) -> str:
        """A condition on flags as text; what is not about flags is left out, and an `or` with such a part altogether."""
        match cond:
            case ops.And(args):
                return " && ".join(t for t in map(self.cond_text, args) if t)
            case ops.Or(args):
                texts = [self.cond_text(a) for a in args]
                return " || ".join(texts) if all(texts) else ""
            case _:
                return "".join(self.texts(self._literals(cond)))


def _null(cond: ops.Cond) -> list[int]:
    """The pointers that name no object where the condition holds."""
    match cond:
        case ops.And(args):
            return [c for a in args for c in _null(a)]
        case ops.Not(ops.Truth(cell)) | ops.IsErr(cell) | ops.Cmp(cell, "<=" | "<" | "==", 0):
            return [cell]
        case _:
            return []
