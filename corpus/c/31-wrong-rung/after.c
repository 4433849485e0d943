// SPDX-License-Identifier: GPL-2.0
// bug: of three rungs of the way out one failure takes the wrong one
// class: A, a reference is leaked
// expect: quay_resolve proved
#include <net/route.h>
#include <net/neighbour.h>

int quay_program(int ifindex, u8 first);

int quay_resolve(struct net *net, const char *name, struct flowi4 *fl)
{
	struct neighbour *neigh;
	struct net_device *dev;
	struct rtable *rt;
	int err;

	dev = dev_get_by_name(net, name);
	if (!dev)
		return -ENODEV;
	fl->flowi4_oif = dev->ifindex;
	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt)) {
		err = PTR_ERR(rt);
		goto err_dev;
	}
	neigh = dst_neigh_lookup(&rt->dst, &fl->daddr);
	if (!neigh) {
		err = -EHOSTUNREACH;
		goto err_rt;
	}
	err = quay_program(dev->ifindex, neigh->ha[0]);

	neigh_release(neigh);
err_rt:
	ip_rt_put(rt);
err_dev:
	dev_put(dev);
	return err;
}
