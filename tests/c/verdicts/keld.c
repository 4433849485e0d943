// SPDX-License-Identifier: GPL-2.0
// a function that only looks may call itself
// keld_pull: proved
// keld_own: proved
// keld_top: proved

static int keld_pull(struct sk_buff *skb, int len)
{
	struct sk_buff *list;
	int left;

	if (len <= skb->len)
		return 0;
	len -= skb->len;
	skb_walk_frags(skb, list) {
		left = keld_pull(list, len);
		if (!left)
			return 0;
		len = left;
	}
	return len;
}

static void keld_own(struct sk_buff *skb, struct sock *sk)
{
	struct sk_buff *frag;

	skb_walk_frags(skb, frag)
		keld_own(frag, sk);
	skb_orphan(skb);
}

int keld_top(struct sk_buff *skb, struct sock *sk)
{
	keld_own(skb, sk);
	return keld_pull(skb, 3);
}
