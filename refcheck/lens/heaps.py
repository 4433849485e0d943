# SPDX-License-Identifier: GPL-2.0-only
"""The heaps that the states of a graph have: each has a number, and is cut into the parts that edges can see.

What is linked by slots and owners, in either direction, hangs together: an edge whose pointers name one object of such
a group can see all of it, and nothing of the others.
"""


from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, EMPTY
from refcheck.meaning.state import NOBODY, Object, Pool, Where

Pools = tuple[Pool, ...]


class HeapPart(NamedTuple):
    """Some objects of a heap, renumbered: `pools` is a heap of its own.

    `numbers` has for each resource the old numbers in order, `inside` the new number of each old one.  Both have also
    the free numbers that an edge may give to objects that it makes; `objects` has what is there.
    """

    objects: tuple[Where, ...]
    numbers: tuple[tuple[int, ...], ...]
    inside: tuple[dict[int, int], ...]
    pools: Pools


NO_PART = HeapPart((), (), (), ())


class Heaps:
    """The heaps met so far in the states of one graph."""

    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg
        self.pools: list[Pools] = []
        targets = {s.target for resource in cfg.resources for s in resource.slots}
        lenders = {k for resource in cfg.resources for k in resource.owners}
        self._alone = [
            not (kind.slots or kind.owners or r in targets or r in lenders) for r, kind in enumerate(cfg.resources)
        ]
        self._numbers: dict[Pools, int] = {}
        self._groups: dict[int, dict[Where, frozenset[Where] | None]] = {}
        self._parts: dict[tuple[int, tuple[Where, ...] | None, tuple[int, ...]], HeapPart | None] = {}

    def number(self, pools: Pools) -> int:
        """The number of a heap."""
        found = self._numbers.get(pools)
        if found is None:
            found = self._numbers[pools] = len(self.pools)
            self.pools.append(pools)
        return found

    def part(self, heap: int, named: tuple[Where, ...] | None, made: tuple[int, ...]) -> HeapPart | None:
        """The part of a heap that pointers to the `named` objects (None: to all) can see, with free numbers for `made`.

        None where one of the objects, or one that is linked to it, is not there.
        """
        asked = (heap, named, made)
        if asked in self._parts:
            return self._parts[asked]
        found = self._parts[asked] = self._part(heap, named, made)
        return found

    def _part(self, heap: int, named: tuple[Where, ...] | None, made: tuple[int, ...]) -> HeapPart | None:
        pools, groups, objects = self.pools[heap], self._groups_of(heap), set[Where]()
        for r, n in _all(pools) if named is None else named:
            obj = pools[r][n - 1] if n <= len(pools[r]) else None
            group = groups.get((r, n)) if not self._alone[r] else None if obj is None or obj.owner != NOBODY else {(r, n)}
            if group is None:
                return None
            objects |= group
        inside: list[list[int]] = [[] for _ in pools]
        for r, n in sorted(objects):
            inside[r].append(n)
        numbers = tuple([_with_gaps(ns, pool, made[r]) for r, (ns, pool) in enumerate(zip(inside, pools, strict=True))])
        index = tuple([{n: i for i, n in enumerate(ns, 1)} for ns in numbers])
        local = tuple([self._local_pool(r, ns, pools[r], index) for r, ns in enumerate(numbers)])
        return HeapPart(tuple(sorted(objects)), numbers, index, local)

    def _groups_of(self, heap: int) -> dict[Where, frozenset[Where] | None]:
        """For each object of a linked resource all that hang together with it; None where one of them is not there."""
        found = self._groups.get(heap)
        if found is None:
            found = self._groups[heap] = self._grouped(self.pools[heap])
        return found

    def _grouped(self, pools: Pools) -> dict[Where, frozenset[Where] | None]:
        linked: dict[Where, set[Where]] = {(r, n): set() for r, n in _all(pools) if not self._alone[r]}
        lost = set[Where]()
        for (r, n), others in linked.items():
            obj = pools[r][n - 1]
            for other in links(self.cfg, r, obj) if obj is not None else ():
                others.add(other)
                if other in linked:
                    linked[other].add((r, n))
                else:
                    lost.add((r, n))
        found: dict[Where, frozenset[Where] | None] = {}
        for where, others in linked.items():
            if where in found:
                continue
            group, todo = {where}, list(others)
            while todo:
                other = todo.pop()
                if other not in group and other in linked:
                    group.add(other)
                    todo += linked[other]
            found.update(dict.fromkeys(group, frozenset(group) if lost.isdisjoint(group) else None))
        return found

    def _local_pool(self, r: int, numbers: tuple[int, ...], pool: Pool, index: tuple[dict[int, int], ...]) -> Pool:
        objects = [renumbered(self.cfg, r, pool[n - 1] if n <= len(pool) else None, index) for n in numbers]
        while objects and objects[-1] is None:
            objects.pop()
        return tuple(objects)

    def put_back(self, heap: int, part: HeapPart, local: Pools) -> int:
        """The heap in which a part has become another one."""
        names = [dict(enumerate(ns, 1)) for ns in part.numbers]
        pools = []
        for r, pool in enumerate(self.pools[heap]):
            if local[r] == part.pools[r]:
                pools.append(pool)
                continue
            objects: list[Object | None] = list(pool)
            for i, n in enumerate(part.numbers[r]):
                obj = local[r][i] if i < len(local[r]) else None
                objects += [None] * (n - len(objects))
                objects[n - 1] = renumbered(self.cfg, r, obj, names)
            while objects and objects[-1] is None:
                objects.pop()
            pools.append(tuple(objects))
        return self.number(tuple(pools))


def _all(pools: Pools) -> list[Where]:
    """All objects of a heap."""
    return [(r, n) for r, pool in enumerate(pools) for n, obj in enumerate(pool, 1) if obj is not None]


def _with_gaps(found: list[int], pool: Pool, made: int) -> tuple[int, ...]:
    """The numbers of the objects in order, with the free ones that the next `made` objects will get."""
    if not made:
        return tuple(found)
    taken, n = set(found), 0
    for _ in range(made):
        n = pool.index(None, n) + 1 if None in pool[n:] else max(len(pool), n) + 1
        taken.add(n)
    return tuple(sorted(taken))


def links(cfg: CFG, r: int, obj: Object) -> list[Where]:
    """The objects that an object names: its owner, and what stands in its slots."""
    slots = zip(cfg.resources[r].slots, obj.slots, strict=True)
    named = [(slot.target, content.target) for slot, content in slots if content.mode != EMPTY and content.target]
    return named if obj.owner == NOBODY else [obj.owner, *named]


def renumbered(
    cfg: CFG, r: int, obj: Object | None, index: tuple[dict[int, int], ...] | list[dict[int, int]]
) -> Object | None:
    """An object with the numbers of its owner and of what its slots hold replaced."""
    if obj is None or (obj.owner == NOBODY and not obj.slots):
        return obj
    kind, number = obj.owner
    owner = obj.owner if obj.owner == NOBODY else (kind, index[kind][number])
    slots = [
        content._replace(target=index[slot.target][content.target]) if content.mode != EMPTY and content.target else content
        for slot, content in zip(cfg.resources[r].slots, obj.slots, strict=True)
    ]
    return obj._replace(owner=owner, slots=tuple(slots))
