// SPDX-License-Identifier: GPL-2.0
// bug: a check that was added later returns from inside of the reader section
// from: 28
// class: D, a section is not left, or not entered
// expect: cascade_copy refuted(unbalanced-context)
#include <linux/netdevice.h>

#define CASCADE_MAX 6

int cascade_send(const u8 *text);

int cascade_copy(struct net *net, int ifindex)
{
	struct net_device *dev;
	u8 text[CASCADE_MAX];

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (!dev) {
		rcu_read_unlock();
		return 0;
	}
	if (dev->mtu > CASCADE_MAX)
		return -EINVAL;
	text[0] = (u8)dev->mtu;
	rcu_read_unlock();
	return cascade_send(text);
}
