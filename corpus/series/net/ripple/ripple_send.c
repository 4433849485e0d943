// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>
#include <net/ip.h>
#include <net/sock.h>
#include "ripple.h"

int ripple_send(struct net *net, struct sock *sk, struct flowi4 *fl,
		struct sk_buff *skb)
{
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}

	err = skb_cow_head(skb, 32);
	if (err) {
		ip_rt_put(rt);
		kfree_skb(skb);
		return err;
	}

	ripple_output(rt, skb, 0);
	return 0;
}
