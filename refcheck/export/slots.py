# SPDX-License-Identifier: GPL-2.0-only
"""Slots: reading, taking, putting, dropping."""

from collections.abc import Callable
from functools import partial

from refcheck.export.known import Question
from refcheck.export.objects import alive, bump, empty, ended, overwritten, settle
from refcheck.export.plain import both, either, negate
from refcheck.export.pointers import living, pointer
from refcheck.export.scene import Scene
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, OWNED, STALE, UNINIT, UNSPOKEN
from refcheck.meaning.state import EXPIRED, NONE, RELEASED, REPORTED


def with_slot(s: Scene, ptr: int, slot: int, do: Callable[[int, int, int], None]) -> None:
    """`do(container, its register, resource of the content)` where the pointer names a container."""
    living(s, ptr)
    kind = s.cfg.cells[ptr].resource
    target = s.cfg.resources[kind].slots[slot].target
    s.each(("cell", ptr), lambda m: spoken(s, (kind, m, slot), lambda: do(kind, m, target)))


def spoken(s: Scene, at: tuple[int, int, int], do: Callable[[], None]) -> None:
    """`do` where the contract speaks of the slot."""
    mode: Question = ("mode", *at)
    others = s.get(mode) - {UNSPOKEN} or s.get(mode)
    s.branch(s.eq(mode, UNSPOKEN), lambda: hands_off(s, at), do, no={mode: others})


def hands_off(s: Scene, at: tuple[int, int, int]) -> None:
    """Report that a slot is touched of which the contract does not speak."""
    resource = s.cfg.resources[at[0]]
    s.claim("broken-contract", "0", f"the contract does not speak of {resource.name}->{resource.slots[at[2]].name}")


def unspoken(s: Scene, ptr: int, slot: int) -> None:
    """The contract says nothing of the slot of an object that came in."""
    living(s, ptr)
    kind = s.cfg.cells[ptr].resource
    s.each(("cell", ptr), lambda m: s.put(("mode", kind, m, slot), UNSPOKEN))


def _content(s: Scene, at: tuple[int, int, int], do: Callable[[int], None]) -> None:
    """`do(register)` for what the slot names, where it is not empty."""
    s.branch(
        s.eq(("mode", *at), EMPTY), lambda: None, lambda: s.each(("content", *at), do),
        no={("mode", *at): s.get(("mode", *at)) - {EMPTY} or s.get(("mode", *at))},
    )  # fmt: skip


def read_slot(s: Scene, cell: int, ptr: int, slot: int, take: bool) -> None:
    """cell = what the slot names."""
    values = s.get(("cell", ptr))
    living(s, ptr)
    kind = s.cfg.cells[ptr].resource
    overwritten(s, cell)

    def one(m: int) -> None:
        at = (kind, m, slot)
        target = s.cfg.resources[kind].slots[slot].target
        s.put(("cell", cell), 0)

        def get() -> None:
            _content(s, at, lambda c: s.put(("cell", cell), c))
            if take:
                unpublish(s, at, target)

        spoken(s, at, get)

    wrong = either(*(s.eq(("cell", ptr), v) for v in sorted(values) if not 0 < v < UNINIT))
    s.branch(wrong, lambda: s.put(("cell", cell), UNINIT), lambda: s.each(("cell", ptr), one))


def unpublish(s: Scene, at: tuple[int, int, int], target: int) -> None:
    """What the slot owned is this path's own; the slot is empty."""
    s.branch(s.eq(("mode", *at), OWNED), lambda: s.each(("content", *at), partial(bump, s, target), bool))
    empty(s, *at)


def drop_slot(s: Scene, at: tuple[int, int, int], target: int) -> None:
    """The slot's reference is released."""
    s.claim("double-release", negate(s.eq(("mode", *at), STALE)), "a slot's reference was released before")
    contents = tuple((target, c) for c in sorted(s.get(("content", *at))) if c)

    def owned(c: int) -> None:
        s.branch(negate(s.some(("refs", target, c))), lambda: s.put(("why", target, c), RELEASED))

    s.branch(s.eq(("mode", *at), OWNED), lambda: s.each(("content", *at), owned, bool))
    empty(s, *at)
    settle(s, RELEASED, contents)


def hold_slot(s: Scene, at: tuple[int, int, int], target: int) -> None:
    """A borrow in the slot becomes a reference."""
    def one(c: int) -> None:
        sound = either(alive(s, target, c), s.eq(("why", target, c), REPORTED))
        s.claim("noref-escape", sound, "the borrow in a slot has expired")
        s.put(("mode", *at), OWNED)
        s.put(("why", target, c), NONE)
        settle(s, EXPIRED, ((target, c),))

    s.branch(s.eq(("mode", *at), NOREF), lambda: s.each(("content", *at), one, bool))


def put_slot(s: Scene, op: ops.PutSlot, at: tuple[int, int, int]) -> None:
    """The slot takes what `src` names."""
    kind = s.cfg.cells[op.src].resource
    before = tuple((kind, c) for c in sorted(s.get(("content", *at))) if c)
    owned = s.eq(("mode", *at), OWNED)
    if op.replace:
        s.branch(owned, lambda: s.each(("content", *at), partial(bump, s, kind), bool))
    else:
        s.claim("leaked-ref", negate(owned), "an owned slot is overwritten")
    empty(s, *at)
    if op.owned or not op.replace:
        living(s, op.src)
    else:
        pointer(s, op.src)

    def one(r: int) -> None:
        def stored() -> None:
            s.claim("noref-escape", s.eq(("why", kind, r), REPORTED), f"{s.cfg.cells[op.src].name} is stored, not held")
            s.put(("why", kind, r), REPORTED)

        if op.owned:
            s.branch(s.some(("refs", kind, r)), lambda: s.sub(("refs", kind, r)), stored)
        s.put(("mode", *at), OWNED if op.owned else NOREF)
        s.put(("content", *at), r)
        settle(s, RELEASED, (*before, (kind, r)))

    s.each(("cell", op.src), one)


def use_slots(s: Scene, cell: int, slots: tuple[int, ...]) -> None:
    """A callee takes what the slots name for alive, and an owned content for owned."""
    kind, name = s.cfg.cells[cell].resource, s.cfg.cells[cell].name

    def content(at: tuple[int, int, int], target: int, c: int) -> None:
        def stale() -> None:
            s.claim("use-after-release", "0", f"the reference in a slot of {name} was released")
            s.put(("why", target, c), REPORTED)

        def borrow() -> None:
            s.branch(alive(s, target, c), lambda: None, lambda: ended(s, target, c, f"a slot of {name} is touched"))

        for mode, broken in ((STALE, stale), (NOREF, borrow)):
            silent = s.eq(("why", target, c), REPORTED)
            s.branch(both(negate(silent), s.eq(("mode", *at), mode)), broken)

    def one(m: int) -> None:
        for i in slots:
            at = (kind, m, i)
            s.branch(s.eq(("mode", *at), UNSPOKEN), partial(hands_off, s, at))
            s.each(("content", *at), partial(content, at, s.cfg.resources[kind].slots[i].target), bool)

    s.each(("cell", cell), one)
