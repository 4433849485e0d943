# SPDX-License-Identifier: GPL-2.0-only
"""A patch that makes a file unreadable is never a pass: what was read before it and is not read behind it is said."""

import difflib
import json
from itertools import pairwise
from pathlib import Path

import pytest
from command import run

from refcheck.result.review import Review, from_data

FILE = "net/lee.c"
GOOD = """#include <net/dst.h>

static int lee_mtu(int mtu)
{
	return mtu > 68;
}

int lee_send(struct sk_buff *skb, int mtu)
{
	struct dst_entry *dst = skb_dst(skb);

	dst_hold(dst);
	if (!lee_mtu(mtu))
		return -EINVAL;
	dst_release(dst);
	return 0;
}

int lee_last(struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}
"""
HEAD = "int lee_send(struct sk_buff *skb, int mtu)\n{\n"
HOLD = "\tdst_hold(dst);\n"
LAST = "int lee_last("
BAD = {
    "a brace that is not closed": GOOD.replace(HOLD, HOLD + "\tif (mtu) {\n"),
    "a brace too many": GOOD.replace("\tdst_release(dst);\n\treturn 0;\n}\n", "\tdst_release(dst);\n\treturn 0;\n}\n}\n"),
    "no semicolon": GOOD.replace(HOLD, "\tdst_hold(dst)\n"),
    "a parenthesis": GOOD.replace(HOLD, HOLD + "\tif (mtu\n\t\treturn 0;\n"),
    "a quote": GOOD.replace(HOLD, HOLD + '\tpr_info("x);\n'),
    "a comment without an end": GOOD.replace(HOLD, HOLD + "\t/* here\n"),
    "the same between functions": GOOD.replace(LAST, "/* here\n" + LAST),
    "no declaration": GOOD.replace(LAST, "@@ what ( is %% this\n\n" + LAST),
    "a struct without an end": GOOD.replace(LAST, "struct lee { int a;\n\n" + LAST),
    "an #if without an end": GOOD.replace(LAST, "#ifdef CONFIG_LEE\n" + LAST),
    "the same in a function": GOOD.replace(HOLD, "#ifdef CONFIG_LEE\n" + HOLD),
    "an #endif too many": GOOD.replace(LAST, "#endif\n" + LAST),
    "an #else too many": GOOD.replace(LAST, "#else\n" + LAST),
    "a line that calls nothing": GOOD.replace(LAST, "@@@ foo;\n" + LAST),
    "another encoding": GOOD.replace(HOLD, HOLD + "\t/* \udcff */\n"),
}


def reviewed(where: Path, *texts: str) -> tuple[Review, int]:
    """The review of patches that make of one text the next, and its status."""
    tree = where / "tree"
    (tree / "net").mkdir(parents=True)
    raw = [t.encode("utf-8", "surrogateescape") for t in texts]
    (tree / FILE).write_bytes(raw[0])
    (where / "p").mkdir()
    for i, (old, new) in enumerate(pairwise(raw), 1):
        head = f"Subject: [PATCH {i}/{len(raw) - 1}] lee\n\n".encode()
        one, two = (t.split(b"\n") for t in (old, new))
        lines = difflib.diff_bytes(difflib.unified_diff, one, two, b"a/net/lee.c", b"b/net/lee.c", lineterm=b"")
        (where / "p" / f"{i}.patch").write_bytes(head + b"\n".join(lines) + b"\n")
    ran = run("review", where / "p", "--tree", tree, "--no-store", "--jobs", 1, "--format", "json")
    return from_data(json.loads(ran.out)), ran.status


def verdicts(review: Review, patch: int) -> dict[str, tuple[str, str]]:
    return {f.function: (f.before, f.after) for f in review.patches[patch - 1].functions}


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in BAD.items()])
def test_a_syntax_error_is_no_pass(tmp_path: Path, text: str):
    review, status = reviewed(tmp_path, GOOD, text)
    assert status == 3
    (patch,) = review.patches
    unread = {f.function for f in patch.functions if f.undecided.startswith("not read: ")}
    assert unread or [p.name for p in review.problems][:1] == ["unread-text"]
    # nothing is gone of what the text still has, and no leak is called repaired
    assert all(f.after for f in patch.functions)
    assert not any(f.gone or f.lifecycle for f in patch.functions if f.function in unread)


def test_what_stands_behind_a_brace_that_is_not_closed_is_not_gone(tmp_path: Path):
    review, _ = reviewed(tmp_path, GOOD, BAD["a brace that is not closed"])
    assert {n: after for n, (_, after) in verdicts(review, 1).items()} == {"lee_send": "UNKNOWN", "lee_last": "UNKNOWN"}


def test_a_leak_that_nobody_can_read_is_not_repaired_and_not_new_where_it_is_read_again(tmp_path: Path):
    review, _ = reviewed(tmp_path, GOOD, BAD["no semicolon"], GOOD + "\n")
    assert verdicts(review, 1)["lee_send"] == ("REFUTED(leaked-ref)", "UNKNOWN")
    (again,) = (f for f in review.patches[1].functions if f.function == "lee_send")
    assert [(b.finding.property, b.since) for b in again.found] == [("leaked-ref", 0)]
    assert [(x.function, x.patch) for x in review.left] == [("lee_send", 0)]


def test_a_function_that_is_removed_is_gone(tmp_path: Path):
    review, status = reviewed(tmp_path, GOOD, GOOD[: GOOD.index(LAST)])
    assert (verdicts(review, 1), status) == ({"lee_last": ("PROVED", "")}, 0)


def test_a_text_that_was_never_read_is_said_of_no_patch(tmp_path: Path):
    bad = BAD["an #endif too many"]
    review, status = reviewed(tmp_path, bad, bad.replace("\treturn mtu > 68;", "\treturn mtu > 1280;"))
    assert (review.problems, status) == ((), 0)


def test_verify_says_an_if_without_its_end(tmp_path: Path):
    (tmp_path / "lee.c").write_text("#ifdef X\nint lee(void)\n{\n\treturn 0;\n}\n")
    ran = run("verify", tmp_path / "lee.c", "--no-store")
    assert ran.status == 3
    assert "an `#if` without its `#endif`, or the other way round, at line 1" in " ".join(ran.out.split())


def test_a_header_with_functions_that_stand_elsewhere_is_read(tmp_path: Path):
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "lee.h").write_text("int lee_send(int mtu);\n")
    hunk = "--- a/include/lee.h\n+++ b/include/lee.h\n@@ -1 +1,2 @@\n int lee_send(int mtu);\n+int lee_last(int mtu);\n"
    (tmp_path / "lee.patch").write_text(f"Subject: [PATCH] lee\n\n{hunk}")
    ran = run("review", tmp_path / "lee.patch", "--tree", tmp_path, "--no-store", "--jobs", 1, "--format", "json")
    assert (from_data(json.loads(ran.out)).problems, ran.status) == ((), 0)
