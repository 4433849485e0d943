# SPDX-License-Identifier: GPL-2.0-only
"""What an object is worth at a moment, as expressions, and what changes when a protection or a name goes.

The counterpart of refcheck/meaning/heap.py; each function here says the same of one register of a resource.
"""

from functools import partial

from refcheck.export.known import Question
from refcheck.export.plain import both, either, negate
from refcheck.export.scene import Scene
from refcheck.graph.cfg import CFG, EMPTY, OWNED, STALE, UNINIT
from refcheck.meaning.state import CONSUMED, COUNTED, EXPIRED, FIRM, HANDED, IMMORTAL, LENT, NONE, RELEASED, REPORTED

ObjectChain = tuple[tuple[int, int], ...]
TOUCHED = ("use-after-release", "use-after-consume", "noref-escape")


def owner_code(cfg: CFG, kind: int, r: int) -> int:
    """The number that stands for an owner."""
    return r * len(cfg.resources) + kind


def fact(s: Scene, f: int) -> str:
    """Whether one of the contexts of the fact is entered."""
    return either(*(s.some(("level", c)) for c in s.cfg.facts[f].contexts))


def containers(s: Scene, kind: int, r: int) -> list[tuple[int, int, int]]:
    """The slots (resource, register, slot) that can name the object."""
    found = []
    for k, resource in enumerate(s.cfg.resources):
        for i, slot in enumerate(resource.slots):
            if slot.target == kind:
                found += [(k, m, i) for m in s.registers(k) if r in s.get(("content", k, m, i))]
    return found


def held_by_slot(s: Scene, kind: int, r: int, above: ObjectChain = ()) -> list[tuple[str, tuple[int, int, int]]]:
    """For each slot that can own the object, whether it does and its container is firm."""
    found = []
    for k, m, i in containers(s, kind, r):
        owns = both(s.eq(("mode", k, m, i), OWNED), s.eq(("content", k, m, i), r))
        if owns != "0":
            found.append((both(owns, firm(s, k, m, above)), (k, m, i)))
    return [(c, at) for c, at in found if c != "0"]


def lent(s: Scene, kind: int, r: int, least: int = LENT) -> str:
    """The caller lends the object, at least as firmly as that."""
    key = ("lent", kind, r)
    return s.among(key, [v for v in s.get(key) if v >= least])


def firm(s: Scene, kind: int, r: int, above: ObjectChain = ()) -> str:
    """Not only a reader section keeps the object; `above` is asked already: what protects only itself is lost."""
    return either(lent(s, kind, r, FIRM), counted(s, kind, r, above))


def counted(s: Scene, kind: int, r: int, above: ObjectChain = ()) -> str:
    """A reference is known to exist."""
    if (kind, r) in above:
        return "0"
    above = (*above, (kind, r))
    facts = s.cfg.resources[kind].facts
    locks = [s.some(("bit", kind, r, b)) for b, f in enumerate(facts) if not s.cfg.facts[f].reader]
    own = [both(s.eq(("owner", kind, r), c), firm(s, *at, above)) for c, at in owners(s, kind, r)]
    slots = [c for c, _ in held_by_slot(s, kind, r, above)]
    return either(s.some(("refs", kind, r)), s.among(("lent", kind, r), (COUNTED, IMMORTAL)), *locks, *own, *slots)


def owners(s: Scene, kind: int, r: int) -> list[tuple[int, tuple[int, int]]]:
    """The objects whose life the object can share: their codes, and what those mean."""
    n = len(s.cfg.resources)
    return [(c, (c % n, c // n)) for c in sorted(s.get(("owner", kind, r)) - {0})]


def alive(s: Scene, kind: int, r: int, above: ObjectChain = ()) -> str:
    """Something protects the object."""
    if (kind, r) in above:
        return "0"
    bits = [s.some(("bit", kind, r, b)) for b in range(len(s.cfg.resources[kind].facts))]
    plain = either(s.some(("refs", kind, r)), lent(s, kind, r), *bits)
    above = (*above, (kind, r))
    own = [both(s.eq(("owner", kind, r), c), alive(s, *at, above)) for c, at in owners(s, kind, r)]
    return either(plain, *own, *(c for c, _ in held_by_slot(s, kind, r, above)))


# ---------------------------------------------------------------------------------------------- changes
def settle(s: Scene, why: int, changed: tuple[tuple[int, int], ...] | None = None) -> None:
    """After a protection ended: objects that have none left remember why; what was given away takes its slots along.

    `changed` are the objects that lost something, None for all.
    """
    todo = None if changed is None else _dependants(s, changed)
    for kind in range(len(s.cfg.resources)):
        for r in s.registers(kind):
            if todo is not None and (kind, r) not in todo:
                continue
            slots = [i for i in range(len(s.cfg.resources[kind].slots)) if s.get(("mode", kind, r, i)) != {EMPTY}]
            if NONE not in s.get(("why", kind, r)) and not slots:
                continue
            own = partial(_away, s, kind, r, slots, either(*(s.eq(("lent", kind, r), v) for v in range(LENT))))
            s.branch(alive(s, kind, r), own, partial(_ends, s, kind, r, slots, why))


def _away(s: Scene, kind: int, r: int, slots: list[int], where: str) -> None:
    """What this path gave away with its container it has given away, even while a section keeps it."""
    for why in (RELEASED, CONSUMED):
        given = both(where, negate(s.some(("refs", kind, r))), s.eq(("why", kind, r), why))
        for i in slots:
            target = s.cfg.resources[kind].slots[i].target
            owns = both(given, s.eq(("mode", kind, r, i), OWNED))
            s.branch(owns, partial(s.each, ("content", kind, r, i), partial(_given_along, s, target, why), bool))


def _given_along(s: Scene, kind: int, why: int, r: int) -> None:
    kept = either(s.some(("refs", kind, r)), *(c for c, _ in held_by_slot(s, kind, r)))
    s.branch(both(s.eq(("why", kind, r), NONE), negate(kept)), lambda: s.put(("why", kind, r), why))


def _ends(s: Scene, kind: int, r: int, slots: list[int], why: int) -> None:
    def ends() -> None:
        s.put(("why", kind, r), why)
        if why == EXPIRED:
            check_stale(s, kind, r)

    s.branch(s.eq(("why", kind, r), NONE), ends)
    _away(s, kind, r, slots, "1")

    def gone() -> None:
        check_stale(s, kind, r)
        for i in slots:
            empty(s, kind, r, i)

    s.branch(s.among(("why", kind, r), (RELEASED, CONSUMED)), gone)


def _dependants(s: Scene, changed: tuple[tuple[int, int], ...]) -> set[tuple[int, int]]:
    found, todo = set(changed), list(changed)
    while todo:
        kind, r = todo.pop()
        more = [
            (slot.target, c)
            for i, slot in enumerate(s.cfg.resources[kind].slots)
            for c in s.get(("content", kind, r, i))
            if c
        ]
        code = owner_code(s.cfg, kind, r)
        more += [(k, m) for k in range(len(s.count)) for m in s.registers(k) if code in s.get(("owner", k, m))]
        todo += [m for m in more if m not in found]
        found.update(more)
    return found


def check_stale(s: Scene, kind: int, r: int) -> None:
    """A container goes while a slot names what was released through it."""
    for i in range(len(s.cfg.resources[kind].slots)):
        s.claim("double-release", negate(s.eq(("mode", kind, r, i), STALE)), "a slot's reference was released before")


def empty(s: Scene, kind: int, r: int, slot: int) -> None:
    """The slot names nothing any more."""
    target = s.cfg.resources[kind].slots[slot].target
    s.lost |= {(target, c) for c in s.get(("content", kind, r, slot)) if c}
    s.put(("mode", kind, r, slot), EMPTY)
    s.put(("content", kind, r, slot), 0)


def protect(s: Scene, f: int) -> None:
    """A section begins: what is alive and freed only after it stays valid until it ends."""
    for kind, resource in enumerate(s.cfg.resources):
        if resource.freed_after == f:
            for r in s.registers(kind):
                key: Question = ("bit", kind, r, resource.facts.index(f))
                s.branch(alive(s, kind, r), partial(s.put, key, 1))


def expire(s: Scene, ended: list[tuple[int, str]], callers: list[tuple[int, str]]) -> None:
    """Sections end, each where its condition holds, and with them the borrows; `callers` are those of the caller."""
    lost = either(*(c for _, c in callers))
    locks = either(*(c for f, c in callers if not s.cfg.facts[f].reader))
    for kind, resource in enumerate(s.cfg.resources):
        for r in s.registers(kind):
            mark: Question = ("lent", kind, r)
            s.branch(both(lost, s.eq(mark, LENT)), partial(s.put, mark, HANDED))
            s.branch(both(locks, s.among(mark, (FIRM, COUNTED))), partial(s.put, mark, HANDED))
            for b, f in enumerate(resource.facts):
                bit: Question = ("bit", kind, r, b)
                for g, cond in ended:
                    if f == g:
                        s.branch(both(cond, s.some(bit)), partial(s.put, bit, 0))
    settle(s, EXPIRED)


def overwritten(s: Scene, cell: int) -> None:
    """What a pointer names may lose its last name."""
    c = s.cfg.cells[cell]
    if c.kind == "ptr":
        s.lost |= {(c.resource, v) for v in s.get(("cell", cell)) if 0 < v < UNINIT}


def named(s: Scene, kind: int, r: int) -> str:
    """A variable, a slot or an object that it lends to still names the object."""
    found = [
        s.eq(("cell", i), r)
        for i, c in enumerate(s.cfg.cells)
        if c.kind == "ptr" and c.resource == kind and r in s.get(("cell", i))
    ]
    found += [
        both(negate(s.eq(("mode", k, m, i), EMPTY)), s.eq(("content", k, m, i), r)) for k, m, i in containers(s, kind, r)
    ]
    code = owner_code(s.cfg, kind, r)
    found += [
        s.eq(("owner", k, m), code) for k in range(len(s.count)) for m in s.registers(k) if code in s.get(("owner", k, m))
    ]
    return either(*found)


def names_of(s: Scene, kind: int) -> int:
    """How many variables, slots and owned objects may name an object of the resource."""
    cfg, n = s.cfg, len(s.cfg.resources)
    found = 0
    for key, values in s.known.items():
        match key[0]:
            case "cell":
                c = cfg.cells[int(key[1])]
                found += c.kind == "ptr" and c.resource == kind and any(0 < v < UNINIT for v in values)
            case "content":
                found += cfg.resources[int(key[1])].slots[int(key[3])].target == kind and values != {0}
            case "owner":
                found += any(v and v % n == kind for v in values)
            case _:
                pass  # a number that names nothing
    return found


def collect(s: Scene) -> None:
    """At the end of an edge: objects that nothing names are gone; one that was still held is a leak.

    What goes may take the last name of others with it, at most as often as there are objects.
    """
    if not s.lost:
        return
    objects = [(k, r) for k in range(len(s.count)) for r in s.registers(k)]
    left = dict.fromkeys(objects, 1 + len(objects))
    while s.lost:
        kind = min(k for k, _ in s.lost)
        for _, r in sorted(x for x in s.lost if x[0] == kind):
            s.lost.discard((kind, r))
            if left.get((kind, r), 0) and 1 in s.get(("live", kind, r)):
                left[kind, r] -= 1
                s.branch(named(s, kind, r), lambda: None, partial(vanish, s, kind, r))


def bump(s: Scene, kind: int, r: int) -> None:
    """One more reference of this path; there is no need to count those on what is immortal."""
    s.branch(s.eq(("lent", kind, r), IMMORTAL), lambda: None, lambda: s.add(("refs", kind, r)))
    s.put(("why", kind, r), NONE)


def vanish(s: Scene, kind: int, r: int) -> None:
    """The object has no name left."""
    name = s.cfg.resources[kind].name
    s.claim("leaked-ref", negate(s.some(("refs", kind, r))), f"the last name of a {name} is lost")
    check_stale(s, kind, r)
    resource = s.cfg.resources[kind]
    owner = {at for _, at in owners(s, kind, r)}
    slots = [i for i in range(len(resource.slots)) if s.get(("mode", kind, r, i)) != {EMPTY}]
    contents = {(resource.slots[i].target, c) for i in slots for c in s.get(("content", kind, r, i)) if c}
    for part in ("refs", "lent", "owner", "why"):
        s.put((part, kind, r), 0)
    for b in range(len(resource.facts)):
        s.put(("bit", kind, r, b), 0)
    for i in slots:
        empty(s, kind, r, i)
    s.know(("live", kind, r), (0,))
    s.lost |= owner
    if contents:
        settle(s, EXPIRED, tuple(sorted(contents)))


def simple(cfg: CFG, kind: int) -> bool:
    """Objects of the resource protect no others, so that it makes no difference when they are found to be gone."""
    return not cfg.resources[kind].slots and not any(kind in r.owners for r in cfg.resources)


def ended(s: Scene, kind: int, r: int, what: str) -> None:
    """A dead object is touched: the property is named after what took its last protection, and what follows is silenced."""
    why = ("why", kind, r)
    for number, prop in enumerate(TOUCHED[:2], 1):
        s.claim(prop, negate(s.eq(why, number)), what)
    s.claim(TOUCHED[2], s.among(why, (1, 2, REPORTED)), what)
    s.put(why, REPORTED)


def touch(s: Scene, cell: int, r: int) -> None:
    """The object must be alive."""
    kind, what = s.cfg.cells[cell].resource, f"{s.cfg.cells[cell].name} is touched"
    s.branch(alive(s, kind, r), lambda: None, lambda: ended(s, kind, r, what))
