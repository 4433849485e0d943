// SPDX-License-Identifier: GPL-2.0
// bug: the flow takes a reference of its own, and its maker forgets the one of the look-up where all goes well
// from: 09
// class: A, a reference is leaked
// expect: delta_offload refuted(leaked-ref)
#include <net/route.h>

struct delta_flow {
	struct dst_entry *dst;
	int id;
};

int delta_flow_add(struct delta_flow *flow);

static struct delta_flow *delta_flow_alloc(struct dst_entry *dst)
{
	struct delta_flow *flow = kzalloc(sizeof(*flow), GFP_ATOMIC);

	if (!flow)
		return NULL;
	if (!dst_hold_safe(dst)) {
		kfree(flow);
		return NULL;
	}
	flow->dst = dst;
	return flow;
}

static void delta_flow_free(struct delta_flow *flow)
{
	dst_release(flow->dst);
	kfree(flow);
}

int delta_offload(struct net *net, struct flowi4 *fl)
{
	struct delta_flow *flow;
	struct rtable *rt;
	int err = -ENOMEM;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	flow = delta_flow_alloc(&rt->dst);
	if (!flow)
		goto err_alloc;
	err = delta_flow_add(flow);
	if (err < 0)
		goto err_add;
	return 0;

err_add:
	delta_flow_free(flow);
err_alloc:
	ip_rt_put(rt);
	return err;
}
