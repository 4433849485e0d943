// SPDX-License-Identifier: GPL-2.0-only
/* Socket buffers of the world, with their slot for a route, and queues of them. */
#include "internal.h"

/* ---- skbs: bit 0 of the slot marks a loan */
static struct dst_entry *slot(const struct sk_buff *skb) { return (struct dst_entry *)(skb->_skb_refdst & ~1ul); }
static bool lent(const struct sk_buff *skb) { return skb->_skb_refdst & 1; }

static void empty(struct sk_buff *skb)
{
	if (slot(skb) && !lent(skb))
		dst_release(slot(skb));
	skb->_skb_refdst = 0;
}

struct sk_buff *new_skb(void) { return make(SKB, sizeof(struct sk_buff), 1, 0); }

static void free_skb(struct sk_buff *skb)
{
	struct object *o = find(skb, SKB);

	if (o->refs <= 0)
		fault("double-release");
	if (--o->refs)
		return;
	empty(skb);
	destroy(o);
}

struct sk_buff *alloc_skb(unsigned int size, gfp_t priority) { (void)size, (void)priority; return choose(2) ? NULL : new_skb(); }
struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned int length) { (void)dev; return alloc_skb(length, 0); }
struct sk_buff *skb_clone(struct sk_buff *skb, gfp_t priority)
{
	struct sk_buff *copy;

	(void)priority;
	find(skb, SKB);
	if (choose(2))
		return NULL;
	copy = new_skb();
	skb_dst_copy(copy, skb);
	return copy;
}
struct sk_buff *skb_copy(const struct sk_buff *skb, gfp_t priority) { return skb_clone((struct sk_buff *)skb, priority); }
struct sk_buff *skb_get(struct sk_buff *skb) { get(skb, SKB); return skb; }
struct sk_buff *skb_share_check(struct sk_buff *skb, gfp_t pri)
{
	(void)pri;
	find(skb, SKB);
	if (!choose(2))
		return skb;
	free_skb(skb);
	return NULL;
}
void kfree_skb(struct sk_buff *skb) { if (skb) free_skb(skb); }
void consume_skb(struct sk_buff *skb) { kfree_skb(skb); }
void dev_kfree_skb(struct sk_buff *skb) { kfree_skb(skb); }
void dev_kfree_skb_any(struct sk_buff *skb) { kfree_skb(skb); }
struct dst_entry *skb_dst(const struct sk_buff *skb) { find(skb, SKB); return slot(skb); }
struct rtable *skb_rtable(const struct sk_buff *skb) { return (struct rtable *)skb_dst(skb); }
void skb_dst_set(struct sk_buff *skb, struct dst_entry *dst)
{
	find(skb, SKB);
	if (dst)
		find(dst, DST);
	skb->_skb_refdst = (unsigned long)dst;
}
void skb_dst_set_noref(struct sk_buff *skb, struct dst_entry *dst)
{
	need(gp());
	skb_dst_set(skb, dst);
	skb->_skb_refdst |= 1;
}
void skb_dst_drop(struct sk_buff *skb) { find(skb, SKB); empty(skb); }
bool skb_dst_force(struct sk_buff *skb)
{
	find(skb, SKB);
	if (slot(skb) && lent(skb))
		skb->_skb_refdst = dst_hold_safe(slot(skb)) ? (unsigned long)slot(skb) : 0;
	return slot(skb) != NULL;
}
void skb_dst_copy(struct sk_buff *nskb, const struct sk_buff *oskb)
{
	nskb->_skb_refdst = oskb->_skb_refdst;
	if (slot(nskb) && !lent(nskb))
		dst_clone(slot(nskb));
}
void skb_scrub_packet(struct sk_buff *skb, bool xnet) { (void)xnet; skb_dst_drop(skb); }
int skb_cow_head(struct sk_buff *skb, unsigned int headroom) { (void)headroom; find(skb, SKB); return choose(2) ? -ENOMEM : 0; }
bool pskb_may_pull(struct sk_buff *skb, unsigned int len) { (void)len; find(skb, SKB); return choose(2); }

static int gone(struct sk_buff *skb)
{
	int err = choose(2) ? -EIO : 0;

	if (slot(skb))
		find(slot(skb), DST);
	kfree_skb(skb);
	return err;
}
int ip_local_out(struct net *net, struct sock *sk, struct sk_buff *skb) { (void)net, (void)sk; happen(); return gone(skb); }
int dev_queue_xmit(struct sk_buff *skb) { return gone(skb); }
int netif_rx(struct sk_buff *skb) { return gone(skb); }

/* ---- queues: the elements are kept aside */
void skb_queue_head_init(struct sk_buff_head *list) { (void)list; }
void __skb_queue_head_init(struct sk_buff_head *list) { (void)list; }
u32 skb_queue_len(const struct sk_buff_head *list) { (void)list; return choose(2) ? 1000 : 0; }
void skb_queue_tail(struct sk_buff_head *list, struct sk_buff *newsk)
{
	find(newsk, SKB);
	if (slot(newsk) && lent(newsk))
		fault("noref-escape");
	w.queue[w.nqueued++] = (struct queued){ list, newsk };
}
void __skb_queue_tail(struct sk_buff_head *list, struct sk_buff *newsk) { skb_queue_tail(list, newsk); }
struct sk_buff *skb_dequeue(struct sk_buff_head *list)
{
	for (int i = 0; i < w.nqueued; i++)
		if (w.queue[i].list == list) {
			struct sk_buff *skb = w.queue[i].skb;

			memmove(&w.queue[i], &w.queue[i + 1], (--w.nqueued - i) * sizeof(w.queue[0]));
			return skb;
		}
	return NULL;
}
struct sk_buff *__skb_dequeue(struct sk_buff_head *list) { return skb_dequeue(list); }
void skb_queue_purge(struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(list)))
		kfree_skb(skb);
}
void __skb_queue_purge(struct sk_buff_head *list) { skb_queue_purge(list); }
