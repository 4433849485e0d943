# SPDX-License-Identifier: GPL-2.0-only
"""Parametric programs: each family gives the text of a model of size n, safe or with one bug in its deepest place.

The texts say everything themselves but contexts and routes: a run measures the checker and not the reading of contracts.
"""

from collections.abc import Callable
from typing import NamedTuple

HEAD = 'use "dst.spec";\n\n'
LOOKUP = """\
dst lookup(bool *noref) __must_hold(rcu) contract {
	hit:  *noref = true,  return borrow(gp);
	miss: *noref = false, return hold;
	fail: return ERR_PTR;
};

"""
STEP = "int step() contract { ok: return 0; fail: return < 0; };\n\n"  # skb_cow_head() and the like
LADDER = "both:\n\tdst_release(second);\none:\n\tdst_release(first);\nnone:\n\treturn err;\n}\n"
HELD = "dst take() contract { ok: return hold; };\n\n"


class Family(NamedTuple):
    """A family: its text by size and variant, what its size counts, the property that the bug breaks, loops or none.

    `function` is the function to verify, where the others are only its callees.
    """

    name: str
    counts: str
    text: Callable[[int, bool], str]
    breaks: str
    loops: bool = False
    function: str = ""


def diamonds(n: int, bug: bool) -> str:
    """n plain diamonds between look-up and release; the bug returns from the last one."""
    body = []
    for i in range(1, n + 1):
        last = "\t\treturn -1;\n" if bug and i == n else "\t\tuse(rt);\n"
        body.append(f'\tif (nondet("condition {i}"))\n{last}\telse\n\t\terr = -EINVAL;\n')
    return HEAD + LOOKUP + _transmit("diamonds", body)


def chain(n: int, bug: bool) -> str:
    """n steps between look-up and release, needed or not; one that fails releases and returns, with the bug not the last."""
    body = []
    for i in range(1, n + 1):
        put = "" if bug and i == n else "\t\t\tif (!noref)\n\t\t\t\tdst_release(rt);\n"
        fails = f"\t\terr = step();\n\t\tif (err < 0) {{\n{put}\t\t\treturn err;\n\t\t}}\n"
        body.append(f'\tif (nondet("step {i} is needed")) {{\n\t\tuse(rt);\n{fails}\t}} else {{\n\t\tuse(rt);\n\t}}\n')
    return HEAD + LOOKUP + STEP + _transmit("chain", body)


def _transmit(name: str, body: list[str]) -> str:
    """A function that looks a route up, does what the body says, and releases it."""
    head = f"int {name}() __must_hold(rcu)\n{{\n\tdst rt;\n\tbool noref;\n\tint err = 0;\n\n\trt = lookup(&noref);\n"
    head += "\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n"
    return head + "".join(body) + "\tif (!noref)\n\t\tdst_release(rt);\n\treturn err;\n}\n"


def loop(n: int, bug: bool) -> str:
    """A loop of unbounded rounds with n pairs of break and continue; the bug forgets a release in the last pair."""
    out = "\t\t\tif (!noref)\n\t\t\t\tdst_release(rt);\n"
    body = []
    for i in range(1, n + 1):
        last = "" if bug and i == n else out
        body.append(f'\t\tif (nondet("break {i}")) {{\n{last}\t\t\tbreak;\n\t\t}}\n')
        body.append(f'\t\tif (nondet("continue {i}")) {{\n{out}\t\t\tcontinue;\n\t\t}}\n\t\tuse(rt);\n')
    head = 'void loop() __must_hold(rcu)\n{\n\tdst rt;\n\tbool noref;\n\n\twhile (nondet("more")) {\n'
    head += "\t\trt = lookup(&noref);\n\t\tif (IS_ERR(rt))\n\t\t\tcontinue;\n"
    return HEAD + LOOKUP + head + "".join(body) + "\t\tif (!noref)\n\t\t\tdst_release(rt);\n\t}\n}\n"


def calls(n: int, bug: bool) -> str:
    """n functions that call one look-up helper with an out-flag; the bug releases what may be borrowed in the last one."""
    text = []
    for i in range(1, n + 1):
        test = "" if bug and i == n else "\tif (!noref)\n\t"
        text.append(
            f"int caller_{i}() __must_hold(rcu)\n{{\n\tdst rt;\n\tbool noref;\n\n\trt = lookup(&noref);\n"
            f"\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n\tuse(rt);\n{test}\tdst_release(rt);\n\treturn 0;\n}}\n"
        )
    return HEAD + LOOKUP + "\n".join(text)


def flags(n: int, bug: bool) -> str:
    """n correlated flags live at once, each guards a hold and later the matching release; the bug drops the last guard."""
    lines = ["void flags(dst d __counted)\n{\n"]
    lines += [f'\tbool f{i} = nondet("flag {i}");\n' for i in range(1, n + 1)]
    lines += [f"\n\tif (f{i})\n\t\tdst_hold(d);\n" for i in range(1, n + 1)]
    for i in range(1, n + 1):
        lines.append("\n\tdst_release(d);\n" if bug and i == n else f"\n\tif (f{i})\n\t\tdst_release(d);\n")
    return HEAD + "".join(lines) + "}\n"


def objects(n: int, bug: bool) -> str:
    """n objects live at once; the bug forgets the last of them."""
    lines = ["void objects()\n{\n"]
    lines += [f"\tdst d{i} = take();\n" for i in range(1, n + 1)]
    lines += [f"\tuse(d{i});\n" for i in range(1, n + 1)]
    lines += [f"\tdst_release(d{i});\n" for i in range(1, n + (0 if bug else 1))]
    return HEAD + HELD + "".join(lines) + "}\n"


def depth(n: int, bug: bool) -> str:
    """Calls n deep without contracts: each level passes the route on; the bug is in the innermost one."""
    inner = "\tuse(d);\n" if bug else "\tuse(d);\n\tif (!noref)\n\t\tdst_release(d);\n"
    text = [f"void level_{n}(dst d, bool noref)\n{{\n{inner}}}\n"]
    text += [
        f'void level_{i}(dst d, bool noref)\n{{\n\tif (nondet("touched {i}"))\n\t\tuse(d);\n\tlevel_{i + 1}(d, noref);\n}}\n'
        for i in range(n - 1, 0, -1)
    ]
    top = "void top() __must_hold(rcu)\n{\n\tbool noref;\n\tdst rt = lookup(&noref);\n\n"
    text.append(top + "\tif (IS_ERR(rt))\n\t\treturn;\n\tlevel_1(rt, noref);\n}\n")
    return HEAD + LOOKUP + "\n".join(text)


def ladder(n: int, bug: bool) -> str:
    """n gotos to one ladder of releases; the bug jumps past the last rung from the last test."""
    body = []
    for i in range(1, n + 1):
        label = "none" if bug and i == n else "both" if i > n // 2 else "one"
        middle = "\tsecond = take();\n" if i == n // 2 + 1 else ""
        body.append(f'{middle}\tif (nondet("failure {i}")) {{\n\t\terr = -ENOMEM;\n\t\tgoto {label};\n\t}}\n\tuse(first);\n')
    head = "int ladder()\n{\n\tdst first, second;\n\tint err = 0;\n\n\tfirst = take();\n"
    return HEAD + HELD + head + "".join(body) + LADDER


FAMILIES = {
    f.name: f
    for f in (
        Family("chain", "steps between look-up and release that may fail", chain, "leaked-ref"),
        Family("diamonds", "plain diamonds between look-up and release", diamonds, "leaked-ref"),
        Family("loop", "pairs of break and continue in the body", loop, "leaked-ref", loops=True),
        Family("calls", "functions that call one look-up", calls, "release-of-borrowed"),
        Family("flags", "correlated flags live at once", flags, "release-of-borrowed"),
        Family("objects", "objects live at once", objects, "leaked-ref"),
        Family("depth", "calls deep", depth, "leaked-ref", function="top"),
        Family("ladder", "gotos to one ladder", ladder, "leaked-ref"),
    )
}
