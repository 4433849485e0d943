// SPDX-License-Identifier: GPL-2.0
// bug: the flow takes a reference of its own, and its maker forgets the one of the look-up where all goes well
// from: 09
// class: A, a reference is leaked
// expect: delta_offload proved
#include <net/route.h>

struct delta_flow {
	struct dst_entry *dst;
	int id;
};

int delta_program(int id);

static int delta_flow_init(struct delta_flow *flow, struct dst_entry *dst)
{
	if (!dst_hold_safe(dst))
		return -ENOENT;
	flow->dst = dst;
	return 0;
}

static void delta_flow_clear(struct delta_flow *flow)
{
	dst_release(flow->dst);
	flow->dst = NULL;
}

int delta_offload(struct net *net, struct flowi4 *fl, struct delta_flow *flow)
{
	struct rtable *rt;
	int err;

	if (flow->dst)
		return -EBUSY;
	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	err = delta_flow_init(flow, &rt->dst);
	if (err)
		goto err_rt;
	err = delta_program(flow->id);
	if (err < 0)
		goto err_flow;
	ip_rt_put(rt);
	return 0;

err_flow:
	delta_flow_clear(flow);
err_rt:
	ip_rt_put(rt);
	return err;
}
