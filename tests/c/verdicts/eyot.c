// SPDX-License-Identifier: GPL-2.0-only
// a field that is no slot holds one object until it is written: who puts it twice, or uses what was put, is found
// eyot_twice: possible double-release
// eyot_use: possible use-after-release
// eyot_handed: possible use-after-release
// eyot_maybe: possible double-release
// eyot_rounds: possible double-release
// eyot_again: possible double-release
// eyot_arms: possible double-release
// eyot_copy: possible double-release
// eyot_alias: possible double-release
// eyot_part: possible double-release
// eyot_inner: possible double-release
// eyot_cast: possible double-release
// eyot_deep: possible double-release
// eyot_filled: possible double-release
// eyot_stack: possible double-release
// eyot_look: possible double-release
// eyot_old: possible double-release
// eyot_asked: proved
// eyot_cleared: proved
// eyot_new: proved
// eyot_next: proved
// eyot_list: proved
// eyot_begun: proved
// eyot_refilled: proved
// eyot_behind: proved
// eyot_through: proved
// eyot_either: proved
// eyot_two: proved
// eyot_replaced: proved
// eyot_taken: proved
// eyot_out: proved
// eyot_unlike: proved
// eyot_stacks: proved

struct eyot_part {
	struct rtable *rt;
	int flags;
};

struct eyot {
	struct eyot *next;
	struct list_head list;
	struct eyot_part part;
	struct rtable *rt;
	struct dst_entry *dst;
	int id;
};

void eyot_begin(struct eyot *p);
void eyot_init(struct eyot_part *part);

static void eyot_refill(struct eyot *p)
{
	p->rt = NULL;
}

static int eyot_flags(struct eyot *p)
{
	return p->part.flags + p->id;
}

void eyot_twice(struct eyot *p)
{
	ip_rt_put(p->rt);
	p->id++;
	ip_rt_put(p->rt);
}

int eyot_use(struct eyot *p)
{
	ip_rt_put(p->rt);
	return p->rt->rt_flags;
}

void eyot_handed(struct eyot *p, struct sk_buff *skb)
{
	dst_release(p->dst);
	skb_dst_drop(skb);
	skb_dst_set(skb, p->dst);
}

void eyot_maybe(struct eyot *p, int x)
{
	if (p->id)
		ip_rt_put(p->rt);
	if (x)
		ip_rt_put(p->rt);
}

void eyot_rounds(struct eyot *p, int n)
{
	while (n--)
		ip_rt_put(p->rt);
}

void eyot_again(struct eyot *p)
{
again:
	ip_rt_put(p->rt);
	if (eyot_flags(p))
		goto again;
}

void eyot_arms(struct eyot *p)
{
	if (p->id)
		ip_rt_put(p->rt);
	else
		dst_release(&p->rt->dst);
	ip_rt_put(p->rt);
}

void eyot_copy(struct eyot *p)
{
	struct rtable *rt = p->rt;

	ip_rt_put(rt);
	ip_rt_put(p->rt);
}

void eyot_alias(struct eyot *p)
{
	struct eyot *q = p;

	ip_rt_put(p->rt);
	ip_rt_put(q->rt);
}

void eyot_part(struct eyot *p)
{
	struct eyot_part *part = &p->part;

	ip_rt_put(part->rt);
	ip_rt_put(p->part.rt);
}

void eyot_inner(struct eyot *p)
{
	dst_release(&p->part.rt->dst);
	dst_release(&p->part.rt->dst);
}

void eyot_cast(struct eyot *p)
{
	dst_release((struct dst_entry *)p->rt);
	ip_rt_put(READ_ONCE(p->rt));
}

void eyot_deep(struct eyot *p)
{
	ip_rt_put(p->next->next->rt);
	p->next->id = 0;
	ip_rt_put(p->next->next->rt);
}

void eyot_filled(struct eyot *p, struct eyot *q)
{
	ip_rt_put(p->rt);
	q->dst = NULL;
	ip_rt_put(p->rt);
}

void eyot_stack(struct eyot *p)
{
	struct eyot_part part;

	eyot_init(&part);
	ip_rt_put(part.rt);
	p->id = part.flags;
	ip_rt_put(part.rt);
}

int eyot_look(struct eyot *p)
{
	ip_rt_put(p->rt);
	if (eyot_flags(p))
		return -EINVAL;
	ip_rt_put(p->rt);
	return 0;
}

void eyot_old(struct eyot *p)
{
	struct rtable *old = xchg(&p->rt, NULL);

	ip_rt_put(old);
	ip_rt_put(p->rt);
	ip_rt_put(old);
}

void eyot_asked(struct eyot *p)
{
	if (p->rt)
		ip_rt_put(p->rt);
}

void eyot_cleared(struct eyot *p)
{
	ip_rt_put(p->rt);
	p->rt = NULL;
	ip_rt_put(p->rt);
}

void eyot_new(struct eyot *p, struct rtable *rt)
{
	ip_rt_put(p->rt);
	dst_hold(&rt->dst);
	p->rt = rt;
	if (eyot_flags(p))
		ip_rt_put(p->rt);
	else
		ip_rt_put(rt);
}

void eyot_next(struct eyot *p)
{
	while (p) {
		ip_rt_put(p->rt);
		p = p->next;
	}
}

void eyot_list(struct list_head *all)
{
	struct eyot *p;

	list_for_each_entry(p, all, list)
		ip_rt_put(p->rt);
}

void eyot_begun(struct eyot *p)
{
	ip_rt_put(p->rt);
	eyot_begin(p);
	ip_rt_put(p->rt);
}

void eyot_refilled(struct eyot *p)
{
	ip_rt_put(p->rt);
	eyot_refill(p);
	ip_rt_put(p->rt);
}

void eyot_behind(struct eyot *p, struct eyot *q)
{
	ip_rt_put(p->next->rt);
	q->next = NULL;
	ip_rt_put(p->next->rt);
}

void eyot_through(struct eyot *p, struct eyot *q, struct rtable *rt)
{
	ip_rt_put(p->rt);
	q->rt = rt;
	ip_rt_put(p->rt);
}

void eyot_either(struct eyot *p)
{
	if (p->id)
		ip_rt_put(p->rt);
	else
		dst_release(&p->rt->dst);
}

void eyot_two(struct eyot *p, struct eyot *q)
{
	ip_rt_put(p->rt);
	ip_rt_put(q->rt);
}

void eyot_replaced(struct eyot *p, struct rtable *rt)
{
	struct rtable *old = p->rt;

	p->rt = rt;
	ip_rt_put(old);
}

void eyot_taken(struct eyot *p)
{
	struct rtable *old = xchg(&p->rt, NULL);

	ip_rt_put(old);
	ip_rt_put(p->rt);
}

int eyot_out(struct eyot *p)
{
	if (!p->rt)
		return -ENOENT;
	if (p->id)
		goto out;
	p->id = 1;
out:
	ip_rt_put(p->rt);
	return 0;
}

void eyot_unlike(struct eyot *p)
{
	struct eyot *q = p;

	ip_rt_put(p->rt);
	q = q->next;
	ip_rt_put(q->rt);
}

void eyot_stacks(struct eyot *p)
{
	struct eyot_part part;

	eyot_init(&part);
	ip_rt_put(part.rt);
	eyot_init(&part);
	ip_rt_put(part.rt);
}
