// SPDX-License-Identifier: GPL-2.0
// bug: the helper hands out its route even where it fails, and the caller returns
// class: A, a reference is leaked
// expect: burn_send proved
#include <net/route.h>

static int burn_route(struct net *net, struct flowi4 *fl, struct rtable **rtp)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt)) {
		*rtp = NULL;
		return PTR_ERR(rt);
	}
	*rtp = rt;
	if (rt->rt_type != RTN_UNICAST)
		return -EINVAL;
	return 0;
}

int burn_send(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt;
	int err;

	err = burn_route(net, fl, &rt);
	if (!err)
		fl->flowi4_oif = rt->rt_type;
	ip_rt_put(rt);
	return err;
}
