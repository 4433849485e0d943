/* SPDX-License-Identifier: GPL-2.0-only */
/* What gcc -fanalyzer can be told about corpus/c: who gives a reference, and who takes it back.  It knows no ERR_PTR. */
#include <net/sock.h>
#include <net/route.h>
#include <net/neighbour.h>
#include <net/ipv6.h>
#include <net/dst_cache.h>
#define G(f) __attribute__((malloc(f, 1)))
struct dst_entry *sk_dst_get(const struct sock *sk) G(dst_release);
struct dst_entry *sk_dst_check(struct sock *sk, u32 cookie) G(dst_release);
struct rtable *ip_route_output_key(struct net *net, struct flowi4 *flp) G(ip_rt_put);
struct rtable *ip_route_output_flow(struct net *net, struct flowi4 *flp, const struct sock *sk) G(ip_rt_put);
struct rtable *dst_cache_get_ip4(struct dst_cache *dst_cache, __be32 *saddr) G(ip_rt_put);
struct neighbour *dst_neigh_lookup(const struct dst_entry *dst, const void *daddr) G(neigh_release);
struct neighbour *__ipv4_neigh_lookup(struct net_device *dev, u32 key) G(neigh_release);
struct net_device *dev_get_by_name(struct net *net, const char *name) G(dev_put);
struct sk_buff *alloc_skb(unsigned int size, gfp_t priority) G(kfree_skb) G(consume_skb);
struct sk_buff *skb_clone(struct sk_buff *skb, gfp_t priority) G(kfree_skb) G(consume_skb);
struct sk_buff *skb_dequeue(struct sk_buff_head *list) G(kfree_skb) G(consume_skb);
