# SPDX-License-Identifier: GPL-2.0-only
"""Is a graph one that its consumers may rely on?  Lowering must only make such; whatever is wrong here is its mistake.

The checker and the prover take a graph as it is: an edge that leads nowhere, or an operation on a cell of another kind, is
no verdict but an accident.  Tests ask of every graph that there is, and `verify --debug` does before it verifies.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, assert_never

from refcheck.base.diagnostics import BY_NAME
from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, LEAST, MODES, MOST, UNINIT, UNSPOKEN, Edge
from refcheck.graph.footprint import FOOTPRINTS, owed, parts, reads, touched

KINDS = ("int", "bool", "ptr")
ROLES = ("local", "param", "out", "ghost", "temp", "config", "result", "dropped")


class Flaw(NamedTuple):
    """What is wrong with a graph: a short name for it, and where and what in words."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


def flaws(cfg: CFG) -> list[Flaw]:
    """All that is wrong with a graph, empty where nothing is.  Where names lead nowhere, nothing else is asked."""
    found = [*_tables(cfg), *_ends(cfg)]
    for where, values in _conditions_and_operations(cfg):
        found += [flaw for value in values for flaw in _names(cfg, where, value)]
    if found:
        return found
    for where, values in _conditions_and_operations(cfg):
        found += [flaw for value in values for flaw in _fits(cfg, where, value)]
    return [*found, *_casts(cfg), *_reached(cfg), *_exits(cfg)]


def _conditions_and_operations(cfg: CFG) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(where it stands, all of it there), what is inside of another included."""
    for e in cfg.edges:
        yield f"edge {e.number}", _all((e.guard, *e.ops))
    for p in cfg.promises:
        yield f"promise `{p.name}`", _all((p.cond, *p.ops))
    yield "what came in", _all(cfg.came.built)


def _all(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x for v in values for x in (v, *_all(tuple(parts(v)))))


# ---------------------------------------------------------------------------------------------- names lead somewhere


def _tables(cfg: CFG) -> Iterator[Flaw]:
    """Cells, resources, facts and levels speak of each other by numbers that exist."""
    kinds, facts, contexts = range(len(cfg.resources)), range(len(cfg.facts)), range(len(cfg.contexts))
    cells = range(len(cfg.cells))
    for i, c in enumerate(cfg.cells):
        if c.kind not in KINDS or c.role not in ROLES:
            yield Flaw("strange-cell", f"cell {i}, `{c.name}`, is {c.kind} and {c.role}")
        if c.kind == "ptr" and c.resource not in kinds:
            yield Flaw("no-such-resource", f"cell {i}, `{c.name}`, points to resource {c.resource}")
    for r in cfg.resources:
        if not {*r.owners, *(s.target for s in r.slots)} <= {*kinds}:
            yield Flaw("no-such-resource", f"an owner or a slot of `{r.name}`")
        if not {*r.facts, *(() if r.freed_after is None else (r.freed_after,))} <= {*facts}:
            yield Flaw("no-such-fact", f"a protection of `{r.name}`")
    for f in cfg.facts:
        if not {*f.contexts} <= {*contexts}:
            yield Flaw("no-such-context", f"fact `{f.name}`")
    if len(cfg.levels) != len(cfg.contexts):
        yield Flaw("no-such-context", f"{len(cfg.levels)} levels for {len(cfg.contexts)} contexts")
    levels = [n for level in cfg.levels for n in (level.cell, level.left) if n != -1]
    came = cfg.came
    for n in (*levels, *came.kept, *came.names, *came.outs, *came.revoked):
        if n not in cells:
            yield Flaw("undeclared-cell", f"cell {n} of the entry")
    if any(a >= b for a, b in pairwise(cfg.points)):
        yield Flaw("unordered-points", f"the points {cfg.points} do not ascend")


def _ends(cfg: CFG) -> Iterator[Flaw]:
    """Edges are numbered in order and lead from and to locations."""
    here = range(cfg.locations)
    for which, location in (("start", cfg.start), ("exit", cfg.exit)):
        if location not in here:
            yield Flaw("no-such-location", f"the {which} is {location}, of {cfg.locations}")
    for i, e in enumerate(cfg.edges):
        if e.number != i:
            yield Flaw("misnumbered-edge", f"edge {i} says that it is {e.number}")
        if e.src not in here or e.dst not in here:
            yield Flaw("no-such-location", f"edge {i} leads from {e.src} to {e.dst}, of {cfg.locations}")


def _names(cfg: CFG, where: str, value: Any) -> Iterator[Flaw]:
    """Cells, contexts, facts and properties of one condition or operation are there."""
    what, mine = f"{where}: {value}", FOOTPRINTS[type(value)]
    cells = reads(value) | touched(value)
    if strange := sorted(n for n in cells if n not in range(len(cfg.cells)) and n != -1):
        yield Flaw("undeclared-cell", f"{what} has cell {strange[0]}")
    for places, have, name in (
        (mine.contexts, len(cfg.contexts), "no-such-context"),
        (mine.facts, len(cfg.facts), "no-such-fact"),
    ):
        numbers = {n for i in places for n in (value[i] if isinstance(value[i], tuple) else (value[i],))}
        if not numbers <= {*range(have)}:
            yield Flaw(name, what)
    if lacking := sorted(set(owed(value)) - BY_NAME.keys()):
        yield Flaw("no-such-property", f"{what} owes `{lacking[0]}`")


# ---------------------------------------------------------------------------------------------- what they name fits


def _fits(cfg: CFG, where: str, value: ops.Cond | ops.Op | ops.IntTerm) -> Iterator[Flaw]:
    """The cells of a condition or operation are of the kinds that it is about, and of resources that fit."""
    name = _misfit(cfg, value)
    if name:
        yield Flaw(name, f"{where}: {value}")


def _misfit(cfg: CFG, value: ops.Cond | ops.Op | ops.IntTerm) -> str:
    """The name of what does not fit, empty where all does."""
    match value:
        case ops.And() | ops.Or() | ops.Not() | ops.When() | ops.Require() | ops.Unreachable() | ops.Stuck():
            return ""
        case ops.Need() | ops.NeedNone() | ops.Enter() | ops.Leave() | ops.Revoke() | ops.Truth() | ops.CheckInit():
            return ""
        case ops.Forget() | ops.Kill() | ops.Exit() | ops.Copy() | ops.Constant():
            return ""
        case ops.Suppose(_, op):
            return _unless(op in ops.COMPARE, "strange-comparison")
        case ops.Calculated(op):
            return _unless(op in ops.CALCULATE, "strange-calculation")
        case ops.ValueOf(cell):
            return _unless(not _pointer(cfg, cell), "wrong-kind")
        case ops.Cmp(_, op) | ops.CmpCells(_, op) if op not in ops.COMPARE:
            return "strange-comparison"
        case ops.Cmp():
            return ""
        case ops.CmpCells(left, _, right):
            return _unless(not _pointer(cfg, left) and not _pointer(cfg, right), "wrong-kind")
        case ops.Set(_, number):
            return _unless(number == UNINIT or LEAST <= number <= MOST, "strange-value")
        case ops.Havoc(_, values):
            fine = bool(values) and len(set(values)) == len(values) and all(LEAST <= n <= MOST for n in values)
            return _unless(fine, "strange-value")
        case ops.Snapshot(cell):
            return _unless(not _pointer(cfg, cell), "wrong-kind")
        case ops.IsErr(cell) | ops.Use(cell) | ops.Valid(cell) | ops.NeedCount(cell) | ops.NeedFirm(cell):
            return _unless(_pointer(cfg, cell), "wrong-kind")
        case ops.NeedOwn(cell) | ops.Grant(cell) | ops.Hold(cell) | ops.TryHold(cell) | ops.Release(cell):
            return _unless(_pointer(cfg, cell), "wrong-kind")
        case ops.Free(cell) | ops.Consume(cell):
            return _unless(_pointer(cfg, cell), "wrong-kind")
        case ops.New(cell, how, facts, owner):
            return _making(cfg, cell, how, facts, owner)
        case ops.MayBeSame(left, right) | ops.Differ(left, right) | ops.Merge(left, right):
            return _unless(_pointer(cfg, left) and _pointer(cfg, right), "wrong-kind") or _same(cfg, left, right)
        case ops.SlotIs(ptr, slot, modes):
            return _slot(cfg, ptr, (slot,)) or _unless({*modes} <= {*MODES.values(), UNSPOKEN}, "strange-mode")
        case ops.UseSlots(ptr, slots):
            return _slot(cfg, ptr, slots)
        case ops.ReadSlot(cell, ptr, slot) | ops.TakeSlot(cell, ptr, slot):
            return _slot(cfg, ptr, (slot,)) or _held(cfg, ptr, slot, cell)
        case ops.PutSlot(ptr, slot, _, src):
            return _slot(cfg, ptr, (slot,)) or _held(cfg, ptr, slot, src)
        case ops.Unspoken(ptr, slot) | ops.DropSlot(ptr, slot) | ops.ClearSlot(ptr, slot) | ops.HoldSlot(ptr, slot):
            return _slot(cfg, ptr, (slot,))
        case _:
            assert_never(value)


def _unless(fine: bool, name: str) -> str:
    return "" if fine else name


def _pointer(cfg: CFG, cell: int) -> bool:
    return cfg.cells[cell].kind == "ptr"


def _same(cfg: CFG, left: int, right: int) -> str:
    a, b = cfg.cells[left], cfg.cells[right]
    return _unless(a.kind != "ptr" or a.resource == b.resource, "wrong-resource")


def _making(cfg: CFG, cell: int, how: str, facts: tuple[int, ...], owner: int) -> str:
    if not _pointer(cfg, cell) or (owner != -1 and not _pointer(cfg, owner)):
        return "wrong-kind"
    made = cfg.resources[cfg.cells[cell].resource]
    if owner != -1 and cfg.cells[owner].resource not in made.owners:
        return "wrong-resource"
    if (how == "owner") != (owner != -1):
        return "strange-object"
    return _unless({*facts} <= {*made.facts}, "strange-object")


def _slot(cfg: CFG, ptr: int, slots: tuple[int, ...]) -> str:
    if not _pointer(cfg, ptr):
        return "wrong-kind"
    return _unless(all(0 <= s < len(cfg.resources[cfg.cells[ptr].resource].slots) for s in slots), "no-such-slot")


def _held(cfg: CFG, ptr: int, slot: int, cell: int) -> str:
    """What the slot holds is what the cell points to; -1 stands for no cell."""
    if cell == -1:
        return ""
    target = cfg.resources[cfg.cells[ptr].resource].slots[slot].target
    return _unless(_pointer(cfg, cell) and cfg.cells[cell].resource == target, "wrong-resource")


# ---------------------------------------------------------------------------------------------- the shape


def _casts(cfg: CFG) -> Iterator[Flaw]:
    """A pointer becomes a number only where it is known to be an error code; numbers of objects are nobody's business."""
    for e in cfg.edges:
        for op in ops.flat(e.ops):
            if not isinstance(op, ops.Copy) or not _pointer(cfg, op.src) or _pointer(cfg, op.cell):
                continue
            if e.guard != ops.IsErr(op.src):
                yield Flaw("wrong-kind", f"edge {e.number}: {op}")


def _reached(cfg: CFG) -> Iterator[Flaw]:
    """Every location but the exit comes of the start and leads on; nothing leaves the exit."""
    out = cfg.out_edges()
    seen, todo = {cfg.start}, [cfg.start]
    while todo:
        following = {e.dst for e in out[todo.pop()]} - seen
        seen |= following
        todo += following
    for location, edges in enumerate(out):
        if location not in seen and location != cfg.exit:
            yield Flaw("unreached-location", f"no path leads to location {location}")
        if not edges and location != cfg.exit:
            yield Flaw("dead-end", f"no edge leaves location {location}")
    if out[cfg.exit]:
        yield Flaw("beyond-exit", f"edge {out[cfg.exit][0].number} leaves the exit")


def _exits(cfg: CFG) -> Iterator[Flaw]:
    """What leads to the exit returns, as the last thing that it does but forgetting; nothing else does."""
    for e in cfg.edges:
        returns = [op for op in e.ops if isinstance(op, ops.Exit)]
        if (e.dst == cfg.exit) != (len(returns) == 1) or len(returns) > 1 or _nested_exit(e):
            yield Flaw("strange-exit", f"edge {e.number} leads to {e.dst} and returns {len(returns)} times")
    for p in cfg.promises:
        if any(isinstance(op, ops.Exit) for op in _all(p.ops)):
            yield Flaw("strange-exit", f"promise `{p.name}` returns")


def _nested_exit(e: Edge) -> bool:
    return any(isinstance(op, ops.Exit) for op in ops.flat(e.ops)) != any(isinstance(op, ops.Exit) for op in e.ops)
