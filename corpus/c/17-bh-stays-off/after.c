// SPDX-License-Identifier: GPL-2.0
// bug: bottom halves were disabled for a cache, and an early return leaves them so
// from: 32
// class: D, a section is not left, or not entered
// expect: tarn_route proved
#include <net/dst_cache.h>

int tarn_route(struct net *net, struct dst_cache *cache, struct flowi4 *fl)
{
	struct rtable *rt;
	int err = 0;

	local_bh_disable();
	rt = dst_cache_get_ip4(cache, &fl->saddr);
	if (!rt) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt)) {
			err = PTR_ERR(rt);
			goto out;
		}
		dst_cache_set_ip4(cache, &rt->dst, fl->saddr);
	}
	fl->flowi4_oif = rt->dst.obsolete;
	ip_rt_put(rt);
out:
	local_bh_enable();
	return err;
}
