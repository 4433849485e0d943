/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the world share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#undef NULL
#include "world.h"

#define MOST 512

enum kind { DST, NETDEV, NEIGH, SOCK, SKB };

struct object {
	void *mem;
	enum kind kind;
	int refs, world;	/* all references, and those of the world */
	bool freed, waiting;	/* waiting: the world drops it when the readers are gone */
	bool pinned;		/* lent for the whole call */
};

struct world {
	struct object objects[MOST];
	int nobjects;
	int rcu, rcu_bh, bh, spin;
	bool dropped;		/* what the world owns, once in a run */
	struct queued { struct sk_buff_head *list; struct sk_buff *skb; } queue[MOST];
	int nqueued;
	struct work_struct *works[MOST];
	int nworks;
	struct timer_list *timer;
	struct sock *sk;
	struct net_device *dev;
	struct rtable *last;	/* the route of the last look-up, while it lives */
};

extern struct world w;

void fault(const char *what);
bool gp(void);
void need(bool holds);
struct object *find(const void *mem, enum kind kind);
void *make(enum kind kind, size_t size, int refs, int world);
void destroy(struct object *o);
void settle(void);
void get(const void *mem, enum kind kind);
bool try_get(const void *mem, enum kind kind);
void put(const void *mem, enum kind kind);
void happen(void);
struct sk_buff *new_skb(void);
void finish(void (*after)(void), char *base);
