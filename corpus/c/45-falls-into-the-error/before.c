// SPDX-License-Identifier: GPL-2.0
// bug: a return is missing before the labels, and success falls into what undoes it
// class: C, something is put that is not held
// expect: wharf_send refuted(release-of-borrowed)
#include <net/ip.h>

int wharf_send(struct net *net, struct flowi4 *fl)
{
	struct sk_buff *skb;
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb = alloc_skb(256, GFP_KERNEL);
	if (!skb) {
		err = -ENOMEM;
		goto err_rt;
	}
	skb_dst_set(skb, &rt->dst);
	err = ip_local_out(net, NULL, skb);

err_rt:
	ip_rt_put(rt);
	return err;
}
