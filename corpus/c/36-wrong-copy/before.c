// SPDX-License-Identifier: GPL-2.0
// bug: of an skb and its clone the original is freed twice and the clone never
// class: C, something is put that is not held
// expect: twin_xmit refuted(leaked-ref, double-release)
#include <net/dst.h>

static netdev_tx_t twin_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sk_buff *copy;

	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy)
		goto drop;
	if (skb_cow_head(copy, dev->needed_headroom)) {
		kfree_skb(skb);
		goto drop;
	}
	dev_queue_xmit(copy);
	consume_skb(skb);
	return NETDEV_TX_OK;

drop:
	dev->stats.tx_dropped++;
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops twin_netdev_ops = {
	.ndo_start_xmit = twin_xmit,
};
