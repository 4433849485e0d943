# SPDX-License-Identifier: GPL-2.0-only
"""Objects as numbers, as certificates and solvers have them."""

from collections.abc import Sequence
from itertools import chain

from refcheck.graph.cfg import Resource
from refcheck.meaning.state import Content, Object


def width(resource: Resource) -> int:
    """How many numbers an object has."""
    return 5 + len(resource.facts) + 2 * len(resource.slots)


def flat(obj: Object) -> tuple[int, ...]:
    """An object as numbers."""
    return (obj.refs, obj.lending, obj.why, *obj.owner, *obj.protections, *chain.from_iterable(obj.slots))


def from_flat(resource: Resource, values: Sequence[int]) -> Object:
    """The object that has these numbers; ValueError where they are not as many as such an object has."""
    if len(values) != width(resource):
        raise ValueError(f"an object of `{resource.name}` has {width(resource)} numbers, not {len(values)}")
    refs, lending, why, kind, owner, *rest = values
    facts = len(resource.facts)
    slots = zip(rest[facts::2], rest[facts + 1 :: 2], strict=True)
    return Object(refs, lending, why, (kind, owner), tuple(rest[:facts]), tuple([Content(*slot) for slot in slots]))
