// SPDX-License-Identifier: GPL-2.0
// who calls what is not read says so, or has no verdict
// kelp_odd: unknown
// kelp_look: unknown
// kelp_send: unknown
// kelp_len: proved

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
