# SPDX-License-Identifier: GPL-2.0-only
"""What nothing reaches, or can reach: exits, branches, outcomes, preconditions."""

from pathlib import Path

import pytest
from command import model, run
from rendered import records

ENDLESS = {
    "a loop without a way out": "	while (true)\n		use(d);",
    "a circle of jumps": "again:\n	use(d);\n	goto again;",
    "one branch goes round for ever": "	if (a)\n		return;\n	for (;;)\n		use(d);",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_path_that_never_comes_to_an_exit_makes_the_proof_worthless(body: str, tmp_path: Path):
    ran = run("verify", model(tmp_path, f'use "dst.spec";\nvoid f(dst d, bool a)\n{{\n{body}\n}}\n'))
    assert ran.status == 1, ran.out + ran.err
    assert "VACUOUS" in ran.out
    assert "comes to an exit" in ran.out


def test_a_loop_with_a_way_out_is_no_finding(tmp_path: Path):
    body = '	while (true) {\n		use(d);\n		if (nondet("done"))\n			break;\n	}'
    assert run("verify", model(tmp_path, f'use "dst.spec";\nvoid f(dst d)\n{{\n{body}\n}}\n')).status == 0


def test_a_path_that_ends_with_a_violation_is_refuted_and_not_endless(tmp_path: Path):
    ran = run("verify", model(tmp_path, 'use "dst.spec";\nvoid f()\n{\n	dst d = NULL;\n	use(d);\n}\n'))
    assert "bad-pointer" in ran.out
    assert "comes to an exit" not in ran.out


@pytest.mark.parametrize(
    ("requires", "when"),
    [("", "skb->dst is noref && skb->dst is empty"), ("", "a && !a"),
     ("__requires(skb->dst is empty)", "skb->dst is owned")],
)  # fmt: skip
def test_an_outcome_that_can_never_happen_is_a_bad_contract(requires: str, when: str, tmp_path: Path):
    text = f"""use "skb.spec";
void t(skb, bool a) {requires} contract {{ never if {when}: drop skb->dst; ok: ; }};
void f(skb) __requires(skb->dst is empty)
{{
	t(skb, true);
}}
"""
    ran = run("verify", model(tmp_path, text))
    assert ran.status == 2
    assert "outcome `never` of `t` can never happen" in ran.err


def test_a_precondition_that_nothing_meets(tmp_path: Path):
    asks = "__requires(skb->dst is empty) __requires(skb->dst is owned)"
    text = f'use "skb.spec";\nvoid f(skb) {asks}\n{{\n	skb_dst_drop(skb);\n}}\n'
    ran = run("verify", model(tmp_path, text))
    assert ran.status == 1
    assert "no entry state satisfies" in ran.out


def test_code_behind_a_return_has_its_place_beside_its_words(tmp_path: Path):
    # Given the same code two lines further down, then the same is said of it, at another place
    text = 'use "dst.spec";\nvoid f(dst d)\n{\n\tuse(d);\n\treturn;\n\tuse(d);\n}\n'
    (one,), (other,) = ([u for r in records(model(tmp_path, t)) for u in r.unreached] for t in (text, f"\n\n{text}"))
    assert (one.what, one.text) == (other.what, other.text) == ("code", "nothing reaches `use(d)`")
    assert one.place is not None
    assert other.place is not None
    assert (one.place.line, other.place.line) == (6, 8)
