# SPDX-License-Identifier: GPL-2.0-only
"""Cycles are looked for seldom, and everything is as it was afterwards."""

import gc
import weakref
from unittest import mock

import pytest
from command import GENEVE, run

from refcheck.base import garbage
from refcheck.base.limits import Limits
from refcheck.prove.prove import verify
from refcheck.run.tasks import prepare


class Knot:
    """An object that knows itself."""

    def __init__(self) -> None:
        self.me = self


def knot() -> "weakref.ref[Knot]":
    return weakref.ref(Knot())


def test_cycles_are_looked_for_where_there_may_be_many():
    with garbage.seldom():
        gc.collect()
        first = knot()
        garbage.tidy()
        assert first() is not None, "there was little to look at"
        with mock.patch.object(garbage, "MOST", 0):
            garbage.tidy()
        assert first() is None
        assert gc.get_freeze_count() > 0
        # What was frozen is not looked at again, what is new is
        second = knot()
        with mock.patch.object(garbage, "MOST", 0):
            garbage.tidy()
        assert second() is None
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_an_error_leaves_the_collector_as_it_was():
    with pytest.raises(ValueError, match="wrong"), garbage.seldom():
        raise ValueError("wrong")
    assert gc.isenabled()
    gc.disable()
    try:
        with garbage.seldom():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_where_python_looks_by_itself_nothing_is_done():
    with mock.patch.object(garbage, "MOST", 0), mock.patch.object(gc, "collect") as collect:
        garbage.tidy()
    assert not collect.called


def test_every_function_is_followed_by_a_look():
    with mock.patch.object(garbage, "MOST", 0), mock.patch.object(garbage.gc, "collect", side_effect=gc.collect) as collect:
        ran = run("verify", "-q", "--no-store", "--jobs", "1", GENEVE)
    assert ran.status == 0
    assert collect.call_count == ran.out.count(": PROVED")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_proof_leaves_no_cycle_of_its_own():
    # Given functions that are lowered, when they are verified, then all that is given up goes at once
    tasks = prepare(GENEVE, None, ())[0]
    kept = [verify(t.cfg, t.dead, Limits()) for t in tasks]
    gc.collect()
    gc.disable()
    try:
        kept += [verify(t.cfg, t.dead, Limits()) for t in tasks]
        assert gc.collect() == 0
    finally:
        gc.enable()
