// SPDX-License-Identifier: GPL-2.0
// two addresses are not equal because both are there
// strath_pick: certain leaked-ref
struct strath {
	struct sk_buff_head one, other;
};

int strath_pick(struct strath *strath, struct sock *sk, int n)
{
	struct sk_buff_head *queue = &strath->one;
	struct dst_entry *dst = sk_dst_get(sk);

	if (n)
		queue = &strath->other;
	if (queue == &strath->one)
		dst_release(dst);
	return 0;
}
