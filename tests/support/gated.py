# SPDX-License-Identifier: GPL-2.0-only
"""A repository with two models, edits of it, and what the gate says of them."""

import json
from pathlib import Path

from command import Ran, run

MODEL = """use "route.spec", "skb.spec";
source "net/a.c", "v6.19";

void helper(dst d)
contract {
	ok: release d;
}
{
	dst_release(d);
}

int xmit(skb s) __entry(ndo_start_xmit) __entry(softirq)
{
	dst rt;

	rt = ip_route_output_key();
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (nondet("too long")) {
		dst_release(rt);
		return -EMSGSIZE;
	}
	use(rt);
	helper(rt);
	return 0;
}
"""


SPEC = """use "dst.spec";

void strict(dst d) __must_hold(rcu) __from("net/b.c:strict") { ok: use d; }

bool may_send(dst d) __from("net/b.c:may_send") {
	yes: use d, return true;
	no:  use d, return false;
}
"""


def edit(path: str, *changes: tuple[str, str]) -> None:
    text = Path(path).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    Path(path).write_text(text, encoding="utf-8")


# What grows without end is unknown after fewer states, as well as after many
FEW = ("--max-states", 2000)


def gate(*args: object) -> Ran:
    return run("gate", "models", "--base", "HEAD", "--jobs", 1, *FEW, *args)


def judged(*args: object) -> dict:
    ran = gate("--format", "json", *args)
    assert ran.status in (0, 1, 3), ran.err
    data = json.loads(ran.out)
    assert ran.status == (0 if data["passed"] else 3 if all(b["only_unknown"] for b in data["breaches"]) else 1)
    said = [json.dumps({**b, "affected": []}, sort_keys=True) for b in data["breaches"]]
    assert len(said) == len(set(said)), "what is said of one place is said once"
    return data


def broken(*args: object) -> dict[str, set[str]]:
    """The subjects of the breaches, by rule."""
    found: dict[str, set[str]] = {}
    for b in judged(*args)["breaches"]:
        found.setdefault(b["rule"], set()).add(b["subject"])
    return found


def endless() -> None:
    edit("models/a.rc", ("\tuse(rt);\n", '\tuse(rt);\n\twhile (nondet("more"))\n\t\tdst_hold(rt);\n'))
