// SPDX-License-Identifier: GPL-2.0
// An enumeration may be unsigned: which of two is less is not known, whether they are equal is.
// pike_less: certain leaked-ref
// pike_equal: proved

enum pike_state {
	PIKE_IDLE,
	PIKE_BUSY,
};

int pike_less(struct sock *sk, int n)
{
	struct dst_entry *dst = sk_dst_get(sk);
	enum pike_state state = PIKE_IDLE;

	if (n == 1)
		state = -1;
	else if (n == 2)
		state = PIKE_BUSY;
	if (state <= PIKE_IDLE)
		dst_release(dst);
	else if (state == PIKE_BUSY)
		dst_release(dst);
	return 0;
}

int pike_equal(struct sock *sk, int n)
{
	struct dst_entry *dst = NULL;
	enum pike_state state = PIKE_IDLE;

	if (n == 1) {
		state = PIKE_BUSY;
		dst = sk_dst_get(sk);
	}
	if (state == PIKE_BUSY)
		dst_release(dst);
	return 0;
}
