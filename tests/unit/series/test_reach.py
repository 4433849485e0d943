# SPDX-License-Identifier: GPL-2.0-only
"""Callers are looked at as far up as what they know of their callees changes, and nothing is missed by that."""

import difflib
import json
from pathlib import Path

import pytest
from command import run

from refcheck.result.review import Review, from_data
from refcheck.series import reach
from refcheck.series.sides import TreeState

CHAIN = """#include <net/dst.h>
#include <net/route.h>

static int bay_leaf(struct dst_entry *dst, int mtu)
{
	if (mtu < 68)
		return -EINVAL;
	dst_hold(dst);
	dst_release(dst);
	return 0;
}

static int bay_middle(struct dst_entry *dst, int mtu)
{
	int err = bay_leaf(dst, mtu);

	dst_hold(dst);
	dst_release(dst);
	return err;
}

int bay_top(struct dst_entry *dst, int mtu)
{
	return bay_middle(dst, mtu);
}

int bay_beside(struct dst_entry *dst)
{
	dst_hold(dst);
	dst_release(dst);
	return 0;
}
"""
PUT = "\tdst_hold(dst);\n\tdst_release(dst);\n\treturn 0;\n}\n\nstatic int bay_middle"
CHANGES = {
    "another look": (PUT, PUT.replace("\treturn 0", "\tdst_hold(dst);\n\tdst_release(dst);\n\treturn 0")),
    "a leak": (PUT, PUT.replace("\tdst_release(dst);\n", "")),
    "one release too many": (PUT, PUT.replace("\tdst_hold(dst);\n", "")),
    "another head": ("bay_leaf(struct dst_entry *dst, int mtu)\n", "bay_leaf(struct dst_entry *dst, long mtu)\n"),
    "not read": (PUT, PUT.replace("\treturn 0", '\tasm("" : : "r"(dst));\n\treturn 0')),
}


KEPT = """#include <net/dst.h>
#include <net/route.h>

struct bay {
	struct rtable *rt;
	int mtu;
};

static void bay_stop(struct bay *b, int mtu)
{
	ip_rt_put(b->rt);
	b->rt = NULL;
	b->mtu = mtu;
}

static void bay_halt(struct bay *b)
{
	bay_stop(b, 0);
}

void bay_free(struct bay *b)
{
	bay_halt(b);
	if (b->rt)
		ip_rt_put(b->rt);
}
"""


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The functions that a review looks at."""
    names, real = set[str](), TreeState.judged

    def noted(self: TreeState, path: str, name: str, only: tuple[str, ...]) -> object:
        names.add(name)
        return real(self, path, name, only)

    monkeypatch.setattr(TreeState, "judged", noted)
    return names


def reviewed(tree: Path, before: str, after: str) -> Review:
    path = tree / "net" / "bay.c"
    path.write_text(before)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "a/net/bay.c", "b/net/bay.c", lineterm="")
    (tree.parent / "bay.patch").write_text("\n".join(lines) + "\n")
    ran = run("review", tree.parent / "bay.patch", "--tree", tree, "--no-store", "--jobs", 1, "--format", "json")
    path.unlink()
    return from_data(json.loads(ran.out))


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ("another look", {"bay_leaf"}),
        ("a leak", {"bay_leaf", "bay_middle", "bay_top"}),
        ("one release too many", {"bay_leaf", "bay_middle", "bay_top"}),
        ("another head", {"bay_leaf", "bay_middle"}),
        ("not read", {"bay_leaf", "bay_middle", "bay_top"}),
    ],
)
def test_callers_are_looked_at_as_far_up_as_their_callees_show_something_else(
    tree: Path, judged: set[str], change: str, asked: set[str]
):
    reviewed(tree, CHAIN, CHAIN.replace(*CHANGES[change]))
    assert judged == asked


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_missed_by_that(tree: Path, monkeypatch: pytest.MonkeyPatch, change: str):
    after = CHAIN.replace(*CHANGES[change])
    found = reviewed(tree, CHAIN, after)
    monkeypatch.setattr(reach, "shows", lambda *_: object())  # whatever a callee is, it counts as another one
    assert found == reviewed(tree, CHAIN, after)
    assert any(p.functions for p in found.patches) == (change != "another head")


def test_what_a_caller_reads_of_a_body_counts_too(tree: Path, monkeypatch: pytest.MonkeyPatch):
    after = KEPT.replace("\tb->rt = NULL;\n", "")
    found = reviewed(tree, KEPT, after)
    assert {f.function for f in found.patches[0].functions} == {"bay_stop", "bay_free"}  # not what is between
    monkeypatch.setattr(reach, "shows", lambda *_: object())
    assert found == reviewed(tree, KEPT, after)
