/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_IPV6_H
#define CORPUS_NET_IPV6_H

#include <net/dst.h>
#include <net/flow.h>

struct rt6_info {
	struct dst_entry dst;
	u32 rt6i_flags;
};

struct dst_entry *ip6_dst_lookup_flow(struct net *net, const struct sock *sk, struct flowi6 *fl6,
				      const struct in6_addr *final_dst);
int ip6_local_out(struct net *net, struct sock *sk, struct sk_buff *skb);
void ip6_rt_put(struct rt6_info *rt);

#endif
