// SPDX-License-Identifier: GPL-2.0
// An argument is for the parameter in its place, whatever names a prototype in front of the body has.
// hause_both: certain double-release; certain leaked-ref
// hause_right: proved

static void hause_take(struct sk_buff *next, struct sk_buff *skb);

void hause_both(void)
{
	struct sk_buff *a = alloc_skb(8, GFP_ATOMIC), *b = alloc_skb(8, GFP_ATOMIC);

	if (a && b) {
		hause_take(a, b);
		kfree_skb(a);
		return;
	}
	kfree_skb(a);
	kfree_skb(b);
}

void hause_right(void)
{
	struct sk_buff *a = alloc_skb(8, GFP_ATOMIC), *b = alloc_skb(8, GFP_ATOMIC);

	if (a && b)
		hause_take(a, b);
	else
		kfree_skb(a);
	kfree_skb(b);
}

static void hause_take(struct sk_buff *skb, struct sk_buff *next)
{
	next->mark = skb->mark;
	kfree_skb(skb);
}
