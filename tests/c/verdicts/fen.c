// SPDX-License-Identifier: GPL-2.0
// what a subsystem's own senders take, and what is dropped because it is no packet
// fen_xmit: proved
// fen_full: certain leaked-ref
bool can_dropped_invalid_skb(struct net_device *dev, struct sk_buff *skb);
int can_put_echo_skb(struct sk_buff *skb, struct net_device *dev, unsigned int idx, unsigned int frame_len);

static int fen_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (can_dropped_invalid_skb(dev, skb))
		return NETDEV_TX_OK;
	can_put_echo_skb(skb, dev, 0, 0);
	return NETDEV_TX_OK;
}

static int fen_full(struct sk_buff *skb, struct net_device *dev)
{
	if (can_dropped_invalid_skb(dev, skb))
		return NETDEV_TX_OK;
	if (dev->mtu < 8)
		return NETDEV_TX_OK;
	can_put_echo_skb(skb, dev, 0, 0);
	return NETDEV_TX_OK;
}

static const struct net_device_ops fen_ops = {
	.ndo_start_xmit = fen_xmit,
};

static const struct net_device_ops fen_full_ops = {
	.ndo_start_xmit = fen_full,
};
