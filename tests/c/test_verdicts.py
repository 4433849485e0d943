# SPDX-License-Identifier: GPL-2.0-only
"""Small C in kernel style and what is said of it: a proof that is not earned is none, and what is right is no finding."""

from pathlib import Path

import pytest
from c_verdicts import assumed, verdicts

CASES = {
    "a name is one variable in each block": (
        """
int creek(struct net *net, struct flowi4 *fl, struct sock *sk)
{
	struct dst_entry *dst = sk->sk_dst_cache;
	int mtu = 0;

	rcu_read_lock();
	for (;;) {
		struct dst_entry *dst;

		dst = sk_dst_get(sk);
		if (!dst)
			break;
		mtu = dst_mtu(dst);
		dst_release(dst);
	}
	rcu_read_unlock();
	return mtu;
}
""",
        {"creek": "proved"},
    ),
    "what an inner variable is asked does not excuse the outer one": (
        """
int brook(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	{
		struct rtable *rt = ip_route_output_key(net, fl);

		if (!IS_ERR(rt))
			ip_rt_put(rt);
	}
	return 0;
}
""",
        {"brook": "certain leaked-ref"},
    ),
    "256 is 0 in eight bits": (
        """
int ford(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	u8 n = 256;

	if (!n)
		return -EINVAL;
	dst_release(dst);
	return 0;
}
""",
        {"ford": "certain leaked-ref"},
    ),
    "a negative number is a large one without a sign": (
        """
int weir(struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = sk_dst_get(sk);
	u32 n = skb_cow_head(skb, 8);

	if (n > 0)
		return -ENOMEM;
	if (!n)
		dst_release(dst);
	return 0;
}
""",
        {"weir": "certain leaked-ref"},
    ),
    "an error code fits into an int": (
        """
int mere(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);
	int err = PTR_ERR_OR_ZERO(rt);

	if (err)
		return err;
	ip_rt_put(rt);
	return 0;
}
""",
        {"mere": "proved"},
    ),
    "private data of a socket is not the socket, and may be missing": (
        """
struct fell {
	int n;
};

int fell_peek(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct fell *fell = rcu_dereference_sk_user_data(sk);

	if (!fell)
		return -ENODEV;
	dst_release(dst);
	return fell->n;
}
""",
        {"fell_peek": "certain leaked-ref"},
    ),
    "what stands behind a test that never fails is not proved": (
        """
int tarn(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	bool there = true;

	if (!there)
		return -EINVAL;
	dst_release(dst);
	return 0;
}
""",
        {"tarn": "vacuous"},
    ),
    "a helper that sleeps makes its caller one that does": (
        """
static void rill_settle(struct net_device *dev)
{
	dev->mtu = 0;
	synchronize_rcu();
}

int rill_change(struct net_device *dev)
{
	rill_settle(dev);
	return 0;
}

int rill_badly(struct net_device *dev)
{
	rcu_read_lock();
	rill_settle(dev);
	rcu_read_unlock();
	return 0;
}
""",
        {"rill_settle": "proved", "rill_change": "proved", "rill_badly": "certain missing-context"},
    ),
    "a function that calls itself is held to what was inferred of it": (
        """
static int gill_drain(struct sk_buff_head *list, struct sk_buff *skb, int n)
{
	if (n) {
		skb_queue_tail(list, skb);
		return 0;
	}
	return gill_drain(list, skb, n - 1);
}

static int gill_lose(struct sk_buff *skb, int n)
{
	if (n > 8) {
		kfree_skb(skb);
		return 0;
	}
	gill_lose(skb, n + 1);
	kfree_skb(skb);
	return 0;
}
""",
        {"gill_drain": "proved", "gill_lose": "certain double-release; certain use-after-consume"},
    ),
    "helpers that lock and unlock": (
        """
struct isle {
	spinlock_t lock;
	int n;
};

static void isle_lock(struct isle *isle)
{
	isle->n++;
	spin_lock_bh(&isle->lock);
}

static void isle_unlock(struct isle *isle)
{
	spin_unlock_bh(&isle->lock);
	isle->n--;
}

int isle_both(struct isle *isle)
{
	isle_lock(isle);
	isle_unlock(isle);
	return 0;
}

int isle_forgets(struct isle *isle, int n)
{
	isle_lock(isle);
	if (n)
		return -EINVAL;
	isle_unlock(isle);
	return 0;
}

int isle_twice(struct isle *isle)
{
	isle_lock(isle);
	isle_unlock(isle);
	isle_unlock(isle);
	return 0;
}

static void isle_alone(struct isle *isle)
{
	spin_unlock_bh(&isle->lock);
}
""",
        {
            "isle_lock": "proved", "isle_unlock": "proved", "isle_both": "proved", "isle_alone": "certain unbalanced-context",
            "isle_forgets": "certain unbalanced-context", "isle_twice": "certain unbalanced-context",
        },
    ),
    "one object under two names": (
        """
struct holm {
	struct sock *sk;
	int n;
};

int holm_find(struct holm *holm, struct sock *sk)
{
	struct dst_entry *dst;

	if (holm->sk != sk)
		return -ENOENT;
	dst = sk_dst_get(sk);
	if (dst)
		holm->n++;
	return 0;
}
""",
        {"holm_find": "certain leaked-ref"},
    ),
    "a message that shows a number does not change it": (
        """
#define cairn_debug(dev, fmt, ...) do { if (cairn_level) printk(fmt, ##__VA_ARGS__); } while (0)
int cairn_level;
int printk(const char *fmt, ...);

int cairn_send(struct net_device *dev, struct sk_buff *skb)
{
	int err = skb_cow_head(skb, 8);

	if (err) {
		cairn_debug(dev, "no room: %d", err);
		goto out;
	}
	dev_queue_xmit(skb);
out:
	if (err)
		kfree_skb(skb);
	return err;
}
""",
        {"cairn_send": "proved"},
    ),
    "a switch that nobody says to have all cases": (
        """
struct knoll {
	int kind;
};

int knoll_send(struct knoll *knoll, struct sk_buff *skb)
{
	switch (knoll->kind) {
	case 2:
		return dev_queue_xmit(skb);
	case 10:
		return netif_rx(skb);
	}
	return 0;
}

int knoll_lose(struct knoll *knoll, struct net_device *dev)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, 64);

	if (!skb)
		return -ENOMEM;
	switch (knoll->kind) {
	case 2:
		return dev_queue_xmit(skb);
	case 10:
		return -EINVAL;
	}
	kfree_skb(skb);
	return 0;
}
""",
        {"knoll_lose": "certain leaked-ref"},
    ),
    "a pointer that a callee fills in": (
        """
int moor_tail(struct sk_buff *skb, struct sk_buff **tail);

int moor_grow(struct sk_buff *skb)
{
	struct sk_buff *tail;
	int n = moor_tail(skb, &tail);

	if (n < 0)
		return n;
	tail->mark = 1;
	return 0;
}
""",
        {"moor_grow": "proved"},
    ),
    "a macro that enters a section, and one that leaves it": (
        """
#define skerry_lock(n) do { skerry_count(n); rcu_read_lock(); } while (0)
#define skerry_unlock() rcu_read_unlock()

int skerry_mtu(struct net *net)
{
	struct net_device *dev;
	int mtu = 0;

	skerry_lock(1);
	dev = dev_get_by_index_rcu(net, 1);
	if (dev)
		mtu = dev->mtu;
	skerry_unlock();
	return mtu;
}

int skerry_stay(struct net *net)
{
	skerry_lock(1);
	return 0;
}
""",
        {"skerry_mtu": "proved", "skerry_stay": "certain unbalanced-context"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_said(name: str, tmp_path: Path):
    text, expected = CASES[name]
    found = verdicts(text, tmp_path)
    assert {f: found[f] for f in expected} == expected


UNREAD = """
static int kelp_odd(struct sk_buff *skb)
{
	asm volatile("nop");
	kfree_skb(skb);
	return 0;
}

static int kelp_look(struct sk_buff *skb)
{
	asm volatile("nop");
	return skb->len;
}

int kelp_send(struct sk_buff *skb)
{
	return kelp_odd(skb);
}

int kelp_len(struct sk_buff *skb)
{
	return kelp_look(skb);
}
"""


def test_who_calls_what_is_not_read_says_so(tmp_path: Path):
    found = verdicts(UNREAD, tmp_path)
    assert found == {"kelp_odd": "unknown", "kelp_look": "unknown", "kelp_send": "unknown", "kelp_len": "proved"}
    assert ("not read", "`kelp_look` is not read, and is taken to lend") in assumed(UNREAD, tmp_path, "kelp_len")


TWO_FATES = """
static int shoal_send(struct sk_buff *skb, int n)
{
	if (n > 1)
		return -EINVAL;
	if (n) {
		kfree_skb(skb);
		return -EINVAL;
	}
	dev_queue_xmit(skb);
	return 0;
}

int shoal_try(struct net_device *dev, int n)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, 64);

	if (!skb)
		return -ENOMEM;
	return shoal_send(skb, n);
}
"""


def test_a_contract_with_two_fates_is_a_finding_and_an_assumption(tmp_path: Path):
    found = verdicts(TWO_FATES, tmp_path)
    assert "leaked-ref" in found["shoal_send"]
    assert "ambiguous" in {kind for kind, _ in assumed(TWO_FATES, tmp_path, "shoal_try")}


ENTRY = """
void dale_wait(struct net_device *dev)
{
	dev->mtu = 0;
	synchronize_rcu();
}

int dale_find(struct net *net)
{
	struct net_device *dev = dev_get_by_index_rcu(net, 1);

	return dev ? dev->mtu : 0;
}
"""


def test_what_callers_elsewhere_have_to_bring_is_an_assumption(tmp_path: Path):
    assert ("entry", "whoever calls `dale_wait` may sleep") in assumed(ENTRY, tmp_path, "dale_wait")
    assert [text for kind, text in assumed(ENTRY, tmp_path, "dale_find") if kind == "entry"]
