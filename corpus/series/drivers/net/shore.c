// SPDX-License-Identifier: GPL-2.0
#include <net/ip.h>
#include "../../net/ripple/ripple.h"

int shore_relay(struct net *net, struct flowi4 *fl, struct sk_buff *skb, int depth)
{
	struct rtable *rt;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}

	ripple_output(rt, skb, depth + 1);
	return 0;
}
