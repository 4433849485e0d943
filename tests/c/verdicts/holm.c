// SPDX-License-Identifier: GPL-2.0
// one object under two names
// holm_find: certain leaked-ref

struct holm {
	struct sock *sk;
	int n;
};

int holm_find(struct holm *holm, struct sock *sk)
{
	struct dst_entry *dst;

	if (holm->sk != sk)
		return -ENOENT;
	dst = sk_dst_get(sk);
	if (dst)
		holm->n++;
	return 0;
}
