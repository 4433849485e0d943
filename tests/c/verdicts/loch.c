// SPDX-License-Identifier: GPL-2.0
// a field that a file fills and puts is followed from function to function
// loch_empty: proved
// loch_freed: possible leaked-ref
// loch_moved: proved
// loch_swapped: proved
// loch_late: possible use-after-release
// loch_next: proved
// loch_twice: possible double-release
// loch_all: proved
// loch_left: possible double-release
// loch_cleared: possible leaked-ref

struct loch {
	struct dst_entry *dst;
	struct loch *next;
	int id;
};

int loch_register(int id);
struct loch *loch_find(int id);

void loch_empty(struct loch *loch)
{
	dst_release(loch->dst);
	loch->dst = NULL;
}

int loch_freed(struct net *net, struct flowi4 *fl)
{
	struct loch *loch = kzalloc(sizeof(*loch), GFP_KERNEL);
	struct rtable *rt;

	if (!loch)
		return -ENOMEM;
	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt)) {
		kfree(loch);
		return PTR_ERR(rt);
	}
	loch->dst = &rt->dst;
	if (loch_register(1)) {
		kfree(loch);
		return -EBUSY;
	}
	loch_empty(loch);
	kfree(loch);
	return 0;
}

void loch_moved(struct loch *loch)
{
	struct dst_entry *dst = loch->dst;

	kfree(loch);
	dst_release(dst);
}

void loch_swapped(struct loch *loch, struct dst_entry *new)
{
	struct dst_entry *old;

	dst_hold(new);
	old = xchg(&loch->dst, new);
	dst_release(old);
}

int loch_late(struct loch *loch)
{
	struct dst_entry *dst = loch->dst;

	if (!dst)
		return 0;
	loch_empty(loch);
	return dst_mtu(dst);
}

void loch_next(struct loch *loch)
{
	if (loch->next->dst) {
		dst_release(loch->next->dst);
		loch->next->dst = NULL;
	}
}

void loch_twice(struct loch *loch)
{
	dst_release(loch->next->dst);
	dst_release(loch->next->dst);
	loch->next->dst = NULL;
}

void loch_all(struct loch *loch)
{
	while (loch) {
		loch_empty(loch);
		loch = loch->next;
	}
}

void loch_left(int id)
{
	struct loch *loch = loch_find(id);

	if (loch)
		dst_release(loch->dst);
}

void loch_cleared(struct loch *loch)
{
	loch->dst = NULL;
}
