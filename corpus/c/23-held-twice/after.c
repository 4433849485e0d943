// SPDX-License-Identifier: GPL-2.0
// bug: the look-up gives a reference already, and a second one is taken
// from: 56
// class: K, a flag or a callee decides who owns
// expect: mooring_check proved
#include <net/sock.h>

int mooring_check(struct sock *sk, unsigned int size)
{
	struct dst_entry *dst;
	int err = 0;

	rcu_read_lock();
	dst = sk_dst_get(sk);
	rcu_read_unlock();
	if (dst && dst_mtu(dst) < size)
		err = -EMSGSIZE;
	dst_release(dst);
	return err;
}
