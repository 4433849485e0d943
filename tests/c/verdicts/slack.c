// SPDX-License-Identifier: GPL-2.0
// A helper that looks at an object without asking whether it is there needs one, also where it does nothing else.
// slack_len: proved
// slack_some: proved
// slack_asks: proved
// slack_deep: proved
// slack_missing: possible bad-pointer
// slack_error: possible bad-pointer
// slack_branch: possible bad-pointer
// slack_chain: possible bad-pointer
// slack_there: proved
// slack_either: proved
// slack_nested: proved

static unsigned int slack_len(struct sk_buff *skb)
{
	return skb->len;
}

static unsigned int slack_some(struct sk_buff *skb, int how)
{
	if (how)
		return skb->len;
	return 0;
}

static unsigned int slack_asks(struct sk_buff *skb)
{
	return skb ? skb->len : 0;
}

static int slack_deep(struct sk_buff *skb, int rounds)
{
	if (!rounds)
		return skb->len;
	return slack_deep(skb, rounds - 1);
}

int slack_missing(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len = slack_len(skb);

	kfree_skb(skb);
	return len;
}

int slack_error(struct net *net, struct flowi4 *fl4, struct sock *sk)
{
	struct rtable *rt = ip_route_output_flow(net, fl4, sk);
	int mtu = dst_mtu(&rt->dst);

	ip_rt_put(rt);
	return mtu;
}

int slack_branch(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len = slack_some(skb, n);

	kfree_skb(skb);
	return len;
}

int slack_chain(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len = slack_deep(skb, 2);

	kfree_skb(skb);
	return len;
}

int slack_there(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len;

	if (!skb)
		return -ENOMEM;
	len = slack_len(skb) + slack_some(skb, n);
	kfree_skb(skb);
	return len;
}

int slack_either(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len = slack_asks(skb);

	kfree_skb(skb);
	return len;
}

int slack_nested(int n)
{
	struct sk_buff *skb = alloc_skb(n, GFP_ATOMIC);
	int len;

	if (!skb)
		return -ENOMEM;
	len = slack_deep(skb, n);
	kfree_skb(skb);
	return len;
}
