// SPDX-License-Identifier: GPL-2.0
// bug: a route that only the skb kept is read after the skb was handed on
// from: 19
// class: H, use after hand-over, or an unclear hand-over
// expect: shoal_work refuted(use-after-consume)
#include <linux/workqueue.h>
#include <net/ip.h>

struct shoal {
	struct work_struct work;
	struct net *net;
	struct flowi4 fl;
	unsigned int errors;
};

static void shoal_work(struct work_struct *work)
{
	struct shoal *shoal = container_of(work, struct shoal, work);
	struct sk_buff *skb;
	struct rtable *rt;

	rt = ip_route_output_key(shoal->net, &shoal->fl);
	if (IS_ERR(rt))
		return;
	skb = alloc_skb(256, GFP_KERNEL);
	if (!skb) {
		ip_rt_put(rt);
		return;
	}
	skb_dst_set(skb, &rt->dst);

	if (ip_local_out(shoal->net, NULL, skb))
		shoal->errors += rt->rt_type;
}

void shoal_start(struct shoal *shoal)
{
	INIT_WORK(&shoal->work, shoal_work);
	schedule_work(&shoal->work);
}
