// SPDX-License-Identifier: GPL-2.0
// bug: a route stays held on one early return after its look-up
// from: 01
// class: A, a reference is leaked
// expect: ripple_route refuted(leaked-ref)
#include <net/route.h>

struct ripple_peer {
	struct flowi4 fl;
	struct net_device *out;
	u8 ttl;
};

int ripple_route(struct net *net, struct ripple_peer *peer)
{
	struct rtable *rt;

	rt = ip_route_output_key(net, &peer->fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);

	if (rt->rt_gw_family != 2)
		return -ENETUNREACH;
	if (rt->dst.dev != peer->out) {
		ip_rt_put(rt);
		return -EHOSTUNREACH;
	}

	peer->ttl = ip4_dst_hoplimit(&rt->dst);
	ip_rt_put(rt);
	return 0;
}
