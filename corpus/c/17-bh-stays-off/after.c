// SPDX-License-Identifier: GPL-2.0
// bug: bottom halves were disabled for a cache, and an early return leaves them so
// from: 32
// class: D, a section is not left, or not entered
// expect: tarn_work proved
#include <linux/workqueue.h>
#include <net/dst_cache.h>

struct tarn {
	struct work_struct work;
	struct net *net;
	struct dst_cache cache;
	struct flowi4 fl;
	int err;
};

static void tarn_work(struct work_struct *work)
{
	struct tarn *tarn = container_of(work, struct tarn, work);
	struct rtable *rt;

	local_bh_disable();
	rt = dst_cache_get_ip4(&tarn->cache, &tarn->fl.saddr);
	if (!rt) {
		rt = ip_route_output_key(tarn->net, &tarn->fl);
		if (IS_ERR(rt)) {
			tarn->err = PTR_ERR(rt);
			goto out;
		}
		dst_cache_set_ip4(&tarn->cache, &rt->dst, tarn->fl.saddr);
	}
	tarn->err = rt->rt_type == RTN_UNICAST ? 0 : -EINVAL;
	ip_rt_put(rt);
out:
	local_bh_enable();
}

void tarn_start(struct tarn *tarn)
{
	INIT_WORK(&tarn->work, tarn_work);
	schedule_work(&tarn->work);
}
