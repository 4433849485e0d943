// SPDX-License-Identifier: GPL-2.0
// bug: the reader section is entered on one of two ways to the look-up
// from: 18
// class: D, a section is not left, or not entered
// expect: jetty_work refuted(missing-context, noref-escape)
#include <linux/workqueue.h>
#include <net/neighbour.h>

struct jetty {
	struct work_struct work;
	struct net_device *dev;
	bool slow;
	int state;
};

static void jetty_work(struct work_struct *work)
{
	struct jetty *jetty = container_of(work, struct jetty, work);
	struct neighbour *neigh;
	u32 key = 1;

	if (jetty->slow) {
		rcu_read_lock();
		key = 2;
		neigh = __ipv4_neigh_lookup_noref(jetty->dev, key);
		jetty->state = neigh ? neigh->nud_state : 0;
		rcu_read_unlock();
		return;
	}
	neigh = __ipv4_neigh_lookup_noref(jetty->dev, key);
	jetty->state = neigh ? neigh->nud_state : 0;
}

void jetty_start(struct jetty *jetty)
{
	INIT_WORK(&jetty->work, jetty_work);
	schedule_work(&jetty->work);
}
