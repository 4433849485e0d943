/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_DST_H
#define CORPUS_NET_DST_H

#include <linux/netdevice.h>

struct neighbour;

struct dst_entry {
	struct net_device *dev;
	int (*output)(struct net *net, struct sock *sk, struct sk_buff *skb);
	unsigned short flags;
	short obsolete, error;
};

void dst_hold(struct dst_entry *dst);
bool dst_hold_safe(struct dst_entry *dst);
struct dst_entry *dst_clone(struct dst_entry *dst);
void dst_release(struct dst_entry *dst);
void skb_dst_drop(struct sk_buff *skb);
bool skb_dst_force(struct sk_buff *skb);
void skb_dst_copy(struct sk_buff *nskb, const struct sk_buff *oskb);
struct neighbour *dst_neigh_lookup(const struct dst_entry *dst, const void *daddr);
struct net_device *dst_dev(const struct dst_entry *dst);
struct net_device *dst_dev_rcu(const struct dst_entry *dst);
u32 dst_mtu(const struct dst_entry *dst);
int dst_output(struct net *net, struct sock *sk, struct sk_buff *skb);

#endif
