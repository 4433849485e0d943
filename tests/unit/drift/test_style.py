# SPDX-License-Identifier: GPL-2.0-only
"""What is style is no drift: the same paths, written in another way."""

import pytest
from drifting import Tree

from refcheck.result.drift import DRIFTED, SAME

MODEL = """
int give(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	thing extra;
	int err;

	extra = thing_get();
	if (!extra)
		return -ENOMEM;
	if (nondet("n is too large", t))
		goto out;
	lock();
	err = thing_send(t);
	unlock();
	thing_put(extra);
	return err;
out:
	thing_put(extra);
	return -EINVAL;
}
"""
HEAD = "int give(struct thing *t)\n"
AS_IT_STANDS = """{
	struct thing *extra;
	int err;

	extra = thing_get();
	if (!extra)
		return -ENOMEM;
	if (t->n > 100)
		goto out;
	lock();
	err = thing_send(t);
	unlock();
	thing_put(extra);
	return err;
out:
	thing_put(extra);
	return -EINVAL;
}
"""
STYLES = {
    "as it stands": AS_IT_STANDS,
    "without a jump": """{
	struct thing *extra = thing_get();
	int err = -ENOMEM;

	if (extra) {
		if (t->n <= 100) {
			lock();
			err = thing_send(t);
			unlock();
		} else {
			err = -EINVAL;
		}
		thing_put(extra);
	}
	return err;
}
""",
    "other names, other order": """{
	int t2 = 0, ret;
	struct thing *unused, *a;

	a = thing_get();
	unused = a;
	if (a == NULL)
		return -ENOMEM;
	if (t->n > 100) {
		thing_put(unused);
		return -EINVAL;
	}
	lock();
	ret = thing_send(t);
	unlock();
	t2 = ret;
	thing_put(a);
	return t2;
}
""",
    "a name for what the argument is": """{
	struct thing *given = t, *extra = thing_get();
	int err;

	if (!extra)
		return -ENOMEM;
	if (given->n > 100)
		goto out;
	lock();
	err = thing_send(given);
	unlock();
	thing_put(extra);
	return err;
out:
	thing_put(extra);
	return -EINVAL;
}
""",
    "what only looks": """{
	struct thing *extra;
	int err;

	if (thing_ready(t) && t->n == 3)
		t->n = 4;
	extra = thing_get();
	if (!extra)
		return -ENOMEM;
	if (!thing_ready(extra) || t->n > 100)
		goto out;
	lock();
	err = thing_send(t);
	unlock();
	if (err)
		extra->n = err;
	thing_put(extra);
	return err;
out:
	thing_put(extra);
	return -EINVAL;
}
""",
    "a function with the same contract": AS_IT_STANDS.replace("thing_put(extra)", "thing_free(extra)"),
    "a helper": """{
	struct thing *extra = thing_get();
	int err;

	if (!extra)
		return -ENOMEM;
	if (t->n > 100)
		err = refused(extra);
	else
		err = sent(t, extra);
	return err;
}
""",
    "an empty section": AS_IT_STANDS.replace("	extra =", "	lock();\n	t->n++;\n	unlock();\n	extra ="),
    "a release of NULL": AS_IT_STANDS.replace("		return -ENOMEM;\n", "		{ thing_put(extra); return -ENOMEM; }\n"),
}  # fmt: skip
HELPERS = """
static int refused(struct thing *it)
{
	thing_put(it);
	return -EINVAL;
}
static int sent(struct thing *t, struct thing *it)
{
	int err;

	lock();
	err = thing_send(t);
	unlock();
	thing_put(it);
	return err;
}
"""


@pytest.mark.parametrize("style", STYLES)
def test_the_same_path_in_another_style_is_no_drift(tree: Tree, style: str):
    found = tree.compared(HELPERS + HEAD + STYLES[style], MODEL)
    assert (found.state, found.differences, found.reason) == (SAME, (), "")


SWAPPED = """
int pair(thing t)
contract { ok: consume t, return 0; }
{
	thing a;
	thing b;

	a = thing_get();
	b = thing_get();
	if (a)
		thing_join(%s);
	else
		thing_put(t);
	thing_put(%s);
	thing_put(b);
	return 0;
}
"""


def test_swapped_names_of_locals_are_no_drift(tree: Tree):
    c = """int pair(struct thing *t)
{
	struct thing *b = thing_get(), *a = thing_get();

	if (b)
		thing_join(t, b);
	else
		thing_put(t);
	thing_put(b);
	thing_put(a);
	return 0;
}
"""
    assert tree.compared(c, SWAPPED % ("t, a", "a")).state == SAME


def test_swapped_objects_are_drift(tree: Tree):
    # Given a source that gives back the two in the other order, of which one may be NULL
    c = """int pair(struct thing *t)
{
	struct thing *a = thing_get(), *b = thing_get();

	if (a)
		thing_join(t, b);
	else
		thing_put(t);
	thing_put(a);
	thing_put(b);
	return 0;
}
"""
    found = tree.compared(c, SWAPPED % ("t, a", "a"))
    assert found.state == DRIFTED
    # Then the path ends where the other object stands
    assert found.differences[0].rows[-1].source == "thing_join"


def test_a_helper_of_the_model_alone_stands_in_place_of_its_calls(tree: Tree):
    model = MODEL.replace("	lock();\n	err = thing_send(t);\n	unlock();\n", "	err = locked(t);\n")
    helper = """
static int locked(thing t)
{
	int err;

	lock();
	err = thing_send(t);
	unlock();
	return err;
}
"""
    assert tree.compared(HEAD + AS_IT_STANDS, helper + model).state == SAME


def test_a_helper_of_the_model_with_a_contract_does_too(tree: Tree):
    model = MODEL.replace("	lock();\n	err = thing_send(t);\n	unlock();\n", "	err = locked(t);\n")
    helper = """
int locked(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	int err;

	lock();
	err = thing_send(t);
	unlock();
	return err;
}
"""
    tree.source(HEAD + AS_IT_STANDS)
    found = tree.drift(tree.model(helper + model))
    # Then it is compared in its callers; that it is none of the source is said
    assert [(f.function, f.state) for f in found.functions] == [("give", SAME)]
    assert [p.message for p in found.problems] == ["there is no `locked` in `net/thing.c`"]
