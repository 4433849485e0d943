# SPDX-License-Identifier: GPL-2.0-only
"""Holding, giving back and merging; sections that begin and end."""

from functools import partial

from refcheck.base.diagnostics import InputError, error
from refcheck.export.known import Question
from refcheck.export.objects import (
    alive,
    bump,
    containers,
    counted,
    empty,
    expire,
    fact,
    firm,
    held_by_slot,
    lent,
    owner_code,
    owners,
    protect,
    settle,
)
from refcheck.export.plain import both, either, negate
from refcheck.export.pointers import living, pointer
from refcheck.export.scene import FULL, Scene
from refcheck.graph import ops
from refcheck.graph.cfg import NOREF, OWNED, STALE
from refcheck.meaning.state import CONSUMED, EXPIRED, FREED, HANDED, IMMORTAL, NONE, NOT_LENT, RELEASED, REPORTED, UNSAID


def hold(s: Scene, cell: int, plain: bool, counts: bool) -> None:
    """One reference more, or the question whether one could be taken."""
    living(s, cell)
    kind, name = s.cfg.cells[cell].resource, s.cfg.cells[cell].name

    def one(r: int) -> None:
        if plain:
            known = either(s.eq(("why", kind, r), REPORTED), counted(s, kind, r))
            s.claim("hold-of-borrowed", known, f"the count of {name} may be zero")
        if counts:
            bump(s, kind, r)

    s.each(("cell", cell), one)


def assumed(s: Scene, op: ops.NeedFirm | ops.NeedOwn | ops.Grant) -> None:
    """What a callee assumes of an argument; nothing where there is no object."""
    kind, name = s.cfg.cells[op.cell].resource, s.cfg.cells[op.cell].name

    def one(r: int) -> None:
        match op:
            case ops.NeedFirm():
                known = either(s.eq(("why", kind, r), REPORTED), firm(s, kind, r))
                s.claim("noref-escape", known, f"only a reader section keeps {name}")
            case ops.NeedOwn():
                owned = either(*(c for c, _ in held_by_slot(s, kind, r)))
                mine = either(s.some(("refs", kind, r)), negate(owned))
                s.claim("release-of-borrowed", mine, f"the reference on {name} is a slot's")
            case ops.Grant():
                s.add(("refs", kind, r))
                s.put(("lent", kind, r), HANDED)
                s.put(("why", kind, r), NONE)

    s.each(("cell", op.cell), one)


def give_back(s: Scene, cell: int, nullable: bool, why: int) -> None:
    """Release or Consume: one reference of this path goes."""
    pointer(s, cell, nullable)
    kind = s.cfg.cells[cell].resource

    def one(r: int) -> None:
        def given() -> None:
            s.sub(("refs", kind, r))
            s.branch(negate(s.some(("refs", kind, r))), lambda: s.put(("why", kind, r), why))
            settle(s, why, ((kind, r),))

        mortal = negate(s.eq(("lent", kind, r), IMMORTAL))
        s.branch(mortal, lambda: s.branch(s.some(("refs", kind, r)), given, lambda: _not_held(s, cell, r, why)))

    s.each(("cell", cell), one)


def free(s: Scene, cell: int, nullable: bool, unseen: bool) -> None:
    """The memory goes with the reference of this path, whatever the count says."""
    pointer(s, cell, nullable)
    kind = s.cfg.cells[cell].resource

    def one(r: int) -> None:
        mortal = negate(s.eq(("lent", kind, r), IMMORTAL))
        ours = either(s.some(("refs", kind, r)), both(mortal, either(*(c for c, _ in held_by_slot(s, kind, r)))))
        none = partial(s.branch, mortal, lambda: _not_held(s, cell, r, RELEASED))
        s.branch(ours, lambda: gone(r), none)

    def gone(r: int) -> None:
        if unseen:
            came = negate(s.eq(("lent", kind, r), NOT_LENT))
            s.claim("broken-contract", came, f"{s.cfg.cells[cell].name} is freed, and a caller may have found it")
        _gone(s, cell, r)

    s.each(("cell", cell), one)


def _gone(s: Scene, cell: int, r: int) -> None:
    """No section keeps the object, and what its slots own has no owner any more."""
    kind, name = s.cfg.cells[cell].resource, s.cfg.cells[cell].name
    resource = s.cfg.resources[kind]
    contents = {(slot.target, c) for i, slot in enumerate(resource.slots) for c in s.get(("content", kind, r, i)) if c}

    def lose(target: int, c: int) -> None:
        s.claim("leaked-ref", s.eq(("why", target, c), REPORTED), f"what a slot of {name} owns is lost with its memory")
        s.put(("why", target, c), REPORTED)

    for i, slot in enumerate(resource.slots):
        content = ("content", kind, r, i)
        s.branch(s.eq(("mode", kind, r, i), OWNED), partial(s.each, content, partial(lose, slot.target), bool))
        empty(s, kind, r, i)
    for k, m, i in containers(s, kind, r):
        owns = both(s.eq(("mode", k, m, i), OWNED), s.eq(("content", k, m, i), r))
        s.branch(owns, partial(_goes_stale, s, name, (k, m, i)))
    others = [m for m in s.registers(kind) if resource.shared and m != r]
    for other in others:
        _may_be_freed(s, name, kind, r, other)
    _memory_goes(s, kind, r)
    settle(s, RELEASED, (*((kind, m) for m in (r, *others)), *sorted(contents)))


def _memory_goes(s: Scene, kind: int, r: int) -> None:
    s.lost |= {at for _, at in owners(s, kind, r)}
    lending = ("lent", kind, r)
    s.branch(s.among(lending, [v for v in s.get(lending) if v != NOT_LENT]), lambda: s.put(lending, FREED))
    for part, value in (("refs", 0), ("owner", 0), ("why", RELEASED)):
        s.put((part, kind, r), value)
    for b in range(len(s.cfg.resources[kind].facts)):
        s.put(("bit", kind, r, b), 0)


def _may_be_freed(s: Scene, name: str, kind: int, freed: int, r: int) -> None:
    """Another object of a shared resource may be the one that is freed; a reference on it is one too many, or lost."""
    theirs = both(s.eq(("lent", kind, freed), NOT_LENT), lent(s, kind, r))
    live = both(alive(s, kind, r), negate(s.eq(("lent", kind, r), IMMORTAL)), negate(s.eq(("why", kind, r), REPORTED)))
    live = s.keep(live)
    owned = [both(s.eq(("mode", k, m, i), OWNED), s.eq(("content", k, m, i), r)) for k, m, i in containers(s, kind, r)]
    kept = s.keep(both(live, either(s.some(("refs", kind, r)), theirs, *owned)))

    def reported() -> None:
        s.claim("use-after-release", "0", f"{name} is freed, and another reference may be on the same object")
        s.put(("why", kind, r), REPORTED)

    s.branch(kept, reported)
    s.branch(both(live, negate(kept)), lambda: _memory_goes(s, kind, r))


def _not_held(s: Scene, cell: int, r: int, why: int) -> None:
    """A reference is given back that this path does not hold: a slot's, or none."""
    _from_slot(s, cell, r, why, held_by_slot(s, s.cfg.cells[cell].resource, r) if why == RELEASED else [])


def _goes_stale(s: Scene, name: str, at: tuple[int, int, int]) -> None:
    """A slot names what it does not own any more."""
    if s.cfg.resources[at[0]].slots[at[2]].published:
        s.claim("use-after-release", "0", f"{name} is given back while readers find it")
    s.put(("mode", *at), STALE)


def _from_slot(s: Scene, cell: int, r: int, why: int, slots: list[tuple[str, tuple[int, int, int]]]) -> None:
    """From the first of the slots that owns it: the slot is stale from then on."""
    kind, name = s.cfg.cells[cell].resource, s.cfg.cells[cell].name
    if slots:
        (owns, at), rest = slots[0], slots[1:]

        def stale() -> None:
            _goes_stale(s, name, at)
            settle(s, why, ((kind, r),))

        s.branch(owns, stale, lambda: _from_slot(s, cell, r, why, rest))
        return
    again = s.eq(("why", kind, r), RELEASED)
    waits = s.cfg.resources[kind].freed_after is not None
    consumed = "0" if waits else both(negate(again), s.eq(("why", kind, r), CONSUMED))
    s.claim("double-release" if why == RELEASED else "use-after-release", negate(again), f"{name} is given back again")
    s.claim("use-after-consume", negate(consumed), f"{name} is given back again")
    s.claim("release-of-borrowed", either(again, consumed), f"{name} is given back, but not held")


def consume(s: Scene, cell: int, nullable: bool, queued: bool) -> None:
    """One reference is handed over; a borrow in a slot of what is queued would outlive its section."""
    pointer(s, cell, nullable)
    kind = s.cfg.cells[cell].resource
    slots = s.cfg.resources[kind].slots

    def borrows(m: int) -> None:
        for i, slot in enumerate(slots):
            noref = s.eq(("mode", kind, m, i), NOREF)
            if queued:
                s.claim("noref-escape", negate(noref), f"{s.cfg.cells[cell].name} is queued with a borrow in a slot")
            for c in sorted(v for v in s.get(("content", kind, m, i)) if v):
                calm = negate(s.among(("why", slot.target, c), (REPORTED, UNSAID)))
                gone = both(noref, s.eq(("content", kind, m, i), c), calm, negate(alive(s, slot.target, c)))
                s.claim("noref-escape", negate(gone), f"a slot of {s.cfg.cells[cell].name} has an expired borrow")

    if slots:
        s.each(("cell", cell), borrows)
    give_back(s, cell, nullable, CONSUMED)


def merge(s: Scene, left: int, right: int) -> None:
    """Two pointers were found equal."""
    kind = s.cfg.cells[left].resource

    def pair(a: int, b: int) -> None:
        if a != b and not s.cfg.resources[kind].slots:  # two containers are never found equal
            _fold(s, kind, a, b)

    s.each(("cell", left), lambda a: s.each(("cell", right), lambda b: pair(a, b)))


def _fold(s: Scene, kind: int, a: int, b: int) -> None:
    """Register b becomes a part of register a."""
    if FULL["refs"] in s.get(("refs", kind, b)):
        text = "an object with a count that grows becomes one with another"
        raise InputError([error("unsupported", text, s.cfg.span, "this function cannot be exported")])

    def move() -> None:
        s.add(("refs", kind, a))
        s.sub(("refs", kind, b))

    for _ in range(max(s.get(("refs", kind, b)))):
        s.branch(s.some(("refs", kind, b)), move)
    either_none = either(s.eq(("why", kind, a), NONE), s.eq(("why", kind, b), NONE))
    s.branch(either_none, lambda: s.put(("why", kind, a), NONE))
    freed = s.keep(either(s.eq(("lent", kind, a), FREED), s.eq(("lent", kind, b), FREED)))
    for v in sorted(s.get(("lent", kind, b))):
        less = s.among(("lent", kind, a), [x for x in s.get(("lent", kind, a)) if x < v])
        s.branch(both(s.eq(("lent", kind, b), v), less), partial(s.put, ("lent", kind, a), v))
    s.branch(freed, partial(s.put, ("lent", kind, a), FREED))
    s.branch(s.eq(("lent", kind, a), IMMORTAL), lambda: s.put(("refs", kind, a), 0))
    for i in range(len(s.cfg.resources[kind].facts)):
        s.branch(s.some(("bit", kind, b, i)), partial(s.put, ("bit", kind, a, i), 1))
    keep, gone = ("owner", kind, a), ("owner", kind, b)
    s.branch(s.eq(keep, 0), lambda: s.each(gone, partial(s.put, keep), bool))
    for i, c in enumerate(s.cfg.cells):
        if c.kind == "ptr" and c.resource == kind and b in s.get(("cell", i)):
            key: Question = ("cell", i)
            s.branch(s.eq(key, b), partial(s.put, key, a), no={key: s.get(key) - {b} or frozenset((a,))})
    for k, resource in enumerate(s.cfg.resources):
        for m in s.registers(k):
            for i, slot in enumerate(resource.slots):
                if slot.target == kind:
                    key = ("content", k, m, i)
                    s.branch(s.eq(key, b), partial(s.put, key, a))
            owned: Question = ("owner", k, m)
            new = owner_code(s.cfg, kind, a)
            s.branch(s.eq(owned, owner_code(s.cfg, kind, b)), partial(s.put, owned, new))
    for part in ("refs", "lent", "why", "owner"):
        s.put((part, kind, b), 0)
    for i in range(len(s.cfg.resources[kind].facts)):
        s.put(("bit", kind, b, i), 0)
    s.know(("live", kind, b), (0,))
    settle(s, EXPIRED)


def enter(s: Scene, context: int) -> None:
    """One more level of a context."""
    before = [fact(s, f) if context in x.contexts else "1" for f, x in enumerate(s.cfg.facts)]
    before = [c if c in ("0", "1") else s.keep(c) for c in before]
    s.add(("level", context))
    for f, held in enumerate(before):
        s.branch(held, lambda: None, partial(protect, s, f))


def _callers(s: Scene, f: int) -> str:
    """Whether the caller was in a section of the fact."""
    found = []
    for c in s.cfg.facts[f].contexts:
        level, cell, _ = s.cfg.levels[c]
        found.append(str(int(level > 0)) if cell < 0 else negate(s.eq(("cell", cell), 0)))
    return either(*found)


def leave(s: Scene, context: int) -> None:
    """One level less."""
    cfg, level = s.cfg, ("level", context)
    on_entry, cell, left = cfg.levels[context]
    low = f"{s.var(level)} <= {on_entry if cell < 0 else s.var(('cell', cell))}"
    bad = either(negate(s.some(level)), low if left < 0 else "0")

    def close() -> None:
        if left >= 0:
            s.branch(low, lambda: s.put(("cell", left), 1))
        s.sub(level)
        ended = [(f, negate(fact(s, f))) for f, x in enumerate(cfg.facts) if context in x.contexts]
        expire(s, ended, [(f, both(c, _callers(s, f))) for f, c in ended])

    what = f"{cfg.contexts[context]} is closed once too often"
    s.branch(bad, lambda: s.claim("unbalanced-context", "0", what), close, no={level: s.get(level) - {0} or s.get(level)})
