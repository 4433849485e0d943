// SPDX-License-Identifier: GPL-2.0
// what is looked at behind a lock that a function leaves and takes again has to outlive it, and its callers are asked for that
// leck_wait: proved
// leck_recv: proved
// leck_loan: possible noref-escape
// leck_touch: proved
// leck_asks: possible noref-escape

long schedule_timeout(long timeout);

static int leck_wait(struct sock *sk, long timeout)
{
	release_sock(sk);
	schedule_timeout(timeout);
	lock_sock(sk);
	return sk->sk_state;
}

int leck_recv(struct sock *sk, long timeout)
{
	int err;

	lock_sock(sk);
	err = leck_wait(sk, timeout);
	sk->sk_state = err;
	release_sock(sk);
	return err;
}

static int leck_touch(struct sock *sk, struct dst_entry *dst)
{
	int mtu;

	release_sock(sk);
	mtu = dst_mtu(dst);
	lock_sock(sk);
	return mtu;
}

int leck_asks(struct sock *sk)
{
	struct dst_entry *dst;
	int mtu = 0;

	lock_sock(sk);
	dst = __sk_dst_get(sk);
	if (dst)
		mtu = leck_touch(sk, dst);
	release_sock(sk);
	return mtu;
}

int leck_loan(struct sock *sk)
{
	struct dst_entry *dst;
	int mtu = 0;

	lock_sock(sk);
	dst = __sk_dst_get(sk);
	release_sock(sk);
	lock_sock(sk);
	if (dst)
		mtu = dst_mtu(dst);
	release_sock(sk);
	return mtu;
}
