// SPDX-License-Identifier: GPL-2.0
// __free() puts what its variable has where the scope ends, however it is left
// holt_jump: proved
// holt_twice: certain double-release
// holt_round: proved
// holt_keep: proved
// holt_lost: certain leaked-ref
// holt_other: certain leaked-ref
// holt_case: proved
// holt_kept: certain use-after-consume

int holt_jump(struct net *net, const char *name)
{
	struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);
	int err;

	if (!dev)
		return -ENODEV;
	{
		struct net_device *other __free(dev_put) = dev_get_by_name(net, name);

		if (!other) {
			err = -ENODEV;
			goto out;
		}
		err = other->ifindex;
	}
out:
	return err;
}

int holt_twice(struct net *net, const char *name)
{
	struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

	if (!dev)
		return -ENODEV;
	dev_put(dev);
	return 0;
}

int holt_round(struct net *net, const char *name, int n)
{
	while (n) {
		struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

		if (!dev)
			continue;
		if (dev->ifindex == 3)
			break;
		n = dev->ifindex;
	}
	return 0;
}

struct net_device *holt_keep(struct net *net, const char *name)
{
	struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

	if (!dev || dev->ifindex == 3)
		return NULL;
	return_ptr(dev);
}

int holt_lost(struct net *net, const char *name)
{
	struct net_device *dev = holt_keep(net, name);

	return dev ? 0 : -ENODEV;
}

int holt_other(struct net *net, const char *name)
{
	struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

	dev = dev_get_by_name(net, "other");
	return 0;
}

int holt_case(struct net *net, const char *name, int n)
{
	switch (n) {
	case 1: {
		struct net_device *dev __free(dev_put) = dev_get_by_name(net, name);

		if (!dev)
			break;
		return dev->ifindex;
	}
	default:
		return 3;
	}
	return 1;
}

int holt_kept(struct net *net, struct sk_buff *given)
{
	struct sk_buff *skb __free(kfree_skb) = given;

	dev_queue_xmit(skb);
	return 0;
}
DEFINE_FREE(kfree_skb, struct sk_buff *, if (_T) kfree_skb(_T))
