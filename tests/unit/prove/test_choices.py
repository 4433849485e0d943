# SPDX-License-Identifier: GPL-2.0-only
"""Counterexamples show the first values that are offered, whatever the solver happened to say."""

import re
from itertools import product

import pytest

from refcheck.prove.choices import MOST, least
from refcheck.prove.solver import Answer

OFFERED = (("a", (3, 1, 2)), ("b", (-1, 0)), ("c", (0, 1)))


def solutions(asked: list[str], allowed: set[tuple[int, ...]]):
    """A solver that knows the solutions and gives the last one in some order."""

    def ask(more: str) -> Answer:
        asked.append(more)
        fixed = {n: int(v.replace("(- ", "-").strip(")")) for n, v in re.findall(r"\(= (\w) (\(- \d+\)|\d+)\)", more)}
        found = [dict(zip("abc", s, strict=True)) for s in sorted(allowed)]
        found = [s for s in found if all(s[n] == v for n, v in fixed.items())]
        return Answer("sat", "", found[-1]) if found else Answer("unsat", "", {})

    return ask


@pytest.mark.parametrize("left", range(1, 12))
def test_the_least_solution_is_found_from_any_other(left):
    everything = list(product(*(o for _, o in OFFERED)))
    allowed = set(everything[-left:])
    for start in allowed:
        asked: list[str] = []
        values = least(OFFERED, dict(zip("abc", start, strict=True)), solutions(asked, allowed))
        assert tuple(values.values()) == everything[-left]
        assert len(asked) <= 2 * len(OFFERED) * 3


def test_a_solver_that_gives_up_changes_nothing():
    start = {"a": 2, "b": 0, "c": 1}
    assert least(OFFERED, start, lambda _: Answer("unknown", "time-out", {})) == start


def test_long_traces_are_not_asked_about_without_end():
    many = [(f"x{i}", (0, 1)) for i in range(1000)]
    asked: list[str] = []

    def ask(more: str) -> Answer:
        asked.append(more)
        return Answer("unsat", "", {})

    assert set(least(many, {n: 1 for n, _ in many}, ask).values()) == {1}
    assert len(asked) <= MOST + 1


def test_first_choices_take_one_query():
    asked: list[str] = []
    allowed = set(product(*(o for _, o in OFFERED)))
    assert least(OFFERED, {"a": 2, "b": 0, "c": 1}, solutions(asked, allowed)) == {"a": 3, "b": -1, "c": 0}
    assert len(asked) == 1
