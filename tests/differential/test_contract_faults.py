# SPDX-License-Identifier: GPL-2.0-only
"""Each fault in what a contract means is caught, in every user of contracts, by the checks that docs/trust.md names."""

import pytest
from command import ROOT
from contract_faults import FAULTS, Fault, objections, table
from memory import forget


@pytest.fixture(autouse=True)
def _fresh():
    forget()
    yield
    forget()


def test_nothing_is_objected_to_without_a_fault():
    assert objections(sorted({m for f in FAULTS for m in f.models})) == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.user}: {f.what}")
def test_a_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch):
    fault.put(monkeypatch.setattr)
    assert objections(fault.models) == fault.caught
    assert fault.caught


def test_the_table_in_the_documentation_is_this_one():
    assert table() in (ROOT / "docs" / "trust.md").read_text(encoding="utf-8"), "run tools/trust.py"
