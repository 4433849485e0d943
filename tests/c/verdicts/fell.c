// SPDX-License-Identifier: GPL-2.0
// private data of a socket is not the socket, and may be missing
// fell_peek: certain leaked-ref

struct fell {
	int n;
};

int fell_peek(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct fell *fell = rcu_dereference_sk_user_data(sk);

	if (!fell)
		return -ENODEV;
	dst_release(dst);
	return fell->n;
}
