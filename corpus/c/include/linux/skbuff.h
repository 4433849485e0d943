/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_SKBUFF_H
#define CORPUS_LINUX_SKBUFF_H

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/rcupdate.h>

struct dst_entry;
struct net_device;
struct sock;

struct sk_buff {
	struct sk_buff *next, *prev;
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst;
	unsigned int len, mark;
	__be16 protocol;
	u8 pkt_type;
	char cb[48];
	unsigned char *head, *data;
};

struct sk_buff_head {
	struct sk_buff *next, *prev;
	u32 qlen;
	spinlock_t lock;
};

struct sk_buff *alloc_skb(unsigned int size, gfp_t priority);
struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned int length);
struct sk_buff *skb_clone(struct sk_buff *skb, gfp_t priority);
struct sk_buff *skb_copy(const struct sk_buff *skb, gfp_t priority);
struct sk_buff *skb_get(struct sk_buff *skb);
struct sk_buff *skb_share_check(struct sk_buff *skb, gfp_t pri);
struct sk_buff *skb_unshare(struct sk_buff *skb, gfp_t pri);
struct sk_buff *skb_expand_head(struct sk_buff *skb, unsigned int headroom);
struct sk_buff *skb_realloc_headroom(struct sk_buff *skb, unsigned int headroom);
void kfree_skb(struct sk_buff *skb);
void consume_skb(struct sk_buff *skb);
void kfree_skb_list(struct sk_buff *segs);

struct dst_entry *skb_dst(const struct sk_buff *skb);
void skb_dst_set(struct sk_buff *skb, struct dst_entry *dst);
void skb_dst_set_noref(struct sk_buff *skb, struct dst_entry *dst);
void skb_scrub_packet(struct sk_buff *skb, bool xnet);

int skb_cow_head(struct sk_buff *skb, unsigned int headroom);
bool pskb_may_pull(struct sk_buff *skb, unsigned int len);
void *skb_put(struct sk_buff *skb, unsigned int len);

void skb_queue_head_init(struct sk_buff_head *list);
void __skb_queue_head_init(struct sk_buff_head *list);
void skb_queue_tail(struct sk_buff_head *list, struct sk_buff *newsk);
void __skb_queue_tail(struct sk_buff_head *list, struct sk_buff *newsk);
struct sk_buff *skb_dequeue(struct sk_buff_head *list);
struct sk_buff *__skb_dequeue(struct sk_buff_head *list);
void skb_queue_purge(struct sk_buff_head *list);
void __skb_queue_purge(struct sk_buff_head *list);
void skb_queue_splice_init(struct sk_buff_head *list, struct sk_buff_head *head);
u32 skb_queue_len(const struct sk_buff_head *list_);

#endif
