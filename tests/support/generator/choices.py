# SPDX-License-Identifier: GPL-2.0-only
"""Where a generated program's choices come from: a seed, or hypothesis, which can shrink what it finds."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Free choices; `below(n)` gives 0 <= k < n, and 0 leads to the simplest program."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def pick(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options, as often as its weight says."""
        at = self.below(sum(w for w, _ in options))
        for weight, option in options:
            if at < weight:
                return option
            at -= weight
        raise AssertionError("weights add up")

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; the simplest answer is no."""
        return self.below(100) >= 100 - percent

    def mostly(self, percent: int = 88) -> bool:
        """True in most cases; the simplest answer is yes."""
        return self.below(100) < percent


def seeded(seed: int) -> Choices:
    """Choices that a seed fixes."""
    return Choices(random.Random(seed).randrange)
