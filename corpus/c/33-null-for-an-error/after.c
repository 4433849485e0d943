// SPDX-License-Identifier: GPL-2.0
// bug: the look-up fails with ERR_PTR, and its result is compared with NULL
// class: C, something is put that is not held
// expect: beck_type proved
#include <net/route.h>

int beck_type(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt;
	int type;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	type = rt->rt_type;
	ip_rt_put(rt);
	return type;
}
