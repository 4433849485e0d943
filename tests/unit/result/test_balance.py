# SPDX-License-Identifier: GPL-2.0-only
"""`verify --why`: every reference of a proved function is followed to where it ends, and nothing else is said."""

from pathlib import Path

import pytest
from command import GENEVE, ROOT, model, run

from refcheck.result.balance import balances
from refcheck.result.record import Balance
from refcheck.run.tasks import prepare

HEAD = """resource thing;
resource box { slot s: thing; }
context rcu;
thing thing_get(bool lent, bool *noref) __must_hold(rcu) contract {
	hit if lent: *noref = true, return borrow(rcu);
	miss if !lent: *noref = false, return hold;
	none: return NULL;
};
void thing_put(thing t __nullable) contract { ok: release t; };
void thing_hold(thing t) contract { ok: hold t; };
void thing_send(thing t) contract { ok: consume t; };
void box_set(box b, thing t) contract { ok: b->s = move t; };
"""


def said(folder: Path, text: str) -> tuple[Balance, ...]:
    tasks, _ = prepare(model(folder, HEAD + text), None, ())
    return balances(tasks[-1].cfg)


def ends(b: Balance) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(e.how, e.place.line - HEAD.count("\n"), e.branches) for e in b.ends]


BODY = """int f(bool lent) __must_hold(rcu)
{
	thing t;
	bool noref;

	t = thing_get(lent, &noref);
	if (!t)
		return -ENOENT;
	if (nondet("busy")) {
		if (!noref)
			thing_put(t);
		return -EBUSY;
	}
	if (noref)
		thing_hold(t);
	thing_send(t);
	return 0;
}
"""


def test_each_acquisition_has_its_ends_and_the_branches_that_lead_there(tmp_path: Path):
    text = BODY.replace("\tif (noref)\n\t\tthing_hold(t);\n", "\tif (noref)\n\t\treturn 0;\n")
    lent, held = said(tmp_path, text)
    assert (lent.object, lent.how, lent.ends) == ("t", "borrowed until rcu", ())
    assert (held.object, held.how, held.by) == ("t", "held", "thing_get: miss")
    assert ends(held) == [
        ("released by thing_put()", 11, ("busy: yes", "noref: false")),
        ("handed over to thing_send()", 16, ("busy: no", "noref: false")),
    ]


def test_what_comes_in_goes_into_a_slot_or_back_is_followed(tmp_path: Path):
    (b,) = said(tmp_path, "void f(box b, thing t) contract { ok: b->s = move t; }\n{\n\tbox_set(b, t);\n}\n")
    assert (b.object, b.by) == ("t", "came in")
    assert ends(b) == [("moved into b->s by box_set()", 3, ())]
    text = "thing f(bool l) __must_hold(rcu)\n{\n\tbool n;\n\tthing t = thing_get(false, &n);\n\treturn t;\n}\n"
    (b,) = said(tmp_path, text)
    assert ends(b) == [("returned", 5, ())]


def test_a_loop_ends_what_each_round_took(tmp_path: Path):
    text = 'void f() __must_hold(rcu)\n{\n\tthing t;\n\tbool n;\n\twhile (nondet("more")) {\n'
    text += "\t\tt = thing_get(false, &n);\n\t\tthing_put(t);\n\t}\n}\n"
    (b,) = said(tmp_path, text)
    assert ends(b) == [("released by thing_put()", 7, ())]


def test_a_second_hold_is_an_acquisition_of_its_own(tmp_path: Path):
    text = "void f(thing t)\n{\n\tthing_hold(t);\n\tthing_put(t);\n}\n"
    (b,) = said(tmp_path, text)
    assert (b.by, ends(b)) == ("thing_hold", [("released by thing_put()", 4, ())])


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*.rc")), ids=lambda p: p.stem)
def test_every_reference_of_the_models_ends_somewhere(path: Path):
    for task in prepare(path, None, ())[0]:
        for b in balances(task.cfg):
            assert bool(b.ends) != b.how.startswith("borrowed"), (task.cfg.function, b)


def test_why_is_printed_where_it_is_asked_for(tmp_path: Path):
    path = model(tmp_path, HEAD + BODY.replace("\tif (noref)\n\t\tthing_hold(t);\n", "\tif (noref)\n\t\treturn 0;\n"))
    plain, asked = run("verify", "--no-store", path), run("verify", "--no-store", "--why", path)
    assert "why:" not in plain.out
    assert "  why: `t`, held since thing_get: miss (line 18)" in asked.out
    assert "      line 23: released by thing_put()   [busy: yes, noref: false]" in asked.out
    assert [row for row in asked.out.split("\n") if row in plain.out.split("\n")] == plain.out.split("\n")
    broken = model(tmp_path, HEAD + BODY.replace("\t\tif (!noref)\n\t\t\tthing_put(t);\n", ""), "n.rc")
    # And where it is refuted, what is had, and not where it ends
    rows = run("verify", "--no-store", "--why", broken).out.split("\n")
    why = [i for i, row in enumerate(rows) if row.startswith("  why: ")]
    assert rows[why[0]] == "  why: `t`, borrowed until rcu since thing_get: hit (line 18): nothing is"
    assert rows[why[1]] == "  why: `t`, held since thing_get: miss (line 18)"
    assert not rows[why[1] + 1].startswith("      ")


def test_the_store_keeps_what_was_asked_apart(tmp_path: Path):
    store = tmp_path / "store"
    first = run("verify", "--store", store, GENEVE).out
    assert "why:" in run("verify", "--store", store, "--why", GENEVE).out
    assert "why:" in run("verify", "--store", store, "--why", GENEVE).out
    assert run("verify", "--store", store, GENEVE).out == first
