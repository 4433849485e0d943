# SPDX-License-Identifier: GPL-2.0-only
"""Geneve's transmit path: proved as posted, refuted with each planted bug, proved with each look-alike."""


import pytest
from command import GENEVE

from refcheck.graph.cfg import CFG
from refcheck.meaning.state import State, initial_state
from refcheck.meaning.step import step

V4, V6 = "geneve_xmit_skb", "geneve6_xmit_skb"
GUARDED_V4 = "\tif (!noref)\t\t\t\t\t\t@937\n\t\tip_rt_put(rt);\t\t\t\t\t@938\n"


def plant(old: str, new: str) -> str:
    """The model with one change; the old text stands in it exactly once."""
    text = GENEVE.read_text(encoding="utf-8")
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def at_line(line: int, old: str, new: str) -> str:
    """The model with a change on the line that carries a kernel line mark."""
    lines = GENEVE.read_text(encoding="utf-8").split("\n")
    found = [i for i, text in enumerate(lines) if f"@{line}" in text]
    assert len(found) == 1
    assert lines[found[0]].count(old) == 1, lines[found[0]]
    lines[found[0]] = lines[found[0]].replace(old, new)
    return "\n".join(lines)


def shortest(cfg: CFG, prop: str) -> int:
    """The least number of edges after which the property can be broken, found by plain breadth-first search."""
    layer: set[tuple[int, State]] = {(cfg.start, initial_state(cfg))}
    seen = set(layer)
    for depth in range(1, 200):
        following: set[tuple[int, State]] = set()
        for location, state in layer:
            for edge in (e for e in cfg.edges if e.src == location):
                for after, broken in step(cfg, state, edge):
                    if any(v.property == prop for v in broken):
                        return depth
                    if after is not None and (edge.dst, after) not in seen:
                        following.add((edge.dst, after))
        seen |= following
        layer = following
    pytest.fail(f"no path breaks {prop}")


RELEASES = [
    # kernel line of the guard, function that leaks when the release is gone
    (801, "geneve_build_skb"), (864, V4), (876, V4), (886, V4), (893, V4), (937, V4),
    (984, V6), (995, V6), (1005, V6), (1012, V6), (1038, V6),
]  # fmt: skip


def test_the_posted_model_is_proved(check):
    result = check(GENEVE.read_text(encoding="utf-8"))
    assert {c.result.verdict for c in result.checked} == {"PROVED"}
    assert len(result.checked) == 5


@pytest.mark.parametrize(("line", "function"), RELEASES)
def test_a_release_dropped_leaks(check, line, function):
    """Given the guard of one release, when it never lets the release happen, then the held reference leaks."""
    result = check(at_line(line, "if (!noref)", "if (!noref && noref)"))
    assert (function, "leaked-ref") in result.refuted()
    assert {f for f, _ in result.refuted()} == {function}


@pytest.mark.parametrize(("line", "function"), RELEASES)
def test_noref_dropped_releases_a_borrow(check, line, function):
    """Given the guard of one release, when it asks nothing, then the borrow of the cache is released."""
    result = check(at_line(line, "if (!noref)", "if (true)"))
    assert result.refuted() == {(function, "release-of-borrowed")}


PLANTED = [
    ("noref read after a failed look-up", at_line(857, "if (IS_ERR(rt))", "if (IS_ERR(rt) && noref)"), V4, "bad-pointer"),
    (
        "release after geneve_build_skb's own release",
        plant("\t\treturn err;\t\t\t\t\t@930", "\t\t{ if (!noref) dst_release(&rt->dst); return err; }"), V4,
        "double-release",
    ),
    ("skb used after the transmit consumed it", plant(GUARDED_V4, GUARDED_V4 + "\tuse(skb);\n"), V4, "use-after-consume"),
    (
        "route used after its release",
        plant(GUARDED_V4, "\tif (!noref) { ip_rt_put(rt); rcu_read_unlock(); rcu_read_lock(); }\n"), V4,
        "unbalanced-context",
    ),
    (
        "RCU left locked on one exit",
        plant("\tif (!err)\n\t\treturn 0;\n", "\tif (!err) {\n\t\trcu_read_lock();\n\t\treturn 0;\n\t}\n"), "geneve_xmit",
        "unbalanced-context",
    ),
    (
        "RCU unlocked twice",
        plant("\tif (!err)\n\t\treturn 0;\n", "\tif (!err) {\n\t\trcu_read_unlock();\n\t\treturn 0;\n\t}\n"),
        "geneve_xmit", "unbalanced-context",
    ),
    (
        "RCU entered too late", plant("\trcu_read_lock();\n\tif (config(IPV6)", "\tif (config(IPV6)"), "geneve_xmit",
        "missing-context",
    ),
    (
        "skb freed twice",
        plant("\tif (err != -EMSGSIZE)\n\t\tdev_kfree_skb(skb);\n\treturn 0;\n}\n\nint geneve_fill",
              "\tdev_kfree_skb(skb);\n\tif (err != -EMSGSIZE)\n\t\tdev_kfree_skb(skb);\n\treturn 0;\n}\n\nint geneve_fill"),
        "geneve_xmit", "double-release",
    ),
    ("skb freed after -EMSGSIZE", plant("\tif (err != -EMSGSIZE)\n", "\tif (err)\n"), "geneve_xmit", "use-after-consume"),
    (
        "skb leaked",
        plant("\tif (err != -EMSGSIZE)\n\t\tdev_kfree_skb(skb);\n\treturn 0;\n}\n\nint geneve_fill",
              "\treturn 0;\n}\n\nint geneve_fill"),
        "geneve_xmit", "leaked-ref",
    ),
    (
        "wrong error handed up: the caller would free the skb",
        at_line(895, "-EMSGSIZE", "-EINVAL"), V4, "broken-contract",
    ),
    ("ERR_PTR used", at_line(857, "if (IS_ERR(rt))", "if (!rt)"), V4, "bad-pointer"),
    (
        "transmit in front of the build", plant("\terr = geneve_build_skb(&rt->dst, noref, skb);\t\t@927\n",
        "\tudp_tunnel_xmit_skb(rt, skb);\n\terr = geneve_build_skb(&rt->dst, noref, skb);\n"), V4, "use-after-consume",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "function", "prop"), [p[1:] for p in PLANTED], ids=[p[0] for p in PLANTED])
def test_a_planted_bug_is_refuted_by_a_shortest_trace(check, text, function, prop):
    """Given one planted bug, then its function is refuted for its property, and no shorter path breaks it."""
    result = check(text)
    assert (function, prop) in result.refuted()
    mine = [c for c in result.checked if c.result.cfg.function == function]
    lengths = [len(t.steps) for c in mine for t in c.result.traces if t.violation.property == prop]
    assert min(lengths) == min(shortest(c.result.cfg, prop) for c in mine)


HEAD = """
use "noref/udp_tunnel.spec", "route.spec";
resource holder { slot route: dst; }
holder holder_get() contract { ok: return borrow(gp); };
"""

STORE = """
int store(skb, bool cache) __must_hold(rcu) __must_hold(bh_off)
{
	dst rt;
	bool noref;
	holder h;

	rt = udp_tunnel_dst_lookup(skb, cache, &noref);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	h = holder_get();
	h->route = %s;
	return 0;
}
"""


def test_a_borrow_stored_in_a_field_escapes(check):
    assert ("store", "noref-escape") in check(HEAD + STORE % "rt").refuted()


def test_a_borrow_used_after_an_early_unlock_escapes(check):
    text = """
int early(skb)
{
	dst rt;
	bool noref;

	local_bh_disable();
	rt = udp_tunnel_dst_lookup(skb, true, &noref);
	local_bh_enable();
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	use(rt);
	return 0;
}
"""
    assert check(HEAD + text).refuted() == {("early", "noref-escape")}


LOOK_ALIKES = {
    "an owned reference released after the unlock": """
int f(skb)
{
	dst rt;

	rcu_read_lock();
	rt = ip_route_output_key();
	rcu_read_unlock();
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	use(rt);
	ip_rt_put(rt);
	return 0;
}
""",
    "release of NULL": """
int f(skb)
{
	dst d = NULL;

	if (nondet("a route is needed")) {
		d = ip_route_output_key();
		if (IS_ERR(d))
			d = NULL;
	}
	dst_release(d);
	return 0;
}
""",
    "a callee that releases on its failure": """
int build(dst d, bool noref)
contract {
	ok:   return 0;
	fail: release d unless noref, return -ENOMEM;
}
{
	if (nondet("no room")) {
		if (!noref)
			dst_release(d);
		return -ENOMEM;
	}
	return 0;
}

int f(skb, bool cache) __must_hold(rcu) __must_hold(bh_off)
{
	dst rt;
	bool noref;

	rt = udp_tunnel_dst_lookup(skb, cache, &noref);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (build(rt, noref))
		return -ENOMEM;
	if (!noref)
		ip_rt_put(rt);
	return 0;
}
""",
    "one flag that guards look-up and release": """
int f(skb, bool cache) __must_hold(rcu) __must_hold(bh_off)
{
	dst rt;
	bool noref;

	rt = udp_tunnel_dst_lookup(skb, cache, &noref);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (!cache)
		ip_rt_put(rt);
	return 0;
}
""",
    "a borrow used after its reference was given to the cache": """
use "noref/dst_cache.spec";
int f(skb) __must_hold(rcu) __must_hold(bh_off)
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	dst_cache_steal_ip4(rt);
	use(rt);
	return 0;
}
""",
    "a released route used inside the section": """
int f(skb) __must_hold(rcu)
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ip_rt_put(rt);
	use(rt);
	return 0;
}
""",
    "nested sections: the inner unlock ends nothing": """
int f(skb)
{
	dst rt;
	bool noref;

	rcu_read_lock_bh();
	rt = udp_tunnel_dst_lookup(skb, true, &noref);
	rcu_read_lock();
	rcu_read_unlock();
	if (!IS_ERR(rt))
		use(rt);
	rcu_read_unlock_bh();
	return 0;
}
""",
    "one object under two names": """
int f(skb)
{
	dst rt = ip_route_output_key();
	dst ndst;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ndst = &rt->dst;
	dst_release(ndst);
	return 0;
}
""",
    "a reference handed to the skb and freed with it": """
int f(skb)
contract { ok: consume skb, return 0; }
{
	dst rt = ip_route_output_key();

	skb_dst_drop(skb);
	if (!IS_ERR(rt))
		skb_dst_set(skb, rt);
	kfree_skb(skb);
	return 0;
}
""",
    "a held reference stored in a field": STORE.replace("h->route = %s;", """if (!noref)
		h->route = rt;""").replace("int store", "int f"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_look_alike_is_proved(check, name):
    result = check(HEAD + LOOK_ALIKES[name])
    assert {c.result.verdict for c in result.checked} == {"PROVED"}, result.refuted()


LOOP = """
int each(skb, bool cache) __must_hold(rcu) __must_hold(bh_off)
{
	while (nondet("another destination")) {
		dst rt;
		bool noref;

		rt = udp_tunnel_dst_lookup(skb, cache, &noref);
		if (IS_ERR(rt))
			continue;
		%s
		if (!noref)
			ip_rt_put(rt);
	}
	return 0;
}
"""


def test_a_get_and_a_put_each_round_are_proved_for_any_number_of_rounds(check):
    result = check(HEAD + LOOP % "")
    assert result.verdict("each") == "PROVED"


def test_a_continue_before_the_put_is_refuted_in_the_round_where_it_goes_wrong(check):
    """Given `continue` before the put, then the trace takes that `continue` once and ends in the next round."""
    result = check(HEAD + LOOP % 'if (nondet("not ready")) continue;')
    assert result.refuted() == {("each", "leaked-ref")}
    lost = min((t for t in result.checked[0].result.traces), key=lambda t: len(t.steps))
    rounds = [s for s in lost.steps if s.edge.text == "another destination: yes"]
    assert 1 <= len(rounds) <= 2
    assert [s.edge.text for s in lost.steps].count("not ready: yes") == 1
