// SPDX-License-Identifier: GPL-2.0
// one result with two fates of an argument
// shoal_send: possible leaked-ref
// shoal_try: proved

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
