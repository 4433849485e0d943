# SPDX-License-Identifier: GPL-2.0-only
"""A range of commits is what its commits have, whatever lies in the work tree; the tree is not changed."""

import json
import shutil
from pathlib import Path

import pytest
from command import run
from repository import git

from refcheck.base.diagnostics import InputError
from refcheck.result.review import Review, from_data
from refcheck.series.commits import blobs
from refcheck.series.copies import Copies
from refcheck.series.mails import read_series

GOOD = """#include <net/dst.h>

int NAME(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return -ENOENT;
	dst_release(dst);
	return 0;
}
"""
LEAK = GOOD.replace("\tdst_release(dst);\n", "")


def named(text: str, name: str) -> str:
    return text.replace("NAME", name)


def commit(where: Path, tag: str, *more: str) -> None:
    git(where, "add", "-A")
    git(where, "commit", "-q", "--allow-empty", *(more or ("-m", tag)))
    git(where, "tag", tag)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a tree in the folder `k`, one tag for each kind of commit."""
    where = tmp_path_factory.mktemp("history")
    net = where / "k" / "net"
    net.mkdir(parents=True)
    git(where, "init", "-q")
    for file, name in (("a.c", "near"), ("sp ace.c", "far"), ("ü.c", "wide"), ("q.c", "quiet")):
        (net / file).write_text(named(GOOD, name))
    (where / "beside").write_text("one\n")
    commit(where, "base")
    (net / "a.c").write_text(named(LEAK, "near"))
    commit(where, "leak")
    (where / "beside").write_text("two\n")
    commit(where, "outside")
    commit(where, "empty")
    (net / "a.c").chmod(0o755)
    commit(where, "mode")
    (net / "sp ace.c").write_text(named(LEAK, "far"))
    commit(where, "silent", "--allow-empty-message", "-m", "")
    (net / "ü.c").write_text(named(LEAK, "wide"))
    (where / "message").write_bytes(b"net: \xff\n\n---\ndiff --git a/x b/x\nFrom 1 Mon Sep 17 00:00:00 2001\n")
    git(where, "-c", "i18n.commitEncoding=latin-1", "commit", "-qaF", "message")
    git(where, "tag", "latin")
    (where / "message").unlink()
    git(where, "checkout", "-q", "-b", "side", "base")
    (net / "q.c").write_text(named(LEAK, "quiet"))
    commit(where, "aside")
    git(where, "checkout", "-q", "main")
    git(where, "merge", "-q", "-m", "merge the other side", "side")
    git(where, "tag", "merged")
    (net / "q.c").unlink()
    commit(where, "gone")
    return where


def reviewed(tree: Path, given: str) -> tuple[Review, int]:
    ran = run("review", given, "--tree", tree, "--no-store", "--jobs", 1, "--format", "json")
    assert ran.out, ran.err
    return from_data(json.loads(ran.out)), ran.status


def verdicts(review: Review) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The verdicts on both sides, by the subject of each patch."""
    return [(p.subject, [(f.file, f.before, f.after) for f in p.functions]) for p in review.patches]


LOST = "REFUTED(leaked-ref)"


@pytest.mark.parametrize(
    ("given", "found", "status"),
    [
        ("base..leak", [("leak", [("net/a.c", "PROVED", LOST)])], 1),
        ("leak..outside", [("outside", [])], 0),
        ("outside..mode", [("empty", []), ("mode", [])], 0),
        ("silent..latin", [("net: ÿ", [("net/ü.c", "PROVED", LOST)])], 1),
        ("latin..merged", [("merge the other side", [("net/q.c", "PROVED", LOST)])], 1),
        ("latin..merged^2", [("aside", [("net/q.c", "PROVED", LOST)])], 1),
        ("merged..gone", [("gone", [("net/q.c", LOST, "")])], 0),
        ("aside...leak", [("leak", [("net/a.c", "PROVED", LOST)])], 1),
    ],
)
def test_a_range_of_a_tree_in_a_folder_of_its_work_tree(history: Path, given: str, found: list[object], status: int):
    review, ended = reviewed(history / "k", given)
    wanted = [(f"[PATCH {i}/{len(found)}] {s}", rest) for i, (s, rest) in enumerate(found, 1)]  # type: ignore[misc]
    assert (verdicts(review), ended, review.problems) == (wanted, status, ())


def test_a_commit_without_a_message_is_called_by_its_name(history: Path):
    review, _ = reviewed(history / "k", "mode..silent")
    name = git(history, "rev-parse", "silent")[:12]
    assert verdicts(review) == [(f"[PATCH 1/1] {name}", [("net/sp ace.c", "PROVED", LOST)])]


def test_from_one_side_of_a_merge_each_patch_starts_where_the_one_before_it_ended(history: Path):
    # Given an older commit that is none of the first parents
    series = read_series("aside..merged", history / "k")
    assert [p.subject.partition("] ")[2] for p in series.patches][-1] == "merge the other side"
    assert series.start == git(history, "rev-parse", "base")
    copies = Copies(history / "k", series)
    assert copies.text("net/q.c") == named(GOOD, "quiet").encode()
    for p in series.patches:
        assert copies.put(p)[1] == []
    assert copies.text("net/q.c") == named(LEAK, "quiet").encode()
    assert copies.text("net/a.c") == named(LEAK, "near").encode()


def test_what_is_in_the_work_tree_does_not_count(history: Path, tmp_path: Path):
    # Given changes, a file that is gone, and one that git does not track where a commit has another
    tree = tmp_path / "t"
    git(tmp_path, "clone", "-q", str(history), "t")
    (tree / "k/net/a.c").write_text("nothing\n")
    (tree / "k/net/sp ace.c").unlink()
    (tree / "k/net/q.c").write_text("nothing\n")
    before = {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()}
    review, status = reviewed(tree / "k", "base..merged")
    assert [f.after for p in review.patches for f in p.functions] == [LOST] * 4
    assert (status, review.problems) == (1, ())
    assert {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("leak..leak", "there is no commit in `leak..leak`: both are the same one"),
        ("leak..base", "there is no commit in `leak..base`: `base` is older than `leak`"),
        ("none..leak", "there is no revision `none`"),
        ("leak..none", "there is no revision `none`"),
        ("base..leak..mode", "there is no revision `leak..mode`"),
        ("leak", "`leak` is one commit, no range"),
        ("../leak", "`../leak` does not exist"),
    ],
)
def test_a_range_that_is_none_is_one_line(history: Path, given: str, said: str):
    with pytest.raises(InputError) as e:
        read_series(given, history / "k")
    assert [d.message for d in e.value.diagnostics] == [said]


def test_no_work_tree_and_no_repository_are_one_line(history: Path, tmp_path: Path):
    git(tmp_path, "clone", "-q", "--bare", str(history), "bare")
    with pytest.raises(InputError, match="is in no git work tree: this operation must be run in a work tree"):
        read_series("base..leak", tmp_path / "bare")
    shutil.copytree(history / "k", tmp_path / "plain")
    with pytest.raises(InputError, match="is in no git work tree: not a git repository"):
        read_series("base..leak", tmp_path / "plain")


def test_what_git_cannot_read_is_not_taken_for_gone(history: Path):
    assert blobs(history / "k", "gone", ["net/a.c", "net/q.c", "net"]) == {
        "net/a.c": named(LEAK, "near").encode(), "net/q.c": None, "net": None,
    }  # fmt: skip
    with pytest.raises(InputError, match="git cannot read its objects: "):
        blobs(history / "k", "gone", ["net/a.c", "../../a.c"])


def test_a_clone_that_is_cut_off_says_so_where_it_matters(history: Path, tmp_path: Path):
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{history}", "shallow")
    tree = tmp_path / "shallow" / "k"
    assert [p.subject for p in read_series("HEAD~1..HEAD", tree).patches] == ["[PATCH 1/1] gone"]
    with pytest.raises(InputError, match="this clone is shallow and has no revision `HEAD~9`"):
        read_series("HEAD~9..HEAD", tree)
    # Given an older commit that is there, but not what lies between
    git(tree, "fetch", "-q", "--depth", "1", "origin", "tag", "base")
    with pytest.raises(InputError, match="this clone is shallow and does not show how"):
        read_series("base..HEAD", tree)


def test_a_history_that_starts_in_the_range_starts_from_nothing(tmp_path: Path):
    git(tmp_path, "init", "-q")
    (tmp_path / "net").mkdir()
    (tmp_path / "net/a.c").write_text(named(GOOD, "near"))
    commit(tmp_path, "one")
    git(tmp_path, "checkout", "-q", "--orphan", "other")
    (tmp_path / "net/a.c").write_text(named(LEAK, "near"))
    commit(tmp_path, "two")
    review, _ = reviewed(tmp_path, "one..two")
    assert verdicts(review) == [("[PATCH 1/1] two", [("net/a.c", "", LOST)])]
