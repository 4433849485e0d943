// SPDX-License-Identifier: GPL-2.0
// bug: a route that only the skb kept is read after the skb was handed on
// from: 19
// class: H, use after hand-over, or an unclear hand-over
// expect: shoal_send refuted(use-after-consume)
#include <net/ip.h>

int shoal_send(struct net *net, struct flowi4 *fl, struct net_device_stats *stats)
{
	struct sk_buff *skb;
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb = alloc_skb(256, GFP_KERNEL);
	if (!skb) {
		ip_rt_put(rt);
		return -ENOMEM;
	}
	skb_dst_set(skb, &rt->dst);

	err = ip_local_out(net, NULL, skb);
	if (err && rt->rt_type == RTN_UNICAST)
		stats->tx_errors++;
	return err;
}
