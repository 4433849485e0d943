// SPDX-License-Identifier: GPL-2.0
// what is stored before the reference that it is for is taken, and a contract that keeps what it is given
// tor_new: proved
// tor_free: proved
// tor_use: proved
// tor_forget: possible leaked-ref

struct tor {
	struct dst_entry *dst;
	int id;
};

struct tor *tor_new(struct dst_entry *dst)
{
	struct tor *tor = kzalloc(sizeof(*tor), GFP_KERNEL);

	if (!tor)
		return NULL;
	tor->dst = dst;
	tor->id = 1;
	dst_hold(tor->dst);
	return tor;
}

void tor_free(struct tor *tor)
{
	if (!tor)
		return;
	dst_release(tor->dst);
	kfree(tor);
}

int tor_use(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);
	struct tor *tor;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	tor = tor_new(&rt->dst);
	ip_rt_put(rt);
	tor_free(tor);
	return 0;
}

int tor_forget(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);
	struct tor *tor;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	tor = tor_new(&rt->dst);
	tor_free(tor);
	return 0;
}
