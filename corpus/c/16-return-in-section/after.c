// SPDX-License-Identifier: GPL-2.0
// bug: a check that was added later returns from inside of the reader section
// from: 28
// class: D, a section is not left, or not entered
// expect: cascade_expire proved
#include <linux/netdevice.h>
#include <linux/timer.h>

#define CASCADE_MAX 6

struct cascade {
	struct timer_list timer;
	struct net *net;
	int ifindex;
};

int cascade_send(const u8 *text);

static void cascade_expire(struct timer_list *timer)
{
	struct cascade *cascade = timer_container_of(cascade, timer, timer);
	struct net_device *dev;
	u8 text[CASCADE_MAX];

	rcu_read_lock();
	dev = dev_get_by_index_rcu(cascade->net, cascade->ifindex);
	if (!dev) {
		rcu_read_unlock();
		return;
	}
	if (dev->mtu > CASCADE_MAX) {
		rcu_read_unlock();
		return;
	}
	text[0] = (u8)dev->mtu;
	rcu_read_unlock();
	cascade_send(text);
}

void cascade_start(struct cascade *cascade)
{
	timer_setup(&cascade->timer, cascade_expire, 0);
	mod_timer(&cascade->timer, jiffies + 100);
}
