# SPDX-License-Identifier: GPL-2.0-only
"""Each contract that a call is taken by is in the record: its text, its place, its source, its calls, how it is known."""

import json
from pathlib import Path

from c_verdicts import records as c_records
from command import model, run

from refcheck.result.record import CalledContract, from_data
from refcheck.result.standing import by_model, contract_standing

TEXT = """resource thing;

// Comes from the list.
// It is counted.
thing thing_get() __from("net/core/thing.c:thing_get", "include/net/thing.h:thing_get") contract {
	got:  return hold;
	none: return NULL;
};
// ---- puts
void thing_put(thing t __nullable) contract { ok: release t; };

void drop(thing t)
contract {
	ok: release t;
}
{
	thing_put(t);
}

void lose(thing t)
contract {
	ok: release t;
}
{
}

int f()
{
	thing t = thing_get();
	if (!t)
		t = thing_get();
	if (!t)
		return 0;
	drop(t);
	return 0;
}

int g()
{
	thing t = thing_get();
	if (t)
		lose(t);
	return 0;
}
"""


def shown(folder: Path, text: str, *args: str) -> dict[str, tuple[CalledContract, ...]]:
    ran = run("verify", model(folder, text), "--format", "json", *args)
    return {r.function: r.contracts for r in from_data(json.loads(ran.out)).results}


def test_a_contract_is_told_as_its_file_has_it(tmp_path: Path):
    get, drop = shown(tmp_path, TEXT)["f"]
    assert (get.function, get.how, get.calls) == ("thing_get", "declared", (29, 31))
    assert get.sources == ("net/core/thing.c:thing_get", "include/net/thing.h:thing_get")
    rows = TEXT.split("\n")
    assert get.text == "\n".join(rows[2:8])
    assert rows[get.place.line - 1].startswith("thing thing_get(")
    # Given a function with a body, then the contract is what stands in front of that
    assert drop.text == "\n".join(rows[11:15])
    assert (drop.sources, drop.calls) == ((), (34,))


def test_a_headline_is_no_comment_on_a_contract(tmp_path: Path):
    (put,) = shown(tmp_path, TEXT)["drop"]
    assert put.text == "void thing_put(thing t __nullable) contract { ok: release t; };"


def test_its_standing_is_what_the_run_says_of_its_body(tmp_path: Path):
    ran = run("verify", model(tmp_path, TEXT), "--format", "json")
    results = from_data(json.loads(ran.out)).results
    (beside,) = by_model(results).values()
    said = {(r.function, c.function): contract_standing(c, r, beside) for r in results for c in r.contracts}
    assert said == {
        ("drop", "thing_put"): "trusted", ("f", "thing_get"): "trusted", ("f", "drop"): "proved",
        ("g", "thing_get"): "trusted", ("g", "lose"): "REFUTED",
    }  # fmt: skip
    # And what the run leaves out is not verified here; a proof that rests on a refuted one is said to
    (alone,) = (r for r in results if r.function == "f")
    assert [contract_standing(c, alone, {"f": [alone]}) for c in alone.contracts] == ["trusted", "not verified here"]
    over = TEXT + "int h()\n{\n\treturn g();\n}\n"
    over = over.replace("int g()\n{", "int g()\ncontract { ok: return 0; }\n{")
    results = from_data(json.loads(run("verify", model(tmp_path, over), "--format", "json").out)).results
    (beside,) = by_model(results).values()
    (last,) = (r for r in results if r.function == "h")
    assert [contract_standing(c, last, beside) for c in last.contracts] == ["proved if kept by lose"]


C = """static void give_back(struct dst_entry *d)
{
	dst_release(d);
}

static int look(struct sk_buff *skb)
{
	return skb ? skb->len : 0;
}

int far_away(struct sk_buff *skb);

int f(struct sk_buff *skb, struct dst_entry *d)
{
	look(skb);
	far_away(skb);
	give_back(d);
	return 0;
}
"""


def test_of_c_it_is_said_how_a_contract_was_come_by(tmp_path: Path):
    found = c_records(C, tmp_path)
    (f,) = found["f"]
    hows = {c.function: (c.how, bool(c.text), c.calls) for c in f.contracts}
    assert hows == {
        "look": ("shown", False, (19,)), "far_away": ("assumed", False, (20,)), "give_back": ("inferred", True, (21,)),
    }  # fmt: skip
    beside = by_model(r for rs in found.values() for r in rs)[f.model]
    standings = {c.function: contract_standing(c, f, beside) for c in f.contracts}
    assert standings == {"look": "proved", "far_away": "assumed", "give_back": "proved"}
    (inferred,) = (c for c in f.contracts if c.how == "inferred")
    (body,) = found["give_back"]
    assert body.from_c is not None
    assert inferred.text == body.from_c.contract
    assert "release d" in inferred.text
    # And what a spec has is told as the spec has it
    (declared,) = body.contracts
    assert (declared.function, declared.how) == ("dst_release", "declared")
    assert declared.sources == ("net/core/dst.c:dst_release",)
    assert declared.place.file.endswith("dst.spec")
    assert "release d" in declared.text


def test_variants_of_a_function_share_the_contracts_of_their_calls(tmp_path: Path):
    text = """int f(struct dst_entry *d, struct dst_entry *e)
{
#ifdef CONFIG_ONE
	dst_release(d);
#else
	dst_hold(d);
	dst_release(d);
	dst_release(d);
#endif
	dst_release(e);
	return 0;
}
"""
    (f,) = c_records(text, tmp_path)["f"]
    assert {c.function: c.calls for c in f.contracts} == {"dst_release": (8, 11, 12, 14), "dst_hold": (10,)}
