/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_UDP_TUNNEL_H
#define CORPUS_NET_UDP_TUNNEL_H

#include <net/route.h>

struct udp_tunnel_sock_cfg {
	void *sk_user_data;
	__u8 encap_type;
	int (*encap_rcv)(struct sock *sk, struct sk_buff *skb);
};

void udp_tunnel_xmit_skb(struct rtable *rt, struct sock *sk, struct sk_buff *skb, __be32 src, __be32 dst, __u8 tos,
			 __u8 ttl, __be16 df, __be16 src_port, __be16 dst_port, bool xnet, bool nocheck,
			 u16 ipcb_flags);

#endif
