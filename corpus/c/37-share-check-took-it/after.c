// SPDX-License-Identifier: GPL-2.0
// bug: the helper frees the skb where it fails, and the caller frees it again
// class: H, use after hand-over, or an unclear hand-over
// expect: islet_xmit proved
#include <net/dst.h>

static netdev_tx_t islet_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sk_buff *own;

	own = skb_share_check(skb, GFP_ATOMIC);
	if (!own) {
		dev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	own->mark = dev->ifindex;
	dev_queue_xmit(own);
	return NETDEV_TX_OK;
}

const struct net_device_ops islet_netdev_ops = {
	.ndo_start_xmit = islet_xmit,
};
