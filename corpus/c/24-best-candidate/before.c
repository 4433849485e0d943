// SPDX-License-Identifier: GPL-2.0
// bug: two rounds find the same route, and equal pointers are taken for one reference
// from: 58
// class: J, a loop
// expect: bayou_pick refuted(leaked-ref)
#include <net/route.h>

int bayou_pick(struct net *net, struct flowi4 *fl, const __be32 *from, int n, unsigned int flags)
{
	struct dst_entry *dst = NULL;
	struct rtable *rt;
	int i, mtu;

	for (i = 0; i < n; i++) {
		fl->saddr = from[i];
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			continue;
		if (!dst) {
			dst = &rt->dst;
			continue;
		}
		if (rt->rt_flags != flags) {
			if (&rt->dst != dst)
				dst_release(&rt->dst);
			continue;
		}
		dst_release(dst);
		dst = &rt->dst;
		break;
	}
	if (!dst)
		return -EHOSTUNREACH;
	mtu = dst_mtu(dst);
	dst_release(dst);
	return mtu;
}
