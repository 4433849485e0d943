# SPDX-License-Identifier: GPL-2.0-only
"""Doubts of one trace that no small C shows."""

from types import SimpleNamespace as Made

import pytest

from refcheck.run import certainty


@pytest.mark.parametrize(
    ("reason", "kind", "name", "doubted"),
    [
        ("uninitialised", "ptr", "wl->beacon->dst copy", True),
        ("uninitialised", "ptr", "*out", True),
        ("uninitialised", "int", "n", True),
        ("uninitialised", "ptr", "skb", False),
        ("null", "ptr", "wl->beacon->dst copy", False),
    ],
)
def test_what_may_be_written_where_nobody_looks(reason: str, kind: str, name: str, doubted: bool):
    case = Made(trace=Made(violation=Made(reason=reason)), cell=Made(kind=kind, name=name))
    assert certainty._unwritten(case) is doubted
