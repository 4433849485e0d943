// SPDX-License-Identifier: GPL-2.0-only
/* Devices, routes, neighbours and sockets of the world, and what happens after a call. */
#include "internal.h"

static char priv[4096];

/* ---- devices */
static struct net_device *world_dev(void)
{
	struct net_device *dev = make(NETDEV, sizeof(*dev), 1, 1);

	dev->mtu = choose(2) ? 1500 : 1;
	dev->flags = choose(2);
	dev->ifindex = 2;
	return dev;
}

void *netdev_priv(const struct net_device *dev) { find(dev, NETDEV); return priv; }
struct net *dev_net(const struct net_device *dev) { find(dev, NETDEV); return NULL; }
struct net_device *dev_get_by_name(struct net *net, const char *name)
{
	struct net_device *dev;

	(void)net, (void)name;
	if (choose(2))
		return NULL;
	dev = world_dev();
	get(dev, NETDEV);
	happen();
	return dev;
}
struct net_device *dev_get_by_index(struct net *net, int ifindex) { (void)ifindex; return dev_get_by_name(net, ""); }
struct net_device *dev_get_by_index_rcu(struct net *net, int ifindex)
{
	struct net_device *dev;

	(void)net, (void)ifindex;
	need(gp());
	if (choose(2))
		return NULL;
	dev = world_dev();
	happen();
	return dev;
}
void dev_hold(struct net_device *dev) { happen(); if (dev) get(dev, NETDEV); }
void dev_put(struct net_device *dev) { if (dev) put(dev, NETDEV); }
void netif_keep_dst(struct net_device *dev) { find(dev, NETDEV); }

/* ---- routes */
static struct rtable *world_rt(int refs, int world)
{
	struct rtable *rt = make(DST, sizeof(*rt), refs, world);

	rt->dst.dev = world_dev();
	rt->rt_type = choose(2);
	rt->rt_gw_family = rt->rt_uses_gateway = rt->rt_type ? 2 : 10;
	rt->rt_flags = rt->rt_type;
	rt->dst.error = rt->rt_type ? 0 : -EINVAL;
	return rt;
}

static struct rtable *look_up(void)
{
	happen();
	if (choose(2))
		return ERR_PTR(-ENETUNREACH);
	if (w.last && choose(2) && try_get(w.last, DST))
		return w.last;
	return w.last = world_rt(1, 0);
}

struct rtable *ip_route_output_key(struct net *net, struct flowi4 *flp) { (void)net, (void)flp; return look_up(); }
struct rtable *ip_route_output_flow(struct net *net, struct flowi4 *flp, const struct sock *sk)
{
	(void)net, (void)flp, (void)sk;
	return look_up();
}
struct dst_entry *ip6_dst_lookup_flow(struct net *net, const struct sock *sk, struct flowi6 *fl6,
				      const struct in6_addr *final_dst)
{
	(void)net, (void)sk, (void)fl6, (void)final_dst;
	return &look_up()->dst;
}
void dst_hold(struct dst_entry *dst) { happen(); get(dst, DST); }
bool dst_hold_safe(struct dst_entry *dst) { happen(); return try_get(dst, DST); }
struct dst_entry *dst_clone(struct dst_entry *dst) { if (dst) dst_hold(dst); return dst; }
void dst_release(struct dst_entry *dst) { if (dst) put(dst, DST); }
void ip_rt_put(struct rtable *rt) { dst_release((struct dst_entry *)rt); }
void ip6_rt_put(struct rt6_info *rt) { dst_release((struct dst_entry *)rt); }
struct rtable *dst_rtable(struct dst_entry *dst) { return (struct rtable *)dst; }
u32 dst_mtu(const struct dst_entry *dst) { find(dst, DST); return choose(2) ? 1500 : 68; }
int ip4_dst_hoplimit(const struct dst_entry *dst) { find(dst, DST); return 64; }
struct net_device *dst_dev(const struct dst_entry *dst)
{
	struct net_device *dev;

	find(dst, DST);
	dev = dst->dev;
	happen();
	return dev;
}
struct net_device *dst_dev_rcu(const struct dst_entry *dst) { need(gp()); return dst_dev(dst); }

struct dst_entry *dst_cache_get(struct dst_cache *cache)
{
	(void)cache;
	need(w.bh || w.rcu_bh);
	if (choose(2))
		return NULL;
	return &world_rt(2, 1)->dst;
}
struct rtable *dst_cache_get_ip4(struct dst_cache *cache, __be32 *saddr)
{
	(void)saddr;
	return (struct rtable *)dst_cache_get(cache);
}
void dst_cache_set_ip4(struct dst_cache *cache, struct dst_entry *dst, __be32 saddr)
{
	(void)cache, (void)saddr;
	need(w.bh || w.rcu_bh);
	get(dst, DST);
	find(dst, DST)->world++;
}

/* ---- neighbours */
static struct neighbour *neigh(int refs, int world)
{
	struct neighbour *n;

	if (choose(2))
		return NULL;
	n = make(NEIGH, sizeof(*n), refs, world);
	happen();
	return n;
}
struct neighbour *dst_neigh_lookup(const struct dst_entry *dst, const void *daddr)
{
	(void)daddr;
	find(dst, DST);
	return neigh(2, 1);
}
struct neighbour *neigh_lookup(struct neigh_table *tbl, const void *pkey, struct net_device *dev)
{
	(void)tbl, (void)pkey, (void)dev;
	return neigh(2, 1);
}
struct neighbour *__ipv4_neigh_lookup(struct net_device *dev, u32 key) { (void)dev, (void)key; return neigh(2, 1); }
struct neighbour *__ipv4_neigh_lookup_noref(struct net_device *dev, u32 key)
{
	(void)dev, (void)key;
	need(gp());
	return neigh(1, 1);
}
void neigh_release(struct neighbour *n) { put(n, NEIGH); }
struct neighbour *neigh_clone(struct neighbour *n) { if (n) get(n, NEIGH); return n; }

/* ---- sockets */
struct sock *world_sock(void)
{
	struct sock *sk;

	if (w.sk)
		return w.sk;
	sk = w.sk = make(SOCK, sizeof(*sk), 1, 1);
	sk->sk_family = choose(2) ? 10 : 2;
	if (choose(2))
		sk->sk_dst_cache = &world_rt(1, 1)->dst;
	for (int i = choose(3); i > 0; i--)
		skb_queue_tail(&sk->sk_write_queue, new_skb());
	return sk;
}
void sock_hold(struct sock *sk) { get(sk, SOCK); }
void sock_put(struct sock *sk) { put(sk, SOCK); }
struct dst_entry *__sk_dst_get(const struct sock *sk)
{
	struct dst_entry *dst;

	need(gp());
	find(sk, SOCK);
	dst = sk->sk_dst_cache;
	happen();
	return dst;
}
struct dst_entry *sk_dst_get(const struct sock *sk)
{
	struct dst_entry *dst;

	find(sk, SOCK);
	dst = sk->sk_dst_cache;
	return dst && try_get(dst, DST) ? dst : NULL;
}
struct dst_entry *__sk_dst_check(struct sock *sk, u32 cookie) { (void)cookie; return __sk_dst_get(sk); }
struct dst_entry *sk_dst_check(struct sock *sk, u32 cookie) { (void)cookie; return sk_dst_get(sk); }
void sk_setup_caps(struct sock *sk, struct dst_entry *dst)
{
	find(dst, DST)->world++;
	if (sk->sk_dst_cache) {
		find(sk->sk_dst_cache, DST)->world--;
		dst_release(sk->sk_dst_cache);
	}
	sk->sk_dst_cache = dst;
	happen();
}
int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb)
{
	find(skb, SKB);
	if (choose(2))
		return -ENOMEM;
	skb_queue_tail(&sk->sk_receive_queue, skb);
	return 0;
}

/* ---- later */
bool schedule_work(struct work_struct *work) { w.works[w.nworks++] = work; return true; }
int mod_timer(struct timer_list *timer, unsigned long expires) { (void)expires; w.timer = timer; return 0; }

/* ---- lists */
void list_init(struct list_head *head) { head->next = head->prev = head; }
void list_add_tail(struct list_head *new, struct list_head *head)
{
	new->prev = head->prev;
	new->next = head;
	head->prev->next = new;
	head->prev = new;
}

/* ---- what the generated program asks for */
struct net_device *arg_dev(void)
{
	if (!w.dev) {
		w.dev = make(NETDEV, sizeof(*w.dev), 1, 1);
		memset(priv, choose(2), sizeof(priv));
	}
	return w.dev;
}
struct sk_buff *arg_skb(void)
{
	struct sk_buff *skb = new_skb();

	if (choose(2))
		skb_dst_set(skb, &world_rt(1, 0)->dst);
	return skb;
}
struct dst_entry *arg_dst(int world)
{
	struct rtable *rt = world_rt(1, world);

	find(rt, DST)->pinned = true;
	return &rt->dst;
}
void *arg_memory(size_t size) { void *mem = malloc(size); memset(mem, choose(2), size); return mem; }
void enter_xmit(void) { w.rcu_bh++; }
void leave_xmit(void) { if (w.rcu_bh-- != 1) fault("unbalanced-context"); settle(); }

static void balanced(void)
{
	if (w.rcu || w.rcu_bh || w.bh || w.spin)
		fault("unbalanced-context");
}

static void later(void)
{
	for (int i = 0; i < w.nworks; i++) {
		w.works[i]->func(w.works[i]);
		balanced();
	}
	for (int round = 0; round < 2 && w.timer; round++) {
		struct timer_list *timer = w.timer;

		w.timer = NULL;
		w.bh++;
		timer->function(timer);
		w.bh--;
		balanced();
		settle();
	}
}

void finish(void (*after)(void), char *base)
{
	char here;

	balanced();
	later();
	after();
	while (w.nqueued) {
		char *list = (char *)w.queue[0].list;

		if (list > &here - 65536 && list < base)
			fault("leaked-ref: a queue of the stack");
		kfree_skb(w.queue[0].skb);
		memmove(&w.queue[0], &w.queue[1], --w.nqueued * sizeof(w.queue[0]));
	}
	for (int i = 0; i < w.nobjects; i++) {
		struct object *o = &w.objects[i];

		if (o->freed)
			continue;
		if (o->refs != o->world)
			fault(o->refs > o->world ? "leaked-ref" : "release-of-borrowed");
		if (o->kind == SKB)
			fault("leaked-ref");
		destroy(o);
	}
}

