// SPDX-License-Identifier: GPL-2.0
// a lock of the caller that is left on the way and taken again
// quay_wait: proved
// quay_connect: proved
// quay_forgets: certain unbalanced-context

struct quay {
	spinlock_t lock;
	int n;
};

static int quay_wait(struct quay *quay)
{
	while (quay->n) {
		spin_unlock_bh(&quay->lock);
		cond_resched();
		spin_lock_bh(&quay->lock);
		if (quay->n > 5)
			break;
	}
	return quay->n;
}

int quay_connect(struct quay *quay)
{
	int n;

	spin_lock_bh(&quay->lock);
	n = quay_wait(quay);
	spin_unlock_bh(&quay->lock);
	return n;
}

int quay_forgets(struct quay *quay)
{
	int n;

	spin_lock_bh(&quay->lock);
	n = quay_wait(quay);
	if (n)
		return -EBUSY;
	spin_unlock_bh(&quay->lock);
	return 0;
}
