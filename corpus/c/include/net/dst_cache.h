/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_DST_CACHE_H
#define CORPUS_NET_DST_CACHE_H

#include <net/route.h>

struct dst_cache_pcpu;

struct dst_cache {
	struct dst_cache_pcpu __percpu *cache;
	unsigned long reset_ts;
};

struct dst_entry *dst_cache_get(struct dst_cache *dst_cache);
struct rtable *dst_cache_get_ip4(struct dst_cache *dst_cache, __be32 *saddr);
void dst_cache_set_ip4(struct dst_cache *dst_cache, struct dst_entry *dst, __be32 saddr);

#endif
