# SPDX-License-Identifier: GPL-2.0-only
"""Patches are put into copies: the tree stays as it is, and what cannot be applied is one line."""

from pathlib import Path

import pytest
from posted import diff_lines, mail, mbox
from repository import git

from refcheck.series.copies import Copies
from refcheck.series.mails import read_series
from refcheck.series.patch import Hunk

BEFORE = "int near(void)\n{\n	a();\n	b();\n	c();\n	return 0;\n}\n"
AFTER = BEFORE.replace("b();", "x();")
HUNK = ("@@ -1,7 +1,7 @@", " int near(void)", " {", " \ta();", "-\tb();", "+\tx();", " \tc();", " \treturn 0;", " }")
NEW = (
    diff_lines("net/n.c", "0000000", "@@ -0,0 +1,2 @@", "+one", "+two")
    .replace("--- a/net/n.c", "--- /dev/null")
    .replace("index", "new file mode 100644\nindex")
)
GONE = diff_lines("net/a.c", "1111111", "@@ -1,7 +0,0 @@", *(f"-{line}" for line in BEFORE.splitlines()))
GONE = GONE.replace("+++ b/net/a.c", "+++ /dev/null").replace("index", "deleted file mode 100644\nindex")
DAMAGED = "the diff of `net/a.c` does not have the lines that its hunks count"
BINARY = "diff --git a/fw.bin b/fw.bin\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 3\nKcmZ\n\n"


@pytest.fixture
def tree(tmp_path) -> Path:
    """A tree with one file."""
    (tmp_path / "t" / "net").mkdir(parents=True)
    (tmp_path / "t" / "net" / "a.c").write_text(BEFORE)
    return tmp_path / "t"


def change(blob: str = "1111111", path: str = "net/a.c") -> str:
    return diff_lines(path, blob, *HUNK)


def put(tree: Path, *diffs: str) -> tuple[Copies, list[list[str]], list[str]]:
    """The copies with one patch for each diff, how each hunk went in, and what was wrong."""
    box = tree.parent / "s.mbox"
    box.write_text(mbox(*(mail(f"[PATCH {i}/{len(diffs)}] x", diff=d) for i, d in enumerate(diffs, 1))))
    series, copies = read_series(str(box), tree), Copies(tree)
    assert series.problems == ()
    how, wrong = list[list[str]](), list[str]()
    for p in series.patches:
        files, problems = copies.put(p)
        how.append([str(x) for f in files for x in f.puts])
        wrong += [d.message for d in problems]
    return copies, how, wrong


def test_a_patch_changes_a_copy_and_not_the_tree(tree):
    copies, how, wrong = put(tree, change())
    assert (how, wrong) == ([["exact"]], [])
    assert copies.text("net/a.c") == AFTER.encode()
    assert (tree / "net/a.c").read_text() == BEFORE


def test_files_come_and_go(tree):
    copies, how, wrong = put(tree, NEW, GONE)
    assert (how, wrong) == ([["exact"], ["exact"]], [])
    assert (copies.text("net/n.c"), copies.text("net/a.c")) == (b"one\ntwo\n", None)


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        (change(path="net/none.c"), "patch 1/2: the tree has no `net/none.c`"),
        (change(path="../a.c"), "patch 1/2: `../a.c` leads out of the tree"),
        (change().replace("b();", "q();"), "patch 1/2: hunk 1 of `net/a.c` does not apply (line 1, near())"),
        (change().replace("-1,7", "-1,9"), f"patch 1/2: {DAMAGED}"),
        (NEW.replace("n.c", "a.c"), "patch 1/2: `net/a.c` is there already"),
        (BINARY, "patch 1/2: `fw.bin` is binary; it is left out"),
    ],
    ids=["no file", "outside", "no place", "damaged", "there", "binary"],
)
def test_what_cannot_be_applied_is_one_line_and_the_rest_goes_on(tree, diff, said):
    copies, _, wrong = put(tree, diff, NEW)
    assert wrong == [said]
    assert copies.text("net/n.c") == b"one\ntwo\n"
    assert copies.text("net/a.c") == BEFORE.encode()


def test_a_function_with_a_hunk_that_failed_is_named(tree):
    box = tree.parent / "s.mbox"
    diff = change().replace("b();", "q();").replace("+1,7 @@", "+1,7 @@ int near(void)")
    box.write_text(mbox(mail("[PATCH] x", diff=diff)))
    (file,), _ = Copies(tree).put(read_series(str(box), tree).patches[0])
    assert file.failed == ((("near",), 1),)


@pytest.fixture
def repository(tree) -> Path:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "base")
    return tree


def test_git_merges_where_the_tree_has_the_object(repository):
    # Given a tree that went on since, in a line that is context of the patch
    blob = git(repository, "rev-parse", "HEAD:net/a.c")
    (repository / "net/a.c").write_text(BEFORE.replace("return 0", "return 1"))
    objects = sorted(p for p in (repository / ".git").rglob("*"))
    copies, how, wrong = put(repository, change(blob[:12]))
    # Then git knows what the patch meant, and neither the tree nor its repository has changed
    assert (how, wrong) == ([["merged"]], [])
    assert copies.text("net/a.c") == AFTER.replace("return 0", "return 1").encode()
    assert (repository / "net/a.c").read_text() == BEFORE.replace("return 0", "return 1")
    assert sorted(p for p in (repository / ".git").rglob("*")) == objects


def test_a_conflict_is_left_to_the_hunks(repository):
    blob = git(repository, "rev-parse", "HEAD:net/a.c")
    (repository / "net/a.c").write_text(BEFORE.replace("b();", "z();"))
    _, how, wrong = put(repository, change(blob[:12]))
    assert how == [["failed"]]
    assert wrong == ["patch 1/1: hunk 1 of `net/a.c` does not apply (line 1, near())"]


def test_a_range_starts_from_its_own_commit(repository):
    # Given commits that are checked out already
    (repository / "net/a.c").write_text(AFTER)
    (repository / "net/more.c").write_text("later\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "change")
    series = read_series("HEAD~1..HEAD", repository)
    copies = Copies(repository, series)
    assert (copies.text("net/a.c"), copies.text("net/more.c")) == (BEFORE.encode(), None)
    assert copies.put(series.patches[0])[1] == []
    assert (copies.text("net/a.c"), copies.text("net/more.c")) == (AFTER.encode(), b"later\n")


HEAD = [(" ", "}"), (" ", ""), (" ", "static int"), (" ", "below(struct dst_entry *dst, int x)"), (" ", "{")]
CHANGE, END = [("-", "\tput(dst);"), ("+", "\treturn put(dst);")], [(" ", "}"), (" ", "EXPORT_SYMBOL_GPL(below);")]


@pytest.mark.parametrize(
    ("lines", "above", "functions"),
    [
        ([*HEAD, *CHANGE, *END], "above", ("below",)),  # diff names the function above in the head of a hunk
        ([*HEAD, *CHANGE, *END], "", ("below",)),
        ([("-", "\tput(dst);"), *HEAD, *CHANGE, *END], "above", ("above", "below")),
        ([*HEAD, (" ", "\tput(dst);"), (" ", "}"), ("-", "EXPORT_SYMBOL_GPL(below);")], "above", ()),
        ([(" ", "out:"), *CHANGE, *END], "above", ("above",)),
    ],
)
def test_the_functions_that_a_hunk_changes(lines: list[tuple[str, str]], above: str, functions: tuple[str, ...]):
    assert Hunk(8, tuple(lines), above).functions == functions


def headed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_a_copy_leaves_its_source_and_a_renamed_file_does_not(tree):
    copied = headed("diff --git a/net/a.c b/net/c.c", "similarity index 100%", "copy from net/a.c", "copy to net/c.c")
    moved = headed("diff --git a/net/a.c b/net/m.c", "similarity index 100%", "rename from net/a.c", "rename to net/m.c")
    copies, _, wrong = put(tree, copied, moved)
    assert wrong == []
    assert [copies.text(f"net/{n}.c") for n in "acm"] == [None, BEFORE.encode(), BEFORE.encode()]


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("ü.c", '"{}/net/\\303\\274.c"'), ('q"t.c', '"{}/net/q\\"t.c"'), ("a b.c", "{}/net/a b.c")],
)
def test_a_path_that_git_quotes_is_read(tree, name: str, quoted: str):
    (tree / "net" / name).write_text(BEFORE)
    one, two = quoted.format("a"), quoted.format("b")
    tab = "" if quoted.startswith('"') else "\t"
    copies, _, wrong = put(tree, headed(f"diff --git {one} {two}", f"--- {one}{tab}", f"+++ {two}{tab}", *HUNK))
    assert wrong == []
    assert copies.text(f"net/{name}") == AFTER.encode()


@pytest.mark.parametrize("heads", [("--- linux.orig/net/a.c", "+++ linux/net/a.c"), ("--- net/a.c.orig", "+++ net/a.c")])
def test_a_diff_without_a_git_head_is_of_the_file_that_is_there(tree, heads: tuple[str, str]):
    copies, _, wrong = put(tree, headed(*heads, *HUNK))
    assert wrong == []
    assert (copies.text("net/a.c"), copies.text("net/a.c.orig")) == (AFTER.encode(), None)
