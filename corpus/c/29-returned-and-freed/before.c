// SPDX-License-Identifier: GPL-2.0
// bug: what is returned is given back at the end of the scope as well
// class: H, use after hand-over, or an unclear hand-over
// expect: aqueduct_find refuted(use-after-release)
// expect: aqueduct_mtu refuted(use-after-release, double-release)
#include <linux/netdevice.h>

static struct net_device *aqueduct_find(struct net *net, const char *name)
{
	struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

	if (!dev || !(dev->flags & 1))
		return NULL;
	return dev;
}

int aqueduct_mtu(struct net *net, const char *name)
{
	struct net_device *dev = aqueduct_find(net, name);
	int mtu;

	if (!dev)
		return -ENODEV;
	mtu = dev->mtu;
	dev_put(dev);
	return mtu;
}
