// SPDX-License-Identifier: GPL-2.0-only
// a callee that is given the address of a number may keep it, and change the number later: that it does not is an assumption
// fold_kept: proved
// fold_seen: proved
// fold_once: proved

void fold_begin(int *n);
void fold_next(void);

static void fold_fill(int *n)
{
	if (n)
		*n = 3;
}

static void fold_look(int *n)
{
	fold_fill(n);
}

void fold_kept(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	int held = 0;

	fold_begin(&held);
	if (!held)
		dst_release(dst);
	fold_next();
	if (held)
		dst_release(dst);
}

void fold_seen(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	int held = 0;

	fold_look(&held);
	if (!held)
		dst_release(dst);
	fold_next();
	if (held)
		dst_release(dst);
}

void fold_once(struct sock *sk)
{
	int held = 0;

	fold_begin(&held);
	if (held)
		dst_release(sk_dst_get(sk));
}
