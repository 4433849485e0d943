// SPDX-License-Identifier: GPL-2.0
// bug: the socket that was found by a helper is kept where its route is missing
// class: A, a reference is leaked
// expect: slip_way_mtu proved
#include <net/sock.h>

struct slip_way {
	struct sock *sk;
	spinlock_t lock;
};

int slip_way_mtu(struct slip_way *way)
{
	struct dst_entry *dst;
	struct sock *sk;
	int mtu;

	spin_lock_bh(&way->lock);
	sk = way->sk;
	if (sk)
		sock_hold(sk);
	spin_unlock_bh(&way->lock);
	if (!sk)
		return -ENOENT;

	dst = sk_dst_get(sk);
	if (!dst) {
		sock_put(sk);
		return -ENETUNREACH;
	}
	mtu = dst_mtu(dst);
	dst_release(dst);
	sock_put(sk);
	return mtu;
}
