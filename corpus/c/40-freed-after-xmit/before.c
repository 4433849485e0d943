// SPDX-License-Identifier: GPL-2.0
// bug: sending has failed, and yet the skb is gone
// class: H, use after hand-over, or an unclear hand-over
// expect: rapids_xmit refuted(use-after-consume)
#include <net/dst.h>

static netdev_tx_t rapids_xmit(struct sk_buff *skb, struct net_device *dev)
{
	int err;

	skb_scrub_packet(skb, false);
	err = dev_queue_xmit(skb);
	if (err) {
		dev->stats.tx_errors++;
		kfree_skb(skb);
	}
	return NETDEV_TX_OK;
}

const struct net_device_ops rapids_netdev_ops = {
	.ndo_start_xmit = rapids_xmit,
};
