// SPDX-License-Identifier: GPL-2.0
// bug: at the end of the scope the memory of a counted object is freed, and its reference is not given back
// class: A, a reference is leaked
// expect: canal_up refuted(leaked-ref)
#include <linux/netdevice.h>

int canal_up(struct net *net, const char *name)
{
	struct net_device *dev __free(kfree) = dev_get_by_name(net, name);

	if (!dev)
		return -ENODEV;
	if (!(dev->flags & 1))
		return -EBUSY;
	return dev->ifindex;
}
