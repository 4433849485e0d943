# SPDX-License-Identifier: GPL-2.0-only
"""Cells and pointers: what must have been written, what must name an object, how objects are made."""

from functools import partial

from refcheck.base.diagnostics import InputError, error
from refcheck.export.known import UNWRITTEN
from refcheck.export.objects import alive, fact, named, names_of, overwritten, owner_code, simple, touch, vanish
from refcheck.export.plain import Assignment, both, either, negate
from refcheck.export.scene import Scene
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, OWNED, UNINIT
from refcheck.meaning.state import EXPIRED, LENDINGS, NONE, NOT_LENT, UNSAID

MOST_AT_ONE_PLACE = 16


def written(s: Scene, cell: int) -> None:
    """The cell must have been written."""
    key = ("cell", cell)
    good = s.get(key) - {UNINIT}
    if key not in s.valid:
        s.claim("bad-pointer", negate(s.eq(key, UNINIT)), f"{s.cfg.cells[cell].name} is read unwritten", ends=True)
        s.valid[key] = good


def pointer(s: Scene, cell: int, nullable: bool = False, err_ok: bool = False) -> None:
    """The cell must name an object, or be NULL or ERR_PTR where that is accepted."""
    key = ("cell", cell)
    values = s.get(key)
    good = frozenset(v for v in values if 0 < v < UNINIT or (v == 0 and nullable) or (v < 0 and err_ok))
    if key in s.valid and s.valid[key] <= good:
        return
    name = s.var(key)
    sign = "1" if err_ok and nullable else f"{name} >= 0" if nullable else f"{name} != 0" if err_ok else f"{name} > 0"
    text = f"{s.cfg.cells[cell].name} is not valid"
    s.claim("bad-pointer", both(negate(s.eq(key, UNINIT)), sign), text, ends=not values <= good)
    s.valid[key] = s.valid.get(key, values) & good


def living(s: Scene, cell: int, nullable: bool = False, err_ok: bool = False) -> None:
    """The cell must name an object that something protects."""
    pointer(s, cell, nullable, err_ok)
    s.each(("cell", cell), lambda r: touch(s, cell, r))


def assign(s: Scene, cell: int, value: int) -> None:
    """cell = constant."""
    overwritten(s, cell)
    s.put(("cell", cell), value)


def copy(s: Scene, cell: int, src: int) -> None:
    """cell = src, which must be written."""
    written(s, src)
    if cell == src:
        return
    overwritten(s, cell)
    values = s.get(("cell", src))
    if s.cfg.cells[cell].kind == "ptr" and s.cfg.cells[src].kind != "ptr":  # ERR_PTR(): what is no error ends the path
        values = frozenset(v for v in values if v <= 0 or v == UNINIT) or UNWRITTEN
    if len(values) == 1:
        s.put(("cell", cell), min(values))
    else:
        s.code.append(Assignment(s.var(("cell", cell)), s.var(("cell", src))))
        s.know(("cell", cell), values)


def kill(s: Scene, cell: int) -> None:
    """Forgotten, unless it names an object that is held, or a container whose slots own something."""
    key, c = ("cell", cell), s.cfg.cells[cell]
    values = s.get(key)
    named_ones = [v for v in values if 0 < v < UNINIT] if c.kind == "ptr" else []
    if values == {UNINIT}:
        return
    slots = range(len(s.cfg.resources[c.resource].slots)) if named_ones else ()
    owns = {r: either(*(s.eq(("mode", c.resource, r, i), OWNED) for i in slots)) for r in named_ones}
    kept = {r: either(s.some(("refs", c.resource, r)), owns[r]) for r in named_ones}
    held = either(*(both(s.eq(key, r), kept[r]) for r in named_ones))
    s.lost |= {(c.resource, r) for r in named_ones}

    def forget() -> None:
        s.put(key, UNINIT)

    stay = frozenset(r for r in named_ones if kept[r] != "0")
    s.branch(held, lambda: None, forget, {key: stay} if stay else None)


def new(s: Scene, op: ops.New) -> None:
    """cell = a new object."""
    kind = s.cfg.cells[op.cell].resource
    code = 0
    if op.owner >= 0:
        living(s, op.owner)
        of = s.cfg.cells[op.owner].resource
        codes = {v: owner_code(s.cfg, of, v) for v in s.get(("cell", op.owner)) if 0 < v < UNINIT}
        if len(codes) == 1 and len(s.get(("cell", op.owner))) == 1:
            code = min(codes.values())
        elif codes:
            s.each(("cell", op.owner), lambda v: _new_at(s, op, kind, codes[v]))
            return
    _new_at(s, op, kind, code)


def _new_at(s: Scene, op: ops.New, kind: int, owner: int) -> None:
    """Choose a register: one that nothing names whatever the path, or the first of several that is free when it runs."""
    s.site += 1
    overwritten(s, op.cell)
    old, waiting = s.get(("cell", op.cell)), [r for r in s.registers(kind) if (kind, r) in s.lost]
    s.know(("cell", op.cell), (UNINIT,))
    if s.collects and simple(s.cfg, kind):
        for r in waiting:
            s.branch(named(s, kind, r), lambda: None, partial(vanish, s, kind, r))
        waiting = []
    chosen = s.sites.setdefault((s.edge, s.site), [])
    taken = ["1" if r in waiting else named(s, kind, r) for r in chosen]
    enough = len(waiting) + names_of(s, kind)
    home = s.homes.setdefault(op.cell, [])
    while "0" not in taken and len(chosen) <= enough:
        other = next((r for r in home if r not in chosen and r not in waiting and named(s, kind, r) == "0"), 0)
        chosen.append(other or s.grow(kind, home))
        taken.append(named(s, kind, chosen[-1]))
        if len(chosen) > MOST_AT_ONE_PLACE:
            text = f"objects of `{s.cfg.resources[kind].name}` made at one place may keep each other alive without end"
            raise InputError([error("unsupported", text, s.cfg.edges[s.edge].span, "this function cannot be exported")])
    if "0" not in taken:  # more registers than names: where all others are taken the last is free
        taken[-1] = "0"
    s.know(("cell", op.cell), old)
    _create_first(s, op, kind, owner, list(zip(chosen, taken, strict=True))[: taken.index("0") + 1])


def _create_first(s: Scene, op: ops.New, kind: int, owner: int, places: list[tuple[int, str]]) -> None:
    """In the first register that nothing names."""
    (r, taken), rest = places[0], places[1:]
    s.branch(taken, lambda: _create_first(s, op, kind, owner, rest), lambda: _create(s, op, kind, r, owner))


def _create(s: Scene, op: ops.New, kind: int, r: int, owner: int) -> None:
    shape = s.cfg.resources[kind]
    s.know(("live", kind, r), (1,))
    s.put(("refs", kind, r), int(op.how in ("hold", "handed")))
    s.put(("lent", kind, r), LENDINGS.get(op.how, NOT_LENT))
    s.put(("owner", kind, r), owner)
    s.put(("why", kind, r), NONE)
    for i in range(len(shape.slots)):
        s.put(("mode", kind, r, i), EMPTY)
        s.put(("content", kind, r, i), 0)
    for b, f in enumerate(shape.facts):
        s.put_from(("bit", kind, r, b), fact(s, f) if op.how == "borrow" and f in op.facts else "0")
    s.put(("cell", op.cell), r)

    def rests() -> None:
        if shape.freed_after is not None:
            bit = ("bit", kind, r, shape.facts.index(shape.freed_after))
            s.branch(fact(s, shape.freed_after), lambda: s.put(bit, 1))

    lives = alive(s, kind, r) if op.how in ("borrow", "owner", "dead") else "1"
    s.branch(lives, rests, lambda: s.put(("why", kind, r), UNSAID if op.how == "dead" else EXPIRED))
