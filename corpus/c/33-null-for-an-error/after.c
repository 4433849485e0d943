// SPDX-License-Identifier: GPL-2.0
// bug: the look-up fails with ERR_PTR, and its result is compared with NULL
// class: C, something is put that is not held
// expect: beck_oif proved
#include <net/route.h>

int beck_oif(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt;
	int oif;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	oif = rt->dst.dev->ifindex;
	ip_rt_put(rt);
	return oif;
}
