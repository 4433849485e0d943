// SPDX-License-Identifier: GPL-2.0
// what a function asks of a field it asks of that field, and not of another one with the same name
// ings_mtu: proved
// ings_both: possible bad-pointer
// ings_put: proved

struct ings { struct net_device *dev; struct dst_entry *dst; };
struct ings_other { struct dst_entry *dst; };
void ings_note(struct dst_entry *dst);

int ings_mtu(struct ings *t, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(dev_net(t->dev), fl);
	int mtu = 0;

	if (IS_ERR(rt))
		return t->dev->mtu;
	if (rt->dst.dev)
		mtu = rt->dst.dev->mtu;
	ip_rt_put(rt);
	return mtu + t->dev->mtu;
}

int ings_both(struct ings *t, struct ings *u)
{
	struct net_device *dev = u->dev;

	if (t->dev)
		return 0;
	return dev->mtu;
}

void ings_put(struct ings *t, struct ings_other *o)
{
	ings_note(t->dst);
	dst_release(o->dst);
}
