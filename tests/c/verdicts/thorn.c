// SPDX-License-Identifier: GPL-2.0
// what comes back in the place of an skb may be another one: the old pointer is not it
// thorn_old: certain leaked-ref; certain use-after-consume
// thorn_same: possible leaked-ref
// thorn_new: proved
// thorn_route: proved
int thorn_old(struct sk_buff *skb)
{
	struct sk_buff *own = skb_share_check(skb, GFP_ATOMIC);

	if (!own)
		return 0;
	kfree_skb(skb);
	return 1;
}

int thorn_same(struct sk_buff *skb)
{
	struct sk_buff *room = skb_expand_head(skb, 16);

	if (!room)
		return 0;
	if (room == skb)
		kfree_skb(room);
	return 1;
}

int thorn_new(struct sk_buff *skb)
{
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return 0;
	kfree_skb(skb);
	return 1;
}

int thorn_route(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	skb = skb_expand_head(skb, 16);
	if (!skb)
		return 0;
	return ip_local_out(net, sk, skb);
}
