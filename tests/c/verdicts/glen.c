// SPDX-License-Identifier: GPL-2.0
// a lock that one way only has taken is not the caller's
// glen_find: certain unbalanced-context
// glen_use: proved
struct glen {
	spinlock_t lock;
	int n, left;
};

static int glen_find(struct glen *glen)
{
	if (glen->n)
		spin_lock_bh(&glen->lock);
	glen->n++;
	if (glen->left)
		return -EINVAL;
	spin_unlock_bh(&glen->lock);
	return 0;
}

int glen_use(struct sock *sk, struct glen *glen)
{
	int err;

	lock_sock(sk);
	err = glen_find(glen);
	release_sock(sk);
	return err;
}
