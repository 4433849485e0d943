// SPDX-License-Identifier: GPL-2.0
// a role is one through a conversion, too; who gets the address of a pointer to a struct may lose what its fields own
// bield_xmit: certain leaked-ref
// bield_fill: proved

struct bield {
	struct dst_entry *dst;
};

void bield_next(struct bield **at);

static int bield_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (skb->len > dev->mtu)
		return -EMSGSIZE;
	kfree_skb(skb);
	return 0;
}

static const struct net_device_ops bield_ops = {
	.ndo_start_xmit = (void *)bield_xmit,
};

int bield_fill(struct sock *sk)
{
	struct bield *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	b->dst = sk_dst_get(sk);
	bield_next(&b);
	return 0;
}

void bield_clear(struct bield *b)
{
	dst_release(b->dst);
	b->dst = NULL;
}
