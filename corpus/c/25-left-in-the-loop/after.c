// SPDX-License-Identifier: GPL-2.0
// bug: the loop that empties a queue is left with the element in hand
// from: 60
// class: J, a loop
// expect: slough_flush proved
#include <net/sock.h>

int slough_write(const unsigned char *data, unsigned int len);

int slough_flush(struct sock *sk)
{
	struct sk_buff *skb;
	int err;

	while ((skb = skb_dequeue(&sk->sk_write_queue)) != NULL) {
		err = slough_write(skb->data, skb->len);
		if (err) {
			kfree_skb(skb);
			return err;
		}
		consume_skb(skb);
	}
	return 0;
}
