# SPDX-License-Identifier: GPL-2.0-only
"""What a state is to the solver: the fields of its objects are terms, and whether an object exists is one too."""


from collections.abc import Sequence

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import Resource
from refcheck.prove.encoding.smt import Term


class SymContent(NamedTuple):
    """What a slot holds, as terms."""

    mode: Term
    target: Term


class SymObject:
    """An object as terms, which exists where `exists` holds; its fields are those of meaning.state.Object."""

    def __init__(self, exists: Term, values: Sequence[Term], resource: Resource) -> None:
        """From the values in the order of `flat`."""
        self.exists = exists
        self.refs, self.lending, self.why = values[:3]
        self.owner = values[3], values[4]
        facts = 5 + len(resource.facts)
        self.protections = list(values[5:facts])
        self.slots = [SymContent(m, t) for m, t in zip(values[facts::2], values[facts + 1 :: 2], strict=True)]

    def flat(self) -> list[Term]:
        """The fields in order, without `exists`."""
        slots = [value for slot in self.slots for value in slot]
        return [self.refs, self.lending, self.why, *self.owner, *self.protections, *slots]

    def frozen(self) -> tuple[object, ...]:
        """The fields as an Object has them; equal to one where all of them are known."""
        return self.refs, self.lending, self.why, self.owner, tuple(self.protections), tuple(self.slots)
