// SPDX-License-Identifier: GPL-2.0
// bug: what was queued on the stack is forgotten where a later allocation fails
// class: A, a reference is leaked
// expect: chain_send proved
#include <net/sock.h>

int chain_send(struct net_device *dev, int n)
{
	struct sk_buff_head queue;
	struct sk_buff *skb;
	int i;

	__skb_queue_head_init(&queue);
	for (i = 0; i < n; i++) {
		skb = alloc_skb(64, GFP_KERNEL);
		if (!skb) {
			__skb_queue_purge(&queue);
			return -ENOMEM;
		}
		skb->dev = dev;
		__skb_queue_tail(&queue, skb);
	}
	while ((skb = __skb_dequeue(&queue)) != NULL)
		dev_queue_xmit(skb);
	return 0;
}
