// SPDX-License-Identifier: GPL-2.0
// Who else calls a function: by its address, itself, from another file; in each role that it has.
// sough_again: proved
// sough_told: proved
// sough_late: certain missing-context
// sough_same: proved
// sough_by: proved
// sough_quiet: proved
// sough_try: possible unbalanced-context
// sough_lock: proved

struct sough {
	spinlock_t lock;
	int on;
	struct timer_list timer;
	struct work_struct work;
	void (*told)(struct sough *sough);
};

void sough_again(int n)
{
	if (n)
		sough_again(n - 1);
	synchronize_rcu();
}

static void sough_told(struct sough *sough)
{
	synchronize_rcu();
}

static void sough_quiet(struct sough *sough)
{
	synchronize_rcu();
}

void sough_tell(struct sough *sough)
{
	sough->told = sough_told;
	sough_told(sough);
	sough_quiet(sough);
}

static void sough_late(void *of)
{
	synchronize_rcu();
}

static void sough_same(struct work_struct *work)
{
	synchronize_rcu();
}

void sough_start(struct sough *sough, struct sough *other)
{
	timer_setup(&sough->timer, (void *)sough_late, 0);
	INIT_WORK(&sough->work, (void *)sough_late);
	INIT_WORK(&sough->work, sough_same);
	INIT_WORK(&other->work, sough_same);
}

static void sough_look(struct dst_entry *dst)
{
}

int sough_by(struct sock *sk, void (*sough_look)(struct dst_entry *dst))
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return 0;
	sough_look(dst);
	dst_release(dst);
	return 0;
}

static bool sough_try(struct sough *sough)
{
	if (sough->on)
		return false;
	spin_lock(&sough->lock);
	return true;
}

int sough_lock(struct sough *sough)
{
	return sough_try(sough);
}
