// SPDX-License-Identifier: GPL-2.0
// a switch of the whole kernel is asked where a lock is taken and where it is released
// beck_xmit: possible unbalanced-context
// beck_once: certain unbalanced-context
// beck_wait: possible missing-context; possible unbalanced-context
DEFINE_STATIC_KEY_FALSE(beck_locking);

struct beck {
	spinlock_t lock;
	int count;
};

int beck_xmit(struct beck *beck, int n)
{
	int i;

	if (static_branch_unlikely(&beck_locking))
		spin_lock(&beck->lock);
	for (i = 0; i < n; i++)
		beck->count++;
	if (static_branch_unlikely(&beck_locking))
		spin_unlock(&beck->lock);
	return i;
}

void beck_once(struct beck *beck)
{
	if (mutex_lock_interruptible(&beck->lock))
		beck->count = 0;
	beck->count++;
	mutex_unlock(&beck->lock);
}

int beck_wait(struct beck *beck)
{
	if (static_branch_unlikely(&beck_locking))
		local_bh_disable();
	beck->count++;
	if (static_branch_unlikely(&beck_locking)) {
		local_bh_enable();
		return 0;
	}
	mutex_lock(&beck->lock);
	beck->count = 0;
	mutex_unlock(&beck->lock);
	return 0;
}
