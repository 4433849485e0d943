# SPDX-License-Identifier: GPL-2.0-only
"""What a state of a function is: the values of its cells, the levels of its contexts, and its objects.  All immutable."""

from typing import TypeVar

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG, EMPTY, UNINIT

T = TypeVar("T")

# How an object came in: not at all, handed over or unspoken of (HANDED), or lent.  LENT lasts as long as the caller's
# sections; FIRM as long as its locks, and nobody else empties its slots meanwhile; COUNTED likewise, and a plain hold is
# right; KEPT as LENT, to the end of the call.  IMMORTAL lasts for ever, and its count means nothing.  FREED: it
# came in, and its memory is gone, so that no section of a caller keeps it.
NOT_LENT, FREED, HANDED, LENT, KEPT, FIRM, COUNTED, IMMORTAL = 0, 1, 2, 3, 4, 5, 6, 7
LENDINGS = {
    "handed": HANDED, "dead": HANDED, "lent": LENT, "firm": FIRM, "counted": COUNTED, "kept": KEPT, "immortal": IMMORTAL,
}  # fmt: skip

# Why an object lost its last protection, to name the property; REPORTED silences what follows from a finding.  UNSAID: it
# came in, and the contract says nothing of it.
NONE, RELEASED, CONSUMED, EXPIRED, REPORTED, UNSAID = 0, 1, 2, 3, 4, 5
ENDED = {RELEASED: "use-after-release", CONSUMED: "use-after-consume"}

Where = tuple[int, int]  # an object: its resource, and its number in the pool of that
Chain = tuple[Where, ...]
NOBODY: Where = (0, 0)


class Content(NamedTuple):
    """What a slot holds: its mode, and the number of the object that it names, 0 for none."""

    mode: int
    target: int


VACANT = Content(EMPTY, 0)


class Object(NamedTuple):
    """An object: the references that this path holds on it, and what else protects it.

    `owner` is the object for whose life it is borrowed (NOBODY: none); `protections` has for each fact of its resource
    whether it rests on a section of that; `slots` has the content of each slot.
    """

    refs: int
    lending: int
    why: int
    owner: Where
    protections: tuple[int, ...]
    slots: tuple[Content, ...]


Pool = tuple[Object | None, ...]


class State(NamedTuple):
    """A state of a function: cell values, context levels, and a pool of objects for each resource.

    Object n of a pool stands at index n - 1; None where there is no object.
    """

    cells: tuple[int, ...]
    contexts: tuple[int, ...]
    pools: tuple[Pool, ...]


def initial_state(cfg: CFG) -> State:
    """Nothing written, nothing entered, no objects: the entry edges build the rest."""
    return State((UNINIT,) * len(cfg.cells), (0,) * len(cfg.contexts), ((),) * len(cfg.resources))


class Violation(NamedTuple):
    """A property broken by an operation: its name, a reason (result/explain.py has words for it), and the cell concerned."""

    property: str
    reason: str
    cell: int = -1
    detail: str = ""


def replaced(values: tuple[T, ...], i: int, value: T) -> tuple[T, ...]:
    """The values with another one at place i."""
    return (*values[:i], value, *values[i + 1 :])
