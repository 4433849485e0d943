// SPDX-License-Identifier: GPL-2.0
// bug: a hit gives a reference, a miss leaves it with the socket, and both are attached as a loan
// from: 67
// class: K, a flag or a callee decides who owns
// expect: lock_gate_send proved
#include <net/sock.h>
#include <net/ip.h>

int lock_gate_send(struct net *net, struct sock *sk, struct flowi4 *fl)
{
	struct dst_entry *dst;
	struct sk_buff *skb;
	struct rtable *rt;
	int err;

	skb = alloc_skb(256, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	dst = __sk_dst_check(sk, 0);
	if (!dst) {
		rt = ip_route_output_flow(net, fl, sk);
		if (IS_ERR(rt)) {
			err = PTR_ERR(rt);
			goto no_route;
		}
		dst = &rt->dst;
		sk_setup_caps(sk, dst);
	}
	skb_dst_set_noref(skb, dst);
	err = ip_local_out(net, sk, skb);
	rcu_read_unlock();
	return err;

no_route:
	rcu_read_unlock();
	kfree_skb(skb);
	return err;
}
