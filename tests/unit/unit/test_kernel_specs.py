# SPDX-License-Identifier: GPL-2.0-only
"""The contracts of mainline as a whole: one description of each function, all of it cited, and quick to load."""

import re
from pathlib import Path

import pytest
from command import ROOT

from refcheck.syntax import ast
from refcheck.unit.bind import bindings
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import load

SPECS = ROOT / "specs"
APART = {"espintcp.spec", "x25.spec"}  # they have sockets of their own, and queues that outlive every section


@pytest.fixture(scope="module")
def mainline() -> Declarations:
    return declare(load(SPECS / "kernel.spec"))


# What the body looks at, and no model asks for
ONLY_C = {"tnl_update_pmtu"}


def test_mainline_overrides_next_to_nothing_and_cites_all(mainline: Declarations):
    assert set(mainline.overridden) == ONLY_C
    sigs = [c.sig for c in (*mainline.contracts.values(), *(r.contract for r in mainline.roles))]
    assert len(sigs) > 300
    assert [s.name for s in sigs if not s.sources] == []
    cited = [source for s in sigs for source in s.sources]
    assert [c for c in cited if not re.fullmatch(r"[a-z]\S+\.[ch]:(struct )?\w+", c)] == []


def test_every_pointer_of_a_contract_has_a_type_in_c(mainline: Declarations):
    bound = set(bindings(mainline.resources, mainline.roles, mainline.contracts).types.values())
    pointers = {p.type.name for c in mainline.contracts.values() for p in c.sig.params} - {"int", "bool", *mainline.enums}
    assert pointers - bound == set()


def test_the_overlay_changes_what_the_series_changes():
    noref = declare(load(SPECS / "noref" / "kernel.spec"))
    assert sorted(set(noref.overridden) - ONLY_C) == [
        "ip_md_tunnel_xmit", "ip_tunnel_xmit", "iptunnel_xmit", "udp_tunnel6_dst_lookup", "udp_tunnel6_xmit_skb",
        "udp_tunnel_dst_lookup", "udp_tunnel_xmit_skb",
    ]  # fmt: skip
    assert all("/noref/" in noref.contracts[name].span.path for name in set(noref.overridden) - ONLY_C)


def test_a_spec_of_models_says_nothing_once_more_that_mainline_says(mainline: Declarations):
    # Given the specs that models use beside those of mainline, then what they share they use; what they say otherwise is
    # an override, or is about other types
    shared = {Path(m.path).name for m in load(SPECS / "kernel.spec").modules}
    twice = []
    for path in (p for p in sorted(SPECS.glob("*.spec")) if p.name not in shared | APART):
        for item in load(path).model.items:
            if isinstance(item, ast.ContractDef) and item.sig.name in mainline.contracts and not item.override:
                here, there = shape(item), shape(mainline.contracts[item.sig.name])
                twice += [f"{path.name}: {item.sig.name}"] if here == there else []
    assert twice == []


def shape(contract: ast.ContractDef) -> list[str]:
    """The types of a contract's parameters."""
    return [p.type.name for p in contract.sig.params]
