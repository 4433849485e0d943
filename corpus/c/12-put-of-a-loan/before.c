// SPDX-License-Identifier: GPL-2.0
// bug: the route was lent by the socket, and is put all the same
// from: 22
// class: C, something is put that is not held
// expect: marsh_suppress refuted(release-of-borrowed)
#include <net/sock.h>

bool marsh_suppress(struct sock *sk, int ifindex)
{
	struct dst_entry *dst;
	bool match;

	rcu_read_lock();
	dst = __sk_dst_get(sk);
	match = dst && dst->dev && dst->dev->ifindex == ifindex;
	if (match)
		dst_release(dst);
	rcu_read_unlock();
	return match;
}
