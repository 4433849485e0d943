// SPDX-License-Identifier: GPL-2.0
// helpers that lock and unlock
// isle_lock: proved
// isle_unlock: proved
// isle_both: proved
// isle_alone: possible unbalanced-context
// isle_forgets: certain unbalanced-context
// isle_twice: certain unbalanced-context

struct isle {
	spinlock_t lock;
	int n;
};

static void isle_lock(struct isle *isle)
{
	isle->n++;
	spin_lock_bh(&isle->lock);
}

static void isle_unlock(struct isle *isle)
{
	spin_unlock_bh(&isle->lock);
	isle->n--;
}

int isle_both(struct isle *isle)
{
	isle_lock(isle);
	isle_unlock(isle);
	return 0;
}

int isle_forgets(struct isle *isle, int n)
{
	isle_lock(isle);
	if (n)
		return -EINVAL;
	isle_unlock(isle);
	return 0;
}

int isle_twice(struct isle *isle)
{
	isle_lock(isle);
	isle_unlock(isle);
	isle_unlock(isle);
	return 0;
}

static void isle_alone(struct isle *isle)
{
	spin_unlock_bh(&isle->lock);
}
