/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_FLOW_H
#define CORPUS_NET_FLOW_H

#include <linux/types.h>

struct in6_addr {
	__be32 s6_addr32[4];
};

struct flowi4 {
	int flowi4_oif;
	__be32 saddr, daddr;
	__u8 flowi4_proto;
};

struct flowi6 {
	int flowi6_oif;
	struct in6_addr saddr, daddr;
	__u8 flowi6_proto;
};

#endif
