// SPDX-License-Identifier: GPL-2.0
// bug: the helper takes the skb, but not where its queue is full, and its caller never looks
// from: 50
// class: H, use after hand-over, or an unclear hand-over
// expect: basin_xmit proved
#include <net/dst.h>

struct basin {
	struct sk_buff_head out;
};

static int basin_queue(struct basin *basin, struct sk_buff *skb)
{
	if (skb_queue_len(&basin->out) >= 100)
		return -ENOBUFS;
	skb_dst_drop(skb);
	skb_queue_tail(&basin->out, skb);
	return 0;
}

static netdev_tx_t basin_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct basin *basin = netdev_priv(dev);

	if (basin_queue(basin, skb))
		kfree_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops basin_netdev_ops = {
	.ndo_start_xmit = basin_xmit,
};
