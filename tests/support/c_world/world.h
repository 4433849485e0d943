/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program of tests/support/c_world is made of: the header tree, and the world's own calls. */
#include <linux/list.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/sock.h>

int choose(int n);
int play(void (*run)(void), void (*after)(void));
struct sock *world_sock(void);
struct net_device *arg_dev(void);
struct sk_buff *arg_skb(void);
struct dst_entry *arg_dst(int world);
void *arg_memory(size_t size);
void list_init(struct list_head *head);
void enter_xmit(void);
void leave_xmit(void);
