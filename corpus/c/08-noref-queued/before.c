// SPDX-License-Identifier: GPL-2.0
// bug: an skb whose route is only lent goes into a queue that outlives the reader section
// from: 13
// class: B, a borrow is used outside its section
// expect: fjord_park refuted(noref-escape)
#include <net/sock.h>

struct fjord {
	struct sk_buff_head later;
};

int fjord_park(struct fjord *fjord, struct sock *sk)
{
	struct dst_entry *dst;
	struct sk_buff *skb;

	skb = alloc_skb(128, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst)
		skb_dst_set_noref(skb, dst);
	skb_queue_tail(&fjord->later, skb);
	rcu_read_unlock();
	return 0;
}
