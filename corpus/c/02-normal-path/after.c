// SPDX-License-Identifier: GPL-2.0
// bug: the route of the socket is asked for as a reference and treated as a loan, on every path
// from: 02
// class: A, a reference is leaked
// expect: creek_enable proved
#include <net/sock.h>

struct creek_stats {
	int refused;
	int local_ifindex;
};

void creek_enable(struct creek_stats *stats, struct sock *sk)
{
	struct dst_entry *dst;

	if (!READ_ONCE(stats->refused))
		return;

	dst = sk_dst_get(sk);
	if (dst && dst->obsolete == stats->local_ifindex)
		WRITE_ONCE(stats->refused, 0);
	dst_release(dst);
}
