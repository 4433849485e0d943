# SPDX-License-Identifier: GPL-2.0-only
"""Line marks: each statement of a model gets the line of what stands behind it in the source, and nothing else changes."""

import pytest
from command import run
from drifting import LINES, Tree

from refcheck.base.diagnostics import InternalError
from refcheck.drift import marks
from refcheck.drift.compare import with_lines

C = """int take(struct thing *t)
{
	struct thing *extra;

	extra = thing_find();
	if (IS_ERR(extra))
		goto out;
	if (t->n > 3) {
		thing_put(extra);
		return -EINVAL;
	}
	thing_put(extra);
	thing_push(t);
	return 0;
out:
	return PTR_ERR(extra);
}
"""
MODEL = """
int take(thing t)
contract { sent: consume t, return 0; kept: return < 0; }
{
	thing extra;

	extra = thing_find();%s
	if (IS_ERR(extra))%s
		goto out;%s
	if (nondet("t->n > 3", t)) {%s
		thing_put(extra);%s
		return -EINVAL;%s
	}
	thing_put(extra);	// not the first one
	thing_push(t);%s
	return 0;%s
out:%s
	return PTR_ERR(extra);%s
}
"""
LINES_OF = (5, 6, 7, 8, 9, 10, 13, 14, 15, 16)  # of C, in the order of the marks


def lines_in(text: str) -> list[int]:
    return [int(row.split("@")[1]) - LINES for row in text.split("\n") if "@" in row]


@pytest.mark.parametrize("old", ["", "\t@7", "\t\t@99999"])
def test_marks_are_written_anew(tree: Tree, old: str):
    tree.source(C)
    model = tree.model(MODEL % ((old,) * len(LINES_OF)))
    text = with_lines(model, tree.against())
    assert lines_in(text) == list(LINES_OF)
    # Then what is written once stays as it is
    model.write_text(text)
    assert with_lines(model, tree.against()) == text


def test_what_has_no_counterpart_has_no_mark(tree: Tree):
    tree.source(C.replace("	thing_push(t);\n", "	thing_send(t);\n"))
    text = with_lines(tree.model(MODEL % (("\t@1",) * len(LINES_OF))), tree.against())
    assert "thing_push(t);\n" in text
    assert len(lines_in(text)) == len(LINES_OF) - 1


def test_the_command_writes_the_file_and_compares(tree: Tree):
    tree.source(C)
    model = tree.model(MODEL % (("",) * len(LINES_OF)))
    specs = ("--specs", tree.models / "specs", "--spec", "thing.spec")
    ran = run("drift", model, "--tree", tree.root, *specs, "--no-store", "--fix-marks")
    assert (ran.status, ran.err) == (0, f"{model}: marks written\n")
    assert lines_in(model.read_text()) == list(LINES_OF)


def test_a_model_that_cannot_be_compared_stays_as_it_is(tree: Tree):
    model = tree.model(MODEL % (("\t@1",) * len(LINES_OF)))
    before = model.read_text()
    specs = ("--specs", tree.models / "specs", "--spec", "thing.spec")
    assert run("drift", model, "--tree", tree.root, *specs, "--no-store", "--fix-marks").status == 2
    assert model.read_text() == before


def test_a_text_that_would_mean_something_else_is_refused(tree: Tree, monkeypatch):
    tree.source(C)
    monkeypatch.setattr(marks, "with_mark", lambda row, _: row.replace("return 0", "return 1"))
    with pytest.raises(InternalError, match="would mean something else"):
        with_lines(tree.model(MODEL % (("",) * len(LINES_OF))), tree.against())


def test_line_ends_stay_as_they_are(tree: Tree):
    tree.source(C)
    model = tree.model(MODEL % (("",) * len(LINES_OF)))
    text = with_lines(model, tree.against())
    model.write_bytes(model.read_bytes().replace(b"\n", b"\r\n"))
    assert with_lines(model, tree.against()) == text.replace("\n", "\r\n")
