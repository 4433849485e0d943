// SPDX-License-Identifier: GPL-2.0
// bug: what RCU lends is held by a plain increment, although its count may be zero already
// from: 25
// class: E, a borrow is turned into a reference, or lost, without a look
// expect: reef_egress proved
#include <net/sock.h>

int reef_egress(struct sk_buff_head *out, struct sock *sk)
{
	struct dst_entry *dst;
	struct sk_buff *skb;

	skb = alloc_skb(64, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst && dst_hold_safe(dst))
		skb_dst_set(skb, dst);
	rcu_read_unlock();
	skb_queue_tail(out, skb);
	return 0;
}
