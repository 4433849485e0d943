# SPDX-License-Identifier: GPL-2.0-only
"""Each fault that is put in on purpose is caught by the checks that docs/trust.md names for it, and by no others."""

import pytest
from command import ROOT
from fault_checks import CHECKS, objections
from faults import FAULTS, Fault, table
from memory import forget


@pytest.fixture(autouse=True)
def _fresh():
    forget()
    yield
    forget()


def test_nothing_is_objected_to_without_a_fault():
    assert objections(tuple(sorted({m for f in FAULTS for m in f.models}))) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.put.__name__)
def test_a_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch):
    fault.put(monkeypatch.setattr)
    assert tuple(objections(fault.models)) == fault.caught
    assert fault.caught


def test_each_check_catches_something():
    # A check that catches none of the faults is either not needed or not tried; `another internal error` is a net below
    assert {c for f in FAULTS for c in f.caught} == set(CHECKS) - {"another internal error"}


def test_the_table_in_the_documentation_is_this_one():
    assert table() in (ROOT / "docs" / "trust.md").read_text(encoding="utf-8"), "run tools/trust.py"
