# SPDX-License-Identifier: GPL-2.0-only
"""Texts of integers that know what values these can have: apart from smt.py, because mypyc compiles no subclass of str."""

from collections.abc import Iterable
from typing import Self


class Ranged(str):
    """A text of an integer, and the values that it can have by what its script asserts."""

    __slots__ = ("values",)

    values: frozenset[int]

    def __new__(cls, text: str, values: Iterable[int]) -> Self:
        """The term with these values."""
        term = super().__new__(cls, text)
        term.values = frozenset(values)
        return term
