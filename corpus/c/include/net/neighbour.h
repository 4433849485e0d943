/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_NEIGHBOUR_H
#define CORPUS_NET_NEIGHBOUR_H

#include <net/dst.h>

struct neighbour {
	struct net_device *dev;
	unsigned char ha[32];
	u8 nud_state;
	atomic_t refcnt;
};

struct neigh_table;
extern struct neigh_table arp_tbl;

#define NUD_VALID 0xde

struct neighbour *neigh_lookup(struct neigh_table *tbl, const void *pkey, struct net_device *dev);
void neigh_release(struct neighbour *neigh);
struct neighbour *neigh_clone(struct neighbour *neigh);
struct neighbour *__ipv4_neigh_lookup(struct net_device *dev, u32 key);
struct neighbour *__ipv4_neigh_lookup_noref(struct net_device *dev, u32 key);

#endif
