// SPDX-License-Identifier: GPL-2.0
// bug: the helper frees the skb where it fails, and its caller does so again
// from: 50
// class: H, use after hand-over, or an unclear hand-over
// expect: levee_xmit refuted(double-release)
#include <net/dst.h>

static int levee_prepare(struct sk_buff *skb, struct net_device *dev)
{
	if (!pskb_may_pull(skb, 20))
		goto drop;
	if (skb_cow_head(skb, dev->needed_headroom))
		goto drop;
	return 0;

drop:
	kfree_skb(skb);
	return -ENOMEM;
}

static netdev_tx_t levee_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (levee_prepare(skb, dev)) {
		dev->stats.tx_dropped++;
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	dev_queue_xmit(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops levee_netdev_ops = {
	.ndo_start_xmit = levee_xmit,
};
