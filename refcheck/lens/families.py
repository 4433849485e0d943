# SPDX-License-Identifier: GPL-2.0-only
"""Families of states: flags that are open, each of which may add one reference to an object.

A family stands for every state that is its `base` with a value of 0 or 1 for each open flag, where an object has as
many references more as those of its flags that are 1: `refs = c + the sum of its flags`, an affine relation as Karr's
analysis finds (Karr 1976, doi 10.1007/BF00268497).  An edge that sees some of the flags is asked for every value of
those; of the others it can see nothing but their sum, so that one state stands for all that have the same sum.
docs/semantics.md section 13 argues that; this module is used by the engine and by the checker of certificates.
"""

from collections.abc import Iterator
from itertools import product

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, REFS, Edge
from refcheck.lens.local import Steps
from refcheck.meaning.heap import State, Violation

Where = tuple[int, int]
Values = dict[int, int]


class Family(NamedTuple):
    """`open` are flags (cells), `adds` names for each the object to which it adds a reference, None for none.

    In `base` every open flag is 0.
    """

    base: State
    open: tuple[int, ...]
    adds: tuple[Where | None, ...]


class Case(NamedTuple):
    """Members of a family that an edge cannot tell apart: values of the flags it sees; of the rest, sums by object.

    Each of `sums` has an object, the sum, and the number of flags that it is the sum of.
    """

    values: Values
    rest: tuple[int, ...]
    adds: tuple[Where | None, ...]
    sums: tuple[tuple[Where, int, int], ...]


def unlike_family(cfg: CFG, family: Family) -> str:
    """Why this is no family of states of a graph; empty where it is one."""
    if len(family.open) != len(family.adds) or len(set(family.open)) != len(family.open):
        return "a family has not one entry for each open flag"
    for flag, where in zip(family.open, family.adds, strict=True):
        if not 0 <= flag < len(cfg.cells) or cfg.cells[flag].kind != "bool" or family.base.cells[flag] != 0:
            return "an open flag is no flag, or is not 0 in the base of its family"
        if where is not None and not exists(family.base, where):
            return "a flag adds a reference to an object that does not exist"
    return ""


def exists(state: State, where: Where) -> bool:
    """There is such an object."""
    r, n = where
    return 0 <= r < len(state.pools) and 0 < n <= len(state.pools[r]) and state.pools[r][n - 1] is not None


def added(state: State, where: Where, more: int) -> State:
    """The state with more references on an object."""
    r, n = where
    obj = state.pools[r][n - 1]
    if obj is None or not more:
        return state
    changed = (*obj[:REFS], obj[REFS] + more, *obj[REFS + 1 :])
    pool = (*state.pools[r][: n - 1], changed, *state.pools[r][n:])
    return state._replace(pools=(*state.pools[:r], pool, *state.pools[r + 1 :]))


def member(family: Family, values: Values) -> State:
    """The state of a family for some values of its flags; flags without a value count as 0."""
    cells, state, more = list(family.base.cells), family.base, dict[Where, int]()
    for flag, where in zip(family.open, family.adds, strict=True):
        value = values.get(flag, 0)
        cells[flag] = value
        if value and where is not None:
            more[where] = more.get(where, 0) + value
    for where, sum_of_flags in more.items():
        state = added(state, where, sum_of_flags)
    return state._replace(cells=tuple(cells))


def cases(family: Family, steps: Steps, edge: Edge) -> Iterator[tuple[Case, State]]:
    """What an edge can tell apart in a family, each with one state that stands for it."""
    lens = steps.lens(edge)
    seen = [f for f in family.open if f in lens.places]
    unseen = [(f, where) for f, where in zip(family.open, family.adds, strict=True) if f not in lens.places]
    rest, adds = tuple(f for f, _ in unseen), tuple(where for _, where in unseen)
    counts: dict[Where, int] = {}
    for where in adds if lens.heap else ():
        if where is not None:
            counts[where] = counts.get(where, 0) + 1
    for picked in product((0, 1), repeat=len(seen)):
        values = dict(zip(seen, picked, strict=True))
        front = member(family, values)
        for sums in product(*(range(n + 1) for n in counts.values())):
            state = front
            for where, more in zip(counts, sums, strict=True):
                state = added(state, where, more)
            yield Case(values, rest, adds, tuple(zip(counts, sums, counts.values(), strict=True))), state


def behind(case: Case, after: State, exits: bool) -> Family:
    """The family behind an edge: the successor of the state that stands for a case, for all whom it stands for.

    Flags whose values follow from a sum (0, or all of them) get these values.  The references that a sum adds stay in
    the base where the flags are fixed, and go where they are open.
    """
    if exits:
        return Family(after, (), ())
    forced: dict[Where, int] = {}
    gone: set[Where | None] = set()
    for where, some, n in case.sums:
        if some in (0, n):
            forced[where] = int(some == n)
        elif not exists(after, where):
            gone.add(where)
        else:
            after = added(after, where, -some)
    if not forced and not gone:
        return Family(after, case.rest, case.adds)
    cells, still = list(after.cells), list[tuple[int, Where | None]]()
    for flag, target in zip(case.rest, case.adds, strict=True):
        if target in forced:
            cells[flag] = forced[target]
        else:
            still.append((flag, None if target in gone else target))
    return Family(after._replace(cells=tuple(cells)), tuple(f for f, _ in still), tuple(w for _, w in still))


def covers(whole: Family, part: Family) -> bool:
    """Every state of `part` is one of `whole`."""
    if whole.open == part.open:
        return whole.adds == part.adds and whole.base == part.base
    adds = dict(zip(whole.open, whole.adds, strict=True))
    for f, where in zip(part.open, part.adds, strict=True):
        if f not in adds or adds[f] != where:
            return False
    values = {f: part.base.cells[f] for f in whole.open if f not in part.open}
    if any(v not in (0, 1) for v in values.values()):
        return False
    return member(whole, values) == part.base


def steps_of(
    family: Family, steps: Steps, edge: Edge
) -> Iterator[tuple[Case, State, Family | None, tuple[Violation, ...]]]:
    """For every case of a family along an edge: the case, the state that stands for it, what is behind, what is broken."""
    exits = steps.lens(edge).exits
    for case, state in cases(family, steps, edge):
        for after, broken in steps.step(state, edge):
            yield case, state, None if after is None else behind(case, after, exits), broken
