// SPDX-License-Identifier: GPL-2.0
// a switch that nobody says to have all cases
// knoll_lose: certain leaked-ref

struct knoll {
	int kind;
};

int knoll_send(struct knoll *knoll, struct sk_buff *skb)
{
	switch (knoll->kind) {
	case 2:
		return dev_queue_xmit(skb);
	case 10:
		return netif_rx(skb);
	}
	return 0;
}

int knoll_lose(struct knoll *knoll, struct net_device *dev)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, 64);

	if (!skb)
		return -ENOMEM;
	switch (knoll->kind) {
	case 2:
		return dev_queue_xmit(skb);
	case 10:
		return -EINVAL;
	}
	kfree_skb(skb);
	return 0;
}
