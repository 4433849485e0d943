// SPDX-License-Identifier: GPL-2.0
// bug: the receive queue takes the skb only where it has room, and nobody frees it elsewhere
// from: 50
// class: H, use after hand-over, or an unclear hand-over
// expect: sound_report refuted(leaked-ref)
#include <net/sock.h>

int sound_report(struct sock *sk, int code)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb(32, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	skb->mark = code;
	err = sock_queue_rcv_skb(sk, skb);
	return err;
}
