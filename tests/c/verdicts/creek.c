// SPDX-License-Identifier: GPL-2.0
// a name is one variable in each block
// creek: proved

int creek(struct net *net, struct flowi4 *fl, struct sock *sk)
{
	struct dst_entry *dst = sk->sk_dst_cache;
	int mtu = 0;

	rcu_read_lock();
	for (;;) {
		struct dst_entry *dst;

		dst = sk_dst_get(sk);
		if (!dst)
			break;
		mtu = dst_mtu(dst);
		dst_release(dst);
	}
	rcu_read_unlock();
	return mtu;
}
