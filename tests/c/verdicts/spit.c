// SPDX-License-Identifier: GPL-2.0
// an argument must be there where the body cannot do without it, also where its variable has something else later
// spit_segment: proved
// spit_each: proved
// spit_none: certain bad-pointer

static int spit_segment(struct sk_buff *skb)
{
	struct sk_buff *first = skb;

	if (!pskb_may_pull(skb, 20))
		return -EINVAL;
	skb = skb_clone(first, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	skb->mark = 1;
	kfree_skb(skb);
	return 0;
}

int spit_each(struct sk_buff *skb)
{
	if (!skb)
		return 0;
	return spit_segment(skb);
}

int spit_none(struct sk_buff *skb)
{
	struct sk_buff *mine = skb_clone(skb, GFP_ATOMIC);
	int err = pskb_may_pull(mine, 20);

	kfree_skb(mine);
	return err;
}
