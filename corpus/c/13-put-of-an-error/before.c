// SPDX-License-Identifier: GPL-2.0
// bug: one label for all failures puts what may be an ERR_PTR
// from: 23
// class: C, something is put that is not held
// expect: gully_xmit refuted(bad-pointer)
#include <net/ip.h>

struct gully {
	struct flowi4 fl;
	bool dead;
};

static netdev_tx_t gully_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct gully *gully = netdev_priv(dev);
	struct rtable *rt = NULL;

	if (gully->dead)
		goto error;
	rt = ip_route_output_key(dev_net(dev), &gully->fl);
	if (IS_ERR(rt))
		goto error;
	if (!pskb_may_pull(skb, 3))
		goto error;

	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	ip_local_out(dev_net(dev), NULL, skb);
	return NETDEV_TX_OK;

error:
	ip_rt_put(rt);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops gully_netdev_ops = {
	.ndo_start_xmit = gully_xmit,
};
