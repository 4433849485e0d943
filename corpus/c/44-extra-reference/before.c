// SPDX-License-Identifier: GPL-2.0
// bug: a second reference on the skb is taken for a queue, and is kept where the queue is not used
// class: A, a reference is leaked
// expect: mirror_xmit refuted(leaked-ref)
#include <net/dst.h>

struct mirror {
	struct sk_buff_head tap;
	bool on;
};

static netdev_tx_t mirror_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct mirror *mirror = netdev_priv(dev);

	skb_dst_drop(skb);
	skb_get(skb);
	if (mirror->on)
		skb_queue_tail(&mirror->tap, skb);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops mirror_netdev_ops = {
	.ndo_start_xmit = mirror_xmit,
};
