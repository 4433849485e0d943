/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_ROUTE_H
#define CORPUS_NET_ROUTE_H

#include <net/dst.h>
#include <net/flow.h>

struct rtable {
	struct dst_entry dst;
	unsigned int rt_flags;
	__u8 rt_type, rt_is_input, rt_uses_gateway, rt_gw_family;
	__be32 rt_gw4;
};

#define RTCF_LOCAL 0x80000000u
#define RTN_UNICAST 1

struct rtable *ip_route_output_key(struct net *net, struct flowi4 *flp);
struct rtable *ip_route_output_flow(struct net *net, struct flowi4 *flp, const struct sock *sk);
struct rtable *skb_rtable(const struct sk_buff *skb);
struct rtable *dst_rtable(struct dst_entry *dst);
void ip_rt_put(struct rtable *rt);
int ip4_dst_hoplimit(const struct dst_entry *dst);

#endif
