# SPDX-License-Identifier: GPL-2.0-only
"""What each condition and operation reads, writes, asks for and owes: said once, beside its class, by `does`.

Everything that follows from it is derived: which cells are alive (lower/finish.py), what an edge can see of a state
(lens/), what is to be proved of it (graph/obligations.py), what its digest leaves out (certificate/digest.py).
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from refcheck.base.named import NamedTuple

T = TypeVar("T")
Cells = tuple[int, ...]
OwedNames = tuple[str, ...]


class Footprint(NamedTuple):
    """What a class of conditions or operations does; its fields are meant by their places.

    `reads`, `writes` and `forgets` are cells, a negative one stands for none: those of `writes` are certainly written,
    those of `forgets` are forgotten or kept.  `contexts` are those whose levels it asks for or changes, `facts` those
    that it asks for.  `inner` are conditions and operations, one or several, that it has inside of it.  `words` are texts
    for reports, which mean nothing to a check.  What is `plain` can be told from cells and contexts alone, whatever
    objects there are.  `owes` gives the properties that one can break, those of what is inside of it aside.
    """

    reads: Cells
    writes: Cells
    forgets: Cells
    contexts: Cells
    facts: Cells
    inner: Cells
    words: Cells
    plain: bool
    owes: Callable[[Any], OwedNames]


FOOTPRINTS: dict[type, Footprint] = {}


def does(
    *, reads: str = "", writes: str = "", forgets: str = "", contexts: str = "", facts: str = "", inner: str = "",
    words: str = "", plain: bool = False, owes: OwedNames | Callable[[Any], OwedNames] = (),
) -> Callable[[type[T]], type[T]]:  # fmt: skip
    """Say what a class of conditions or operations does, with the names of its fields; see Footprint.

    `owes` is a function of the operation where its fields decide.  ValueError for a name that is no field.
    """

    def enter(kind: type[T]) -> type[T]:
        fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]

        def places(names: str) -> Cells:
            return tuple(map(fields.index, names.split()))

        FOOTPRINTS[kind] = Footprint(
            places(reads), places(writes), places(forgets), places(contexts), places(facts), places(inner), places(words),
            plain, owes if callable(owes) else lambda _: owes,
        )  # fmt: skip
        return kind

    return enter


def parts(value: Any) -> Iterator[Any]:
    """The conditions and operations that stand inside of one, in order, themselves without what is inside of them."""
    for i in FOOTPRINTS[type(value)].inner:
        if type(value[i]) in FOOTPRINTS:
            yield value[i]
        else:
            yield from value[i]


def reads(value: Any) -> set[int]:
    """The cells that a condition or an operation reads; KeyError for a class of which nothing was said."""
    found: set[int] = set()
    todo = [value]
    while todo:
        one = todo.pop()
        mine = FOOTPRINTS[type(one)]
        found.update([one[i] for i in mine.reads])
        if mine.inner:
            todo.extend(parts(one))
    found.discard(-1)
    return found


def writes(op: Any) -> set[int]:
    """The cells that an operation certainly writes: none of those inside of it, which stand under a condition."""
    return {op[i] for i in FOOTPRINTS[type(op)].writes}


def touched(op: Any) -> set[int]:
    """The cells that an operation may write."""
    mine = FOOTPRINTS[type(op)]
    return {op[i] for i in (*mine.writes, *mine.forgets)}.union(*map(touched, parts(op)))


def owed(op: Any) -> OwedNames:
    """The properties that an operation can break."""
    mine = FOOTPRINTS[type(op)]
    return (*mine.owes(op), *(name for inner in parts(op) for name in owed(inner))) if mine.inner else mine.owes(op)
