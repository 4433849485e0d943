// SPDX-License-Identifier: GPL-2.0
// bug: the helper has stored its route in a struct on the stack when it fails, and nobody empties that
// from: 10
// class: A, a reference is leaked
// expect: lagoon_send proved
#include <net/route.h>

struct lagoon_cork {
	struct dst_entry *dst;
	unsigned int mtu;
};

static int lagoon_setup(struct lagoon_cork *cork, struct rtable *rt)
{
	dst_hold(&rt->dst);
	cork->dst = &rt->dst;
	cork->mtu = dst_mtu(&rt->dst);
	if (cork->mtu < 576)
		return -EMSGSIZE;
	return 0;
}

static void lagoon_release(struct lagoon_cork *cork)
{
	dst_release(cork->dst);
	cork->dst = NULL;
}

int lagoon_send(struct net *net, struct flowi4 *fl)
{
	struct lagoon_cork cork = { .dst = NULL };
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	err = lagoon_setup(&cork, rt);
	ip_rt_put(rt);
	if (err)
		goto out;
	fl->flowi4_oif = 0;
out:
	lagoon_release(&cork);
	return err;
}
