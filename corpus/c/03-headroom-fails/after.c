// SPDX-License-Identifier: GPL-2.0
// bug: the new route is lost when the headroom cannot be made, before the skb has it
// from: 04
// class: A, a reference is leaked
// expect: brook_xmit proved
#include <net/ip.h>

struct brook_dev {
	struct flowi4 fl;
	unsigned int room;
};

static netdev_tx_t brook_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct brook_dev *brook = netdev_priv(dev);
	struct dst_entry *dst;
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(dev_net(dev), &brook->fl);
	if (IS_ERR(rt))
		goto drop;
	dst = &rt->dst;
	if (dst->error) {
		dst_release(dst);
		goto drop;
	}

	err = skb_cow_head(skb, brook->room);
	if (err) {
		dst_release(dst);
		goto drop;
	}

	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	ip_local_out(dev_net(dev), NULL, skb);
	return NETDEV_TX_OK;

drop:
	dev->stats.tx_dropped++;
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops brook_netdev_ops = {
	.ndo_start_xmit = brook_xmit,
};
