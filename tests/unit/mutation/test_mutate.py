# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck mutate`: mutants are programs, the edits say the same as the trees, and what became of each is right."""

import json
from pathlib import Path

import pytest
from command import ROOT, run

from refcheck.base.source import SourceFile
from refcheck.mutation.judge import Judge, read_model
from refcheck.mutation.judged import CONTAINED, EQUIVALENT, INVALID, KILLED, SURVIVED, Judged
from refcheck.mutation.make import mutants
from refcheck.mutation.operators import OPERATORS
from refcheck.mutation.trees import Text, plain
from refcheck.prove.prove import Limits
from refcheck.syntax.parser import parse

ALL = frozenset[str]()


def judged(folder: Path, text: str, operator: str = "") -> list[Judged]:
    """What becomes of the mutants of a model's own functions."""
    path = folder / "m.rc"
    path.write_text(text, encoding="utf-8")
    model = read_model(path, None)
    judge = Judge([model], Limits())
    only = frozenset([operator]) if operator else ALL
    return [judge.judge(m) for m in mutants([model], only, ALL) if m.file == str(path)]


# ------------------------------------------------------------------------------------------------ making mutants


@pytest.mark.parametrize("name", ["geneve", "dst_cache", "sit", "ip_tunnel", "tipc", "gtp"])
def test_the_edited_text_parses_to_the_mutants_tree(name: str):
    # Given every mutant of a model and of the contracts it rests on
    model = read_model(ROOT / "models" / f"{name}.rc", None)
    made = mutants([model], ALL, ALL)
    assert len(made) > 50
    for m in made:
        source = model.unit.sources[m.file]
        # When its edits are applied to the text and that is parsed
        module, errors = parse(SourceFile(source.path, Text(source).apply(m.edits)))
        # Then it is the tree that was made, up to spans and blocks around one statement
        assert errors == [], m.name
        assert flat(plain(module.items[m.number])) == flat(plain(m.item)), m.name


def flat(tree: object) -> object:
    """Blocks of one statement are that statement, empty statements of a block are gone."""
    if not isinstance(tree, tuple):
        return tree
    parts = tuple(flat(x) for x in tree)
    if parts and parts[0] == "Block":
        inner = tuple(s for s in parts[1] if s != ("Block", (), None, 0))
        return inner[0] if len(inner) == 1 else ("Block", inner, None, 0)
    return parts


def test_names_of_mutants_tell_them_apart_and_survive_other_edits(tmp_path):
    text = (ROOT / "models" / "geneve.rc").read_text(encoding="utf-8")
    path = tmp_path / "geneve.rc"
    path.write_text(text, encoding="utf-8")
    before = [m.name for m in mutants([read_model(path, None)], ALL, ALL) if m.file == str(path)]
    assert len(set(before)) == len(before)
    text = "// a comment\n\n" + text.replace("@865", "@900").replace("\terr = skb", "\n\terr  =  skb")
    path.write_text(text, encoding="utf-8")
    assert [m.name for m in mutants([read_model(path, None)], ALL, ALL) if m.file == str(path)] == before


def test_a_function_that_two_models_share_is_mutated_once():
    one, two = (read_model(ROOT / "models" / p, None) for p in ("bareudp.rc", "repaired/bareudp.rc"))
    owners = {m.owner for m in mutants([one, two], ALL, ALL) if m.file.endswith("repaired/bareudp.rc")}
    assert owners == {"bareudp_xmit_skb", "bareudp_xmit"}  # the one is repaired, the other expects the first to be kept


def test_every_operator_makes_a_mutant_of_some_model():
    models = [read_model(p, None) for p in sorted((ROOT / "models").glob("*.rc"))]
    models += [read_model(p, None) for p in sorted((ROOT / "corpus").glob("*/after.rc"))]
    missing = OPERATORS.keys() - {m.operator for m in mutants(models, ALL, ALL)}
    assert missing == set()


# ------------------------------------------------------------------------------------------------ judging them

GOOD = """use "route.spec", "skb.spec";

int f(skb) __must_hold(rcu_visible)
contract {
	ok:   consume skb, return 0;
	fail: return -ENETUNREACH;
}
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return -ENETUNREACH;
	use(rt);
	dst_release(rt);
	dev_kfree_skb(skb);
	return 0;
}
"""


def test_a_dropped_release_is_killed_as_a_leak(tmp_path):
    found = {j.mutant.anchor: (j.status, j.by, j.where) for j in judged(tmp_path, GOOD, "drop-release")}
    assert found["dst_release(rt)"] == (KILLED, "leaked-ref", "f")
    assert found["dev_kfree_skb(skb)"][:2] == (KILLED, "leaked-ref")


def test_a_doubled_release_is_killed(tmp_path):
    found = {j.mutant.anchor: j.by for j in judged(tmp_path, GOOD, "double-release")}
    assert found == {"dst_release(rt)": "double-release", "dev_kfree_skb(skb)": "double-release"}


def test_two_releases_that_change_places_are_equal_and_a_release_before_a_use_is_not(tmp_path):
    text = GOOD.replace("rcu_visible", "rcu_visible if config(X)")
    found = {j.mutant.anchor: j.status for j in judged(tmp_path, text.replace(" __must_hold(rcu_visible if config(X))", ""))
             if j.mutant.operator == "move-release"}  # fmt: skip
    assert found == {"dst_release(rt) up": KILLED, "dst_release(rt) down": EQUIVALENT, "dev_kfree_skb(skb) up": EQUIVALENT}


def test_a_requirement_that_nothing_needs_survives(tmp_path):
    (j,) = judged(tmp_path, GOOD, "drop-must-hold")
    assert (j.status, j.mutant.name) == (SURVIVED, "f: drop-must-hold: rcu_visible")


def test_an_error_path_without_effect_is_equal_or_contained(tmp_path):
    text = """use "skb.spec";
int f(skb) contract { ok: return 0; fail: return -EINVAL; }
{
	if (skb_vlan_inet_prepare(skb))
		return -EINVAL;
	if (!pskb_may_pull(skb))
		return -EINVAL;
	return 0;
}
"""
    found = {j.mutant.anchor: j.status for j in judged(tmp_path, text, "assume-false")}
    assert found == {"skb_vlan_inet_prepare(skb)": EQUIVALENT, "!pskb_may_pull(skb)": EQUIVALENT}
    found = {j.mutant.anchor: j.status for j in judged(tmp_path, text, "lose-error")}
    assert set(found.values()) == {EQUIVALENT}


def test_a_mutant_that_only_does_less_is_contained(tmp_path):
    text = """use "skb.spec";
int f(skb, bool a) contract { ok: return 0; gone: drop skb->dst, return 0; }
{
	if (a)
		skb_dst_drop(skb);
	return 0;
}
int g(skb) contract { ok: return 0; gone: drop skb->dst, return 0; }
{
	if (nondet("first"))
		skb_dst_drop(skb);
	if (skb_pull(skb))
		skb_dst_drop(skb);
	return 0;
}
"""
    found = {j.mutant.name: j.status for j in judged(tmp_path, text)}
    # f without its branch does other things where the caller asks for them; nothing in the contract says so
    assert found["f: assume-false: a"] == SURVIVED
    assert found["g: assume-false: skb_pull(skb)"] == EQUIVALENT
    assert found["g: assume-true: skb_pull(skb)"] == CONTAINED


def test_a_mutant_that_is_no_program_is_invalid(tmp_path):
    text = """use "skb.spec";
void f(skb, bool a) contract { one if a: consume skb; two if !a: ; }
{
	if (a)
		kfree_skb(skb);
}
"""
    found = {j.mutant.anchor: (j.status, bool(j.reason)) for j in judged(tmp_path, text, "drop-outcome")}
    assert found == {"one": (INVALID, True), "two": (INVALID, True)}


def test_what_is_refuted_is_killed_where_its_findings_change(tmp_path):
    text = GOOD.replace("__must_hold(rcu_visible)", "expect refuted(leaked-ref)").replace("\tdst_release(rt);\n", "")
    found = judged(tmp_path, text, "assume-true")
    assert [j.status for j in found] == [KILLED]
    found = judged(tmp_path, text, "drop-release")
    assert [(j.status, j.by) for j in found] == [(KILLED, "leaked-ref")]


def test_a_contract_is_judged_by_its_body_and_its_callers(tmp_path):
    text = GOOD + "\nvoid g(skb) __must_hold(rcu_visible)\ncontract { ok: consume skb; }\n{\n"
    text += "\tif (f(skb))\n\t\tkfree_skb(skb);\n}\n"
    found = {j.mutant.name: (j.status, j.where) for j in judged(tmp_path, text)}
    assert found["f: drop-effect: ok: consume skb"] == (KILLED, "f")
    assert found["f: drop-outcome: fail"] == (KILLED, "f")
    assert found["g: drop-must-hold: rcu_visible"] == (KILLED, "g")


def test_a_function_without_contract_is_judged_with_its_callers(tmp_path):
    text = """use "skb.spec";
void helper(skb)
{
	skb_dst_drop(skb);
}

void f(skb) __requires(skb->dst is owned)
contract { ok: drop skb->dst; }
{
	helper(skb);
}
"""
    found = {j.mutant.name: (j.status, j.by, j.where) for j in judged(tmp_path, text, "drop-release")}
    assert found == {"helper: drop-release: skb_dst_drop(skb)": (KILLED, "broken-contract", "helper")}


def test_a_requirement_that_another_implies_is_equal(tmp_path):
    text = GOOD.replace("__must_hold(rcu_visible)", "__must_hold(rcu_visible) __must_hold(rcu)")
    found = {j.mutant.anchor: (j.status, j.reason) for j in judged(tmp_path, text, "drop-must-hold")}
    assert found == {"rcu_visible": (EQUIVALENT, "another requirement implies it"), "rcu": (SURVIVED, "")}


def test_a_use_that_the_call_makes_anyway_is_equal_and_one_behind_a_section_is_not(tmp_path):
    text = """use "dst.spec";
void f(dst d) __must_hold(rcu) contract { ok: use d; }
{
	use(d);
}
void g(dst d) __must_hold(rcu) contract { ok: leave rcu, use d, enter rcu; }
{
	rcu_read_unlock();
	use(d);
	rcu_read_lock();
}
"""
    found = {j.mutant.owner: j.status for j in judged(tmp_path, text, "drop-effect") if "use d" in j.mutant.anchor}
    assert found["f"] == EQUIVALENT
    assert found["g"] != EQUIVALENT


# ------------------------------------------------------------------------------------------------ the command


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_rc", ".rc").replace("_toml", ".toml")).write_text(text, encoding="utf-8")


def test_survivors_end_in_status_1_with_the_changed_lines(tmp_path):
    write(tmp_path, m_rc=GOOD)
    ran = run("mutate", tmp_path / "m.rc", "-f", "f")
    assert ran.status == 1, ran.err
    assert "f: drop-must-hold: rcu_visible" in ran.out
    assert "-int f(skb) __must_hold(rcu_visible)" in ran.out
    assert "mutants: " in ran.out


def test_an_explanation_makes_a_survivor_pass_and_a_stale_one_is_an_error(tmp_path):
    entry = '[[survivor]]\nfile = "m.rc"\nmutants = ["f: drop-must-hold: rcu_visible"]\nreason = "asked by the source"\n'
    write(tmp_path, m_rc=GOOD, mutants_toml=entry)
    ran = run("mutate", tmp_path / "m.rc", "-f", "f")
    assert ran.status == 0, ran.out + ran.err
    assert "the rest explained" in ran.out
    ran = run("mutate", tmp_path / "m.rc", "-f", "f", "--format", "json")
    (row,) = [m for m in json.loads(ran.out)["mutants"] if m["status"] == "explained"]
    assert row["reason"] == "asked by the source"
    write(tmp_path, mutants_toml=entry.replace("drop-must-hold: rcu_visible", "drop-release: dst_release(rt)"))
    ran = run("mutate", tmp_path / "m.rc", "-f", "f")
    assert ran.status == 2
    assert "it is killed" in ran.err
    assert "mutants.toml:3" in ran.err


NUMBER = "[[survivor]]\nfile='m.rc'\nmutants=[1]\nreason='x'"


@pytest.mark.parametrize("text", ["survivor = 1", "[[survivor]]\nfile = 1", "x = [", NUMBER, "\0"])
def test_a_bad_file_of_explanations_is_bad_input(tmp_path, text: str):
    write(tmp_path, m_rc=GOOD, mutants_toml=text)
    ran = run("mutate", tmp_path / "m.rc", "--only", "drop-release")
    assert ran.status == 2
    assert ran.err.startswith("error[usage]")


def test_two_processes_say_the_same_as_one(tmp_path):
    write(tmp_path, m_rc=GOOD)
    one, two = (run("mutate", tmp_path / "m.rc", "--format", "json", "--jobs", str(n)) for n in (1, 2))
    assert one.out == two.out
    assert one.status == two.status == 1


def test_an_unknown_operator_or_function_is_bad_usage(tmp_path):
    write(tmp_path, m_rc=GOOD)
    ran = run("mutate", tmp_path / "m.rc", "--only", "drop-relase")
    assert (ran.status, "drop-release" in ran.err) == (2, True)
    assert run("mutate", tmp_path / "m.rc", "-f", "nothing").status == 2


def test_markdown_and_json_count_the_same(tmp_path):
    write(tmp_path, m_rc=GOOD)
    data = json.loads(run("mutate", tmp_path / "m.rc", "--format", "json").out)
    page = run("mutate", tmp_path / "m.rc", "--format", "markdown").out
    assert data["score"] in page
    assert sum(data["counts"].values()) == len(data["mutants"])
    assert page.count("~~~~~diff") == data["counts"]["survived"]
