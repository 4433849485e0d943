# SPDX-License-Identifier: GPL-2.0-only
"""All differences of a function, and the file that says why each is there."""

import json
import tomllib

import pytest
from command import ROOT, run
from drifting import Tree, words

MODEL = "int send(thing t)\ncontract { gone: consume t, return any; }\n{\n	return thing_push(t);\n}\n"
SENDS = """int send(thing t)
contract { gone: consume t, return 0; }
{
	int r = thing_send(t);

	if (r < 0)
		thing_put(t);
	return 0;
}
"""
C = """int send(struct thing *t)
{
	int r;

	if (t->n > 3)
		return -EINVAL;
	r = thing_send(t);
	if (r < 0) {
		if (t->n > 2)
			return -EINVAL;
		thing_put(t);
		if (t->n > 1)
			thing_put(thing_get());
	}
	return 0;
}
"""
KEYS = ["source: return -EINVAL", "source: return -EINVAL #2", "source: thing_get: ok", "source: thing_get: none"]


def drift(tree: Tree, text: str | None, *more: object):
    if text is not None:
        (tree.models / "why.toml").write_text(text)
        more = ("--explained", tree.models / "why.toml", *more)
    specs = tree.models / "specs"
    fixed = ("--tree", tree.root, "--specs", specs, "--spec", "thing.spec", "--no-store")
    return run("drift", tree.models / "thing.rc", *fixed, *more)


@pytest.fixture
def drifted(tree: Tree) -> Tree:
    tree.source(C)
    tree.model(SENDS)
    return tree


def why(*keys: str) -> str:
    return "[send]\n" + "".join(f'"{k}" = "so it is"\n' for k in keys)


def test_each_difference_is_shown_with_a_shortest_path(tree: Tree):
    found = tree.compared(C, SENDS).differences
    assert [(words(d, "source")[-1], d.rows[-1].source_line - found[0].rows[-1].source_line) for d in found] == [
        ("return -EINVAL", 0),
        ("return -EINVAL", 4),
        ("thing_get: ok", 7),
        ("thing_get: none", 7),
    ]
    assert len(found[0].rows) == 2  # nothing but the test in front of it


def test_a_certain_difference_is_not_hidden_by_one_behind_a_switch_without_a_case(tree: Tree):
    c = """int send(struct thing *t)
{
	switch (t->n) {
	case 1:
		break;
	case 2:
		return thing_push(t);
	}
	return 0;
}
"""
    (d,) = tree.compared(c, MODEL).differences
    assert (d.sure, words(d, "source")[-1]) == (True, "return 0")


def test_all_have_a_reason(drifted: Tree):
    ran = drift(drifted, why(*KEYS))
    assert (ran.status, ran.err) == (0, "")
    assert "4 of 4 differences explained" in " ".join(ran.out.split())
    assert "explained: send() of net/thing.c has a path that its model lacks" in " ".join(ran.out.split())


@pytest.mark.parametrize("missing", KEYS)
def test_one_without_a_reason_is_an_error_with_its_key(drifted: Tree, missing: str):
    ran = drift(drifted, why(*(k for k in KEYS if k != missing)))
    assert ran.status == 1
    assert "3 of 4 differences explained" in " ".join(ran.out.split())
    assert f'say why under [send] as "{missing}"' in " ".join(ran.out.split())


@pytest.mark.parametrize("extra", ["source: return 0", "source: thing_get: ok #2", "model: thing_put", "not compared"])
def test_a_reason_for_what_does_not_differ_is_an_error(drifted: Tree, extra: str):
    ran = drift(drifted, why(*KEYS, extra))
    assert ran.status == 2
    assert f"send() does not differ in `{extra}`" in " ".join(ran.err.split())


def test_a_reason_for_a_function_that_is_not_there_is_one_unless_others_are_asked_for(drifted: Tree):
    text = why(*KEYS) + '[other]\n"source: return 0" = "so it is"\n'
    assert drift(drifted, text).status == 2
    assert drift(drifted, text, "-f", "send").status == 0


def test_a_warning_needs_a_reason_too(tree: Tree):
    tree.source("int send(struct thing *t)\n{\n	return thing_push(t);\n}\n")
    tree.model(MODEL.replace("{\n\treturn", '{\n\tif (nondet("x")) {\n\t\tthing_put(t);\n\t\treturn 0;\n\t}\n\treturn'))
    assert drift(tree, None).status == 0
    assert drift(tree, "# nothing\n").status == 1
    assert drift(tree, why("model: thing_put")).status == 0


def test_what_is_not_compared_is_no_pass_with_a_reason(tree: Tree):
    tree.source("int send(struct thing *t)\n{\n	struct thing **where = &t;\n\n	return thing_push(*where);\n}\n")
    tree.model(MODEL)
    ran = drift(tree, why("not compared"))
    assert ran.status == 3
    assert "(so it is)" in ran.out


@pytest.mark.parametrize(
    ("text", "said"),
    [("[send", "is no TOML"), ("send = 1\n", "`send` of"), ('[send]\n"x" = ""\n', "`x` of `send` has no reason"),
     ('[send]\n"x" = 3\n', "`x` of `send` has no reason")],
)  # fmt: skip
def test_a_file_of_another_form_is_an_input_error(drifted: Tree, text: str, said: str):
    ran = drift(drifted, text)
    assert ran.status == 2
    assert said in ran.err


@pytest.mark.parametrize(("part", "file"), [("before", "before.toml"), ("series", "series.toml")])
def test_each_function_of_the_tables_that_differs_has_its_reasons(part: str, file: str):
    known = json.loads((ROOT / "docs" / "drift.json").read_text(encoding="utf-8"))[part]
    why_not = tomllib.loads((ROOT / "models" / "sources" / file).read_text(encoding="utf-8"))
    assert {r["function"] for r in known if r["state"] != "same"} == why_not.keys()
    open_ones = {r["function"] for r in known if r["state"] == "not compared"}
    assert {f for f, reasons in why_not.items() if "not compared" in reasons} == open_ones
