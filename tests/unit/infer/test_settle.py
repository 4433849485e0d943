# SPDX-License-Identifier: GPL-2.0-only
"""Exits that contradict each other are held to what most of them do."""

from refcheck.infer.rows import ExitRow
from refcheck.infer.settle import settled

ENTRY = (("o", "object"),)
GIVEN, KEPT = ExitRow(ENTRY, (("release", "o"),), ("int", "0")), ExitRow(ENTRY, (), ("int", "0"))


def test_the_fate_that_more_exits_give_stays():
    assert settled({GIVEN: {1, 2}, KEPT: {3}}, ("o",), False) == {GIVEN, KEPT._replace(effects=(("consume", "o"),))}
    assert settled({GIVEN: {1}, KEPT: {2, 3}}, ("o",), False) == {KEPT}


def test_what_tells_the_two_apart_is_left_alone():
    assert settled({GIVEN: {1}, KEPT: {2}}, (), False) == {GIVEN, KEPT}


def test_a_context_that_some_exits_leave_open_is_left_as_it_was():
    opened = ExitRow(ENTRY, (("enter", "rcu"),), ("int", "0"))
    assert settled({opened: {1}, KEPT: {2}}, (), False) == {KEPT}
    assert settled({opened: {1}}, (), False) == {opened}
    assert settled({opened: {1}}, (), True) == {KEPT}


def test_what_only_exits_that_fail_take_is_not_theirs_to_keep():
    held, failed = ExitRow(ENTRY, (("hold", "o"),), ("int", "-5")), ExitRow(ENTRY, (), ("int", "-5"))
    assert settled({held: {1}, KEPT: {2}}, (), False) == {failed, KEPT}
    fine = ExitRow(ENTRY, (("hold", "o"),), ("int", "0"))
    assert settled({held: {1}, fine: {2}}, (), False) == {held, fine}
    moved = ExitRow(ENTRY, (("hold", "o"), ("move", "b->item", "o")), ("int", "-5"))
    assert settled({moved: {1}, KEPT: {2}}, (), False) == {moved, KEPT}


def test_null_has_no_fate():
    none = ExitRow((("o", "NULL"),), (), ("int", "0"))
    assert none in settled({GIVEN: {1, 2}, KEPT: {3}, none: {3}}, ("o",), False)


def test_rows_stay_in_their_order():
    rows = [ExitRow(ENTRY, (("hold", name),), ("int", "0")) for name in "qwertyuiopas"]
    assert list(settled({r: {1} for r in rows}, (), True)) == rows
