// SPDX-License-Identifier: GPL-2.0
// operands are evaluated in any order: what one of them puts no other one looks at
// lynn_sum: certain use-after-release
// lynn_less: certain use-after-release
// lynn_argument: certain use-after-release
// lynn_right: proved

static int lynn_put(struct dst_entry *dst, int n)
{
	dst_release(dst);
	return n;
}

void lynn_note(int n, int error);

int lynn_sum(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return 0;
	return lynn_put(dst, 1) + dst->error;
}

int lynn_less(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return 0;
	if (dst->error < lynn_put(dst, 1))
		return 1;
	return 0;
}

int lynn_argument(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return 0;
	lynn_note(dst->error, lynn_put(dst, 2));
	return 0;
}

int lynn_right(struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return 0;
	lynn_note(skb->len, lynn_put(dst, dst->error) + skb->len);
	return 0;
}
