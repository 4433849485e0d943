// SPDX-License-Identifier: GPL-2.0
// bug: who owns is decided by one flag, and the put asks another one
// from: 61
// class: K, a flag or a callee decides who owns
// expect: sluice_mtu refuted(leaked-ref, release-of-borrowed)
#include <net/sock.h>

#define SLUICE_NOREF 0x1u
#define SLUICE_LOCAL 0x2u

int sluice_mtu(struct sock *sk, unsigned int flags)
{
	struct dst_entry *dst;
	int mtu = 0;

	rcu_read_lock();
	if (flags & SLUICE_NOREF)
		dst = __sk_dst_get(sk);
	else
		dst = sk_dst_get(sk);
	if (dst)
		mtu = dst_mtu(dst);
	if (!(flags & SLUICE_LOCAL))
		dst_release(dst);
	rcu_read_unlock();
	return mtu;
}
