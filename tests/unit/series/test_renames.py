# SPDX-License-Identifier: GPL-2.0-only
"""A file that a patch renames stays one file: what was wrong in it is older, and later patches go on with it."""

import difflib
import json
import re
from pathlib import Path

import pytest
from command import ROOT, run
from posted import mail, mbox

from refcheck.result.review import PatchReview, Review, from_data
from refcheck.series.renames import last_name, names_before

KEEP = """#include <net/dst.h>
#include <net/route.h>

int cove_keep(struct dst_entry *dst, int mtu)
{
	dst_hold(dst);
	if (mtu > 9000)
		return -EMSGSIZE;
	dst_release(dst);
	return 0;
}

int cove_other(struct dst_entry *dst, int mtu)
{
	dst_hold(dst);
	dst_release(dst);
	return mtu;
}
"""
WORSE = KEEP.replace(
    "\tdst_release(dst);\n\treturn mtu;", "\tif (mtu < 68)\n\t\treturn -EINVAL;\n\tdst_release(dst);\n\treturn mtu;"
)
MENDED = WORSE.replace("\t\treturn -EMSGSIZE;\n", "\t\tgoto out;\n").replace(
    "\tdst_release(dst);\n\treturn 0;", "out:\n\tdst_release(dst);\n\treturn 0;"
)


def changed(old: str, new: str, before: str, after: str) -> str:
    """A diff as git writes it for a file that goes from one path to another."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{old}", f"b/{new}", lineterm="")
    moved = (
        [f"similarity index {100 if before == after else 90}%", f"rename from {old}", f"rename to {new}"]
        if old != new
        else []
    )
    return "\n".join([f"diff --git a/{old} b/{new}", *moved, *lines]) + "\n"


def reviewed(where: Path, *diffs: str, base: Path | None = None) -> tuple[Review, str]:
    tree = where / "tree"
    if not tree.exists():
        (tree / "net").mkdir(parents=True)
        (tree / "net" / "cove.c").write_text(KEEP)
        (tree / "include").symlink_to(ROOT / "corpus" / "c" / "include")
    series = where / "series.mbox"
    series.write_text(mbox(*(mail(f"[PATCH {i}/{len(diffs)}] net: cove", d) for i, d in enumerate(diffs, 1))))
    more = ("--base", base) if base is not None else ()
    ran = run("review", series, "--tree", tree, "--no-store", "--format", "json", *more)
    return from_data(json.loads(ran.out)), ran.out


def said(p: PatchReview) -> list[tuple[str, str, str, list[tuple[int, int]]]]:
    return [
        (f.file, f.function, re.sub(r"\(.*", "", f.after), [(b.since, b.repaired) for b in f.found]) for f in p.functions
    ]


def test_what_was_wrong_before_a_file_moved_is_older(tmp_path: Path):
    review, _ = reviewed(tmp_path, changed("net/cove.c", "net/bay.c", KEEP, WORSE))
    assert said(review.patches[0]) == [("net/bay.c", "cove_other", "REFUTED", [(1, 0)])]
    assert [(x.file, x.function, x.patch) for x in review.left] == [("net/bay.c", "cove_other", 1)]


def test_a_file_that_only_moves_brings_nothing(tmp_path: Path):
    review, _ = reviewed(tmp_path, changed("net/cove.c", "net/bay.c", KEEP, KEEP))
    assert said(review.patches[0]) == []
    assert review.problems == ()


@pytest.mark.parametrize("moved_in", [1, 2, 3])
def test_the_patches_of_a_series_are_told_of_one_file(tmp_path: Path, moved_in: int):
    # Given a patch that brings a finding, one that mends an older one, and one that moves the file before, between or after
    names = ["net/bay.c" if i >= moved_in else "net/cove.c" for i in range(4)]
    texts = [KEEP, *{1: (KEEP, WORSE, MENDED), 2: (WORSE, WORSE, MENDED), 3: (WORSE, MENDED, MENDED)}[moved_in]]
    steps = range(3)
    review, _ = reviewed(tmp_path, *(changed(names[i], names[i + 1], texts[i], texts[i + 1]) for i in steps))
    brings = {1: 2}.get(moved_in, 1)
    mends = {3: 2}.get(moved_in, 3)
    found = [said(p) for p in review.patches]
    assert found[brings - 1] == [(names[brings], "cove_other", "REFUTED", [(brings, 0)])]
    assert found[mends - 1] == [(names[mends], "cove_keep", "PROVED", [])]
    assert found[moved_in - 1] == []
    assert [(x.file, x.function, x.patch) for x in review.left] == [("net/bay.c", "cove_other", brings)]
    (bug,) = (b for p in review.patches for f in p.functions for b in f.found)
    assert (bug.line, bug.tree_line) == (18, 0)  # the line is new, and one more stands in front of it at the end


def test_what_was_known_under_the_old_name_is_known(tmp_path: Path):
    _, told = reviewed(tmp_path, changed("net/cove.c", "net/cove.c", KEEP, WORSE))
    base = tmp_path / "base.json"
    base.write_text(told)
    review, _ = reviewed(tmp_path, changed("net/cove.c", "net/bay.c", KEEP, WORSE), base=base)
    assert [b.known for p in review.patches for f in p.functions for b in f.found] == [True]


def test_a_name_is_another_file_once_its_file_has_left_it():
    moves = [{"b.c": "a.c"}, {}, {"c.c": "b.c", "a.c": "x.c"}]
    assert names_before("c.c", moves) == ["a.c", "b.c", "b.c", "c.c"]
    assert names_before("a.c", moves) == ["x.c", "x.c", "x.c", "a.c"]
    assert names_before("b.c", moves) == ["", "", "", "b.c"]
    assert [last_name(n, moves) for n in ("a.c", "x.c", "d.c")] == ["c.c", "a.c", "d.c"]
