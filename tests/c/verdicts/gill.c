// SPDX-License-Identifier: GPL-2.0
// a function that calls itself is held to what was inferred of it
// gill_drain: proved
// gill_lose: certain double-release

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
