# SPDX-License-Identifier: GPL-2.0-only
"""Findings say what was lost, which slot it is about, and what the state was: each one its own."""

from pathlib import Path

import pytest
from command import model
from rendered import records

from refcheck.result.record import Finding

ROUTES = 'use "route.spec", "skb.spec";\n'
PACKET = """context rcu;
fact gp = rcu;
resource dst { freed after gp; }
resource pkt { slot dst: dst; slot dev: dst; }
dst lookup() contract { ok: return hold; };
dst peek() __must_hold(rcu) contract { ok: return borrow(gp); };
void enqueue(pkt p) contract { ok: queue p; };
void put(dst d) contract { ok: release d; };
"""


def findings(folder: Path, text: str) -> list[Finding]:
    return [f for r in records(model(folder, text)) for f in r.findings]


@pytest.mark.parametrize(
    ("body", "lost"),
    [
        ("b = skb_dst(skb);\n\tip_rt_put(a);", "b"),
        ("a = skb_dst(skb);\n\tip_rt_put(b);", "a"),
    ],
    ids=["second", "first"],
)
def test_the_culprit_is_what_was_lost(tmp_path: Path, body: str, lost: str):
    both = "dst a = ip_route_output_key();\n\tdst b = ip_route_output_flow();\n\tif (IS_ERR(a) || IS_ERR(b))"
    head = f'{ROUTES}void f(skb) __requires(skb->dst is empty | owned)\n{{\n\t{both}\n\t\tunreachable("");\n'
    text = f"{head}\t{body}\n}}\n"
    (found,) = [f for f in findings(tmp_path, text) if f.reason == "last-name-lost"]
    assert (found.subject, found.title) == (lost, f"the reference that `{lost}` holds is lost here")


def test_what_no_variable_has_is_named_by_the_call(tmp_path: Path):
    (found,) = findings(tmp_path, f"{ROUTES}void f(skb)\n{{\n\tip_route_output_key();\n}}\n")
    assert found.title == "f() returns with the result of ip_route_output_key() still held"


@pytest.mark.parametrize("away", ["crate_put(c)", "crate_send(c)", "thing_put(t)", "thing_send(t)"])
@pytest.mark.parametrize("kept", ["", "freed after gp; "], ids=["gone", "waits"])
def test_one_bug_has_one_name_whether_or_not_a_section_is_open(tmp_path: Path, away: str, kept: str):
    # Given what this path gives away, by itself or in its container, and then gives back
    head = (
        f"context rcu;\nfact gp = rcu;\nresource thing {{ freed after gp; }}\nresource crate {{ slot t: thing; {kept}}}\n"
        "thing thing_get() contract { ok: return hold; };\ncrate crate_get() contract { ok: return hold; };\n"
        "void thing_put(thing t) contract { ok: release t; };\nvoid thing_send(thing t) contract { ok: consume t; };\n"
        "void crate_put(crate c) contract { ok: release c; };\nvoid crate_send(crate c) contract { ok: consume c; };\n"
    )
    moved = "\tcrate c = crate_get();\n\n\tc->t = t;\n" if away.startswith("crate") else ""
    body = f"{{\n\tthing t = thing_get();\n{moved}\t{away};\n\tthing_put(t);\n}}\n"
    for text in (f"void f()\n{body}", f"void f() __must_hold(rcu)\n{body}"):
        (found,) = findings(tmp_path, head + text)
        assert found.property == ("double-release" if "put" in away else "release-of-borrowed")


def test_each_slot_is_a_finding_with_its_state_and_what_is_allowed(tmp_path: Path):
    text = PACKET + (
        "void f(pkt p) __must_hold(rcu) __requires(p->dst is noref && p->dev is noref)\n"
        "contract { ok: consume p; }\n{\n\tenqueue(p);\n}\n"
    )
    titles = [f.title for f in findings(tmp_path, text) if f.reason == "queued"]
    wanted = "`p` is queued while `p->{}` is noref: what is queued may have it empty or owned"
    assert titles == [wanted.format("dst"), wanted.format("dev")]


@pytest.mark.parametrize(
    ("contract", "body", "title"),
    [
        ("ok: p->dst = NULL;", "p->dst = lookup();", "f() leaves `p->dst` owned, where its contract has empty"),
        ("ok: p->dst = hold; no: ;", "drop(p);\n\tp->dev = lookup();",
         "f() leaves `p->dev` owned, where its contract has empty"),
        ("ok: p->dst = hold;", "put(lookup());", "f() leaves `p->dst` empty, where its contract has owned"),
    ],
    ids=["owned", "another", "empty"],
)  # fmt: skip
def test_a_slot_at_an_exit_is_named_with_what_the_contract_has(tmp_path: Path, contract: str, body: str, title: str):
    head = f"{PACKET}void drop(pkt p) contract {{ ok: use p; }};\nvoid f(pkt p) __requires(p->dst is empty)\n"
    text = f"{head}\t__requires(p->dev is empty) contract {{ {contract} }}\n{{\n\t{body}\n}}\n"
    assert title in [f.title for f in findings(tmp_path, text)]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("p->dst = lookup();\n\tset(p);", "`p->dst` is overwritten while it owns a reference"),
        ("dst d = lookup();\n\tp->dst = d;\n\tput(d);\n\tlook(p);", "`p->dst` still names what was released through it"),
        ("rcu_read_lock();\n\tborrow(p, peek());\n\trcu_read_unlock();\n\tlook(p);",
         "`p->dst` holds a borrow whose section has ended"),
    ],
    ids=["overwritten", "stale", "expired"],
)  # fmt: skip
def test_what_is_wrong_with_a_slot_names_it(tmp_path: Path, body: str, title: str):
    more = (
        "void rcu_read_lock() contract { ok: enter rcu; };\nvoid rcu_read_unlock() contract { ok: leave rcu; };\n"
        "void set(pkt p) contract { ok: p->dst = hold; };\nvoid look(pkt p) contract { ok: use p->dst; };\n"
        "void borrow(pkt p, dst d) contract { ok: p->dst = noref d; };\npkt make() contract { ok: return hold; };\n"
        "void end(pkt p) contract { ok: drop p->dst, release p; };\n"
    )
    text = f"{PACKET}{more}void f()\n{{\n\tpkt p = make();\n\t{body}\n\tend(p);\n}}\n"
    assert title in [f.title for f in findings(tmp_path, text)]


def test_an_enum_is_shown_by_its_members(tmp_path: Path):
    text = ROUTES + (
        "enum kind { NONE, NEIGH, DIRECT };\nvoid f(enum kind t)\n{\n\tdst rt = ip_route_output_key();\n\n"
        "\tif (IS_ERR(rt))\n\t\treturn;\n\tif (t != DIRECT)\n\t\tip_rt_put(rt);\n}\n"
    )
    (found,) = findings(tmp_path, text)
    assert [str(c) for c in found.steps[0].changes] == ["t = DIRECT"]


NOREF = """dst find(bool *noref) __must_hold(rcu)
contract { hit: *noref = true, return borrow(gp); miss: *noref = false, return hold; };
int f() __must_hold(rcu)
{
	bool noref;
	dst d = find(&noref);

	if (nondet("too big"))
		return -EMSGSIZE;
	if (!noref)
		put(d);
	return 0;
}
"""


def test_the_failing_state_has_the_flag_that_decides_also_where_nothing_reads_it_any_more(tmp_path: Path):
    (found,) = findings(tmp_path, PACKET + NOREF)
    assert "noref = false" in map(str, found.steps[-1].state.variables)


def test_a_value_that_is_declared_anew_is_not_remembered(tmp_path: Path):
    # Given flags of a loop body and of a callee, a leak in the second round: there they have no value any more
    text = f"""{PACKET}
void inner()
{{
	bool mine = true;

	if (mine)
		put(lookup());
}}
void f()
{{
	dst d = lookup();
	bool first = true;

	while (nondet("more")) {{
		bool seen;

		if (!first)
			return;
		first = false;
		seen = true;
		if (seen)
			inner();
	}}
	put(d);
}}
"""
    (found,) = [f for f in findings(tmp_path, text) if f.reason == "at-exit"]
    names = {v.name for v in found.steps[-1].state.variables}
    assert names == {"d", "first"}


LEAKS = """resource node;
node first() contract { ok: return hold; };
node second() contract { ok: return hold; };
node maybe() contract { ok: return hold; none: return NULL; };
int open(node *n) contract { ok: *n = hold, return 0; fail: return -EINVAL; };
int reopen(node *n) contract { ok: *n = hold, return 0; fail: return -ENOMEM; };
resource box { slot n: node; }
box box_get() contract { ok: return hold; };
void box_free(box b) contract { ok: release b; };
void node_use(node n) contract { ok: use n; };
node node_hold(node n) contract { ok: hold n, return n; };
void node_put(node n) contract { ok: release n; };
node either() contract { old: return hold; new: return hold; };
int kind() contract { ok: return any; };
node reuse() contract { ok: return hold; };
void box_set(box b, node n) __requires(b->n is empty | owned) contract { ok: b->n = move n; };
void kfree(box b) contract { ok: free b; };
node inner() { return first(); }
node other() { return second(); }
"""
TWO_WAYS = {
    "if and else, the same state behind both": (
        '\tnode n;\n\tif (nondet("a"))\n\t\tn = first();\n\telse\n\t\tn = second();\n\tnode_use(n);\n',
        [["n = first();"], ["n = second();"]],
    ),
    "one call on two lines": (
        '\tnode n;\n\tif (nondet("a"))\n\t\tn = first();\n\telse\n\t\tn = first();  // too\n\tnode_use(n);\n',
        [["n = first();"], ["n = first();  // too"]],
    ),
    "a switch": (
        ("\tnode n;\n\tswitch (kind()) {\n\tcase 0:\n\t\tn = first();\n\t\tbreak;\n\tcase 1:\n"
        "\t\tn = second();\n\t\tbreak;\n\tdefault:\n\t\tn = maybe();\n\t}\n\tif (n)\n\t\tnode_use(n);\n"),
        [["n = first();"], ["n = maybe();"], ["n = second();"]],
    ),
    "a second try": (
        "\tnode n = maybe();\n\tif (!n)\n\t\tn = second();\n\tnode_use(n);\n", [["n = second();"], ["node n = maybe();"]],
    ),
    "out-parameters": (
        "\tnode n;\n\tif (open(&n) < 0) {\n\t\tif (reopen(&n) < 0)\n\t\t\treturn;\n\t}\n\tnode_use(n);\n",
        [["if (open(&n) < 0) {"], ["if (reopen(&n) < 0)"]],
    ),
    "callees whose bodies stand in place": (
        '\tnode n;\n\tif (nondet("a"))\n\t\tn = inner();\n\telse\n\t\tn = other();\n\tnode_use(n);\n',
        [["node inner() { return first(); }"], ["node other() { return second(); }"]],
    ),
    "a callee whose body stands in two places": (
        '\tnode n;\n\tif (nondet("a"))\n\t\tn = inner();\n\telse\n\t\tn = inner();\n\tnode_use(n);\n',
        [["node inner() { return first(); }"], ["node inner() { return first(); }"]],
    ),
    "a hold in both branches": (
        '\tif (nondet("a"))\n\t\tnode_hold(n);\n\telse\n\t\tnode_hold(n);  // too\n',
        [["node_hold(n);"], ["node_hold(n);  // too"]],
    ),
    "a slot that is cleared": (
        ('\tbox b = box_get();\n\tif (nondet("a"))\n\t\tb->n = first();\n\telse\n\t\tb->n = second();\n'
        "\tb->n = NULL;\n\tbox_free(b);\n"),
        [["b->n = first();"], ["b->n = second();"]],
    ),
    "a slot that is overwritten": (
        ('\tbox b = box_get();\n\tnode m = first();\n\tif (nondet("a"))\n\t\tbox_set(b, m);\n\telse {\n\t\tnode_put(m);\n'
        "\t\tbox_set(b, second());\n\t}\n\tbox_set(b, reuse());\n\tbox_free(b);\n"),
        [["node m = first();"], ["node m = first();", "box_set(b, second());"]],
    ),
    "memory that goes": (
        '\tbox b = box_get();\n\tif (nondet("a"))\n\t\tb->n = first();\n\telse\n\t\tb->n = second();\n\tkfree(b);\n',
        [["b->n = first();"], ["b->n = second();"]],
    ),
    "variables that change places": (
        ('\tnode n = first();\n\tnode m;\n\tif (nondet("a")) {\n\t\tm = second();\n\t} else {\n\t\tm = n;\n'
        "\t\tn = second();\n\t}\n\tnode_put(m);\n"),
        [["node n = first();", "m = second();"], ["node n = first();", "n = second();"]],
    ),
    "a loop, which is left with one of two": (
        '\tnode n = first();\n\twhile (nondet("more")) {\n\t\tnode_put(n);\n\t\tn = second();\n\t}\n\tnode_use(n);\n',
        [["node n = first();"], ["node n = first();", "n = second();"]],
    ),
    "a loop that loses in each round, where the rest follows": (
        '\tnode n = first();\n\twhile (nondet("more"))\n\t\tn = second();\n\tnode_put(n);\n',
        [["node n = first();", "n = second();"]],
    ),
    "one call with two outcomes": ("\tnode n = either();\n\tnode_use(n);\n", [["node n = either();"]]),
}  # fmt: skip
ACQUIRE = ("first", "second", "maybe: ok", "open: ok", "reopen: ok", "node_hold", "either: old", "either: new")


def acquired(text: str, f: Finding) -> list[str]:
    """The lines on which the path of a finding acquires something."""
    lines, calls = text.splitlines(), [(s, s.event.removeprefix("inner: ").removeprefix("other: ")) for s in f.steps]
    return [lines[s.place.line - 1].strip() for s, event in calls if event in ACQUIRE]


@pytest.mark.parametrize("name", TWO_WAYS)
def test_each_place_that_acquired_what_is_leaked_is_a_finding(tmp_path: Path, name: str):
    # Given a leak of what several lines acquired, then each of them has a trace of its own
    body, ways = TWO_WAYS[name]
    text = f"{LEAKS}void f({'node n' if name.startswith('a hold') else ''})\n{{\n{body}}}\n"
    found = [f for f in findings(tmp_path, text) if f.property == "leaked-ref"]
    assert sorted(acquired(text, f) for f in found) == ways


@pytest.mark.parametrize(
    ("result", "body", "title"),
    [
        ("void", "give(d); dst_hold(d); dst_release(d);", "a plain hold on `d`, which was handed over before"),
        ("void", "dst_release(d); dst_hold(d); dst_release(d);", "a plain hold on `d`, which was released before"),
        ("dst", "give(d); return d;", "`the result` was handed over before, but is returned as a reference"),
    ],
    ids=["handed-over", "released", "returned"],
)
def test_what_was_given_away_and_a_section_keeps_is_not_called_borrowed(tmp_path: Path, result: str, body: str, title: str):
    outcome = "consume d, return hold" if result == "dst" else "consume d"
    text = f'use "dst.spec", "contexts.spec";\nvoid give(dst d) contract {{ ok: consume d; }};\n{result} f(dst d)'
    text += f" __must_hold(rcu) contract {{ ok: {outcome}; }}\n{{\n\t{body}\n}}\n"
    assert title in [f.title for f in findings(tmp_path, text)]


@pytest.mark.parametrize(
    ("enter", "leave", "why"),
    [
        ("rcu_read_lock();", "rcu_read_unlock();", "`rcu` is held"),
        ("lock_sock();\n\trcu_read_lock();", "rcu_read_unlock();\n\trelease_sock();", "`rcu` is held"),
        ("rcu_read_lock();\n\tlocal_bh_disable();", "local_bh_enable();\n\trcu_read_unlock();", "`rcu` and `bh` are held"),
        ("lock_sock();", "release_sock();", "stop() is not `__may_sleep`: a caller may hold what forbids it"),
    ],
)
def test_what_forbids_to_sleep_is_named_and_nothing_else(tmp_path: Path, enter: str, leave: str, why: str):
    # A section that allows it, the socket lock, is never the reason
    head = (
        'use "contexts.spec";\nvoid lock_sock() contract { ok: enter socket; };\n'
        "void release_sock() contract { ok: leave socket; };\nvoid flush() __may_sleep contract { ok: ; };\n"
    )
    (found,) = findings(tmp_path, f"{head}void stop()\n{{\n\t{enter}\n\tflush();\n\t{leave}\n}}\n")
    assert found.title == f"`flush` may sleep, but {why}"
