// SPDX-License-Identifier: GPL-2.0
// bug: a neighbour and the route it was found by are both kept, when all goes well and when not
// from: 06
// class: A, a reference is leaked
// expect: weir_find_mac proved
#include <net/route.h>
#include <net/neighbour.h>

int weir_find_mac(struct net *net, struct flowi4 *fl, u8 *mac)
{
	struct neighbour *neigh;
	struct rtable *rt;

	if (!fl->daddr)
		goto out;
	rt = ip_route_output_flow(net, fl, NULL);
	if (IS_ERR(rt))
		goto out;
	if (rt->rt_uses_gateway && rt->rt_gw_family != 2)
		goto out_rt;
	neigh = dst_neigh_lookup(&rt->dst, &fl->daddr);
	if (!neigh)
		goto out_rt;
	*mac = neigh->ha[0];
	neigh_release(neigh);
	ip_rt_put(rt);
	return 0;

out_rt:
	ip_rt_put(rt);
out:
	return -ENOENT;
}
