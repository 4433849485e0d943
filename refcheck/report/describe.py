"""States in words: what a variable, a slot or a context is worth, in the terms that kernel readers use."""

from collections.abc import Iterator

from refcheck.errnos import ERRNO_NAME
from refcheck.heap import Heap, State
from refcheck.program import (
    BITS,
    CFG,
    CONSUMED,
    COUNTED,
    EMPTY,
    EXPIRED,
    LENDING,
    NOREF,
    OWNED,
    OWNER,
    OWNER_KIND,
    REFS,
    RELEASED,
    UNINIT,
    WHY,
    slot_index,
)  # fmt: skip
from refcheck.report.record import Level, Named, Reference, Shown

_MODES = {EMPTY: "empty", NOREF: "noref", OWNED: "owned"}


def number(cfg: CFG, cell: int, value: int) -> str:
    """An integer value as the model would write it; representatives of a class show their sign."""
    if cfg.cells[cell].kind == "bool":
        return "true" if value else "false"
    if value in cfg.points:
        return f"-{ERRNO_NAME[value]}" if value in ERRNO_NAME else str(value)
    return "another error" if value < 0 else "> 0"


def pointed(heap: Heap, resource: int, n: int) -> str:
    """What an object is worth to this path."""
    obj = heap.get(resource, n)
    if obj is None:
        return "gone"
    if obj[REFS] > 0:
        return "held" if obj[REFS] == 1 else f"held {obj[REFS]} times"
    if not heap.alive(resource, n) or obj[WHY] in (RELEASED, CONSUMED):
        ended = {RELEASED: "released", CONSUMED: "handed over", EXPIRED: "borrow ended"}
        return ended.get(obj[WHY], "borrow ended" if not heap.alive(resource, n) else "borrowed")
    if obj[LENDING]:
        return "lent, counted" if obj[LENDING] == COUNTED else "lent"
    owner = heap.held_by_slot(resource, n)
    if owner:
        return f"owned by {heap.cfg.resources[owner[0]].slots[owner[2]].name} slot"
    return "borrowed"


def cell_text(heap: Heap, cell: int) -> str:
    """The value of a variable in words, in the state that the heap was made of."""
    cfg = heap.cfg
    value, kind = heap.cells[cell], cfg.cells[cell]
    if value == UNINIT:
        return "unset"
    if kind.kind != "ptr":
        return number(cfg, cell, value)
    if value == 0:
        return "NULL"
    if value < 0:
        return f"ERR_PTR({number(cfg, cell, value)})" if value in cfg.points else "ERR_PTR"
    return pointed(heap, kind.resource, value)


def shown_cells(cfg: CFG) -> list[int]:
    """The cells that a trace shows: the user's own variables and build options."""
    return [i for i, c in enumerate(cfg.cells) if c.role in ("local", "param", "out", "config")]


def cell_name(cfg: CFG, cell: int) -> str:
    """A variable's name, with its function where that is an inlined callee."""
    c = cfg.cells[cell]
    return c.name if c.function in ("", cfg.function) else f"{c.function}.{c.name}"


def slots_text(cfg: CFG, state: State) -> dict[str, str]:
    """`skb->dst` and the like with their modes, for every variable that names a container."""
    found: dict[str, str] = {}
    for i in shown_cells(cfg):
        c, value = cfg.cells[i], state.cells[i]
        if c.kind != "ptr" or not 0 < value < UNINIT:
            continue
        resource = cfg.resources[c.resource]
        pool = state.pools[c.resource]
        obj = pool[value - 1] if value <= len(pool) else None
        for s, slot in enumerate(resource.slots):
            if obj is not None:
                mode = obj[slot_index(resource, s)]
                found[f"{cell_name(cfg, i)}->{slot.name}"] = _MODES.get(mode, "released")
    return found


def changes(cfg: CFG, before: State, after: State) -> list[tuple[str, str]]:
    """(name, new value) for all that a step changed; variables that are forgotten are not shown."""
    found: list[tuple[str, str]] = []
    old_heap, new_heap = Heap(cfg, before), Heap(cfg, after)
    for i in shown_cells(cfg):
        if after.cells[i] == UNINIT:
            continue
        new = cell_text(new_heap, i)
        if before.cells[i] == UNINIT or new != cell_text(old_heap, i):
            found.append((cell_name(cfg, i), new))
    old_slots = slots_text(cfg, before)
    for name, mode in slots_text(cfg, after).items():
        if old_slots.get(name) != mode and not (name not in old_slots and mode == "empty"):
            found.append((name, mode))
    for c, name in enumerate(cfg.contexts):
        if before.contexts[c] != after.contexts[c]:
            found.append((name, str(after.contexts[c])))
    return found


def shown(cfg: CFG, state: State) -> Shown:
    """The whole state in words: variables that have a value, slots, contexts, and every object that the path knows."""
    cells = [i for i in shown_cells(cfg) if state.cells[i] != UNINIT]
    heap = Heap(cfg, state)
    return Shown(
        tuple(Named(cell_name(cfg, i), cell_text(heap, i)) for i in cells),
        tuple(Named(n, v) for n, v in slots_text(cfg, state).items()),
        tuple(Level(name, level) for name, level in zip(cfg.contexts, state.contexts, strict=True)),
        tuple(_references(heap, cells)),
    )


def _references(heap: Heap, cells: list[int]) -> Iterator[Reference]:
    cfg = heap.cfg
    named: dict[tuple[int, int], list[str]] = {}
    for i in cells:
        named.setdefault((cfg.cells[i].resource, heap.cells[i]), []).append(cell_name(cfg, i))
    for r, resource in enumerate(cfg.resources):
        for n, obj in enumerate(heap.pools[r], 1):
            if obj is None:
                continue
            names = named.get((r, n), [])
            until = [cfg.facts[f].name for b, f in enumerate(resource.facts) if obj[BITS + b]]
            worth = pointed(heap, r, n)
            if worth == "borrowed" and until:
                worth += f" until {' and '.join(until)} ends"
            elif worth == "borrowed" and obj[OWNER] and heap.alive(obj[OWNER_KIND], obj[OWNER]):
                worth += f" for the life of its {cfg.resources[obj[OWNER_KIND]].name}"
            yield Reference(resource.name, tuple(names), worth, obj[REFS])
