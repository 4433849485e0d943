# SPDX-License-Identifier: GPL-2.0-only
"""What is drift: a path that one side has and the other lacks, as short as any, in the words of both."""

import pytest
from drifting import LINES, Tree, words

from refcheck.result.drift import DRIFTED, OPEN, SAME, WIDER, FunctionDrift

MODEL = """
int take(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	thing extra = thing_find();

	if (IS_ERR(extra))
		return PTR_ERR(extra);
	if (nondet("n is too large", t)) {
		thing_put(extra);
		return -EINVAL;
	}
	thing_put(extra);
	thing_push(t);
	return 0;
}
"""
C = """int take(struct thing *t)
{
	struct thing *extra = thing_find();

	if (IS_ERR(extra))
		return PTR_ERR(extra);
	if (t->n > 3) {
		thing_put(extra);
		return -EINVAL;
	}
	thing_put(extra);
	thing_push(t);
	return 0;
}
"""


def changed(old: str, new: str, text: str = C) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_two_are_the_same(tree: Tree):
    assert tree.compared(C, MODEL).state == SAME


def the_source_alone(found: FunctionDrift) -> list[str]:
    """The last words of each path that only the source has."""
    return [d.rows[-1].source for d in found.differences if d.only == "source"]


def test_an_early_return_that_leaks_is_drift(tree: Tree):
    c = changed("	if (t->n > 3) {\n", "	if (extra->n == 7)\n		return -EINVAL;\n	if (t->n > 3) {\n")
    found = tree.compared(c, MODEL)
    assert found.state == DRIFTED
    assert [d.only for d in found.differences] == ["source"]
    # Then the path is a shortest one: the look-up, the answer, the return
    d = found.differences[0]
    assert words(d, "source") == ["thing_find: ok", "IS_ERR(extra): false", "extra->n == 7: yes", "return -EINVAL"]
    assert words(d, "model") == ["thing_find: ok"]
    # and both lines stand in the first row
    at = [n for n, line in enumerate(c.split("\n"), LINES + 1) if "thing_find" in line]
    assert [d.rows[0].source_line] == at
    assert d.rows[0].model_line == 7
    assert d.instead == ("thing_put at line 12", "thing_put at line 15")


FAULTS = {
    "a release is gone": (changed("	thing_put(extra);\n	thing_push", "	thing_push"), "thing_push"),
    "a release in the error path is gone": (changed("		thing_put(extra);\n", ""), "return -EINVAL"),
    "twice": (changed("	thing_push(t);\n", "	thing_put(extra);\n	thing_push(t);\n"), "thing_put"),
    "another object": (changed("	thing_put(extra);\n	thing_push", "	thing_put(t);\n	thing_push"), "thing_put"),
    "no test for an error": (
        changed("	if (IS_ERR(extra))\n		return PTR_ERR(extra);\n", ""),
        "thing_put: a value that is none is used",
    ),
    "the test the wrong way round": (changed("if (IS_ERR(extra))", "if (!IS_ERR(extra))"), "return PTR_ERR(extra)"),
    "another result": (changed("	return 0;\n", "	return -EIO;\n"), "return -EIO"),
    "a section around it": (changed("	thing_push(t);\n", "	lock();\n	thing_push(t);\n	unlock();\n"), "lock"),
    "a section that stays open": (changed("	thing_push(t);\n", "	lock();\n	thing_push(t);\n"), "lock"),
    "what was lent ends": (changed("	thing_push(t);\n", "	thing_reset(t);\n	thing_push(t);\n"), "thing_reset"),
    "another function": (changed("	thing_push(t);\n", "	thing_send(t);\n"), "thing_send"),
    "one reference more": (changed("	thing_push(t);\n", "	thing_get();\n	thing_push(t);\n"), "thing_get"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_slip_in_the_source_is_drift(tree: Tree, fault: str):
    c, last = FAULTS[fault]
    found = tree.compared(c, MODEL)
    assert found.state == DRIFTED
    assert [text.split(": ok")[0].split(": none")[0].split(": sent")[0] for text in the_source_alone(found)][:1] == [last]


def test_a_path_of_the_model_alone_is_a_warning(tree: Tree):
    model = changed(
        "	thing_put(extra);\n	thing_push",
        '	if (nondet("x"))\n		return -EIO;\n	thing_put(extra);\n	thing_push',
        MODEL,
    )
    found = tree.compared(C, model)
    assert (found.state, [d.only for d in found.differences]) == (WIDER, ["model"])
    assert words(found.differences[0], "model")[-2:] == ["x: yes", "return -EIO"]
    assert words(found.differences[0], "source") == ["thing_find: ok"]


# ---------------------------------------------------------------------------------------------- loops

LOOP = """
void all(thing t)
contract { ok: consume t; }
{
	thing x;

	while (nondet("another")) {
		x = thing_get();
		if (!x)
			break;
		thing_put(x);
	}
	thing_put(t);
}
"""
C_LOOP = """void all(struct thing *t)
{
	int i;

	for (i = 0; i < t->n; i++) {
		struct thing *x = thing_get();

		if (!x)
			break;
		thing_put(x);
	}
	thing_put(t);
}
"""


def test_a_loop_of_any_number_of_rounds_is_the_same_loop(tree: Tree):
    assert tree.compared(C_LOOP, LOOP).state == SAME


def test_what_is_left_out_in_a_round_is_drift(tree: Tree):
    found = tree.compared(C_LOOP.replace("		thing_put(x);\n", "		if (x->n)\n			thing_put(x);\n"), LOOP)
    assert found.state == DRIFTED
    assert the_source_alone(found)[0] in ("thing_get: ok", "thing_get: none", "thing_put")


def test_one_round_is_no_loop(tree: Tree):
    # Given a model with one round where the source has any number
    once = LOOP.replace("while", "if").replace("break", "goto out").replace("	thing_put(t)", "out:\n	thing_put(t)")
    found = tree.compared(C_LOOP, once)
    assert found.state == DRIFTED
    assert the_source_alone(found) == ["thing_get: ok", "thing_get: none"]


# ---------------------------------------------------------------------------------------------- beside the paths


def test_a_switch_without_a_case_is_a_warning(tree: Tree):
    c = """int pick(struct thing *t)
{
	switch (t->n) {
	case 1:
		return thing_send(t);
	case 2:
		return -EINVAL;
	}
	return 0;
}
"""
    model = """
int pick(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	if (nondet("1"))
		return thing_send(t);
	return -EINVAL;
}
"""
    found = tree.compared(c, model)
    assert found.state == WIDER
    assert [(d.only, d.sure) for d in found.differences] == [("source", False)]


def test_both_sides_of_an_ifdef_are_held_against_the_model(tree: Tree):
    c = """int take(struct thing *t)
{
#ifdef CONFIG_ONE
	if (t->n) {
#else
	if (thing_ready(t)) {
#endif
		thing_put(t);
		return 0;
	}
	return -EINVAL;
}
"""
    model = """
int take(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	if (nondet("it goes")) {
		thing_put(t);
		return 0;
	}
	return -EINVAL;
}
"""
    assert tree.compared(c, model).state == SAME
    found = tree.compared(c.replace("#else\n", "#else\n	thing_get();\n"), model)
    assert found.state == DRIFTED
    assert {d.variant for d in found.differences} == {("!defined(CONFIG_ONE)",)}
    assert [words(d, "source")[-1] for d in found.differences] == ["thing_get: ok", "thing_get: none"]


def test_a_function_that_is_not_read_is_not_compared(tree: Tree):
    c = "int take(struct thing *t)\n{\n	struct thing **where = &t;\n\n	thing_push(*where);\n	return 0;\n}\n"
    found = tree.compared(c, MODEL)
    assert found.state == OPEN
    assert found.reason.startswith("not read: the address of `t` is kept")


def test_a_helper_that_calls_itself_is_not_compared(tree: Tree):
    c = """static void drop(struct thing *t, int n)
{
	if (n)
		drop(t, n - 1);
	else
		thing_put(t);
}
int take(struct thing *t)
{
	drop(t, t->n);
	return 0;
}
"""
    model = "int take(thing t)\ncontract { sent: consume t, return 0; }\n{\n	thing_put(t);\n	return 0;\n}\n"
    found = tree.compared(c, model)
    assert found.state == OPEN
    assert "`drop` calls itself" in found.reason
