# SPDX-License-Identifier: GPL-2.0-only
"""The review of a small series of our own: what each patch brings, what a later one repairs, what is left."""

import difflib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, Ran, run
from posted import diff_lines

from refcheck.result.review import Review, from_data, to_data
from refcheck.series import review as review_module
from refcheck.series.reach import PatchStep
from refcheck.series.timeline import FileReview, timeline

SERIES = ROOT / "corpus" / "series" / "ripple.mbox"
CORE, SEND, SHORE = "net/ripple/ripple_core.c", "net/ripple/ripple_send.c", "drivers/net/shore.c"


def reviewed(tree: Path, series: Path = SERIES, *args: object) -> tuple[Review, Ran]:
    ran = run("review", series, "--tree", tree, "--no-store", "--format", "json", *args)
    return from_data(json.loads(ran.out)), ran


def table(review: Review) -> list[tuple[int, str, str, str]]:
    """Patch, function, verdict before and behind it."""
    return [(p.number, f.function, f.before, f.after) for p in review.patches for f in p.functions]


def bugs(review: Review) -> list[tuple[int, str, str, int, int, int]]:
    """Patch, function and property of each finding, since when, by what repaired, and its line at the end."""
    return [
        (p.number, f.function, b.finding.property, b.since, b.repaired, b.line)
        for p in review.patches for f in p.functions for b in f.found
    ]  # fmt: skip


def test_each_patch_says_what_it_does_to_the_functions_that_it_reaches(found):
    assert table(found) == [
        (1, "shore_relay", "PROVED", "SUSPECT(leaked-ref)"),
        (1, "ripple_output", "REFUTED(broken-contract)", "REFUTED(release-of-borrowed)"),
        (1, "ripple_send", "PROVED", "PROVED"),
        (2, "ripple_route", "", "PROVED"),
        (2, "ripple_send", "PROVED", "REFUTED(release-of-borrowed)"),
        (3, "shore_relay", "SUSPECT(leaked-ref)", "REFUTED(leaked-ref)"),
        (3, "ripple_output", "REFUTED(release-of-borrowed)", "PROVED"),
        (3, "ripple_send", "REFUTED(release-of-borrowed)", "REFUTED(release-of-borrowed)"),
    ]


def test_a_finding_has_the_patch_that_brings_it_and_the_one_that_repairs_it(found):
    assert bugs(found) == [
        (1, "shore_relay", "leaked-ref", 1, 0, 16),
        (1, "ripple_output", "release-of-borrowed", 1, 3, 0),
        (2, "ripple_send", "release-of-borrowed", 2, 0, 36),
        (3, "shore_relay", "leaked-ref", 1, 0, 16),
        (3, "ripple_send", "release-of-borrowed", 2, 0, 36),
    ]
    assert [(x.patch, x.function, x.line, x.certainty) for x in found.left] == [
        (1, "shore_relay", 16, "certain"),
        (2, "ripple_send", 36, "certain"),
    ]


def test_a_function_that_no_patch_touches_is_held_to_what_its_callee_does_now(found):
    (shore,) = (f for f in found.patches[0].functions if f.function == "shore_relay")
    assert (shore.file, shore.because) == (SHORE, "calls ripple_output()")
    assert shore.found[0].hunk == ()


def test_a_contract_that_changed_is_shown_with_where_it_is_taken_from(found):
    (output,) = (c for c in found.patches[0].contracts if c.function == "ripple_output")
    assert (output.file, output.old_from, output.new_from) == (CORE, "body", "body")
    assert "consume rt" in output.old
    assert "rt," not in output.new.split("{")[1]
    assert "__must_hold(rcu_visible)" in output.new
    assert output.note == "`rt` is given away or kept where nothing is returned"


def test_what_a_function_does_with_its_objects_is_said_on_both_sides(found):
    (send,) = (f for f in found.patches[1].functions if f.function == "ripple_send")
    assert "rt from ip_route_output_key() -> ripple_route()" in "\n".join(send.lifecycle)
    assert any("held if !noref" in line for line in send.lifecycle)
    assert all(len(line) <= 75 for line in send.lifecycle)


def test_a_repair_was_verified(found):
    (bug,) = (b for f in found.patches[1].functions for b in f.found)
    assert [x for x in bug.diff if x[:1] in "+-" and x[:3] not in ("+++", "---")] == [
        "-\t\tip_rt_put(rt);",
        "+\t\tif (!noref)",
        "+\t\t\tip_rt_put(rt);",
    ]
    assert bug.hunk[0].startswith("@@ -4,28 +4,44 @@")


def with_a_leak(tree: Path, tmp_path: Path, text: str) -> tuple[Review, Ran]:
    """The review of a patch that adds a way out without a put to ripple_send(), whose packet is sent by some text."""
    where = tmp_path / "tree"
    shutil.copytree(tree, where)
    (where / SEND).write_text((where / SEND).read_text().replace("\tripple_output(rt, skb, 0);\n", text))
    lines = ["@@ -25,3 +25,8 @@ int ripple_send(struct net *net)", " ", "+\tif (!skb->len) {", "+\t\tkfree_skb(skb);"]
    lines += ["+\t\treturn -EINVAL;", "+\t}", "+", *(f" {line}" for line in text.splitlines()[:1]), " \treturn 0;"]
    (tmp_path / "x.diff").write_text(diff_lines(SEND, "1111111", *lines))
    return reviewed(where, tmp_path / "x.diff")


def test_a_leak_gets_the_release_that_the_function_has_elsewhere(tree, tmp_path):
    review, ran = with_a_leak(tree, tmp_path, "\tip_local_out(NULL, NULL, skb), ip_rt_put(rt);\n")
    (bug,) = (b for p in review.patches for f in p.functions for b in f.found if b.finding.subject == "rt")
    assert (ran.status, bug.finding.property, bug.certainty) == (1, "leaked-ref", "certain")
    assert [x for x in bug.diff if x[0] == "+"][1:] == ["+\t\tip_rt_put(rt);"]


def test_a_leak_that_is_certain_is_news_where_one_was_possible(tree, tmp_path):
    # Given a function that hands its route to one of which nobody knows, and a patch that adds a way out without a put
    review, ran = with_a_leak(tree, tmp_path, "\tripple_output(rt, skb, 0);\n")
    assert [(b.since, b.certainty) for p in review.patches for f in p.functions for b in f.found] == [(1, "certain")]
    assert ran.status == 1


def test_the_tree_is_left_as_it_was(tree, found):
    assert found.patches
    for name in (CORE, SEND, SHORE):
        assert (tree / name).read_bytes() == (ROOT / "corpus" / "series" / name).read_bytes()
    assert not [p for p in tree.rglob("*") if p.is_file() and p.suffix not in (".c", ".h")]


def test_a_review_says_the_same_after_json(found):
    assert from_data(json.loads(json.dumps(to_data(found)))) == found


def test_the_status_says_whether_the_series_brings_anything(tree, tmp_path):
    # Given the whole series, then it brings findings; given an earlier review as a base, then it brings none
    review, ran = reviewed(tree)
    assert ran.status == 1
    (tmp_path / "base.json").write_text(ran.out)
    again, ran = reviewed(tree, SERIES, "--base", tmp_path / "base.json")
    assert ran.status == 0
    assert all(b.known for p in again.patches for f in p.functions for b in f.found)
    assert bugs(again) == bugs(review)


def test_what_was_found_before_a_series_is_older(tree, tmp_path):
    # Given a tree with a leak, and a patch that touches the function elsewhere
    where = tmp_path / "tree"
    shutil.copytree(tree, where)
    text = (where / SHORE).read_text().replace("	ripple_output(rt, skb, depth + 1);\n", "	kfree_skb(skb);\n")
    (where / SHORE).write_text(text)
    patch = tmp_path / "x.diff"
    lines = ("@@ -15,3 +15,4 @@", "+\tskb_dst_drop(skb);", " \tkfree_skb(skb);", " \treturn 0;", " }")
    patch.write_text(diff_lines(SHORE, "1111111", *lines))
    review, ran = reviewed(where, patch)
    assert ran.status == 0
    assert [(f, since) for _, f, _, since, _, _ in bugs(review)] == [("shore_relay", 0)]
    assert [x.patch for x in review.left] == [0]


def cut(text: str, number: int) -> str:
    """The series without one of its patches."""
    mails = re.split(r"^(?=From \d{40} )", text, flags=re.MULTILINE)
    return "".join(m for m in mails if f" {number}/3]" not in m)


def test_an_incomplete_series_is_reviewed_as_far_as_it_goes(tree, tmp_path):
    box = tmp_path / "s.mbox"
    box.write_text(cut(SERIES.read_text(), 2))
    review, _ = reviewed(tree, box)
    assert [p.message for p in review.problems] == ["the series is incomplete: 2/3 is not there"]
    assert [p.number for p in review.patches] == [1, 3]
    assert [x.function for x in review.left] == ["shore_relay"]


def test_a_function_with_a_hunk_that_failed_gets_no_verdict(tree, tmp_path):
    # Given a tree in which what a hunk removes has gone
    where = tmp_path / "tree"
    shutil.copytree(tree, where)
    (where / SEND).write_text(
        (where / SEND).read_text().replace("	ripple_output(rt, skb, 0);\n", "	ripple_other(rt, skb);\n")
    )
    review, ran = reviewed(where)
    assert [p.name for p in review.problems] == ["patch-fails", "patch-fails"]
    assert review.problems[0].message == f"patch 1/3: hunk 1 of `{SEND}` does not apply (line 23, ripple_send())"
    assert review.patches[0].unreviewed == ("ripple_send",)
    assert "ripple_send" not in {f.function for f in review.patches[0].functions}
    assert ran.status == 1  # the rest went on, and brings findings


@pytest.mark.parametrize("keep", [0.1, 0.35, 0.6, 0.85])
def test_a_mailbox_that_is_cut_off_ends_in_a_review_or_a_line(tree, tmp_path, keep):
    text = SERIES.read_text()
    (tmp_path / "s.mbox").write_text(text[: int(len(text) * keep)])
    ran = run("review", tmp_path / "s.mbox", "--tree", tree, "--no-store")
    assert ran.status in (0, 1, 2, 3)
    assert "Traceback" not in ran.out + ran.err
    assert "internal-error" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--tree", "nowhere"], "`nowhere` is no folder"),
        (["--tree", ".", "--base", "nothing.json"], "`nothing.json` cannot be read"),
        (["--tree", ".", "--base", SERIES], "error[bad-report]"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_an_input_error(args, error):
    ran = run("review", SERIES, *args, "--no-store")
    assert ran.status == 2
    assert error in ran.err


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_any_number_of_processes_gives_the_same_review(tree: Path, found: Review, jobs: int):
    made, ran = reviewed(tree, SERIES, "--jobs", jobs)
    assert ran.status == 1
    assert made == found


def test_processes_that_make_no_sense(tree: Path):
    assert "99999 processes make no sense" in run("review", SERIES, "--tree", tree, "--jobs", 99999).err


def test_a_file_for_which_the_memory_does_not_suffice_is_one_line_and_the_rest_goes_on(
    tree: Path, found: Review, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    def full(steps: list[PatchStep], path: str, *rest: Any) -> FileReview:
        if path == SHORE:
            raise MemoryError
        return timeline(steps, path, *rest)

    monkeypatch.setattr(review_module, "timeline", full)
    made, ran = reviewed(tree, SERIES, "--jobs", 2)
    assert [(p.code, SHORE in p.message) for p in made.problems] == [("RC016", True)]
    assert table(made) == [x for x in table(found) if x[1] != "shore_relay"]
    assert ran.status != 0


FEW = """#include <net/dst.h>
int lee_send(struct sk_buff *skb, int mtu)
{
	struct dst_entry *dst = skb_dst(skb);

	dst_hold(dst);
	if (mtu < 68)
		return -EINVAL;
	if (mtu > 9000)
		return -EMSGSIZE;
	dst_release(dst);
	return 0;
}
"""
MANY = FEW.replace("\tdst_release(dst);\n", "\tif (mtu == 1280)\n\t\treturn -ENOBUFS;\n\tdst_release(dst);\n")


def lee(tree: Path, before: str, after: str) -> Review:
    """The review of one patch on one file of our own."""
    path = tree / "net" / "lee.c"
    path.write_text(before)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "a/net/lee.c", "b/net/lee.c", lineterm="")
    (tree.parent / "lee.patch").write_text("\n".join(lines) + "\n")
    made, _ = reviewed(tree, tree.parent / "lee.patch")
    path.unlink()
    return made


def test_one_more_line_that_breaks_in_the_way_of_an_older_finding_is_news(tree: Path):
    (function,) = lee(tree, FEW, MANY).patches[0].functions
    (bug,) = function.found
    assert (bug.since, bug.certainty) == (1, "certain")
    assert bug.finding.notes[-1] == "it was there before this patch, but not in line 12"
    assert function.gone == ()


def test_a_line_that_is_mended_is_said_where_others_break_in_the_same_way(tree: Path):
    (function,) = lee(tree, MANY, FEW).patches[0].functions
    (bug,) = function.found
    assert bug.since == 0
    assert function.gone == ("lee_send() returns with `dst` still held, in line 12 as it was",)


def test_a_change_beside_an_older_finding_is_no_news(tree: Path):
    more = FEW.replace("\tif (mtu > 9000)", "\tskb_dst_drop(skb);\n\tif (mtu > 9000)")
    (function,) = lee(tree, FEW, more).patches[0].functions
    assert [b.since for b in function.found if b.finding.property == "leaked-ref"] == [0]


@pytest.mark.parametrize(
    ("told", "tried"),
    [
        (["--format", "json"], {"certain"}),
        (["--format", "json", "--possible"], {"certain", "possible"}),
        (["--format", "text", "--possible"], {"certain", "possible"}),
        (["-q"], set()),
        (["--format", "sarif", "--possible"], set()),
        (["-q", "--mails", "out"], {"certain"}),
    ],
)
def test_a_repair_is_tried_where_a_form_shows_it_and_the_finding_counts(tree, tmp_path, monkeypatch, told, tried):
    asked = set[str]()
    monkeypatch.setattr("refcheck.series.timeline.mended", lambda _s, _p, r, f: asked.add(r.certainty(f)) or ())
    monkeypatch.chdir(tmp_path)
    assert run("review", SERIES, "--tree", tree, "--no-store", "--jobs", 1, *told).status == 1
    assert asked == tried
