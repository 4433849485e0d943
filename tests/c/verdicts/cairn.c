// SPDX-License-Identifier: GPL-2.0
// a message that shows a number does not change it
// cairn_send: proved

#define cairn_debug(dev, fmt, ...) do { if (cairn_level) printk(fmt, ##__VA_ARGS__); } while (0)
int cairn_level;
int printk(const char *fmt, ...);

int cairn_send(struct net_device *dev, struct sk_buff *skb)
{
	int err = skb_cow_head(skb, 8);

	if (err) {
		cairn_debug(dev, "no room: %d", err);
		goto out;
	}
	dev_queue_xmit(skb);
out:
	if (err)
		kfree_skb(skb);
	return err;
}
