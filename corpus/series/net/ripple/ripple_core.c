// SPDX-License-Identifier: GPL-2.0
#include <net/ip.h>
#include "ripple.h"

/* The packet takes the route and is sent. */
void ripple_output(struct rtable *rt, struct sk_buff *skb, int depth)
{
	if (depth > RIPPLE_DEEPEST) {
		ip_rt_put(rt);
		kfree_skb(skb);
		return;
	}

	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	ip_local_out(NULL, NULL, skb);
}
