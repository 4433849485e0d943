// SPDX-License-Identifier: GPL-2.0
// bug: a cache with a slot for each CPU is used where bottom halves can run
// from: 37
// class: F, a cache
// expect: rill_work proved
#include <linux/workqueue.h>
#include <net/dst_cache.h>

struct rill {
	struct work_struct work;
	struct net *net;
	struct dst_cache cache;
	struct flowi4 fl;
	int err;
};

static void rill_work(struct work_struct *work)
{
	struct rill *rill = container_of(work, struct rill, work);
	struct rtable *rt;

	local_bh_disable();
	rt = dst_cache_get_ip4(&rill->cache, &rill->fl.saddr);
	if (!rt) {
		rt = ip_route_output_key(rill->net, &rill->fl);
		if (IS_ERR(rt)) {
			rill->err = PTR_ERR(rt);
			goto out;
		}
		dst_cache_set_ip4(&rill->cache, &rt->dst, rill->fl.saddr);
	}
	rill->err = rt->rt_type == RTN_UNICAST ? 0 : -EINVAL;
	ip_rt_put(rt);
out:
	local_bh_enable();
}

void rill_start(struct rill *rill)
{
	INIT_WORK(&rill->work, rill_work);
	schedule_work(&rill->work);
}
