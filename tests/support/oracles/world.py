# SPDX-License-Identifier: GPL-2.0-only
"""The updater: another CPU that frees whatever it may, and the world that it shares with one path of a function.

docs/semantics.md, section 9, argues that no interleaving need be looked at: an object can be freed exactly when the
path holds no reference on it and is outside of the section in which it was borrowed.  This module and updater.py, which
has the path, look at them.
They are written from assumptions A1 to A6 there and share no notion of "alive" with heap.py: an object has a count, is
retired when the count is zero, and is freed when a grace period that began after that has ended.  tests/ compare what
can be touched after its free here with what the reference semantics reports.

The updater can at any time drop its reference on an object (it has unlinked the object before, so that no later
look-up finds it: a later look-up makes another object anyway), empty a slot of a container that is not this path's,
begin and end a grace period, and free.  With `eager` it retires, begins, ends and frees as soon as it can; that loses
no interleaving that matters, because a grace period that begins earlier waits for no more sections.
"""

from collections.abc import Callable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, OWNED, UNINIT

# The life of an object: counted; count zero; a grace period waits for this path's section; it has ended; freed.
LIVE, RETIRED, WAITING, ENDED, FREED = range(5)
# Who lends: nobody; a caller whose own section protects it; a caller who keeps it alive for as long as its sections last;
# one who keeps it and its slots for as long as its locks last, without or with a count; one who keeps both to the end; one
# who keeps both for ever.
NOBODY, SECTION, LENT, FIRM, COUNTED, KEPT, FOREVER = range(7)
LOST = 9  # a slot whose reference the updater took


class Thing(NamedTuple):
    """An object: references of this path, the updater's reference, and what the updater has promised (A2, A4).

    What `came` in was an argument or stood in one; where it is not `said`, nothing is known of it, and it may be gone.
    """

    kind: int
    refs: int
    theirs: bool
    life: int = LIVE
    lender: int = NOBODY
    owner: int = 0
    pins: frozenset[int] = frozenset()
    slots: tuple[tuple[int, int], ...] = ()
    came: bool = False
    said: bool = True


class World(NamedTuple):
    """Cells and contexts of the path, and all objects by number (positive; cells and slots name them so)."""

    cells: tuple[int, ...]
    contexts: tuple[int, ...]
    things: tuple[tuple[int, Thing], ...]


class Event(Exception):  # noqa: N818
    """What ends this interleaving: `touch` of freed memory, `zero` (a plain hold of a count of zero), `stop`, `never`.

    `never` stands for a step that this interleaving cannot take: a try-conversion of a count of zero succeeds, a slot
    is read that the updater emptied.
    """

    def __init__(self, what: str, thing: Thing | None = None) -> None:
        super().__init__(what)
        self.what, self.thing = what, thing


class Updater:
    """One world that is being changed."""

    def __init__(self, cfg: CFG, world: World, eager: bool) -> None:
        self.cfg, self.eager = cfg, eager
        self.cells, self.contexts, self.things = list(world.cells), list(world.contexts), dict(world.things)

    # -- the updater
    def holds(self, fact: int) -> bool:
        """This path is in a section of the fact."""
        return any(self.contexts[c] for c in self.cfg.facts[fact].contexts)

    def count(self, n: int) -> int:
        """A1: references of this path, of a caller that has one, of the updater, of slots."""
        x = self.things[n]
        slots = sum(s == (OWNED, n) for c in self.things.values() if c.life != FREED for s in c.slots)
        return x.refs + x.theirs + (x.lender in (COUNTED, FOREVER)) + slots

    def ours(self, n: int, above: tuple[int, ...] = ()) -> bool:
        """A3: the container is held or lent firmly, itself or through what keeps it: nobody else changes its slots."""
        x, above = self.things[n], (*above, n)
        keepers = [m for m, c in self.things.items() if (OWNED, n) in c.slots] + [x.owner] * bool(x.owner)
        return bool(x.refs or x.lender >= FIRM or x.pins) or any(self.ours(m, above) for m in keepers if m not in above)

    def kept(self, x: Thing) -> bool:
        """A2 and A4: the updater has promised to keep its reference for now."""
        return (
            x.lender in (LENT, FIRM, KEPT, FOREVER) or bool(x.pins) or (x.owner != 0 and self.things[x.owner].life != FREED)
        )

    def settle(self) -> None:
        """What follows at once: a count of zero retires; an eager updater begins, ends and frees."""
        changed = True
        while changed:
            changed = False
            for n, x in self.things.items():
                life = x.life
                if life == LIVE and not self.count(n):
                    life = RETIRED
                if life == RETIRED and self.cfg.resources[x.kind].freed_after is None:
                    life = FREED
                while self.eager and self._next(x.kind, life) != life:
                    life = self._next(x.kind, life)
                if life != x.life:
                    self.things[n] = x._replace(life=life)
                    changed = True

    def _next(self, kind: int, life: int) -> int:
        """Begin a grace period, or free behind one; only the end of a section ends a wait."""
        fact = self.cfg.resources[kind].freed_after
        if life == RETIRED and fact is not None:
            return WAITING if self.holds(fact) else ENDED
        return FREED if life == ENDED else life

    def moves(self) -> Iterator[Callable[[], None]]:
        """The steps that the updater can take now."""
        for n, x in self.things.items():
            if x.theirs and not self.kept(x):
                yield lambda n=n, x=x: self._put(n, x._replace(theirs=False))  # type: ignore[misc]
            if not self.ours(n):
                for s, (mode, target) in enumerate(x.slots):
                    if mode == OWNED:
                        slots = (*x.slots[:s], (LOST, target), *x.slots[s + 1 :])
                        yield lambda n=n, x=x, slots=slots: self._put(n, x._replace(slots=slots))  # type: ignore[misc]
            if not x.said and x.life != FREED:
                yield lambda n=n, x=x: self._put(n, x._replace(life=FREED))  # type: ignore[misc]
            if self._next(x.kind, x.life) != x.life:
                yield lambda n=n, x=x: self._put(n, x._replace(life=self._next(x.kind, x.life)))  # type: ignore[misc]

    def _put(self, n: int, x: Thing) -> None:
        self.things[n] = x
        self.settle()

    def raw(self) -> World:
        """The world as a value, in the middle of an edge."""
        return World(tuple(self.cells), tuple(self.contexts), tuple(sorted(self.things.items())))

    def freeze(self) -> World:
        """The world as a value: objects that nothing names are the updater's, the others are numbered as they are met."""
        order: dict[int, int] = {}
        todo = [v for c, v in zip(self.cfg.cells, self.cells, strict=True) if c.kind == "ptr" and 0 < v < UNINIT]
        while todo:
            n = todo.pop(0)
            if n not in order:
                order[n] = len(order) + 1
                todo += [t for mode, t in self.things[n].slots if t]
                todo += [self.things[n].owner] if self.things[n].owner else []
        for m, x in list(self.things.items()):
            if m not in order:
                for mode, target in x.slots:
                    if mode == OWNED and target in order:
                        self._hand_over(target)
        new = {order[n]: self.things[n] for n in order}
        things = tuple(
            (n, x._replace(owner=order.get(x.owner, 0), slots=tuple((m, order.get(t, 0)) for m, t in x.slots)))
            for n, x in sorted(new.items())
        )
        cells = tuple(
            order[v] if c.kind == "ptr" and 0 < v < UNINIT else v for c, v in zip(self.cfg.cells, self.cells, strict=True)
        )
        return World(cells, tuple(self.contexts), things)

    def _hand_over(self, n: int) -> None:
        """A reference that this path lost is the updater's to drop."""
        if self.things[n].life == LIVE:
            self.things[n] = self.things[n]._replace(theirs=True)
