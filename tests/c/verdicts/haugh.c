// SPDX-License-Identifier: GPL-2.0-only
// a callee of the file that puts a field and leaves it has put it for its caller, too; so it is with a variable of the file
// haugh_stop: proved
// haugh_free: proved
// haugh_twice: possible double-release
// haugh_put: possible double-release
// haugh_use: possible use-after-release
// haugh_deep: possible double-release
// haugh_behind: possible double-release
// haugh_rounds: possible double-release
// haugh_first: possible double-release
// haugh_pointer: possible double-release
// haugh_beside: possible double-release
// haugh_once: proved
// haugh_two: proved
// haugh_cleared: proved
// haugh_set: proved
// haugh_each: proved
// haugh_tries: proved
// haugh_arm: proved
// haugh_frees: proved
// haugh_read: proved
// haugh_stepped: proved
// haugh_moved: proved
// haugh_copied: proved
// haugh_whole: proved
// haugh_zeroed: proved
// haugh_share: possible leaked-ref
// haugh_shares: proved

struct haugh_part {
	struct rtable *rt;
	struct net_device *dev;
};

struct haugh {
	struct haugh *next;
	struct rtable *rt;
	struct haugh_part part;
	int id;
};

static struct haugh *haugh_all;

static void haugh_stop(struct haugh *p)
{
	if (p->rt)
		ip_rt_put(p->rt);
	p->id = 0;
}

static int haugh_try(struct haugh *p)
{
	if (p->id)
		return -EINVAL;
	ip_rt_put(p->rt);
	return 0;
}

static void haugh_clear(struct haugh *p)
{
	ip_rt_put(p->rt);
	p->rt = NULL;
}

static void haugh_end(struct haugh *h)
{
	struct rtable *rt = h->next->rt;

	if (rt)
		dst_release(&rt->dst);
}

static void haugh_over(struct haugh *q)
{
	haugh_stop(q);
}

static void haugh_free(struct haugh *p)
{
	ip_rt_put(p->rt);
	kfree(p);
}

static void haugh_step(void)
{
	haugh_all = haugh_all->next;
}

void haugh_twice(struct haugh *p)
{
	haugh_stop(p);
	haugh_stop(p);
}

void haugh_put(struct haugh *p)
{
	haugh_stop(p);
	ip_rt_put(p->rt);
}

int haugh_use(struct haugh *p)
{
	haugh_stop(p);
	return p->rt->rt_flags;
}

void haugh_deep(struct haugh *p)
{
	haugh_over(p);
	haugh_over(p);
}

void haugh_behind(struct haugh *p)
{
	haugh_end(p);
	haugh_stop(p->next);
}

void haugh_rounds(struct haugh *p, int n)
{
	while (n--)
		haugh_stop(p);
}

void haugh_first(void)
{
	ip_rt_put(haugh_all->rt);
	ip_rt_put(haugh_all->rt);
}

void haugh_pointer(struct haugh **pp)
{
	ip_rt_put((*pp)->rt);
	ip_rt_put((*pp)->rt);
}

void haugh_beside(struct haugh *p, struct haugh *q)
{
	ip_rt_put(p->rt);
	p->part = q->part;
	ip_rt_put(p->rt);
}

void haugh_once(struct haugh *p)
{
	haugh_stop(p);
}

void haugh_two(struct haugh *p, struct haugh *q)
{
	haugh_stop(p);
	haugh_stop(q);
}

void haugh_cleared(struct haugh *p)
{
	haugh_clear(p);
	haugh_clear(p);
}

void haugh_set(struct haugh *p)
{
	haugh_stop(p);
	p->rt = NULL;
	haugh_stop(p);
}

void haugh_each(struct haugh *p)
{
	struct haugh *next;

	while (p) {
		next = p->next;
		haugh_stop(p);
		p = next;
	}
}

void haugh_tries(struct haugh *p)
{
	if (haugh_try(p))
		ip_rt_put(p->rt);
}

void haugh_arm(struct haugh *p, int x)
{
	if (x)
		haugh_stop(p);
	else
		ip_rt_put(p->rt);
}

void haugh_frees(struct haugh *p)
{
	struct haugh *next = p->next;

	haugh_free(p);
	haugh_free(next);
}

int haugh_read(struct haugh *p)
{
	int flags = p->rt->rt_flags;

	haugh_stop(p);
	return flags;
}

void haugh_stepped(void)
{
	ip_rt_put(haugh_all->rt);
	haugh_step();
	ip_rt_put(haugh_all->rt);
}

void haugh_moved(struct haugh **pp)
{
	ip_rt_put((*pp)->rt);
	*pp = (*pp)->next;
	ip_rt_put((*pp)->rt);
}

void haugh_copied(struct haugh *p, struct haugh *q)
{
	ip_rt_put(p->part.rt);
	p->part = q->part;
	ip_rt_put(p->part.rt);
}

void haugh_whole(struct haugh *p, struct haugh *q)
{
	ip_rt_put(p->rt);
	*p = *q;
	ip_rt_put(p->rt);
}

void haugh_zeroed(struct haugh *p)
{
	ip_rt_put(p->part.rt);
	memset(&p->part, 0, sizeof(p->part));
	ip_rt_put(p->part.rt);
}

void haugh_share(struct haugh *p)
{
	dev_hold(p->part.dev);
	p->id++;
}

void haugh_shares(struct haugh *p)
{
	dev_put(p->part.dev);
	if (p->id)
		dev_put(p->part.dev);
}
