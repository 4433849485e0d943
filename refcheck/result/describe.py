# SPDX-License-Identifier: GPL-2.0-only
"""States in words: what a variable, a slot or a context is worth, in the terms that kernel readers use."""

from collections.abc import Iterator, Mapping

from refcheck.base.errnos import ERRNO_NAME
from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, EMPTY, NOREF, OWNED, STALE, UNINIT, UNSPOKEN
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import CONSUMED, COUNTED, EXPIRED, IMMORTAL, LENT, NOBODY, RELEASED, Object, State, Where
from refcheck.result.record import Level, Named, Reference, Shown

_MODES = {EMPTY: "empty", NOREF: "noref", OWNED: "owned", STALE: "released", UNSPOKEN: "not spoken of"}


def number(cfg: CFG, cell: int, value: int) -> str:
    """An integer value as the model would write it; representatives of a class show their sign."""
    if cfg.cells[cell].kind == "bool":
        return "true" if value else "false"
    members = cfg.cells[cell].members
    if 0 <= value < len(members):
        return members[value]
    if value in cfg.points:
        return f"-{ERRNO_NAME[value]}" if value in ERRNO_NAME else str(value)
    return "another error" if value < 0 else "> 0"


def pointed(heap: Heap, at: Where) -> str:
    """What an object is worth to this path."""
    obj = heap.get(at)
    if obj is None:
        return "gone"
    if obj.refs > 0:
        return "held" if obj.refs == 1 else f"held {obj.refs} times"
    if not heap.alive(at) or obj.why in (RELEASED, CONSUMED):
        ended = {RELEASED: "released", CONSUMED: "handed over", EXPIRED: "borrow ended"}
        return ended.get(obj.why, "borrow ended" if not heap.alive(at) else "borrowed")
    if obj.lending == IMMORTAL:
        return "immortal"
    if obj.lending >= LENT:
        return "lent, counted" if obj.lending == COUNTED else "lent"
    owning = heap.owning_slot(at)
    if owning is not None:
        (container, _), slot = owning
        return f"owned by {heap.cfg.resources[container].slots[slot].name} slot"
    return "borrowed"


def cell_text(heap: Heap, cell: int) -> str:
    """The value of a variable in words, in the state that the heap was made of."""
    value = heap.cells[cell]
    return pointed(heap, heap.named(cell)) if names_object(heap.cfg, cell, value) else plain(heap.cfg, cell, value)


def names_object(cfg: CFG, cell: int, value: int) -> bool:
    """The value is that of a pointer to an object."""
    return cfg.cells[cell].kind == "ptr" and 0 < value < UNINIT


def plain(cfg: CFG, cell: int, value: int) -> str:
    """The value of a variable in words, where it names no object."""
    if value == UNINIT:
        return "unset"
    if cfg.cells[cell].kind != "ptr":
        return number(cfg, cell, value)
    if value == 0:
        return "NULL"
    return f"ERR_PTR({number(cfg, cell, value)})" if value in cfg.points else "ERR_PTR"


def shown_cells(cfg: CFG) -> list[int]:
    """The cells that a trace shows: the user's own variables and build options."""
    return [i for i, c in enumerate(cfg.cells) if c.role in ("local", "param", "out", "config")]


def object_of(state: State, at: Where) -> Object | None:
    """An object of a state, None where there is none."""
    pool, n = state.pools[at[0]], at[1]
    return pool[n - 1] if 0 < n <= len(pool) else None


def cell_name(cfg: CFG, cell: int) -> str:
    """A variable's name, with its function where that is an inlined callee."""
    c = cfg.cells[cell]
    return c.name if c.function in ("", cfg.function) else f"{c.function}.{c.name}"


def slots_of(heap: Heap) -> Iterator[tuple[str, Where]]:
    """Each slot of a container that a variable names, as `skb->dst`, with the object that it holds, if it holds one."""
    for i in shown_cells(heap.cfg):
        at = heap.named(i) if names_object(heap.cfg, i, heap.cells[i]) else None
        obj = heap.get(at) if at is not None else None
        for s, slot in enumerate(heap.cfg.resources[at[0]].slots if at is not None and obj is not None else ()):
            assert obj is not None
            yield f"{cell_name(heap.cfg, i)}->{slot.name}", (slot.target, obj.slots[s].target)


class Words(NamedTuple):
    """A state in words: variables by cell, modes of slots by name (`skb->dst`), levels of contexts, objects."""

    variables: dict[int, Named]
    slots: dict[str, str]
    contexts: tuple[Level, ...]
    references: tuple[Reference, ...]

    def shown(self) -> Shown:
        """All of it as it is reported."""
        slots = tuple(Named(name, mode) for name, mode in self.slots.items())
        return Shown(tuple(self.variables.values()), slots, self.contexts, self.references)


def words(cfg: CFG, state: State, forgotten: Mapping[int, int] | None = None) -> Words:
    """A state in words: what is shown of it, and every object that the path knows.

    `forgotten` has the values of numbers that no path reads any more: they still tell how the path came here.
    """
    heap, cells = Heap(cfg, state), shown_cells(cfg)
    values = {i: Named(cell_name(cfg, i), number(cfg, i, value)) for i, value in (forgotten or {}).items()}
    values |= {i: Named(cell_name(cfg, i), cell_text(heap, i)) for i in cells if state.cells[i] != UNINIT}
    variables = {i: values[i] for i in cells if i in values}
    namers: dict[Where, list[str]] = {}
    for i, named in variables.items():
        if names_object(cfg, i, state.cells[i]):
            namers.setdefault(heap.named(i), []).append(named.name)
    references = [_reference(heap, at, tuple(namers.get(at, ()))) for at in heap.objects()]
    levels = tuple(Level(name, level) for name, level in zip(cfg.contexts, state.contexts, strict=True))
    return Words(variables, _slots(heap, cells), levels, tuple(references))


def changes(before: Words, after: Words) -> list[Named]:
    """What is said otherwise of the second state, but variables that are forgotten there, and slots that come empty."""
    found = [named for i, named in after.variables.items() if before.variables.get(i) != named]
    for name, mode in after.slots.items():
        if before.slots.get(name, "empty") != mode:
            found.append(Named(name, mode))
    levels = zip(before.contexts, after.contexts, strict=True)
    return found + [Named(new.name, str(new.level)) for old, new in levels if old != new]


def _slots(heap: Heap, cells: list[int]) -> dict[str, str]:
    """The modes of the slots of every container that a variable names."""
    found: dict[str, str] = {}
    for i in (i for i in cells if names_object(heap.cfg, i, heap.cells[i])):
        resource = heap.cfg.resources[heap.cfg.cells[i].resource]
        obj = heap.get(heap.named(i))
        for s, slot in enumerate(resource.slots):
            if obj is not None:
                found[f"{cell_name(heap.cfg, i)}->{slot.name}"] = _MODES[obj.slots[s].mode]
    return found


def _reference(heap: Heap, at: Where, names: tuple[str, ...]) -> Reference:
    """An object in words, with the variables that name it."""
    cfg, obj, worth = heap.cfg, heap[at], pointed(heap, at)
    resource = cfg.resources[at[0]]
    until = [cfg.facts[f].name for f, bit in zip(resource.facts, obj.protections, strict=True) if bit]
    if worth == "borrowed" and until:
        worth += f" until {' and '.join(until)} ends"
    elif worth == "borrowed" and obj.owner != NOBODY and heap.alive(obj.owner):
        worth += f" for the life of its {cfg.resources[obj.owner[0]].name}"
    return Reference(resource.name, names, worth, obj.refs)
