# SPDX-License-Identifier: GPL-2.0-only
"""States in words: what the steps of a trace change, the whole state in each, and the calls in which they stand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from refcheck.result.explain import finding
from refcheck.result.record import Level, Named, Reference
from refcheck.result.steps import rows

LEAK = """use "route.spec", "skb.spec";

int f(skb skb)
{
	dst rt = ip_route_output_key();
	int err = 0;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	rcu_read_lock();
	err = -EINVAL;
	dst_hold(rt);
	skb_dst_set(skb, rt);
	rcu_read_unlock();
	use(skb);
	skb_dst_drop(skb);
	return err;
}
"""


@pytest.fixture
def steps(check):
    """The rows of the trace to the leak at the end."""
    (checked,) = check(LEAK).checked
    trace = next(t for t in checked.result.traces if t.violation.reason == "at-exit")
    return rows(checked.result.cfg, trace, "rt")


def test_each_step_says_what_it_changes(steps):
    assert [(s.event, [tuple(c) for c in s.changes]) for s in steps] == [
        ("entry", [("skb", "lent")]),
        ("ip_route_output_key: ok", [("rt", "held")]),
        ("rcu_read_lock", [("rcu", "1")]),
        ("err = -EINVAL", [("err", "-EINVAL")]),
        ("dst_hold", [("rt", "held 2 times")]),
        ("skb_dst_set", [("rt", "held"), ("skb->dst", "owned")]),
        ("rcu_read_unlock", [("rcu", "0")]),
        ("skb_dst_drop", [("skb->dst", "empty")]),
        ("return err", [("rt", "leaked")]),
    ]


def test_each_step_shows_the_whole_state_behind_it_and_the_last_one_that_in_front(steps):
    shown = steps[5].state
    assert [v for v in shown.variables if v.name in {"skb", "rt", "err"}] == [
        Named("skb", "lent"), Named("rt", "held"), Named("err", "-EINVAL"),
    ]  # fmt: skip
    assert shown.slots == (Named("skb->dst", "owned"),)
    assert Level("rcu", 1) in shown.contexts
    assert set(shown.references) == {Reference("skb", ("skb",), "lent", 0), Reference("dst", ("rt",), "held", 1)}
    assert steps[-1].state == steps[-2].state
    # And what a step changes is what is shown otherwise
    for before, after in pairwise(steps[:-1]):
        for name, text in (*before.state.variables, *before.state.slots):
            there = {*after.state.variables, *after.state.slots}
            assert (Named(name, text) in there) != (name in {c.name for c in after.changes}), (after.event, name)


@pytest.mark.parametrize("depth", [5, 6, 40])
def test_a_step_deep_in_calls_names_the_first_and_the_last_of_them(check, depth):
    # Given functions without contracts that call each other, and a leak in the innermost one
    inner = "void f0() { dst rt = ip_route_output_key(); }\n"
    outer = "".join(f"void f{i}() {{ f{i - 1}(); }}\n" for i in range(1, depth + 1))
    results = [c.result for c in check(f'use "route.spec";\n{inner}{outer}').checked]
    result = next(r for r in results if r.cfg.function == f"f{depth}")
    event = next(r.event for r in rows(result.cfg, result.traces[0], "rt") if "ip_route_output_key" in r.event)
    calls = event.partition(":")[0].split(" > ")
    assert calls[:2] == [f"f{depth - 1}", f"f{depth - 2}"]
    assert calls[-2:] == ["f1", "f0"]
    assert len(calls) == 5
    assert ("..." in calls) == (depth > 5)


WRONG_NAME = """use "route.spec", "skb.spec";

void f(skb skb) __requires(skb->dst is empty | owned)
{
	dst a = ip_route_output_key();
	dst b;

	if (IS_ERR(a))
		return;
	b = ip_route_output_flow();
	b = skb_dst(skb);
	use(a);
	dst_release(a);
}
"""


def test_a_leak_is_of_the_variable_whose_reference_is_lost(check):
    (checked,) = check(WRONG_NAME).checked
    (trace,) = checked.result.traces
    assert finding(checked.result.cfg, trace, "", {}).title == "the reference that `b` holds is lost here"


ENDED = """use "sock_hold.spec";

void f(sock sk) __must_hold(socket) contract {{ ok: revoke socket, leave socket; }}
{{
	dst d = __sk_dst_get(sk);

	{ends};
	if (d)
		use(d);
	{behind};
}}
"""


@pytest.mark.parametrize(
    ("ends", "behind", "why"),
    [
        ("__sk_dst_reset(sk)", "release_sock(sk)", "behind __sk_dst_reset(), which took it out of where it was found"),
        ("release_sock(sk)", "", "where the section of its borrow has ended"),
    ],
)
def test_a_finding_says_what_ended_a_borrow(check, ends, behind, why):
    (checked,) = check(ENDED.format(ends=ends, behind=behind)).checked
    (trace,) = checked.result.traces
    assert finding(checked.result.cfg, trace, "", {}).title == f"`d` is used {why}"


UNASKED = """use "noref/udp_tunnel.spec", "skb.spec";

int f(skb, bool cache) __must_hold(rcu) __must_hold(bh_off)
{
	bool noref;
	bool other = true;
	dst rt = udp_tunnel_dst_lookup(skb, cache, &noref);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	use(rt);
	return 0;
}
"""


def test_the_flag_that_decides_is_there_where_nobody_asks_it(check):
    # Given a flag that the look-up writes and that no line reads, so that it is dead from the start
    (checked,) = check(UNASKED).checked
    trace = next(t for t in checked.result.traces if t.violation.reason == "at-exit")
    found = rows(checked.result.cfg, trace, "rt")
    assert [tuple(c) for c in found[1].changes] == [("other", "true")]
    assert [tuple(c) for c in found[2].changes] == [("noref", "false"), ("rt", "held")]
