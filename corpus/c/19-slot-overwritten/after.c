// SPDX-License-Identifier: GPL-2.0
// bug: the skb gets a route while it may own another one
// from: 43
// class: G, a slot that owns is overwritten
// expect: strait_xmit proved
#include <net/ip.h>

static netdev_tx_t strait_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct flowi4 *fl = netdev_priv(dev);
	struct rtable *rt;

	rt = ip_route_output_key(dev_net(dev), fl);
	if (IS_ERR(rt))
		goto drop;
	if (rt->rt_type != RTN_UNICAST) {
		ip_rt_put(rt);
		goto drop;
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	ip_local_out(dev_net(dev), NULL, skb);
	return NETDEV_TX_OK;

drop:
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops strait_netdev_ops = {
	.ndo_start_xmit = strait_xmit,
};
