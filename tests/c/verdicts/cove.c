// SPDX-License-Identifier: GPL-2.0
// what a helper gives under a condition that its contract does not say is no certain NULL
// cove_change: possible bad-pointer; possible leaked-ref
// cove_always: certain bad-pointer

struct cove {
	unsigned int flags;
};

static struct net_device *cove_dev(struct net *net, struct cove *cove)
{
	if (cove->flags & 4)
		return NULL;
	return dev_get_by_index(net, 3);
}

int cove_change(struct net *net, struct cove *cove)
{
	struct net_device *dev = cove_dev(net, cove);

	if (cove->flags & 4)
		return 0;
	dev->mtu = 1500;
	dev_put(dev);
	return 0;
}

int cove_always(struct net *net)
{
	struct net_device *dev = dev_get_by_index(net, 3);

	dev->mtu = 1500;
	dev_put(dev);
	return 0;
}
