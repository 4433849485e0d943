// SPDX-License-Identifier: GPL-2.0
// 256 is 0 in eight bits
// ford: certain leaked-ref

int ford(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	u8 n = 256;

	if (!n)
		return -EINVAL;
	dst_release(dst);
	return 0;
}
