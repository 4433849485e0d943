// SPDX-License-Identifier: GPL-2.0
// bug: a device is looked up by an RCU helper outside of any reader section
// from: 18
// class: B, a borrow is used outside its section
// expect: harbour_mtu refuted(missing-context)
#include <linux/netdevice.h>

int harbour_mtu(struct net *net, int ifindex)
{
	struct net_device *dev;
	int mtu = -ENODEV;

	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		mtu = dev->mtu;
	return mtu;
}
