// SPDX-License-Identifier: GPL-2.0
// bug: a guard leaves the section at the end of the scope, and one exit leaves it by hand as well
// class: D, a section is not left, or not entered
// expect: ford_index proved
#include <linux/netdevice.h>

int ford_index(struct net *net, int ifindex)
{
	struct net_device *dev;

	guard(rcu)();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (!dev)
		return -ENODEV;
	return dev->mtu;
}
