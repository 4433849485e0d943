# SPDX-License-Identifier: GPL-2.0-only
"""Callees stand before callers, circles together."""

from refcheck.infer.order import bottom_up


def test_a_callee_comes_first():
    assert bottom_up({"a": {"b"}, "b": {"c", "elsewhere"}, "c": set()}) == [["c"], ["b"], ["a"]]


def test_a_circle_is_one_part():
    found = bottom_up({"a": {"b"}, "b": {"a", "c"}, "c": set(), "d": {"a"}})
    assert [sorted(part) for part in found] == [["c"], ["a", "b"], ["d"]]


def test_a_function_that_calls_itself_is_a_part_of_one():
    assert bottom_up({"a": {"a"}}) == [["a"]]
