# SPDX-License-Identifier: GPL-2.0-only
"""Hunks find their place, say how, and change nothing where they have none."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refcheck.series.apply import applied
from refcheck.series.patch import changes

BEFORE = """int near(struct small *s)
{
	struct dst_entry *d;

	d = small_get(s);
	if (!d)
		return -ENOENT;
	small_look(d);
	dst_release(d);
	return 0;
}

int far(struct small *s)
{
	struct dst_entry *d;

	d = small_get(s);
	if (!d)
		return -ENOENT;
	small_look(d);
	dst_release(d);
	return 0;
}
"""
LOOK, DROP, END = "\tsmall_look(d);\n", "\tdst_release(d);\n", "\treturn 0;\n}\n"
AFTER = BEFORE.replace(LOOK + DROP, DROP + LOOK, 1)


def diff(old: str, new: str, function: str = "", context: int = 3) -> str:
    """A unified diff with the head that git gives its hunks."""
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "a/x.c", "b/x.c", n=context)
    named = f" int {function}(struct small *s)\n" if function else "\n"
    return "".join(line.rstrip("\n") + named if line[:2] == "@@" else line for line in lines)


def put(text: str, patch: str) -> tuple[str, list[str]]:
    (change,) = changes(patch)
    made, puts = applied(text, change.hunks)
    return made, [str(p) for p in puts]


def test_a_hunk_that_fits_is_exact():
    assert put(BEFORE, diff(BEFORE, AFTER)) == (AFTER, ["exact"])


def test_a_hunk_whose_place_has_moved_says_how_far():
    above = "int first;\nint second;\n"
    assert put(above + BEFORE, diff(BEFORE, AFTER, "near")) == (above + AFTER, ["exact, 2 lines down"])


def test_of_two_places_that_of_the_function_in_its_head_is_taken():
    # Given lines that stand in both functions, and so many lines above that the other function is nearer
    above = "int x;\n" * 11
    made, how = put(above + BEFORE, diff(BEFORE, AFTER, "near"))
    assert made == above + AFTER
    assert how == ["exact, 11 lines down"]


@pytest.mark.parametrize(("line", "fuzz"), [("\tif (!d)\n", 1), ("\t\treturn -ENOENT;\n", 2), (LOOK, 3)])
def test_a_hunk_whose_outer_context_changed_takes_fuzz(line: str, fuzz: int):
    # Given a line of its context that is another one now
    other = line.replace("!d", "IS_ERR(d)").replace("-ENOENT", "-EINVAL").replace("look", "stare")
    made, how = put(BEFORE.replace(line, other, 1), diff(BEFORE, BEFORE.replace(DROP, "", 1), "near"))
    assert how == [f"with fuzz {fuzz}"]
    assert made == BEFORE.replace(DROP, "", 1).replace(line, other, 1)


def test_a_hunk_whose_context_is_gone_is_put_in_line_by_line():
    # Given a line between the lines that the hunk expects side by side
    between = BEFORE.replace(LOOK + DROP, f"{LOOK}\tsmall_count();\n{DROP}\tsmall_more();\n", 1)
    made, how = put(between, diff(BEFORE, BEFORE.replace(LOOK + DROP, "\tsmall_stare(d);\n\tdst_put(d);\n", 1), "near"))
    assert how == ["line by line in its function"]
    near, far = made.split("int far")
    assert near.count("small_count();") == near.count("dst_put(d);") == near.count("small_stare(d);") == 1
    assert "dst_release(d);" not in near
    assert "small_look(d);" not in near
    assert far == between.split("int far")[1]


def test_a_hunk_of_another_function_fails_and_changes_nothing():
    new = BEFORE.replace("small_look(d);", "small_stare(d, 7);", 1)
    text = "int other(void)\n{\n\treturn 1;\n}\n"
    assert put(text, diff(BEFORE, new, "near")) == (text, ["failed"])


def test_what_a_hunk_removes_must_be_there():
    # Given a text in which the line that is to go has gone in another way
    text = BEFORE.replace(DROP, "\tsmall_free(d);\n", 1)
    made, how = put(text, diff(BEFORE, BEFORE.replace(DROP, "\tdst_put(d);\n", 1), "near"))
    assert how == ["failed"]
    assert made == text


def test_a_hunk_that_is_in_already_says_so():
    assert put(AFTER, diff(BEFORE, AFTER, "near")) == (AFTER, ["there already"])


def test_a_context_of_braces_and_blanks_alone_is_no_place():
    old = "a();\n}\n\nb();\n"
    text = "c();\n}\n\nd();\n"
    assert put(text, diff(old, old.replace("}\n\n", "}\nnew();\n\n"), context=2))[1] == ["failed"]


def test_line_ends_are_those_of_the_file():
    crlf = BEFORE.replace("\n", "\r\n")
    assert put(crlf, diff(BEFORE, AFTER)) == (AFTER.replace("\n", "\r\n"), ["exact"])
    assert put(BEFORE, diff(BEFORE, AFTER).replace("\n", "\r\n")) == (AFTER, ["exact"])


@given(
    st.lists(st.sampled_from([*"abcdefg}", ""]), min_size=1, max_size=40),
    st.lists(st.sampled_from([*"abcxy}", ""]), min_size=1, max_size=40),
    st.integers(0, 4),
)
def test_a_diff_of_two_texts_makes_the_one_from_the_other(old: list[str], new: list[str], context: int):
    before, after = "\n".join(old) + "\n", "\n".join(new) + "\n"
    if before != after:
        made, how = put(before, diff(before, after, context=context))
        assert made == after
        assert set(how) == {"exact"}
